#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the override adds, on real QEMU and, where that will not do it, on the scripted peer."""

import datetime
import errno
import gc
import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from functools import partial

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
gi.require_version('QMock', '1')
from gi.repository import Gio, GLib, Json, QMachine, QMock

from waiting import turn_context_until

DEADLINE = 30000  # milliseconds
READY = 'negotiate; expect query-status; reply {"running": true}; '


def new_machine(*args, **settings):
    return QMachine.Machine('qemu-system-x86_64',
                            args or ['-machine', 'none', '-accel', 'tcg'], **settings)


def new_mock(script, **settings):
    return QMachine.Machine(os.environ['MOCK_QEMU'], ['-mock', script], **settings)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Case(unittest.TestCase):
    def assertFails(self, code, function, *arguments, **keywords):
        quark = Gio.io_error_quark() if isinstance(code, Gio.IOErrorEnum) else type(code).quark()
        with self.assertRaises(GLib.Error) as caught:
            function(*arguments, **keywords)
        self.assertTrue(caught.exception.matches(quark, code), caught.exception)
        return caught.exception


class ContextTest(Case):
    def test_enters_without_launch_and_ends(self):
        with new_machine() as vm:
            self.assertFalse(vm.is_running())
            vm.launch()
            pid = vm.get_pid()
        self.assertFalse(is_alive(pid))
        self.assertEqual(vm.exit_code, 0)
        self.assertEqual([event.name for event in vm.pop_events()], ['SHUTDOWN'])

    def test_never_launched(self):
        with new_machine() as vm:
            pass
        self.assertFalse(vm.is_running())

    def test_constructor(self):
        vm = QMachine.Machine(binary='q', args=('-a', '-b'), name='n', launch_timeout=5)
        self.assertEqual((vm.props.binary, vm.props.args, vm.props.name), ('q', ['-a', '-b'], 'n'))
        self.assertEqual(vm.props.launch_timeout, 5)
        self.assertIsNone(QMachine.Machine().props.binary)
        for wrong in ({'args': '-a'}, {'no_such_property': 1}):
            with self.assertRaises(TypeError):
                QMachine.Machine('q', **wrong)

    def test_exception_kills(self):
        with self.assertRaisesRegex(KeyError, 'mine'):
            with new_machine() as vm:
                vm.launch()
                pid = vm.get_pid()
                raise KeyError('mine')
        self.assertFalse(is_alive(pid))
        self.assertEqual(vm.exit_code, -signal.SIGKILL)

    def test_exception_after_death_is_the_users(self):
        with self.assertRaisesRegex(KeyError, 'mine'):
            with new_machine() as vm:
                vm.launch()
                os.kill(vm.get_pid(), signal.SIGKILL)
                vm.wait()
                raise KeyError('mine')

    def test_drop_kills_at_once(self):
        """Nothing of a call that has ended holds on to the machine."""
        for _ in range(50):
            vm = new_machine()
            vm.launch()
            pid = vm.get_pid()
            del vm
            self.assertFalse(is_alive(pid))

    def test_failed_shutdown_kills(self):
        with self.assertRaises(GLib.Error) as caught:
            with new_mock(READY + 'ignore-term; expect quit; stall', shutdown_timeout=50) as vm:
                vm.launch()
                pid = vm.get_pid()
        self.assertTrue(caught.exception.matches(QMachine.MachineError.quark(),
                                                 QMachine.MachineError.ABNORMAL_SHUTDOWN))
        self.assertFalse(is_alive(pid))


