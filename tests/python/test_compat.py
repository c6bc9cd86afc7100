#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs as they are written for QEMU's Python machine class, with another import line."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from gi.repository.QMachine import (AbnormalShutdown, ExecuteError, MonitorResponseError,
                                    QEMUMachine, QEMUMachineAddDeviceError, QEMUMachineError,
                                    QMPConnectError, QMPError, QMPTimeoutError, VMLaunchFailure)

from compat_case import BINARY, NONE, READY, Case, is_alive, mock


class LifeTest(Case):
    def test_with(self):
        with QEMUMachine(BINARY, base_temp_dir=self.base) as vm:
            vm.add_args('-nodefaults', '-accel', 'tcg')
            vm.set_machine('q35')
            vm.add_args('-S')
            self.assertEqual(vm.args, ['-nodefaults', '-accel', 'tcg', '-S'])
            self.assertFalse(vm.is_running())
            self.assertIsNone(vm.get_pid())
            self.assertIsNone(vm.exitcode())
            self.assertIsNone(vm.get_log())
            vm.launch()
            self.assertTrue(vm.is_running())
            pid = vm.get_pid()
            self.assertIsNone(vm.exitcode())
            res = vm.command('human-monitor-command', command_line='info version')
            self.assertRegex(res, r'^(\d+\.\d+\.\d)')
            self.assertEqual(vm.qmp('query-status')['return']['status'], 'prelaunch')
        self.assertEqual((vm.exitcode(), vm.get_pid(), vm.get_log()), (0, None, ''))
        self.assertFalse(is_alive(pid))
        self.assertNothingLeft()

    def test_old_constructor(self):
        vm = QEMUMachine(BINARY, NONE, None, 'old-vm', self.base, None, '/no/socket_scm_helper')
        vm.launch()
        self.assertEqual(vm.command('query-name'), {})
        vm.shutdown()
        vm = QEMUMachine(BINARY, args=NONE, test_dir=self.base, socket_scm_helper='/no/helper')
        vm.launch()
        vm.shutdown()
        self.assertNothingLeft()

    def test_wrapper_and_name(self):
        vm = self.machine(wrapper=['env', 'COMPAT=1'], name='vm-by-name')
        vm.launch()
        vm.shutdown()
        vm.launch()
        vm.shutdown(hard=True)
        self.assertEqual(vm.exitcode(), -signal.SIGKILL)
        self.assertNothingLeft()

    def test_launch_failure(self):
        vm = self.machine(['-machine', 'no-such-machine'])
        with self.assertRaises(VMLaunchFailure) as caught:
            vm.launch()
        failure = caught.exception
        self.assertIsInstance(failure, QEMUMachineError)
        self.assertEqual(failure.exitcode, 1)
        self.assertIn('-machine no-such-machine', failure.command)
        self.assertIn('unsupported machine type', failure.output)
        self.assertIn('unsupported machine type', str(failure))
        self.assertEqual(vm.exitcode(), 1)
        vm.shutdown()
        with self.assertRaises(VMLaunchFailure) as caught:
            QEMUMachine('no-such-qemu', base_temp_dir=self.base).launch()
        self.assertIsNone(caught.exception.exitcode)
        self.assertIn('no-such-qemu', str(caught.exception))
        self.assertNothingLeft()

    def test_launch_that_never_greets(self):
        vm = mock('stall', base_temp_dir=self.base, qmp_timer=0.2)
        start = time.monotonic()
        with self.assertRaises(VMLaunchFailure):
            vm.launch()
        self.assertLess(time.monotonic() - start, 10)
        self.assertNothingLeft()

    def test_launched_twice(self):
        vm = self.machine()
        vm.launch()
        with self.assertRaises(QEMUMachineError):
            vm.launch()
        self.assertTrue(vm.is_running())

    def test_crash_does_not_hide_what_went_wrong(self):
        with self.assertRaisesRegex(ZeroDivisionError, 'mine'):
            with self.machine() as vm:
                vm.launch()
                os.kill(vm.get_pid(), signal.SIGKILL)
                vm.wait()
                raise ZeroDivisionError('mine')
        vm.shutdown()
        self.assertEqual(vm.exitcode(), -signal.SIGKILL)

    def test_shutdown_by_force(self):
        vm = mock(READY + 'ignore-term; expect quit; stall', base_temp_dir=self.base)
        vm.launch()
        start = time.monotonic()
        with self.assertRaises(AbnormalShutdown) as caught:
            vm.shutdown(timeout=0.1)
        self.assertTrue(str(caught.exception))
        self.assertFalse(vm.is_running())
        self.assertLess(time.monotonic() - start, 20)
        self.assertNothingLeft()

    def test_late_force(self):
        """What is to be killed is this QEMU, and not the one that is launched next."""
        vm = self.machine()
        vm.launch()
        pid = vm.get_pid()
        returned, ended = threading.Event(), threading.Event()
        too_late = []
        kill = vm.machine.kill

        def kill_late():
            os.kill(pid, signal.SIGCONT)
            while is_alive(pid):
                time.sleep(0.01)
            too_late.append(returned.wait(1))
            kill()
            ended.set()

        os.kill(pid, signal.SIGSTOP)
        vm.machine.kill = kill_late
        vm.shutdown(timeout=0)
        returned.set()
        self.assertTrue(ended.wait(60))
        self.assertEqual(too_late, [False])
        del vm.machine.kill

    def test_quit_then_command(self):
        vm = self.machine()
        vm.launch()
        vm.qmp('quit')
        with self.assertRaises(QMPConnectError):
            vm.qmp('query-status')
            vm.qmp('query-status')
        vm.shutdown()
        self.assertEqual(vm.exitcode(), 0)

    def test_wait(self):
        vm = self.machine()
        vm.wait()
        vm.launch()
        with self.assertRaises(AbnormalShutdown):
            vm.wait(timeout=0.1)
        self.assertFalse(vm.is_running())
        for timeout in (None, 30, 30.0):
            vm.launch()
            vm.qmp('quit')
            vm.wait(timeout=timeout)
            self.assertEqual(vm.exitcode(), 0)
        self.assertNothingLeft()

    def test_without_monitor(self):
        vm = self.machine()
        vm.set_qmp_monitor(enabled=False)
        vm.launch()
        self.assertTrue(vm.is_running())
        with self.assertRaises(QMPError):
            vm.qmp('query-status')
        vm.shutdown(timeout=30)
        self.assertFalse(vm.is_running())

    def test_directories(self):
        vm = self.machine()
        self.assertNothingLeft()
        path = vm.temp_dir
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
        self.assertEqual((vm.sock_dir, vm.log_dir), (path, path))
        vm.add_args('-pidfile', os.path.join(path, 'pid'))
        for _ in range(2):
            vm.launch()
            self.assertTrue(os.path.exists(os.path.join(path, 'pid')))
            vm.shutdown()
            self.assertNothingLeft()
        vm = QEMUMachine(BINARY, base_temp_dir=self.base)
        self.assertTrue(vm.temp_dir)
        del vm
        self.assertNothingLeft()

    def test_log(self):
        with tempfile.TemporaryDirectory() as directory:
            vm = mock('stdout said; ' + READY + 'serve; exit 0', log_dir=directory, name='logged',
                      base_temp_dir=self.base)
            vm.launch()
            vm.shutdown()
            self.assertEqual(vm.get_log(), 'said\n')
            with open(os.path.join(directory, 'logged.log')) as file:
                self.assertEqual(file.read(), 'said\n')

    def test_in_a_thread_and_in_a_running_loop(self):
        names = []

        def life():
            with self.machine() as vm:
                vm.launch()
                vm.cmd('stop')
                names.append(vm.event_wait('STOP', timeout=10)['event'])

        async def main():
            life()

        thread = threading.Thread(target=life)
        thread.start()
        thread.join()
        asyncio.run(main())
        self.assertEqual(names, ['STOP'] * 2)


