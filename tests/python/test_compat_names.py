#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What classes for the ancestor use beyond its calls: directories, names, logs and qtest."""

import glob
import logging
import os
import signal
import socket
import stat
import tempfile
import unittest

from gi.repository.QMachine import (QEMUMachine, QEMUMachineError, QEMUQtestMachine,
                                    VMLaunchFailure)

from compat_case import BINARY, NONE, READY, Case, kill_and_wait


class PlacesTest(Case):
    """(a) Sockets where they have room."""

    def test_long_base(self):
        base = os.path.join(self.base, 'd' * 120)
        os.mkdir(base)
        vm = QEMUMachine(BINARY, NONE, base_temp_dir=base)
        self.assertTrue(vm.temp_dir.startswith(base))
        with socket.socket(socket.AF_UNIX) as own:
            own.bind(os.path.join(vm.sock_dir, 'program.sock'))
        place = vm.sock_dir
        for _ in range(2):
            vm.launch()
            self.assertEqual(vm.command('query-name'), {})
            self.assertTrue(os.path.isdir(place))
            self.assertEqual(vm.sock_dir, place)
            self.assertEqual(len(glob.glob(base + '/*/*.log')), 1)
            vm.shutdown()
            self.assertFalse(os.path.exists(place))
        self.assertEqual(os.listdir(base), [])
        with QEMUQtestMachine(BINARY, NONE, base_temp_dir=base) as vm:
            vm.launch()
            self.assertEqual(vm.qtest('endianness'), 'OK little\n')
        self.assertEqual(os.listdir(base), [])

    def test_long_name(self):
        with self.machine(name='n' * 100) as vm:
            vm.launch()
            self.assertEqual(vm.command('query-name'), {})
        self.assertNothingLeft()

    def test_sock_dir(self):
        with tempfile.TemporaryDirectory() as directory:
            for kind in (QEMUMachine, QEMUQtestMachine):
                vm = kind(BINARY, NONE, base_temp_dir=self.base, sock_dir=directory, name='mine')
                self.assertEqual(vm.sock_dir, directory)
                for _ in range(2):
                    vm.launch()
                    sockets = [name for name in os.listdir(directory)
                               if stat.S_ISSOCK(os.stat(os.path.join(directory, name)).st_mode)]
                    self.assertIn('mine.monitor', sockets)
                    self.assertEqual('mine.qtest' in sockets, kind is QEMUQtestMachine)
                    self.assertNotIn('.monitor', ''.join(glob.glob(self.base + '/*/*')))
                    vm.shutdown()
                    self.assertEqual(os.listdir(directory), [])
        self.assertNothingLeft()


class NamesTest(Case):
    """(g) What classes for the ancestor use below its surface."""

    def test_base_args(self):
        class Mine(QEMUMachine):
            @property
            def _base_args(self):
                args = super()._base_args
                self.seen = list(args)
                args.extend(['-name', 'by-base-args'])
                args[args.index('-machine') + 1] = 'none'
                return args

        with Mine(BINARY, ['-accel', 'tcg'], base_temp_dir=self.base) as vm:
            vm.set_machine('no-such-machine')
            vm.launch()
            self.assertEqual(vm.seen, ['-display', 'none', '-vga', 'none', '-machine',
                                       'no-such-machine'])
            self.assertEqual(vm.command('query-name'), {'name': 'by-base-args'})
            line = vm._qemu_full_args
            self.assertLess(line.index('by-base-args'), line.index('-accel'))
            self.assertEqual(line.count('-display'), 1)

    def test_base_args_without_display(self):
        class Mine(QEMUMachine):
            @property
            def _base_args(self):
                return ['-vga', 'std']

        with Mine(BINARY, ['-accel', 'tcg', '-display', 'none', '-nodefaults'],
                  base_temp_dir=self.base) as vm:
            vm.launch()
            line = vm._qemu_full_args
            self.assertEqual((line.count('-display'), line.count('-vga')), (1, 1))
            self.assertEqual(vm.machine.screenshot().get_data()[:4], b'\x89PNG')

    def test_private_names(self):
        class Mine(QEMUMachine):
            def _post_shutdown(self):
                self._close_qemu_log_file()
                self.last = (self._popen.pid, self._popen.returncode, self._temp_dir)
                super()._post_shutdown()

        vm = Mine(BINARY, NONE, base_temp_dir=self.base)
        self.assertEqual(vm.binary, BINARY)
        self.assertIsNone(vm._temp_dir)
        vm.launch()
        pid = vm.get_pid()
        self.assertEqual((vm._popen.pid, vm._popen.poll()), (pid, None))
        path = vm._temp_dir
        self.assertEqual(path, vm.temp_dir)
        self.assertTrue(os.path.isdir(path))
        self.assertIs(vm._subp, vm._popen)
        self.assertEqual(vm._qmp.cmd('query-name'), {})
        self.assertEqual(vm._qmp_connection.cmd_obj({'execute': 'query-name', 'id': 'mine'}),
                         {'return': {}, 'id': 'mine'})
        vm.shutdown()
        self.assertEqual(vm.last, (pid, 0, path))