class CommandTest(Case):
    @classmethod
    def setUpClass(cls):
        cls.vm = new_machine('-accel', 'tcg', '-machine', 'q35', '-nodefaults', '-S',
                             '-device', 'pcie-root-port,id=port0')
        cls.vm.launch()
        cls.mock = new_mock('negotiate; serve; exit 0')
        cls.mock.launch()

    @classmethod
    def tearDownClass(cls):
        cls.vm.shutdown()
        cls.mock.shutdown()

    def sent(self, /, *arguments, **keywords):
        """What arrives at the other end."""
        return self.mock.command('mock-echo', *arguments, **keywords)

    def test_values(self):
        status = self.vm.command('query-status')
        self.assertEqual((status['status'], status['running']), ('prelaunch', False))
        self.assertEqual(self.vm.command('device_add', driver='virtio-net-pci', id='n0',
                                         bus='port0'), {})
        self.assertIn('n0', [entry['name'] for entry in
                             self.vm.command('qom-list', path='/machine/peripheral')])
        mac = self.vm.command('qom-get', {'path': '/machine/peripheral/n0', 'property': 'mac'})
        self.assertRegex(mac, '^52:54:00')

    def test_types_stay_distinct(self):
        value = {'int': 1, 'float': 1.0, 'true': True, 'zero': 0, 'false': False, 'none': None,
                 'text': '\u00e9\U0001f600"\\\n', 'list': [], 'dict': {}, 'tuple': [1, [2]]}
        answer = self.sent({**value, 'tuple': (1, (2,))})
        self.assertEqual(answer, value)
        for name in ('int', 'float', 'true', 'zero', 'false'):
            self.assertIs(type(answer[name]), type(value[name]), name)

    def test_integers(self):
        for number in (2**53 + 1, -2**63, 2**63 - 1, 2**63, 2**64 - 1):
            answer = self.sent(n=number)['n']
            self.assertIs(type(answer), int)
            self.assertEqual(answer, number)
            self.vm.command('migrate-set-parameters', max_postcopy_bandwidth=number & 2**64 - 1)
            self.assertEqual(self.vm.command('query-migrate-parameters')['max-postcopy-bandwidth'],
                             number & 2**64 - 1)

    def test_key_conversion(self):
        nested = {'in_side': 'va_lue'}
        self.assertEqual(self.sent(a_b=1, c_d=nested), {'a-b': 1, 'c-d': nested})
        self.assertEqual(self.sent(a_b=1, conv_keys=False), {'a_b': 1})
        self.assertEqual(self.sent({'a_b': 1}), {'a_b': 1})
        self.assertEqual(self.sent({'a_b': 1}, conv_keys=True), {'a_b': 1})
        self.assertEqual(self.sent(**{'a-b': 1}), {'a-b': 1})
        with self.assertRaises(TypeError):
            self.sent(a_b=1, **{'a-b': 2})

    def test_names_that_collide(self):
        named = {'self': 1, 'command': 2, 'arguments': 3, 'name': 4, 'plain-cancellable': 5}
        self.assertEqual(self.sent(**named), named)
        taken = {'cancellable': 1, 'conv_keys': 2, 'callback': 3, 'flags': 4}
        self.assertEqual(self.sent(taken), taken)

    def test_bad_arguments(self):
        for value in (object(), float('nan'), float('inf'), b'bytes'):
            with self.assertRaises((TypeError, ValueError), msg=value):
                self.sent(x=value)
        with self.assertRaises(TypeError):
            self.sent({'a': 1}, b=2)
        with self.assertRaises(TypeError):
            self.sent('text')
        self.assertFails(QMachine.MonitorError.INVALID_COMMAND, self.sent, x='\ud800')
        self.assertEqual(self.sent(x=1), {'x': 1})

    def test_no_arguments(self):
        self.assertEqual(self.sent(), {})
        self.assertEqual(self.sent({}), {})

    def test_plain_form(self):
        node = self.vm.command('query-status', None, None)
        self.assertIsInstance(node, Json.Node)
        self.assertEqual(node.get_object().get_string_member('status'), 'prelaunch')
        arguments = Json.from_string('{"x": [1]}')
        self.assertIsInstance(self.sent(arguments), Json.Node)
        self.assertEqual(Json.to_string(self.sent(arguments), False), '{"x":[1]}')
        self.assertIsInstance(self.vm.qmp('query-status', None, None), Json.Node)
        self.assertEqual(self.sent({'x': 1}, None), {'x': 1})

    def test_error(self):
        for refused in (lambda: self.vm.command('object-del', id='no'),
                        lambda: self.vm.command_json('object-del', '{"id": "no"}')):
            error = self.assertFails(QMachine.CommandError.GENERIC_ERROR, refused)
            self.assertIsInstance(error, QMachine.CommandFailed)
            self.assertEqual(error.message, "object-del: object 'no' not found")
            self.assertEqual(error.error_class, 'GenericError')
            self.assertEqual(error.description, "object 'no' not found")
            self.assertEqual(error.command, 'object-del')
            self.assertEqual(error.reply['error'],
                             {'class': 'GenericError', 'desc': "object 'no' not found"})
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((again.message, again.reply), (error.message, error.reply))
        # All other errors are what they are.
        error = self.assertFails(QMachine.MonitorError.INVALID_COMMAND, self.vm.command_json,
                                 'query-status', '{')
        self.assertNotIsInstance(error, QMachine.CommandFailed)

    def test_error_classes(self):
        classes = {'GenericError': 'GENERIC_ERROR', 'CommandNotFound': 'COMMAND_NOT_FOUND',
                   'DeviceNotActive': 'DEVICE_NOT_ACTIVE', 'DeviceNotFound': 'DEVICE_NOT_FOUND',
                   'KVMMissingCap': 'KVM_MISSING_CAP', 'Odd': 'UNKNOWN_CLASS'}
        steps = ''.join(f'expect c; error {name} a: text [x]; ' * 2 for name in classes)
        with new_mock(READY + steps + 'serve; exit 0') as vm:
            vm.launch()
            for name, code in classes.items():
                for refused in (vm.command, vm.command_json):
                    error = self.assertFails(getattr(QMachine.CommandError, code), refused, 'c')
                    self.assertEqual((error.error_class, error.description), (name, 'a: text [x]'))
                    with self.assertRaises(GLib.Error) as plain:
                        raise GLib.Error(error.message, error.domain, error.code)
                    self.assertEqual(str(error), str(plain.exception))

    def test_qmp(self):
        self.assertIn('running', self.vm.qmp('query-status')['return'])
        self.assertEqual(self.vm.qmp('nope'), {'error': {
            'class': 'CommandNotFound', 'desc': 'The command nope has not been found'}})
        self.assertEqual(self.vm.qmp('object-add', qom_type='iothread', id='q0'), {'return': {}})

    def test_with_fd(self):
        with open('/dev/null', 'rb') as file:
            answer = self.vm.command_with_fd('add-fd', {'fdset-id': 7}, file.fileno())
            self.assertEqual(answer['fdset-id'], 7)
            node = self.vm.command_with_fd('add-fd', Json.from_string('{"fdset-id": 7}'),
                                           file.fileno(), None)
            self.assertIsInstance(node, Json.Node)
            with self.assertRaises(QMachine.CommandFailed):
                self.vm.command_with_fd('add-fd', {'fdset-id': -1}, file.fileno())
            self.vm.send_fd(file.fileno())
        self.assertEqual(self.vm.command('getfd', fdname='f'), {})
        self.vm.send_file('/dev/null')
        self.assertEqual(self.vm.command('getfd', fdname='f'), {})

    def test_human_command(self):
        self.assertIn('VM status', self.vm.human_command('info status'))

    def test_cancellable(self):
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        for function in (self.vm.command, self.vm.qmp):
            self.assertFails(Gio.IOErrorEnum.CANCELLED, function, 'query-status',
                             cancellable=cancellable)
        self.assertFails(Gio.IOErrorEnum.CANCELLED, self.vm.command, 'query-status', None,
                         -1, cancellable)

    def test_limits(self):
        os.kill(self.vm.pid, signal.SIGSTOP)
        for call in (partial(self.vm.command, 'query-name'), partial(self.vm.qmp, 'query-name'),
                     partial(self.vm.command_json, 'query-name'),
                     partial(self.vm.human_command, 'info name'), self.vm.wait,
                     partial(self.vm.monitor.command, 'query-name'),
                     partial(self.vm.monitor.qmp_json, 'query-name')):
            self.assertFails(Gio.IOErrorEnum.TIMED_OUT, call, timeout=20)
            with self.assertRaisesRegex(TypeError, 'timeout must be .* milliseconds'):
                call(timeout='20')
        # Other tests use the same machine.
        self.addCleanup(setattr, self.vm, 'command_timeout', self.vm.command_timeout)
        self.vm.command_timeout = 20
        with self.assertRaisesRegex(GLib.Error, r'within 20 ms \(command-timeout\)'):
            self.vm.command('query-name')
        os.kill(self.vm.pid, signal.SIGCONT)
        self.assertIn('status', self.vm.command('query-status', timeout=None))
        os.kill(self.vm.pid, signal.SIGSTOP)
        self.assertFails(QMachine.MachineError.ABNORMAL_SHUTDOWN, self.vm.shutdown, timeout=20)
        self.assertEqual(self.vm.exit_code, -signal.SIGKILL)
        self.assertIs(self.vm.exit_kind, QMachine.ExitKind.SIGNALED)
        self.vm.launch()
        self.assertIsNone(self.vm.exit_code)

    def test_callback_form(self):
        results = []
        for arguments in (None, {'path': '/machine'}, Json.from_string('{"path": "/machine"}')):
            self.vm.command_async('qom-list', arguments, -1, None,
                                  lambda vm, result, data: results.append((vm, result, data)),
                                  'data')
        self.vm.command_async('query-status',
                              callback=lambda vm, result: results.append((vm, result, 'data')))
        turn_context_until(lambda: len(results) == 4)
        with self.assertRaises(GLib.Error):
            self.vm.command_finish(results[0][1])
        for vm, result, data in results[1:]:
            self.assertIs(vm, self.vm)
            self.assertEqual(data, 'data')
        kinds = [type(self.vm.command_finish(result)) for _vm, result, _data in results[1:]]
        self.assertEqual(kinds, [list, Json.Node, dict])