class MonitorTest(Case):
    def test_commands(self):
        with self.machine(['-machine', 'q35', '-accel', 'tcg', '-S']) as vm:
            vm.launch()
            self.assertEqual(vm.command('object-add', qom_type='iothread', id='t0'), {})
            self.assertEqual(vm.cmd('object-add', {'qom-type': 'iothread', 'id': 't1'}), {})
            self.assertEqual(vm.qmp('object-add', args_dict={'qom-type': 'iothread', 'id': 't2'}),
                             {'return': {}})
            self.assertEqual(vm.qmp('object-add', False, **{'qom-type': 'iothread', 'id': 't3'}),
                             {'return': {}})
            self.assertIn('error', vm.qmp('object-add', conv_keys=False, qom_type='iothread',
                                          id='t4'))
            self.assertEqual(len(vm.command('query-iothreads')), 4)
            number = 18446744073709551104
            vm.command('migrate-set-parameters', max_postcopy_bandwidth=number)
            answer = vm.command('query-migrate-parameters')
            self.assertEqual(answer['max-postcopy-bandwidth'], number)

    def test_errors(self):
        with self.machine() as vm:
            vm.launch()
            for kind in (MonitorResponseError, ExecuteError, QMPError):
                with self.assertRaises(kind) as caught:
                    vm.command('object-del', id='no')
            error = caught.exception
            self.assertEqual(str(error), "object 'no' not found")
            self.assertEqual(error.reply['error']['class'], 'GenericError')
            self.assertEqual((error.desc, error.error_class), (str(error), 'GenericError'))
            self.assertEqual(vm.qmp('object-del', id='no'), error.reply)

    def test_other_monitors(self):
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            port = free.getsockname()[1]
        with self.machine() as vm:
            vm.add_monitor_null()
            vm.add_monitor_telnet('127.0.0.1', port)
            vm.launch()
            with socket.create_connection(('127.0.0.1', port), 10) as telnet:
                data = b''
                while b'(qemu)' not in data:
                    data += telnet.recv(4096)
        with self.assertRaises(QEMUMachineError):
            vm.add_monitor_telnet('127.0.0.1', 70000)

    def test_monitor_address(self):
        path = os.path.join(self.base, 'monitor')
        for address in (path, ('127.0.0.1', 0)):
            with self.machine(monitor_address=address) as vm:
                for _ in range(2):
                    vm.launch()
                    self.assertEqual(vm.command('query-name'), {})
                    vm.shutdown()

    def test_descriptors(self):
        with tempfile.TemporaryFile() as file, self.machine() as vm:
            self.assertIs(vm.add_fd(file.fileno(), 2, 'a,b'), vm)
            vm.launch()
            self.assertEqual(vm.command('query-fdsets')[0]['fds'][0]['opaque'], 'a,b')
            for sent in ((file.fileno(),), (str(file.fileno()),), ('/dev/null',)):
                self.assertEqual(vm.send_fd_scm(*sent), 0)
                self.assertEqual(vm.command('getfd', fdname='f'), {})
            for sent in ({'fd': file.fileno()}, {'file_path': '/dev/null'}):
                self.assertEqual(vm.send_fd_scm(**sent), 0)
                self.assertEqual(vm.command('getfd', fdname='f'), {})
            with self.assertRaises(ValueError):
                vm.send_fd_scm()
            with self.assertRaises(QEMUMachineError):
                vm.add_fd(-1, 3, '')


