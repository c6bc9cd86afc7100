#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The typelib as it is, from Python, on real QEMU: each call in its forms, and its errors.

The override must not change any of this. With --plain it is left out, where it is installed too.
"""

import json
import os
import signal
import sys
import threading
import unittest

if '--plain' in sys.argv:
    sys.argv.remove('--plain')
    sys.modules['gi.overrides.QMachine'] = None

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, Json, QMachine

DEADLINE = 60  # seconds


DEFAULT = QMachine.TIMEOUT_DEFAULT


def new_machine(**settings):
    settings.setdefault('binary', 'qemu-system-x86_64')
    settings.setdefault('args', ['-machine', 'none'])
    return QMachine.Machine(**settings)


def run_loop_until(condition):
    """Turn the default context until the condition holds. Nothing is asserted in a callback:
    PyGObject would swallow it."""
    context = GLib.MainContext.default()
    late = []
    source = GLib.timeout_source_new(20)
    source.set_callback(lambda *_: True)
    source.attach(context)
    guard = GLib.timeout_add_seconds(DEADLINE, lambda: late.append(True))
    while not condition():
        if late:
            raise AssertionError('waited for too long')
        context.iteration(True)
    source.destroy()
    GLib.source_remove(guard)


def call_async(method, finish, *args):
    """One asynchronous call in the default main context."""
    results = []
    method(*args, lambda _source, result: results.append(result))
    run_loop_until(lambda: results)
    return finish(results[0])


class MachineTest(unittest.TestCase):
    def setUp(self):
        self.machine = new_machine()

    def tearDown(self):
        self.machine.kill(None)

    def assertFails(self, domain, code, function, *args):
        with self.assertRaises(GLib.Error) as caught:
            function(*args)
        self.assertTrue(caught.exception.matches(domain, code), caught.exception)
        return caught.exception.message

    def test_sync(self):
        machine = self.machine
        self.assertTrue(machine.launch(None))
        self.assertTrue(machine.is_running())
        self.assertEqual(machine.props.state, QMachine.MachineState.RUNNING)
        self.assertGreater(machine.get_pid(), 0)
        self.assertRegex(machine.props.monitor.props.version, r'^\d+\.\d+\.\d+$')

        node = machine.command('query-status', None, DEFAULT, None)
        self.assertEqual(node.get_object().get_string_member('status'), 'running')
        text = machine.command_json('query-status', '{}', DEFAULT, None)
        self.assertEqual(json.loads(text)['status'], 'running')
        reply = machine.qmp('no-such-command', None, DEFAULT, None)
        self.assertEqual(json.loads(Json.to_string(reply, False))['error']['class'],
                         'CommandNotFound')

        machine.command_json('stop', None, DEFAULT, None)
        event = machine.wait_event(['STOP'], None, 5000, None)
        self.assertEqual(event.props.name, 'STOP')
        self.assertGreater(event.props.timestamp, 0)
        self.assertIsNone(event.props.data)

        self.assertTrue(machine.shutdown(DEFAULT, None))
        self.assertTrue(machine.wait(-1, None))
        self.assertEqual(machine.get_exit_code(), (True, 0))
        self.assertEqual([event.props.name for event in machine.pop_events()], ['SHUTDOWN'])
        self.assertEqual(machine.dup_log(), '')
        self.assertEqual(machine.dup_command_line()[-2:], ['-machine', 'none'])

    def test_sync_in_thread(self):
        failures = []

        def run():
            try:
                self.test_sync()
            except BaseException as failure:  # carried to the main thread
                failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        self.assertEqual(failures, [])

    def test_async(self):
        machine = self.machine
        exited = []
        events = []
        machine.connect('exited', lambda *_: exited.append(True))
        machine.connect('event::STOP', lambda _machine, event: events.append(event.props.name))

        self.assertTrue(call_async(machine.launch_async, machine.launch_finish, None))
        node = call_async(machine.command_async, machine.command_finish,
                          'query-status', None, DEFAULT, None)
        self.assertEqual(node.get_object().get_string_member('status'), 'running')
        text = call_async(machine.command_json_async, machine.command_json_finish,
                          'stop', None, DEFAULT, None)
        self.assertEqual(text, '{}')
        reply = call_async(machine.qmp_async, machine.qmp_finish, 'query-name', None,
                           DEFAULT, None)
        self.assertTrue(reply.get_object().has_member('return'))
        event = call_async(machine.wait_event_async, machine.wait_event_finish,
                           ['STOP'], None, 5000, None)
        self.assertEqual(event.props.name, 'STOP')
        self.assertTrue(call_async(machine.shutdown_async, machine.shutdown_finish, DEFAULT, None))
        self.assertTrue(call_async(machine.wait_async, machine.wait_finish, -1, None))
        run_loop_until(lambda: exited)
        self.assertEqual(exited, [True])
        self.assertEqual(events, ['STOP'])

    def test_cancel(self):
        machine = self.machine
        machine.launch(None)
        cancellable = Gio.Cancellable()
        threading.Timer(0, cancellable.cancel).start()
        self.assertFails(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED,
                         machine.wait_event, None, None, -1, cancellable)
        self.assertFails(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT,
                         machine.wait_event, None, None, 0, None)

    def test_errors(self):
        machine = self.machine
        not_running = (QMachine.MachineError.quark(), QMachine.MachineError.NOT_RUNNING)
        self.assertFails(*not_running, machine.command, 'query-status', None, DEFAULT, None)
        self.assertFails(*not_running, machine.wait, -1, None)

        machine.launch(None)
        message = self.assertFails(QMachine.CommandError.quark(),
                                   QMachine.CommandError.COMMAND_NOT_FOUND,
                                   machine.command, 'no-such-command', None, DEFAULT, None)
        self.assertEqual(message,
                         'no-such-command: The command no-such-command has not been found')
        self.assertFails(QMachine.MonitorError.quark(), QMachine.MonitorError.INVALID_COMMAND,
                         machine.command_json, 'query-status', '{"a":', DEFAULT, None)
        self.assertFails(QMachine.MachineError.quark(), QMachine.MachineError.ALREADY_LAUNCHED,
                         machine.launch, None)
        with self.assertRaises(TypeError):
            machine.command(None, None, DEFAULT, None)

        os.kill(machine.get_pid(), signal.SIGSTOP)
        results = []
        machine.command_async('query-name', None, DEFAULT, None,
                              lambda _machine, result: results.append(result))
        os.kill(machine.get_pid(), signal.SIGTERM)
        os.kill(machine.get_pid(), signal.SIGCONT)
        machine.wait(-1, None)
        run_loop_until(lambda: results)

        bad = new_machine(args=['-no-such-option'])
        message = self.assertFails(QMachine.MachineError.quark(),
                                   QMachine.MachineError.LAUNCH_FAILED, bad.launch, None)
        self.assertIn('invalid option', message)
        missing = new_machine(binary='no-such-qemu')
        message = self.assertFails(QMachine.MachineError.quark(),
                                   QMachine.MachineError.INVALID_CONFIGURATION,
                                   missing.launch, None)
        self.assertIn('no-such-qemu', message)

    def test_exact_integers(self):
        machine = new_machine(args=[
            '-accel', 'tcg', '-machine', 'q35', '-S', '-nodefaults',
            '-device', 'pcie-root-port,id=p0,mem-reserve=18446744073709551615'])
        machine.launch(None)
        text = machine.command_json('qom-get', json.dumps({
            'path': '/machine/peripheral/p0', 'property': 'mem-reserve'}), DEFAULT, None)
        self.assertEqual(json.loads(text), 2**64 - 1)
        machine.kill(None)

    def test_two_machines(self):
        machines = [new_machine() for _ in range(2)]
        for machine in machines:
            machine.launch(None)
        machines[0].command_json('stop', None, DEFAULT, None)
        self.assertIsNone(machines[1].pop_event())
        self.assertEqual(machines[0].pop_event().props.name, 'STOP')
        for machine in machines:
            machine.shutdown(DEFAULT, None)

    def test_drop_running(self):
        machine = new_machine()
        machine.launch(None)
        pid = machine.get_pid()
        del machine
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
