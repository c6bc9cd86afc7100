# SPDX-License-Identifier: LGPL-2.1-or-later
"""Signals of Python while a call of the library blocks, and calls in a forked child."""
import os
import select
import signal
import socket
import tempfile
import threading
import time
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

SOON = 20  # seconds: long before anything in here ends by itself
DEADLINE = 60


class Stop(Exception):
    """What a handler raises."""


def new_machine(*args, **settings):
    return QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg', *args],
                            **settings)


class Alarm:
    """Sends this process a signal when its main thread is in a call of the library."""

    def __init__(self, number=signal.SIGINT, times=1):
        self._number = number
        self._times = times
        self._thread = threading.Thread(target=self._run, args=(threading.get_native_id(),))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self._thread.join()

    def _run(self, main):
        for _ in range(self._times):
            n_asleep = 0
            while n_asleep < 10:
                with open(f'/proc/self/task/{main}/syscall') as file:
                    asleep = file.read().split()[0] != 'running'
                n_asleep = n_asleep + 1 if asleep else 0
                time.sleep(0.003)
            os.kill(os.getpid(), self._number)


class SignalTest(unittest.TestCase):
    def setUp(self):
        self.vm = new_machine()
        self.addCleanup(self.vm.kill)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def launch_deaf(self):
        """A QEMU that does not answer."""
        self.vm.launch()
        os.kill(self.vm.pid, signal.SIGSTOP)

    def calls(self):
        return {
            'command': lambda: self.vm.command('query-name'),
            'qmp': lambda: self.vm.qmp('query-name'),
            'command_json': lambda: self.vm.command_json('query-name'),
            'human_command': lambda: self.vm.human_command('info name'),
            'command_with_fd': lambda: self.vm.command_with_fd('getfd', {'fdname': 'x'}, 0),
            'monitor.command': lambda: self.vm.monitor.command('query-name'),
            'wait_event': lambda: self.vm.wait_event('NEVER'),
            'events': lambda: list(self.vm.events('NEVER')),
            'wait': self.vm.wait,
            'shutdown': lambda: self.vm.shutdown(timeout=None),
        }

    def assertInterrupted(self, kind, function, name):
        start = time.monotonic()
        with self.subTest(name), self.assertRaises(kind), Alarm():
            function()
        self.assertLess(time.monotonic() - start, SOON, name)

    def test_keyboard_interrupt(self):
        self.launch_deaf()
        for name, call in self.calls().items():
            self.assertInterrupted(KeyboardInterrupt, call, name)
        self.assertIs(self.vm.state, QMachine.MachineState.STOPPING)  # by the shutdown

    def test_what_a_handler_raises(self):
        def handler(_number, _frame):
            raise Stop
        signal.signal(signal.SIGINT, handler)
        self.launch_deaf()
        for name, call in self.calls().items():
            self.assertInterrupted(Stop, call, name)

    def test_launch(self):
        with tempfile.TemporaryDirectory() as directory:
            fifo = os.path.join(directory, 'gate')
            os.mkfifo(fifo)
            self.vm.wrapper = ['sh', '-c', 'read line <"$0"; exec "$@"', fifo]
            self.assertInterrupted(KeyboardInterrupt, self.vm.launch, 'launch')
        self.assertIs(self.vm.state, QMachine.MachineState.STOPPED)
        self.vm.wrapper = None
        self.vm.launch()

    def test_attach(self):
        monitor = QMachine.Monitor()
        with socket.socket(socket.AF_UNIX) as listener, \
                tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, 'silent')
            listener.bind(path)
            listener.listen()
            self.assertInterrupted(KeyboardInterrupt, lambda: monitor.attach(path), 'attach')
        self.assertIs(monitor.state, QMachine.MonitorState.CLOSED)

    def test_console(self):
        self.vm.args = ['-accel', 'tcg', '-S', '-nic', 'none']
        self.vm.add_console()
        self.vm.launch()
        self.assertInterrupted(KeyboardInterrupt, lambda: self.vm.console.wait_for_text('never'),
                               'wait_for_text')

    def test_a_handler_that_raises_nothing(self):
        """The call goes on, and each signal is handled while it does."""
        seen = []
        signal.signal(signal.SIGUSR1, lambda number, _frame: seen.append(number))
        self.launch_deaf()
        pid = self.vm.pid

        def handler(_number, _frame):
            os.kill(pid, signal.SIGCONT)
        signal.signal(signal.SIGTERM, handler)
        with Alarm(signal.SIGUSR1, times=3):
            with self.assertRaises(GLib.Error) as caught:
                self.vm.command('query-name', timeout=1000)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT))
        self.assertEqual(seen, [signal.SIGUSR1] * 3)
        with Alarm(signal.SIGTERM):
            self.assertEqual(self.vm.command('query-uuid'),
                             {'UUID': '00000000-0000-0000-0000-000000000000'})

    def test_two_handlers_that_raise(self):
        """One of them is raised, and later signals are handled as before."""
        def handler(number, _frame):
            raise Stop(number)
        signals = {signal.SIGUSR1, signal.SIGTERM}
        for number in signals:
            signal.signal(number, handler)

        def both(_number, _frame):
            signal.pthread_sigmask(signal.SIG_BLOCK, signals)
            for number in signals:
                os.kill(os.getpid(), number)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        signal.signal(signal.SIGINT, both)
        self.launch_deaf()
        for _ in range(3):
            self.assertInterrupted(Stop, self.calls()['command'], 'command')

    def test_ignored_signal(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        seen = []
        signal.signal(signal.SIGTERM, lambda *_: seen.append(True))
        self.launch_deaf()
        with Alarm():
            self.assertRaises(GLib.Error, self.vm.command, 'query-name', timeout=500)
        # Others are handled all the same.
        with Alarm(signal.SIGTERM):
            self.assertRaises(GLib.Error, self.vm.command, 'query-name', timeout=500)
        self.assertEqual(seen, [True])

    def test_a_handler_may_call(self):
        def handler(_number, _frame):
            self.assertEqual(other.command('query-status')['status'], 'running')
            raise Stop
        signal.signal(signal.SIGINT, handler)
        with new_machine() as other:
            other.launch()
            self.launch_deaf()
            self.assertInterrupted(Stop, self.calls()['command'], 'command')

    def test_error_and_signal_at_once(self):
        """Nothing but what the handler raises, or the error: never a broken conversion."""
        def handler(_number, _frame):
            raise Stop
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, handler))
        self.launch_deaf()
        for _ in range(50):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.02)
                try:
                    self.vm.command('query-name', timeout=20)
                except GLib.Error:
                    pass
                time.sleep(DEADLINE)
            except Stop:
                continue
            self.fail('the handler has not run')

    def test_nothing_is_lost(self):
        """An event that came for the call that a handler ended is there for the next."""
        def handler(_number, _frame):
            self.vm.command('stop')
            raise Stop
        signal.signal(signal.SIGINT, handler)
        self.vm.launch()
        self.assertInterrupted(Stop, lambda: self.vm.wait_event('STOP'), 'wait_event')
        self.assertEqual(self.vm.wait_event('STOP', timeout=0).name, 'STOP')

    def test_other_threads(self):
        """Handlers run in the main thread, and a call elsewhere is no business of theirs."""
        self.launch_deaf()
        results = []
        done = threading.Event()

        def ask():
            try:
                self.vm.command('query-name', timeout=1000)
            except GLib.Error as error:
                results.append(error)
            done.set()
        threading.Thread(target=ask).start()
        with self.assertRaises(KeyboardInterrupt), Alarm():
            done.wait()
        self.assertTrue(done.wait(DEADLINE))
        self.assertTrue(results[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT))