class CompleteTest(Case):
    def test_every_trio_has_its_form(self):
        """A call that is added to the library must not be forgotten here."""
        count = 0
        for owner in (QMachine.Machine, QMachine.Monitor, QMachine.Console):
            plain = owner._plain
            for name in dir(plain):
                if name.endswith('_async') and hasattr(plain, name.replace('_async', '_finish')):
                    count += 1
                    for form in (name, name.removesuffix('_async')):
                        parameters = inspect.signature(getattr(owner, form)).parameters
                        self.assertIsNone(parameters['cancellable'].default, (owner, form))
        self.assertGreaterEqual(count, 25)

    def test_detach(self):
        with tempfile.TemporaryDirectory(dir='/var/tmp') as directory:
            vm = new_machine(exit_with_parent=False, base_dir=directory)
            vm.launch()
            address, pid = vm.listen_address, vm.get_pid()
            try:
                vm.command('stop')
                vm.detach()
                self.assertEqual([event.name for event in vm.pop_events()], ['STOP'])
                with QMachine.Monitor() as monitor:
                    monitor.attach(address)
                    events = monitor.events()
                    monitor.command('quit')
                    self.assertEqual([event.name for event in events], ['SHUTDOWN'])
            except BaseException:
                os.kill(pid, signal.SIGKILL)
                raise