class EventTest(Case):
    def setUp(self):
        super().setUp()
        self.vm = self.machine()
        self.vm.launch()

    def test_wire_form(self):
        self.vm.command('quit')
        event = self.vm.event_wait('SHUTDOWN')
        self.assertEqual((event['event'], event['data']),
                         ('SHUTDOWN', {'guest': False, 'reason': 'host-qmp-quit'}))
        self.assertEqual(sorted(event['timestamp']), ['microseconds', 'seconds'])

    def test_events_after_shutdown(self):
        self.vm.command('stop')
        self.vm.shutdown()
        self.assertEqual([event['event'] for event in self.vm.get_qmp_events()],
                         ['STOP', 'SHUTDOWN'])
        self.vm.launch()
        self.assertEqual(self.vm.get_qmp_events(), [])

    def test_order(self):
        for command in ('stop', 'cont', 'stop'):
            self.vm.command(command)
        self.assertEqual(self.vm.event_wait('RESUME', timeout=0)['event'], 'RESUME')
        self.vm.command('cont')
        self.assertEqual([event['event'] for event in self.vm.get_qmp_events(wait=True)],
                         ['STOP', 'STOP', 'RESUME'])
        self.assertEqual(self.vm.get_qmp_events(wait=False), [])
        self.assertIsNone(self.vm.get_qmp_event())
        self.vm.command('stop')
        self.assertEqual(self.vm.get_qmp_event(wait=True)['event'], 'STOP')

    def test_match(self):
        event = {'event': 'X', 'data': {'id': 'a', 'n': 1, 'deep': {'er': True}}}
        for match in (None, {}, {'data': {'id': 'a'}}, {'data': {'deep': {'er': True}, 'n': 1}},
                      {'data': {'deep': None}}, {'event': 'X', 'data': {'n': 1.0}}):
            self.assertTrue(QEMUMachine.event_match(event, match), match)
        for match in ({'data': {'id': 'b'}}, {'data': {'no': None}}, {'data': {'id': {'a': 1}}},
                      {'data': {'n': True}}, {'no': 1}):
            self.assertFalse(self.vm.event_match(event, match), match)

    def test_events_wait(self):
        with mock(READY + 'expect go; event A {"id": 1}; event B {"id": 1}; event A {"id": 2}; '
                  'reply; serve; exit 0', base_temp_dir=self.base) as vm:
            vm.launch()
            vm.cmd('go')
            event = vm.events_wait([('A', {'data': {'id': 2}}), ('B', {'data': {'id': 2}})])
            self.assertEqual((event['event'], event['data']), ('A', {'id': 2}))
            event = vm.event_wait(name='B', timeout=60.0, match={'data': {'id': 1}})
            self.assertEqual(event['data'], {'id': 1})
            self.assertEqual(vm.get_qmp_event()['data'], {'id': 1})

    def test_timeouts(self):
        for timeout in (0, 0.0, False):
            self.assertIsNone(self.vm.event_wait('NO', timeout=timeout))
        for timeout in (1, 0.2):
            start = time.monotonic()
            with self.assertRaises(QMPTimeoutError) as caught:
                self.vm.event_wait('NO', timeout=timeout)
            self.assertIsInstance(caught.exception, (QMPError, asyncio.TimeoutError))
            self.assertIn('NO', str(caught.exception))
            self.assertGreaterEqual(time.monotonic() - start, timeout - 0.01)
        with self.assertRaises(QMPTimeoutError):
            self.vm.get_qmp_event(wait=0.01)

    def test_timeout_is_total(self):
        stop = threading.Event()

        def chatter():
            while not stop.wait(0.05):
                self.vm.command('stop')
                self.vm.command('cont')

        thread = threading.Thread(target=chatter)
        thread.start()
        start = time.monotonic()
        try:
            with self.assertRaises(QMPTimeoutError):
                self.vm.event_wait('NO', timeout=0.4)
            self.assertLess(time.monotonic() - start, 10)
        finally:
            stop.set()
            thread.join()

    def test_endless(self):
        timer = threading.Timer(0.05, self.vm.command, ['stop'])
        timer.start()
        self.assertEqual(self.vm.event_wait('STOP', timeout=None)['event'], 'STOP')
        timer.join()

    def test_two_threads(self):
        found = {}

        def wait(name):
            found[name] = self.vm.event_wait(name, timeout=30)['event']

        threads = [threading.Thread(target=wait, args=[name]) for name in ('RESUME', 'STOP')]
        for thread in threads:
            thread.start()
        cache = self.vm._events
        while not cache._someone_takes or not cache._changed._waiters:
            time.sleep(0.001)  # until one waits for the machine, and the other for that one
        start = time.monotonic()
        self.vm.command('stop')
        self.vm.command('cont')
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(found, {'RESUME': 'RESUME', 'STOP': 'STOP'})

    def test_death(self):
        timer = threading.Timer(0.05, self.vm.kill)
        timer.start()
        with self.assertRaises(QMPConnectError):
            self.vm.event_wait('NO', timeout=60)
        timer.join()