class ForkTest(unittest.TestCase):
    """In a forked child each call fails at once, and says what to do."""

    def play(self, function):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                try:
                    function()
                    text = 'works'
                except GLib.Error as error:
                    supported = not error.matches(Gio.io_error_quark(),
                                                  Gio.IOErrorEnum.NOT_SUPPORTED)
                    text = f'{supported}: {error.message}'
                except BaseException as error:
                    text = repr(error)
                os.write(writer, text.encode())
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, 'rb') as file:
            pidfd = os.pidfd_open(child)
            try:
                if not select.select([pidfd], [], [], SOON * 3)[0]:
                    os.kill(child, signal.SIGKILL)
                    self.fail('it hangs')
            finally:
                os.close(pidfd)
                os.waitpid(child, 0)
            return file.read().decode()

    def test_calls(self):
        vm = new_machine()
        with vm:
            vm.launch()
            monitor = QMachine.Monitor()
            other = new_machine()
            for function in (other.launch, vm.wait, vm.shutdown, vm.kill,
                             lambda: vm.command('query-name'), lambda: vm.wait_event('STOP'),
                             lambda: monitor.attach('/no/such'), lambda: new_machine().launch()):
                self.assertRegex(self.play(function), '^False: .*spawn')
            self.assertEqual(vm.command('query-status')['status'], 'running')

    def test_a_dropped_machine(self):
        """It is the parent's."""
        machines = [new_machine()]
        machines[0].launch()
        self.assertEqual(self.play(machines.clear), 'works')
        self.assertEqual(machines[0].command('query-status')['status'], 'running')
        machines[0].shutdown()


if __name__ == '__main__':
    unittest.main(verbosity=2)