class FailureTest(Case):
    """Each error is a class of its own, and the GLib.Error that it was."""

    def caught(self, kind, code, call, *arguments, **keywords):
        with self.assertRaises(kind) as caught:
            call(*arguments, **keywords)
        quark = Gio.io_error_quark() if isinstance(code, Gio.IOErrorEnum) else type(code).quark()
        self.assertIsInstance(caught.exception, GLib.Error)
        self.assertTrue(caught.exception.matches(quark, code), caught.exception)
        self.assertEqual(type(pickle.loads(pickle.dumps(caught.exception))), kind)
        return caught.exception

    def test_kinds(self):
        vm = new_machine('-machine', 'none', '-nope')
        codes = QMachine.MachineError
        error = self.caught(QMachine.LaunchFailed, codes.LAUNCH_FAILED, vm.launch)
        self.assertEqual((error.exit_code, error.command_line[-1]), (1, '-nope'))
        self.assertIn('-nope', error.log)
        error = self.caught(QMachine.NotRunning, codes.NOT_RUNNING, vm.command, 'query-name')
        self.caught(QMachine.NotRunning, codes.NOT_RUNNING, QMachine.Machine('q').wait)

        vm = new_machine('-machine', 'none', '-accel', 'tcg')
        vm.launch()
        for call in (vm.wait, vm.wait_event, vm.listen().next):
            error = self.caught(QMachine.TimedOut, Gio.IOErrorEnum.TIMED_OUT, call, timeout=20)
            self.assertIsInstance(error, TimeoutError)
            self.assertEqual(error.errno, errno.ETIMEDOUT)
            self.assertIn('within 20 ms', str(error))
        listener = vm.listen()
        os.kill(vm.pid, signal.SIGKILL)
        error = self.caught(QMachine.Exited, codes.EXITED, listener.next)
        self.assertIn('killed by signal 9', error.message)
        vm.wait()
        self.assertEqual(vm.exit_code, -9)

    def test_no_failure_holds_the_machine(self):
        """Who drops the machine ends it, at once, without the garbage collector."""
        gc.disable()
        self.addCleanup(gc.enable)
        for fail in (lambda vm: vm.wait_event('X', timeout=0), lambda vm: vm.command('nope'),
                     lambda vm: vm.listen().next(0), lambda vm: vm.send_file('/no/such/file')):
            vm = new_machine()
            vm.launch()
            pid = vm.pid
            try:
                fail(vm)
            except GLib.Error:
                pass
            del vm
            with self.assertRaises(ProcessLookupError):
                deadline = time.monotonic() + DEADLINE / 1000
                while time.monotonic() < deadline:
                    os.kill(pid, 0)
                    time.sleep(0.01)

    def test_others_stay(self):
        with self.assertRaises(GLib.Error) as caught:
            QMachine.Machine('/no/such').launch()
        self.assertIs(type(caught.exception), GLib.Error)


