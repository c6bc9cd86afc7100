# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shells from Python, in each form, with one of this host; what they do is tested in C."""
import asyncio
import datetime
import faulthandler
import os
import pickle
import pty
import signal
import socket
import threading
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine


def copy(master, peer):
    """Both ways, until one of them ends."""
    def up():
        try:
            while data := os.read(master, 4096):
                peer.sendall(data)
        except OSError:
            pass
    thread = threading.Thread(target=up)
    thread.start()
    try:
        while data := peer.recv(4096):
            os.write(master, data)
    except OSError:
        pass
    return thread


class ShellTest(unittest.TestCase):
    def setUp(self):
        ours, self.peer = socket.socketpair()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # By which all in it end with its first process, also where nohup runs the tests.
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.execve('/bin/sh', ['sh', '-i'], {'PATH': '/usr/bin:/bin', 'PS1': 'guest # '})
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        plain = Gio.Socket.new_from_fd(ours.detach())
        self.shell = QMachine.Shell.new_for_stream(plain.connection_factory_create_connection())
        self.addCleanup(self.end)

    def serve(self):
        copy(self.master, self.peer).join()

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.peer.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.peer.close()
        os.close(self.master)

    def test_blocking(self):
        self.assertFalse(self.shell.ready)
        self.assertTrue(self.shell.open(timeout=60000))
        self.assertTrue(self.shell.ready)
        result = self.shell.run('echo one; echo two >&2; exit 3')
        self.assertEqual((result.text, result.exit_status), ('one\ntwo', 3))
        self.assertEqual(result.output.get_data(), b'one\ntwo\n')
        self.assertIn("exit status 3, 8 bytes", repr(result))
        with self.assertRaisesRegex(GLib.Error, 'exit status 3'):
            result.check()
        self.assertTrue(self.shell.run('true').check())
        echoed = self.shell.run('cat', b'\0\xff\n', timeout=datetime.timedelta(minutes=1))
        self.assertEqual(echoed.output.get_data(), b'\0\xff\n')

    def test_check(self):
        self.assertEqual(self.shell.run('echo right', check=True).text, 'right')
        with self.assertRaises(QMachine.RunFailed) as raised:
            self.shell.run('seq 1 100; exit 7', check=True)
        error = raised.exception
        self.assertEqual((error.command, error.exit_status), ('seq 1 100; exit 7', 7))
        self.assertTrue(error.output.endswith(b'\n99\n100\n'))
        self.assertRegex(error.message, r'(?s)run: "seq 1 100; exit 7": exit status 7\n.*\n99\n100')
        self.assertNotIn('\n1\n', error.message)
        self.assertTrue(error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.FAILED))
        self.assertEqual(pickle.loads(pickle.dumps(error)).exit_status, 7)
        with self.assertRaises(QMachine.RunFailed):
            self.shell.run('exit 1').check()

        async def run():
            self.assertEqual((await self.shell.run_async('exit 4')).exit_status, 4)
            with self.assertRaisesRegex(QMachine.RunFailed, 'exit status 5'):
                await self.shell.run_async('exit 5', check=True)
        asyncio.run(run())

    def test_await(self):
        async def run():
            first, second = await asyncio.gather(self.shell.run_async('echo 1', timeout=60000),
                                                 self.shell.run_async('echo 2; exit 2'))
            self.assertEqual((first.text, second.text, second.exit_status), ('1', '2', 2))
            with self.assertRaises(QMachine.TimedOut):
                await self.shell.run_async('sleep 1000', timeout=1500)
            self.assertEqual((await self.shell.run_async('cat', b'in')).text, 'in')
        asyncio.run(run())

    def test_limits(self):
        self.shell.open(timeout=60000)
        with self.assertRaisesRegex(QMachine.TimedOut, 'it was not done after 1500 ms'):
            self.shell.run('echo begun; sleep 1000', timeout=1500)
        self.assertEqual(self.shell.run('echo next').text, 'next')
        self.shell.max_output = 1000
        with self.assertRaises(GLib.Error) as raised:
            self.shell.run('cat /dev/zero')
        self.assertTrue(raised.exception.matches(QMachine.monitor_error_quark(),
                                                 QMachine.MonitorError.TOO_LARGE))
        with self.assertRaises(TypeError):
            self.shell.run(3)

    def test_output(self):
        parts = []
        self.shell.connect('output', lambda _shell, data: parts.append(data.get_data()))
        self.assertEqual(self.shell.run('seq 1 2000').exit_status, 0)
        context = GLib.MainContext.default()
        while len(b''.join(parts)) < len(self.shell.run('seq 1 2000').output.get_data()):
            context.iteration(False)
        self.assertTrue(b''.join(parts).startswith(b'1\n2\n3\n'))


# Where it stood, if it has to be ended.
faulthandler.register(signal.SIGTERM, chain=True)
unittest.main()
