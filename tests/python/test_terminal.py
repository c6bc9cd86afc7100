# SPDX-License-Identifier: LGPL-2.1-or-later
"""A console in the hands of a person: the example, through a pseudo-terminal, and the calls."""

import asyncio
import os
import pathlib
import signal
import sys
import termios
import threading
import unittest

import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

GUESTS = pathlib.Path(sys.argv.pop())
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / 'docs/examples/terminal.py'
ESCAPE = b'\x1d'
LOCAL_FLAGS = 3
ECHO = ['bash', '-c', 'echo ready >&300; exec cat <&300 >&300']
End = QMachine.ConsoleInteractEnd


def read_until(fd, last):
    text = b''
    while not text.endswith(last):
        text += os.read(fd, 4096)
    return text


def is_raw(fd):
    return not termios.tcgetattr(fd)[LOCAL_FLAGS] & termios.ICANON


class PersonCase(unittest.TestCase):
    def setUp(self):
        self.master, self.slave = os.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)


class ExampleTest(PersonCase):
    def test_the_example(self):
        before = termios.tcgetattr(self.slave)
        arguments = [sys.executable, EXAMPLE, GUESTS / 'login.img']
        pid = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, self.slave, fd) for fd in range(3)])
        seen = read_until(self.master, b'login: ')
        self.assertRegex(seen.decode(), r'for others: screen /dev/pts/\d+\r\nhere: Ctrl-\] ends it')
        self.assertTrue(is_raw(self.slave))
        path = seen.decode().split()[3]
        other = os.open(path, os.O_RDWR | os.O_NOCTTY)
        os.write(self.master, b'ro')
        read_until(self.master, b'ro')
        os.write(other, b'ot')
        read_until(self.master, b'ot')
        read_until(other, b'root')
        os.close(other)
        os.write(self.master, ESCAPE)
        seen = read_until(self.master, b'root\r\n').decode()
        self.assertIn('ended: escape\r\nit was said: root\r\n', seen)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.assertEqual(termios.tcgetattr(self.slave), before)


class CallTest(PersonCase):
    def setUp(self):
        super().setUp()
        self.machine = QMachine.Machine('true', wrapper=ECHO,
                                        monitor_mode=QMachine.MonitorMode.NONE)
        self.console = self.machine.add_console()
        self.machine.launch()
        self.addCleanup(self.machine.kill)

    def wait_until_raw(self):
        while not is_raw(self.slave):
            os.sched_yield()

    def test_awaited(self):
        async def run():
            interacting = asyncio.ensure_future(self.console.interact_async(self.slave, self.slave))
            await self.console.wait_for_text_async('ready', timeout=30000)
            self.assertEqual(read_until(self.master, b'ready\n'), b'ready\n')
            os.write(self.master, ESCAPE + b'x')
            self.assertIs(await interacting, End.ESCAPE)
            self.assertFalse(is_raw(self.slave))
        asyncio.run(run())

    def test_another_key(self):
        def person():
            self.wait_until_raw()
            os.write(self.master, ESCAPE + b'\x01x')
        thread = threading.Thread(target=person)
        thread.start()
        end = self.console.interact(self.slave, self.slave, escape_key=1)
        thread.join()
        self.assertEqual(end, End.ESCAPE)
        self.console.wait_for_text(ESCAPE.decode(), timeout=30000)

    def test_handlers_of_signals_run(self):
        def person():
            self.wait_until_raw()
            os.kill(os.getpid(), signal.SIGINT)
        thread = threading.Thread(target=person)
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            self.console.interact(self.slave, self.slave)
        thread.join()
        self.assertFalse(is_raw(self.slave))

    def test_errors(self):
        with self.assertRaisesRegex(GLib.Error, '300 is no escape key'):
            self.console.interact(self.slave, self.slave, 300)
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            self.console.interact(self.slave, self.slave, cancellable=cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))
        self.assertFalse(is_raw(self.slave))

    def test_pty(self):
        self.console.wait_for_text('ready', timeout=30000)
        path = self.console.open_pty()
        terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
        self.assertTrue(is_raw(terminal))
        self.assertEqual(read_until(terminal, b'ready\n'), b'ready\n')
        os.write(terminal, bytes(range(256)))
        self.assertEqual(read_until(terminal, b'\xff'), bytes(range(256)))
        self.assertEqual(self.console.get_pty_lost(), 0)
        self.console.close_pty()
        # Its name is another terminal's once nobody has it open.
        self.assertFalse(os.path.exists(path))
        os.close(terminal)
        with self.assertRaisesRegex(GLib.Error, '-2 is no number of lines'):
            self.console.open_pty(-2)


if __name__ == '__main__':
    unittest.main()