class EventTest(Case):
    def setUp(self):
        self.vm = new_machine()
        self.addCleanup(self.vm.kill)
        self.vm.launch()

    def test_event(self):
        before = time.time()
        self.vm.command('stop')
        event = self.vm.wait_event('STOP', timeout=DEADLINE)
        self.assertEqual((event.name, event.data), ('STOP', None))
        self.assertIsInstance(event.timestamp, int)
        self.assertAlmostEqual(event.timestamp / 1e6, before, delta=60)
        self.assertEqual(event.time.tzinfo, datetime.timezone.utc)
        self.assertAlmostEqual(event.time.timestamp() * 1e6, event.timestamp, delta=1)
        self.assertIn('STOP', repr(event))
        self.vm.command('quit')
        event = self.vm.wait_event(['RESET', 'SHUTDOWN'], {'guest': False})
        self.assertEqual(event.data, {'guest': False, 'reason': 'host-qmp-quit'})
        self.assertTrue(event.matches({'reason': 'host-qmp-quit'}))
        self.assertTrue(event.matches())
        self.assertFalse(event.matches({'reason': 'guest'}))
        self.assertTrue(event.matches(Json.from_string('{"guest": null}')))
        self.assertIsInstance(event.props.data, Json.Node)

    def test_big_integers(self):
        with new_mock(READY + 'expect go; event BIG {"n": 18446744073709551615}; '
                              'event NEXT {"n": 9007199254740993}; reply; serve; exit 0') as vm:
            vm.launch()
            vm.command('go')
            self.assertFails(Gio.IOErrorEnum.TIMED_OUT, vm.wait_event, 'BIG', {'n': -1}, 0)
            event = vm.wait_event('BIG', {'n': 2**64 - 1}, 0)
            self.assertTrue(event.matches({'n': 2**64 - 1}))
            self.assertFalse(event.matches({'n': -1}))
            self.assertTrue(event.matches(event.props.data))
            self.assertEqual(event.data, {'n': 2**64 - 1})
            self.assertFails(Gio.IOErrorEnum.TIMED_OUT, vm.wait_event, None, {'n': 2**53}, 0)
            self.assertEqual(vm.wait_event(match={'n': 2**53 + 1}, timeout=0).name, 'NEXT')
            with self.assertRaises(OverflowError):
                vm.wait_event(match={'n': [2**64]}, timeout=0)

    def test_match_as_text(self):
        with new_mock(READY + 'expect go; event A {"n": 1}; event A {"n": 18446744073709551615}; '
                              'reply; serve; exit 0') as vm:
            vm.launch()
            vm.command('go')
            event = vm.wait_event_json('A', ' {"n":18446744073709551615}', DEADLINE)
            self.assertEqual(event.data, {'n': 2**64 - 1})
            self.assertEqual(vm.wait_event_json(timeout=0).data, {'n': 1})
            for wrong in ('', '{', '[]', '1', '{"a":1,"a":2}', '{} {}'):
                self.assertFails(QMachine.MonitorError.INVALID_COMMAND, vm.wait_event_json, None,
                                 wrong, 0)
            with self.assertRaises(TypeError):
                vm.wait_event_json('A', {'n': 1}, 0)

    def test_unknown_time(self):
        with new_mock(READY + 'send-line {"event": "ODD"}; serve; exit 0') as vm:
            vm.launch()
            event = vm.wait_event('ODD', timeout=DEADLINE)
            self.assertEqual((event.timestamp, event.time), (-1, None))

    def test_timeout(self):
        for timeout in (0, 50):
            self.assertFails(Gio.IOErrorEnum.TIMED_OUT, self.vm.wait_event, 'NO', timeout=timeout)
        self.assertFails(QMachine.MonitorError.INVALID_COMMAND, self.vm.wait_event, timeout=-2)

    def test_iteration(self):
        events = self.vm.events(timeout=0)
        self.vm.command('stop')
        self.vm.command('cont')
        self.assertEqual([event.name for event in events], ['STOP', 'RESUME'])
        self.assertEqual(list(self.vm.events(timeout=0)), [])
        events = self.vm.events()
        self.vm.command('stop')
        timer = threading.Timer(0.05, self.vm.shutdown)
        timer.start()
        self.assertEqual([event.name for event in events], ['STOP', 'SHUTDOWN'])
        timer.join()
        self.assertEqual(list(events), [])

    def test_iteration_of_some(self):
        events = self.vm.events('RESUME', timeout=0)
        self.vm.command('stop')
        self.vm.command('cont')
        self.assertEqual([event.name for event in events], ['RESUME'])
        self.assertEqual([event.name for event in self.vm.pop_events()], ['STOP', 'RESUME'])
        self.assertIsNone(self.vm.pop_event())

    def test_listeners(self):
        """None takes from another, nor from the backlog; a thread each, a loop, and a handler."""
        signals = []
        self.vm.connect('event', lambda _vm, event: signals.append(event.name))
        listeners = [self.vm.listen(), self.vm.listen(['STOP', 'RESUME']),
                     self.vm.listen(match={'guest': False})]
        seen = [[], [], []]
        threads = [threading.Thread(target=lambda n=n: seen[n].extend(
            event.name for event in listeners[n])) for n in range(3)]
        for thread in threads:
            thread.start()
        for command in ('stop', 'cont', 'stop'):
            self.vm.command(command)
        self.assertEqual(self.vm.wait_event('RESUME', timeout=DEADLINE).name, 'RESUME')
        self.vm.shutdown()
        for thread in threads:
            thread.join()
        self.assertEqual(seen, [['STOP', 'RESUME', 'STOP', 'SHUTDOWN'], ['STOP', 'RESUME', 'STOP'],
                                ['SHUTDOWN']])
        self.assertEqual([event.name for event in self.vm.pop_events()],
                         ['STOP', 'STOP', 'SHUTDOWN'])
        turn_context_until(lambda: len(signals) == 4)
        self.assertTrue(all(listener.ended for listener in listeners))

    def test_listener(self):
        with self.vm.listen('STOP') as listener:
            self.assertEqual(listener.events_dropped, 0)
            self.assertIsNone(listener.pop())
            self.vm.command('stop')
            self.assertEqual(listener.next(timeout=DEADLINE).name, 'STOP')
            self.assertFails(Gio.IOErrorEnum.TIMED_OUT, listener.next, 0)
            self.assertFails(QMachine.MonitorError.INVALID_COMMAND, listener.next, -2)
            with self.assertRaises(TypeError):
                listener.next('5')
            self.assertEqual(list(self.vm.events(timeout=0)), [])
        self.assertFails(QMachine.MonitorError.CLOSED, listener.next)
        self.assertEqual(list(listener), [])
        for wrong in ([], 5, 'x'):
            with self.assertRaises(TypeError):
                self.vm.listen('STOP', wrong)
        with self.assertRaises(TypeError):
            self.vm.listen([5])

    def test_iteration_of_what_never_began(self):
        self.assertFails(QMachine.MachineError.NOT_RUNNING, list, new_machine().events())
        self.assertFails(QMachine.MonitorError.CLOSED, list, QMachine.Monitor().events())

    def test_signal_form(self):
        names = []
        self.vm.connect('event::STOP', lambda _vm, event: names.append((event.name, event.data)))
        self.vm.command('stop')
        turn_context_until(lambda: names)
        self.assertEqual(names, [('STOP', None)])


