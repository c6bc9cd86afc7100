#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How machines end for programs of the ancestor: crashes, wait() and signal handlers."""

import os
import signal
import subprocess
import time
import unittest

from gi.repository.QMachine import AbnormalShutdown

from compat_case import READY, Case, kill_and_wait, mock


class CrashTest(Case):
    """(b) A QEMU that has crashed before its shutdown, and (f) wait()."""

    def crash(self, vm, early):
        if early:
            kill_and_wait(vm)
        else:
            os.kill(vm.get_pid(), signal.SIGKILL)

    def test_shutdown(self):
        for early in (True, False):
            vm = self.machine()
            vm.launch()
            self.crash(vm, early)
            with self.assertRaisesRegex(AbnormalShutdown, 'signal 9|SIGKILL'):
                vm.shutdown()
            self.assertEqual(vm.exitcode(), -signal.SIGKILL)
            vm.shutdown()
            self.assertNothingLeft()

    def test_with(self):
        for early in (True, False):
            with self.assertRaises(AbnormalShutdown):
                with self.machine() as vm:
                    vm.launch()
                    self.crash(vm, early)
            self.assertNothingLeft()

    def test_status(self):
        """An exit that QEMU did not announce; and one that it was asked for, whatever it says."""
        vm = mock(READY + 'exit 3', base_temp_dir=self.base)
        vm.launch()
        with self.assertRaisesRegex(AbnormalShutdown, 'status 3'):
            vm.shutdown()
        vm = mock(READY + 'expect quit; event SHUTDOWN {"guest": false, "reason": '
                  '"host-qmp-quit"}; reply; exit 3', base_temp_dir=self.base)
        vm.launch()
        vm.shutdown()
        self.assertEqual(vm.exitcode(), 3)
        vm = mock(READY + 'expect quit; reply; exit 3', base_temp_dir=self.base)
        vm.launch()
        vm.qmp('quit')
        vm.shutdown()
        self.assertEqual(vm.exitcode(), 3)

    def test_quit_that_does_not_end_it(self):
        vm = mock(READY + 'ignore-term; expect quit; reply; stall', base_temp_dir=self.base)
        vm.launch()
        vm.qmp('quit')
        with self.assertRaises(AbnormalShutdown):
            vm.shutdown(timeout=0.1)
        self.assertNothingLeft()

    def test_process(self):
        """What programs do with the process below."""
        vm = self.machine()
        vm.launch()
        with self.assertRaises(subprocess.TimeoutExpired):
            vm._popen.wait(0.05)
        vm._popen.terminate()
        self.assertEqual(vm._popen.wait(60), 0)
        vm._popen.kill()
        vm.shutdown()
        vm.launch()
        vm._popen.kill()
        self.assertEqual(vm._popen.wait(), -signal.SIGKILL)
        with self.assertRaises(AbnormalShutdown):
            vm.shutdown()

    def test_without_monitor(self):
        vm = self.machine()
        vm.set_qmp_monitor(enabled=False)
        vm.launch()
        self.crash(vm, True)
        with self.assertRaises(AbnormalShutdown):
            vm.shutdown()

    def test_hard(self):
        vm = self.machine()
        vm.launch()
        self.crash(vm, True)
        vm.kill()
        self.assertNothingLeft()

    def test_launched_again(self):
        vm = self.machine()
        ends = []
        vm._post_shutdown = lambda: ends.append(vm.exitcode())
        vm.launch()
        self.crash(vm, True)
        vm.launch()
        self.assertEqual(ends, [-signal.SIGKILL])
        vm.shutdown()
        self.assertEqual(ends, [-signal.SIGKILL, 0])

    def test_wait(self):
        for crash in (False, True):
            vm = self.machine()
            ends = []
            vm._post_shutdown = lambda ends=ends, vm=vm: ends.append(vm.exitcode())
            path = vm.temp_dir
            vm.launch()
            if crash:
                self.crash(vm, True)
            else:
                vm.qmp('quit')
                while vm.is_running():
                    time.sleep(0.001)
            self.assertTrue(os.path.exists(path))
            vm.wait()
            self.assertEqual(ends, [-signal.SIGKILL if crash else 0])
            self.assertNothingLeft()
            vm.shutdown()
            self.assertEqual(len(ends), 1)


class SignalTest(Case):
    """(e) What a signal handler raises ends a call."""

    def test_handlers(self):
        class Late(Exception):
            pass

        def handler(*_arguments):
            raise Late

        vm = mock(READY + 'expect go; expect again; stall', base_temp_dir=self.base)
        vm.launch()
        before = signal.signal(signal.SIGALRM, handler)
        try:
            for call in (lambda: vm.qmp('go'), lambda: vm.command('again'),
                         lambda: vm.event_wait('NO'), vm.wait):
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                start = time.monotonic()
                with self.assertRaises(Late):
                    call()
                self.assertLess(time.monotonic() - start, 10)
                self.assertTrue(vm.is_running())
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        vm.kill()

if __name__ == '__main__':
    unittest.main(verbosity=2)