class ConsoleTest(Case):
    ARGS = NONE + ['-monitor', 'chardev:console']  # it answers what is typed

    def test_socket(self):
        log = os.path.join(self.base, 'console.log')
        vm = self.machine(self.ARGS, drain_console=True, console_log=log)
        with self.assertRaises(QEMUMachineError):
            _ = vm.console_socket
        vm.set_console()
        for _ in range(2):
            vm.launch()
            console = vm.console_socket
            self.assertIsInstance(console, socket.socket)
            self.assertIs(vm.console_socket, console)
            console.settimeout(30)
            data = b''
            while b'(qemu)' not in data:
                data += console.recv(1024)
            console.sendall(b'info status\n')
            while b'VM status' not in data:
                data += console.recv(1024)
            vm.shutdown()
            while console.recv(1024):  # until it ends
                pass
            with open(log, 'rb') as file:
                self.assertIn(b'VM status', file.read())

    def test_file(self):
        with self.machine(self.ARGS) as vm:
            vm.set_console(console_index=0)
            vm.launch()
            with vm.console_file as lines:
                self.assertIn(b'QEMU', lines.readline())

    def test_unread(self):
        """Nobody reads: neither the machine nor its shutdown waits for that."""
        with self.machine(self.ARGS) as vm:
            vm.set_console()
            vm.launch()
            vm.console_socket.sendall(b'help\n' * 2000)
            self.assertEqual(vm.command('query-name'), {})
            start = time.monotonic()
        self.assertLess(time.monotonic() - start, 20)

    def test_bad(self):
        with self.assertRaises(QEMUMachineAddDeviceError):
            self.machine().set_console(console_index=-1)