class MonitorTest(Case):
    def test_attach(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'qmp')
            with new_machine('-machine', 'none', '-accel', 'tcg',
                             '-qmp', f'unix:{path},server=on,wait=off') as vm:
                vm.launch()
                with QMachine.Monitor() as monitor:
                    monitor.attach(path)
                    self.assertEqual(monitor.command('query-status')['status'], 'running')
                    self.assertIsInstance(monitor.command('query-status', None, 0, None), Json.Node)
                    self.assertEqual(json.loads(monitor.command_json('stop')), {})
                    self.assertEqual(monitor.wait_event('STOP', timeout=DEADLINE).name, 'STOP')
                    self.assertIn('error', monitor.qmp('nope'))
                    with self.assertRaises(QMachine.CommandFailed):
                        monitor.command('object-del', id='no')
                    with open('/dev/null', 'rb') as file:
                        self.assertIn('fdset-id', monitor.command_with_fd('add-fd', None,
                                                                          file.fileno()))
                self.assertEqual(monitor.props.state, QMachine.MonitorState.CLOSED)
                events = monitor.events()
                monitor.attach(Gio.UnixSocketAddress.new(path))
                vm.shutdown()
                self.assertEqual([event.name for event in events], ['SHUTDOWN'])

    def test_stream_and_flags(self):
        peer = QMock.Peer(script='greet\nexpect qmp_capabilities {"enable":["oob"]}\nreply\n'
                                 'expect-oob yank {"a-b":1}\nreply\nexpect slow\nreply 18\n'
                                 'expect-eof')
        with QMachine.Monitor(out_of_band=True) as monitor:
            monitor.attach_stream(peer.start_stream())
            self.assertEqual(monitor.command('yank', flags=QMachine.MonitorFlags.OUT_OF_BAND,
                                             a_b=1), {})
            self.assertEqual(monitor.command('slow'), 18)
        self.assertTrue(peer.finish())