class LoggingTest(Case):
    """(h) The loggers of old."""

    def test_command_line_and_traffic(self):
        with self.assertLogs('qemu', logging.DEBUG) as logs:
            vm = self.machine(name='logged')
            vm.launch()
            vm.qmp('stop')
            vm.qmp('object-del', id='no')
            vm.event_wait('STOP')
            vm.shutdown()
        lines = {}
        for record in logs.records:
            lines.setdefault(record.name, []).append(record.getMessage())
        self.assertEqual(sorted(lines), ['qemu.machine.machine', 'qemu.qmp.qmp_client.logged'])
        self.assertEqual(len(lines['qemu.machine.machine']), 1)
        self.assertIn(' '.join(NONE), lines['qemu.machine.machine'][0])
        traffic = lines['qemu.qmp.qmp_client.logged']
        self.assertEqual(traffic[:3], ['--> {"execute": "stop"}', '<-- {"return": {}}',
                                       '--> {"execute": "object-del", "arguments": {"id": "no"}}'])
        self.assertIn('"error"', traffic[3])
        self.assertIn('"event": "STOP"', traffic[4])
        self.assertEqual(len(traffic), 5)

    def test_failed_launch(self):
        with self.assertLogs('qemu.machine', logging.DEBUG) as logs:
            with self.assertRaises(VMLaunchFailure):
                self.machine(['-machine', 'no-such-machine']).launch()
        self.assertIn('no-such-machine', logs.output[0])

    def test_death(self):
        with self.assertLogs('qemu.machine', logging.WARNING) as logs:
            vm = self.machine()
            vm.launch()
            os.kill(vm.get_pid(), signal.SIGABRT)
            vm.wait()
        self.assertEqual(len(logs.output), 1)
        self.assertIn('signal 6', logs.output[0])
        self.assertIn(' '.join(NONE), logs.output[0])
        with self.assertNoLogs('qemu.machine', logging.WARNING):
            vm.launch()
            vm.kill()


class QtestTest(Case):
    def test_qtest(self):
        with QEMUQtestMachine(BINARY, args=['-machine', 'q35', '-accel', 'tcg', '-S'],
                              base_temp_dir=self.base, name='qtest-vm') as vm:
            vm.launch()
            self.assertEqual(vm.qtest('writel 0x1000 0x12345678'), 'OK\n')
            self.assertEqual(vm.qtest('readl 0x1000').split(), ['OK', '0x0000000012345678'])
        with QEMUQtestMachine(BINARY, NONE, 'old-name', test_dir=self.base) as vm:
            vm.launch()
            self.assertTrue(vm.qtest('endianness').startswith('OK'))
        self.assertNothingLeft()

    def test_failures(self):
        """(c) One is an answer, and the next line has its own."""
        vm = QEMUQtestMachine(BINARY, NONE, base_temp_dir=self.base)
        with self.assertRaises(QEMUMachineError):
            vm.qtest('endianness')
        vm.launch()
        self.assertRegex(vm.qtest('no-such-command'), r'\AFAIL .*\n\Z')
        self.assertEqual(vm.qtest('endianness'), 'OK little\n')
        kill_and_wait(vm)
        with self.assertRaises(QEMUMachineError):
            vm.qtest('endianness')
        vm.kill()
        self.assertNothingLeft()

    def test_log(self):
        """(d) The protocol is in the machine's log, unless the program turns that off."""
        vm = QEMUQtestMachine(BINARY, NONE, base_temp_dir=self.base)
        vm.launch()
        vm.qtest('endianness')
        vm.shutdown()
        self.assertRegex(vm.get_log(), r'(?s)\[I 0\.[0-9]+\] OPENED\n\[R \+[0-9.]+\] endianness\n'
                         r'\[S \+[0-9.]+\] OK little\n.*CLOSED')
        with QEMUQtestMachine(BINARY, [*NONE, '-qtest-log', 'none'],
                              base_temp_dir=self.base) as vm:
            vm.launch()
            vm.qtest('endianness')
        self.assertNotIn('endianness', vm.get_log())

    def test_handler_between_line_and_answer(self):
        """The answer to a line that was given up is not taken for the next one's."""
        class Late(Exception):
            pass

        def handler(*_arguments):
            raise Late

        vm = QEMUQtestMachine(BINARY, NONE, base_temp_dir=self.base)
        vm.launch()
        before = signal.signal(signal.SIGALRM, handler)
        try:
            os.kill(vm.get_pid(), signal.SIGSTOP)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaises(Late):
                vm.qtest('no-such-command')
        finally:
            signal.signal(signal.SIGALRM, before)
            os.kill(vm.get_pid(), signal.SIGCONT)
        self.assertEqual(vm.qtest('endianness'), 'OK little\n')
        vm.shutdown()

    def test_death_before_it_connects(self):
        with self.assertRaises(VMLaunchFailure):
            QEMUQtestMachine(BINARY, ['-machine', 'no-such-machine'],
                             base_temp_dir=self.base).launch()
        self.assertNothingLeft()

    def test_nobody_connects(self):
        """And the accelerator is asked for where the binary has it."""
        for name, accelerators in (('with', 'tcg qtest'), ('without', 'tcg')):
            with tempfile.TemporaryDirectory() as directory:
                binary = os.path.join(directory, name)
                with open(binary, 'w') as script:
                    script.write(f"""#!/bin/sh
if [ "$*" = '-accel help' ]; then echo {accelerators}; exit; fi
exec "$MOCK_QEMU" "$@"
""")
                os.chmod(binary, 0o700)
                vm = QEMUQtestMachine(binary, ['-mock', READY + 'serve; exit 0'],
                                      base_temp_dir=self.base, qmp_timer=2)
                with self.assertRaisesRegex(VMLaunchFailure, 'not connected') as caught:
                    vm.launch()
            self.assertEqual('-accel qtest' in caught.exception.command, name == 'with')
            self.assertFalse(vm.is_running())
        self.assertNothingLeft()

if __name__ == '__main__':
    unittest.main(verbosity=2)