class ProgramTest(Case):
    """Whole programs, which print what they did and nothing else."""

    def run_program(self, program):
        result = subprocess.run([sys.executable, '-W', 'error', '-W', 'ignore::ImportWarning',
                                 '-c', program], capture_output=True, text=True, timeout=60)
        self.assertEqual(result.stderr, '')
        return result.returncode, result.stdout

    def test_class_of_its_own(self):
        status, output = self.run_program('''
from gi.repository.QMachine import QEMUMachine

class VM(QEMUMachine):
    def __init__(self, *args):
        super().__init__('qemu-system-x86_64', args=['-accel', 'tcg', *args], name='mine')
    def add_object(self, opts):
        self._args.append('-object')
        self._args.append(opts)
        return self

with VM('-machine', 'none') as vm:
    vm.add_object('iothread,id=t0')
    vm.launch()
    print([t['id'] for t in vm.command('query-iothreads')])
    vm.qmp('stop')
    print(vm.event_wait('STOP')['event'])
print(vm.exitcode())
''')
        self.assertEqual((status, output), (0, "['t0']\nSTOP\n0\n"))

    def test_hooks(self):
        class Hooked(QEMUMachine):
            def __init__(self, *args, **settings):
                super().__init__(*args, base_temp_dir=self.base, **settings)
                self.calls = []

            def _pre_launch(self):
                self.calls.append(('pre', self.is_running()))
                self._args.append('-S')
                super()._pre_launch()

            def _post_launch(self):
                super()._post_launch()
                self.calls.append(('post', self.qmp('query-status')['return']['status']))
                if self.fails:
                    raise KeyError('mine')

            def _post_shutdown(self):
                self.calls.append(('end', self.is_running(), os.path.exists(self.temp_dir)))
                super()._post_shutdown()

        Hooked.base, Hooked.fails = self.base, False
        with Hooked(BINARY, NONE, name='hooked') as vm:
            self.assertEqual((vm._name, vm._binary), ('hooked', BINARY))
            self.assertEqual(vm._qemu_full_args, (BINARY, *NONE))
            vm.launch()
            self.assertEqual(vm._qemu_full_args[-5:], (*NONE, '-S'))
            self.assertEqual(vm._qemu_full_args[0], BINARY)
            vm.qmp('cont')
            vm.clear_qmp_events()
            self.assertEqual(vm.get_qmp_events(), [])
        vm.shutdown()
        ended = ('end', False, True)
        self.assertEqual(vm.calls, [('pre', False), ('post', 'prelaunch'), ended])
        self.assertNothingLeft()

        vm = Hooked(BINARY, ['-machine', 'no-such-machine'])
        with self.assertRaises(VMLaunchFailure):
            vm.launch()
        self.assertEqual(vm.calls, [('pre', False), ended])

        vm = Hooked(BINARY, NONE)
        vm._args.append(5)
        with self.assertRaisesRegex(VMLaunchFailure, r'args\[\d\] must be a text or a path, not 5'):
            vm.launch()

        Hooked.fails = True
        vm = Hooked(BINARY, NONE)
        with self.assertRaisesRegex(VMLaunchFailure, 'mine') as caught:
            vm.launch()
        self.assertIsInstance(caught.exception.__cause__, KeyError)
        self.assertEqual(vm.calls, [('pre', False), ('post', 'prelaunch'), ended])
        self.assertFalse(vm.is_running())
        self.assertNothingLeft()

    def test_end_without_shutdown(self):
        status, output = self.run_program('''
from gi.repository.QMachine import QEMUMachine
vm = QEMUMachine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg',
                                        '-monitor', 'chardev:console'])
vm.set_console()
vm.launch()
vm.console_socket.recv(1)
print(vm.get_pid())
''')
        self.assertEqual(status, 0)
        deadline = time.monotonic() + 30
        while is_alive(int(output)):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)


if __name__ == '__main__':
    unittest.main(verbosity=2)