class ConsoleTest(Case):
    def test_console(self):
        # The human monitor on the console answers what is typed.
        with new_machine('-machine', 'none', '-accel', 'tcg',
                         '-monitor', 'chardev:console') as vm:
            vm.add_console()
            console = vm.props.console
            vm.launch()
            console.wait_for_text(r'\(qemu\)', DEADLINE)
            console.write('info status\n')
            self.assertIn('VM status', console.wait_for_text(r'VM status.*$', timeout=DEADLINE))
            reader = console.create_reader(False)
            whole = console.create_reader(False)
            match = reader.wait_for_match(r'VM (?<what>\w+): (\w+)(never)?', timeout=DEADLINE)
            self.assertTrue(str(match).startswith('VM status: '), match)
            self.assertEqual((match[0], match['what'], match[1], match[3]),
                             (str(match), 'status', 'status', None))
            self.assertEqual(match.groups(), ('status', match[2], None))
            self.assertIn('(qemu)', match.before)
            self.assertIsNone(match['none'])
            for wrong in (4, -1):
                with self.assertRaises(IndexError):
                    match[wrong]
            with self.assertRaises(TypeError):
                match[1.0]
            complete = QMachine.ConsoleMatchFlags.COMPLETE
            with self.assertRaises(QMachine.TimedOut):
                whole.wait_for_match('(?s)running.*', flags=complete, timeout=20)
            self.assertEqual(vm.dup_consoles(), [console])
            self.assertIs(vm.add_console(device='serial1'), console)
            with self.assertRaises(GLib.Error):
                vm.add_console('1st')
            self.assertIn('VM status', console.text)


