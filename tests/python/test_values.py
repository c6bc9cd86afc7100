#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the override takes as arguments, settings and limits, and what it refuses before anything is
sent."""

import datetime
import enum
import os
import pathlib
import time
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, Json, QMachine

from waiting import turn_context_until

NONE = ['-machine', 'none', '-accel', 'tcg']


def new_machine(**settings):
    return QMachine.Machine('qemu-system-x86_64', NONE, **settings)


class CallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.vm = new_machine()
        cls.vm.launch()
        cls.mock = QMachine.Machine(os.environ['MOCK_QEMU'],
                                    ['-mock', 'negotiate; serve; exit 0'])
        cls.mock.launch()

    @classmethod
    def tearDownClass(cls):
        cls.vm.kill()
        cls.mock.kill()

    def test_match_is_a_mapping(self):
        monitor = self.vm.monitor
        for wrong in (5000, 0, 1.5, True, 'STOP', [], [{}], b'x'):
            for source in (self.vm, monitor):
                for call in (source.wait_event, source.wait_event_async, source.events):
                    with self.assertRaisesRegex(TypeError, '^match must be a mapping'):
                        call('STOP', wrong)
        with self.assertRaisesRegex(TypeError, r'not 5000; .*timeout='):
            self.vm.wait_event('STOP', 5000)
        with self.assertRaisesRegex(TypeError, '^names must be several texts'):
            self.vm.wait_event(5000)
        self.vm.command('stop')
        self.vm.command('cont')
        self.assertEqual(self.vm.wait_event('STOP', {}, 30000).name, 'STOP')
        event = self.vm.wait_event(['RESUME'], Json.from_string('null'), 30000)
        self.assertEqual(event.name, 'RESUME')
        with self.assertRaisesRegex(TypeError, '^match must be'):
            event.matches('RESUME')

    def test_limits_are_milliseconds(self):
        for wrong in (0.5, 1e-3, float('inf'), float('nan')):
            for call in (self.vm.wait_event, self.vm.wait_event_async, self.vm.events):
                with self.assertRaisesRegex(TypeError, 'timeout must be .* milliseconds'):
                    call('X', None, wrong)
            with self.assertRaisesRegex(TypeError, 'launch_timeout must be .* milliseconds'):
                new_machine(launch_timeout=wrong)
            with self.assertRaisesRegex(TypeError, 'attach_timeout must be .* milliseconds'):
                QMachine.Monitor(attach_timeout=wrong)
            with self.assertRaisesRegex(TypeError, 'command_timeout must be .* milliseconds'):
                self.vm.command_timeout = wrong
        with self.assertRaises(GLib.Error) as caught:
            self.vm.wait_event('X', None, 20.0)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                 Gio.IOErrorEnum.TIMED_OUT))
        self.assertEqual(list(self.vm.events('X', timeout=1e1)), [])
        self.assertEqual(new_machine(launch_timeout=5e3).launch_timeout, 5000)

    def test_limits_are_timedeltas(self):
        for value, milliseconds in (
                (datetime.timedelta(seconds=1.5), 1500),
                (datetime.timedelta(microseconds=1), 1),
                (datetime.timedelta(microseconds=2001), 3),
                (datetime.timedelta(milliseconds=7), 7),
                (datetime.timedelta(), 0),
                (datetime.timedelta(days=1), 86400000),
                (None, -1), (250.0, 250), (2**31 - 1, 2**31 - 1),
        ):
            vm = new_machine(launch_timeout=value, command_timeout=value)
            self.assertEqual((vm.launch_timeout, vm.command_timeout), (milliseconds,) * 2)
            vm.shutdown_timeout = value
            self.assertEqual(vm.shutdown_timeout, milliseconds)
            vm.set_shutdown_timeout(5)
            vm.set_shutdown_timeout(value)
            self.assertEqual(vm.get_shutdown_timeout(), milliseconds)
            monitor = QMachine.Monitor(attach_timeout=value)
            monitor.set_command_timeout(value)
            self.assertEqual((monitor.attach_timeout, monitor.command_timeout),
                             (milliseconds,) * 2)

    def limited_calls(self):
        """Each that has a time limit, with a limit."""
        vm, monitor, listener = self.vm, self.vm.monitor, self.vm.listen('X')
        for owner in (vm, monitor):
            for name in ('command', 'qmp', 'command_json', 'qmp_json'):
                yield getattr(owner, name), ('query-name',)
            yield owner.wait_event, ('X',)
            yield owner.wait_event_json, ('X',)
            yield owner.events, ('X',)
            yield owner.command_with_fd, ('query-name', None, 0)
            yield owner.command_json_with_fd, ('query-name', None, 0)
        yield vm.human_command, ('info name',)
        yield vm.qtest, ('x',)
        yield vm.wait, ()
        yield vm.shutdown, ()
        yield listener.next, ()
        console = QMachine.Console()
        yield console.wait_for_text, ('x',)

    def test_every_limit_is_one(self):
        second = datetime.timedelta(seconds=1)
        count = 0
        for call, arguments in self.limited_calls():
            forms = [call]
            if hasattr(call.__self__, f'{call.__name__}_async'):
                forms.append(getattr(call.__self__, f'{call.__name__}_async'))
            for form in forms:
                hint = r'timeout must be .*timedelta\(seconds=0\.5\) or 500$'
                with self.assertRaisesRegex(TypeError, hint):
                    form(*arguments, timeout=0.5)
                for wrong in (True, False, '5', float('nan'), float('inf'), [5]):
                    with self.assertRaisesRegex(TypeError, '^timeout must be a whole number'):
                        form(*arguments, timeout=wrong)
                for wrong in (-second, datetime.timedelta(microseconds=-1)):
                    with self.assertRaisesRegex(ValueError, '^timeout must not be negative'):
                        form(*arguments, timeout=wrong)
                for wrong in (datetime.timedelta(days=25), 2**31, 1e300):
                    with self.assertRaisesRegex(OverflowError, '^timeout: '):
                        form(*arguments, timeout=wrong)
                count += 1
        self.assertGreaterEqual(count, 40)
        for wrong, kind in ((True, TypeError), (0.5, TypeError), (-second, ValueError)):
            with self.assertRaisesRegex(kind, '^launch_timeout must'):
                new_machine(launch_timeout=wrong)
            with self.assertRaisesRegex(kind, '^command_timeout must'):
                self.vm.command_timeout = wrong
            with self.assertRaisesRegex(kind, '^command_timeout must'):
                self.vm.set_command_timeout(wrong)

    def test_a_timedelta_limits(self):
        short = datetime.timedelta(milliseconds=50)
        for call in (lambda: self.vm.wait(short), lambda: self.vm.wait(timeout=short),
                     lambda: self.vm.wait_event('X', None, short),
                     lambda: self.vm.listen('X').next(short)):
            begun = time.monotonic()
            with self.assertRaises(QMachine.TimedOut):
                call()
            self.assertGreaterEqual(time.monotonic() - begun, 0.049)
        self.assertEqual(list(self.vm.events('X', timeout=short)), [])
        self.assertEqual(self.vm.command('query-name', timeout=datetime.timedelta(minutes=1)), {})

    def test_integers_fit_into_64_bits(self):
        class Large(enum.IntEnum):
            ONE = 2**64

        for wrong in (2**64, -2**63 - 1, 10**400, Large.ONE):
            for nested in (wrong, [wrong], {'a': [1, {'b': (2, wrong)}]}):
                for call in (self.mock.command, self.mock.qmp, self.mock.command_async,
                             self.mock.monitor.command):
                    with self.assertRaisesRegex(OverflowError,
                                                f"argument 'n': {int(wrong)} does not fit"):
                        call('mock-echo', {'text': 'x', 'n': nested})
                with self.assertRaises(OverflowError):
                    self.vm.wait_event('X', {'n': nested}, 0)
        for fine in (2**64 - 1, -2**63, 1e300, float(2**70), str(2**70), ['9' * 30]):
            self.assertEqual(self.mock.command('mock-echo', n=fine), {'n': fine})

    def test_what_is_no_json_is_named(self):
        with self.assertRaisesRegex(TypeError, "argument 'a-b': .*object is not JSON"):
            self.vm.command('x', a_b=object())
        with self.assertRaisesRegex(ValueError, "argument 'f': "):
            self.vm.command('x', {'e': 1, 'f': [float('nan')]})

        class Odd(ValueError):
            def __init__(self, one, two):
                super().__init__(one, two)

        class Broken(dict):
            def items(self):
                raise Odd('one', 'two')
        with self.assertRaisesRegex(ValueError, "argument 'g': .*one"):
            self.vm.command('x', g=Broken(a=1))

    def test_finish_returns_what_the_call_was_begun_with(self):
        vm = self.vm
        with open(os.devnull, 'rb') as file:
            fd = file.fileno()
            calls = (
                (vm, 'command', lambda done: ('query-status', None, -1, None, done), {}, Json.Node),
                (vm, 'command', lambda done: ('query-status',), {'callback': True}, dict),
                (vm, 'command', lambda done: ('qom-list', {'path': '/'}, -1, None, done), {}, list),
                (vm, 'qmp', lambda done: ('query-name',), {'callback': True}, dict),
                (vm, 'qmp', lambda done: ('query-name', None, -1, None, done), {}, Json.Node),
                (vm.monitor, 'command', lambda done: ('qom-list',),
                 {'callback': True, 'path': '/'}, list),
                (vm.monitor, 'qmp', lambda done: ('query-name',), {'callback': True}, dict),
                (vm.monitor, 'qmp', lambda done: ('query-name', None, 0, -1, None, done), {},
                 Json.Node),
                (vm, 'command_with_fd', lambda done: ('add-fd', {'fdset-id': 3}, fd, -1, None, done),
                 {}, dict),
                (vm, 'command_with_fd', lambda done: (
                    'add-fd', Json.from_string('{"fdset-id":4}'), fd, -1, None, done), {}, Json.Node),
            )
            for owner, name, arguments, keywords, kind in calls:
                results = []

                def done(source, result):
                    results.append((source, result))
                if 'callback' in keywords:
                    keywords = {**keywords, 'callback': done}
                getattr(owner, f'{name}_async')(*arguments(done), **keywords)
                turn_context_until(lambda: results)
                value = getattr(owner, f'{name}_finish')(results[0][1])
                self.assertIsInstance(value, kind, (name, keywords))

        results = []
        vm.command_async('no-such', callback=lambda _vm, result: results.append(result))
        turn_context_until(lambda: results)
        with self.assertRaises(QMachine.CommandFailed):
            vm.command_finish(results[0])


class SettingTest(unittest.TestCase):
    def test_properties_are_attributes(self):
        vm = new_machine()
        vm.command_timeout = 200
        vm.name = 'by-name'
        vm.args = (*NONE, '-S')
        self.assertEqual(vm.props.command_timeout, 200)
        self.assertEqual((vm.name, vm.props.name), ('by-name', 'by-name'))
        self.assertEqual(vm.args, [*NONE, '-S'])
        vm.shutdown_timeout = None
        self.assertEqual(vm.props.shutdown_timeout, -1)
        self.assertEqual(vm.pid, 0)
        self.assertIsNone(vm.monitor)
        with vm:
            vm.launch()
            self.assertEqual(vm.pid, vm.get_pid())
            self.assertIs(vm.run_state, QMachine.RunState.PRELAUNCH)
            self.assertIs(vm.state, QMachine.MachineState.RUNNING)
            self.assertEqual(vm.monitor.event_backlog, 1024)
            vm.monitor.event_backlog = 16
            self.assertEqual(vm.monitor.props.event_backlog, 16)
        for name in ('pid', 'run_state', 'exit_code'):
            with self.assertRaises(AttributeError):
                setattr(vm, name, 1)

    def test_no_property_hides_a_method(self):
        for each in (QMachine.Machine, QMachine.Monitor, QMachine.Console, QMachine.MonitorEvent):
            for pspec in each.list_properties():
                name = pspec.name.replace('-', '_')
                self.assertFalse(callable(getattr(each, name, None)), f'{each}.{name}')
        self.assertTrue(callable(QMachine.Machine.qtest))

    def test_own_attributes(self):
        vm = new_machine()
        vm._note = 'mine'
        self.assertEqual(vm._note, 'mine')

    def test_arguments(self):
        vm = QMachine.Machine('q')
        vm.add_args('-S')
        vm.add_args('-m', '1')
        vm.add_args(['-a', '-b'])
        vm.add_args(arg for arg in ('-c',))
        vm.add_args(pathlib.Path('/p'))
        vm.add_args()
        self.assertEqual(vm.args, ['-S', '-m', '1', '-a', '-b', '-c', '/p'])
        for wrong in ((512,), ('-m', 512), (['-m', 512],), (['-m'], '1'), (None,)):
            with self.assertRaisesRegex(TypeError, r'^args'):
                vm.add_args(*wrong)
        self.assertEqual(len(vm.args), 7)

    def test_misspelt(self):
        vm = QMachine.Machine('q')
        for owner, name, near in ((vm, 'log_pth', 'log_path'), (vm, 'launch_time_out', 'launch_timeout'),
                                  (QMachine.Monitor(), 'command_timout', 'command_timeout')):
            with self.assertRaisesRegex(AttributeError, f"has no '{name}'; '{near}'\\?"):
                setattr(owner, name, None)
        vm._own = 5
        self.assertEqual(vm._own, 5)

    def test_representation(self):
        vm = new_machine(name='a name')
        self.assertEqual(repr(vm), '<QMachine.Machine a name: stopped>')
        vm.launch()
        self.assertEqual(repr(vm), f'<QMachine.Machine a name: running, pid {vm.pid}>')
        self.assertEqual(repr(vm.monitor), '<QMachine.Monitor: running>')
        vm.kill()

    def test_addresses(self):
        for host, shown in (('127.0.0.1', '127.0.0.1'), ('localhost', '127.0.0.1'), ('::1', '::1')):
            vm = QMachine.Machine(monitor_address=(host, 4711))
            self.assertEqual((vm.monitor_address.get_address().to_string(),
                              vm.monitor_address.get_port()), (shown, 4711))
        for wrong in (('localhost',), (1, 2), ('h', '1'), ()):
            with self.assertRaisesRegex(TypeError, 'monitor_address must be'):
                QMachine.Machine(monitor_address=wrong)
        for wrong in (('no.such.host', 1), ('127.0.0.1', 65536), ('127.0.0.1', -1)):
            with self.assertRaisesRegex(ValueError, 'monitor_address: '):
                QMachine.Machine(monitor_address=wrong)
        with new_machine(monitor_mode=QMachine.MonitorMode.INHERIT,
                         monitor_address=('127.0.0.1', 0)) as vm:
            vm.launch()
            port = vm.listen_address.get_port()
            vm.monitor.close()
            with QMachine.Monitor() as monitor:
                monitor.attach(('localhost', port))
                self.assertEqual(monitor.command('query-status')['status'], 'running')

    def test_what_is_wrong_is_named(self):
        for pattern, settings in {
                r'args\[1\] must be a text or a path, not 512': {'args': ['-m', 512]},
                'args must be several texts, such as a list': {'args': '-m'},
                "wrapper must be several texts.*'strace'": {'wrapper': 'strace'},
                r'wrapper\[0\] .* None': {'wrapper': [None]},
                'binary must be a text or a path, not 5': {'binary': 5},
                'monitor_address must be': {'monitor_address': 5},
                'log_path must be': {'log_path': 5},
        }.items():
            with self.assertRaisesRegex(TypeError, pattern):
                QMachine.Machine(**settings)
        with self.assertRaisesRegex(TypeError, 'wrapper must be several texts'):
            QMachine.QEMUMachine('q', wrapper='strace')
        with self.assertRaisesRegex(TypeError, r'args\[0\] must be'):
            QMachine.QEMUMachine('q', args=[1])
        with self.assertRaisesRegex(TypeError, 'address must be'):
            QMachine.Monitor().attach(5)

    def test_paths(self):
        path = pathlib.Path('/some/where')
        vm = QMachine.Machine(path, ['-kernel', path], wrapper=['env', path], base_dir=path,
                              log_path=path, console_log=path, monitor_address=path)
        self.assertEqual(vm.binary, '/some/where')
        self.assertEqual(vm.args, ['-kernel', '/some/where'])
        self.assertEqual(vm.wrapper, ['env', '/some/where'])
        self.assertEqual((vm.base_dir, vm.log_path, vm.console_log), ('/some/where',) * 3)
        self.assertEqual(vm.monitor_address.get_path(), '/some/where')
        vm.monitor_address = '/another'
        self.assertEqual(vm.props.monitor_address.get_path(), '/another')
        compat = QMachine.QEMUMachine(path, ['-kernel', path], wrapper=['env', path])
        self.assertEqual(compat.args, ['-kernel', '/some/where'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