class InterpreterTest(Case):
    def run_program(self, program, *, interrupt_at=None, with_library=True):
        """Runs it in an interpreter of its own; SIGINT when it has printed that line."""
        names = 'QMachine, GLib' if with_library else 'GLib, Gio, GObject'
        process = subprocess.Popen([sys.executable, '-c', 'import gi\n'
                                    'gi.require_version("QMachine", "1")\n'
                                    f'from gi.repository import {names}\n' + program],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        output = ''
        if interrupt_at is not None:
            while not output.endswith(interrupt_at + '\n'):
                line = process.stdout.readline()
                self.assertTrue(line, process.stderr)
                output += line
            time.sleep(0.05)  # into the call, although it holds without as well
            process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
        return process.returncode, output + rest, errors

    def test_import_is_light(self):
        program = '''
import sys, threading
before = set(sys.modules)  # PyGObject 3.50 and later import asyncio themselves
from gi.repository import QMachine
QMachine.Machine
print([name for name in ('asyncio', 'tempfile', 'logging') if name in set(sys.modules) - before],
      threading.active_count())
'''
        status, output, errors = self.run_program(program, with_library=False)
        self.assertEqual((status, output, errors), (0, '[] 1\n', ''))

    def test_one_import_line(self):
        result = subprocess.run([sys.executable, '-c', 'from gi.repository.QMachine import '
                                 'Machine, QEMUMachine; print(Machine.__name__)'],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, 'Machine\n', ''))

    def test_interrupt(self):
        """Ctrl-C ends a wait, which a call into C alone would not notice."""
        for call in ('vm.wait()', 'vm.wait_event("NEVER")', 'next(vm.events("NEVER"))'):
            program = f'''
vm = QMachine.Machine("qemu-system-x86_64", ["-machine", "none", "-accel", "tcg"])
try:
    with vm:
        vm.launch()
        print("ready", flush=True)
        {call}
except KeyboardInterrupt:
    print("interrupted", vm.is_running())
'''
            with self.subTest(call):
                status, output, errors = self.run_program(program, interrupt_at='ready')
                self.assertEqual((status, output, errors), (0, 'ready\ninterrupted False\n', ''))

    def test_shutdown_at_exit(self):
        """Before or after the thread of the bindings is stopped."""
        for order in ('first\nlast', 'last\nfirst'):
            program = '''
import atexit
def end():
    vm.shutdown()
    print(vm.exit_code)
vm = QMachine.Machine("qemu-system-x86_64", ["-machine", "none", "-accel", "tcg"])
first
last
'''.replace('first\nlast', order).replace('first', 'atexit.register(end)') \
                .replace('last', 'vm.launch()')
            with self.subTest(order):
                self.assertEqual(self.run_program(program), (0, '0\n', ''))

    def test_exit_while_running(self):
        program = '''
vm = QMachine.Machine("qemu-system-x86_64", ["-machine", "none", "-accel", "tcg"])
vm.launch()
print(vm.get_pid())
'''
        status, output, errors = self.run_program(program)
        self.assertEqual((status, errors), (0, ''))
        deadline = time.monotonic() + DEADLINE / 1000
        while is_alive(int(output)):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


if __name__ == '__main__':
    unittest.main(verbosity=2)
