# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest agent from Python, with the forms of the typelib: played by the peer, and the real one."""
import asyncio
import datetime
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import gi

gi.require_version('QMachine', '1')
gi.require_version('QMock', '1')
from gi.repository import Gio, GLib, QMachine, QMock

DEFAULT = QMachine.TIMEOUT_DEFAULT
PROGRAM = shutil.which('qemu-ga') or '/usr/sbin/qemu-ga'
BLOCKED = ('guest-shutdown,guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-suspend-disk,'
           'guest-suspend-ram,guest-suspend-hybrid,guest-set-time')


class PeerTest(unittest.TestCase):
    def attach(self, script):
        peer = QMock.Peer(script=script)
        peer.start()
        agent = QMachine.GuestAgent()
        agent.attach(peer.get_address(), DEFAULT, None)
        return peer, agent

    def test_callbacks(self):
        peer, agent = self.attach('sync\nexpect guest-ping\nreply {"a": 1}\n'
                                  'expect guest-ping\nerror GenericError not today\n')
        loop = GLib.MainLoop()
        ready, results = [], []
        agent.connect('notify::ready', lambda *_: ready.append(agent.props.ready))

        def done(agent, result):
            try:
                results.append(agent.command_json_finish(result))
            except GLib.Error as error:
                results.append(error)
            if len(results) == 2:
                loop.quit()

        for _ in range(2):
            agent.command_json_async('guest-ping', None, DEFAULT, None, done)
        loop.run()
        self.assertEqual(results[0], '{"a": 1}')
        self.assertTrue(results[1].matches(QMachine.command_error_quark(),
                                           QMachine.CommandError.GENERIC_ERROR))
        self.assertIn('not today', results[1].message)
        self.assertEqual(ready, [True])
        self.assertEqual(agent.props.state, QMachine.GuestAgentState.READY)
        agent.close(DEFAULT, None)
        peer.finish()

    def test_freeze(self):
        peer, agent = self.attach('sync\nexpect guest-fsfreeze-freeze\nreply 3\n'
                                  'expect guest-fsfreeze-thaw\nreply 3\n')
        self.assertEqual(agent.freeze(60000, DEFAULT, None), 3)
        self.assertTrue(agent.props.frozen)
        agent.close(DEFAULT, None)
        self.assertFalse(agent.props.frozen)
        peer.finish()


    def test_override(self):
        peer, agent = self.attach('sync\nexpect guest-ping\nreply {"a": 18446744073709551615}\n'
                                  'expect guest-x {"a-b":[1]}\nerror GenericError not today\n'
                                  'expect guest-fsfreeze-freeze\nreply 1\n'
                                  'expect guest-fsfreeze-thaw\nreply 1\n')
        agent.command_timeout = datetime.timedelta(seconds=20)
        self.assertEqual(agent.props.command_timeout, 20000)
        self.assertEqual(agent.command('guest-ping'), {'a': 2**64 - 1})
        with self.assertRaises(QMachine.CommandFailed) as caught:
            agent.command('guest-x', a_b=[1])
        self.assertEqual(caught.exception.error_class, 'GenericError')
        with agent:
            self.assertEqual(agent.freeze(60000), 1)
        self.assertFalse(agent.frozen)
        self.assertIn('closed', repr(agent))
        peer.finish()

    def test_await(self):
        async def life():
            peer = QMock.Peer(script='sync\nexpect guest-ping\nreply 7\nexpect-eof\n')
            peer.start()
            ready = []
            async with QMachine.GuestAgent() as agent:
                agent.connect('notify::ready', lambda *_: ready.append(agent.ready))
                await agent.attach_async(peer.get_address())
                await agent.wait_ready_async(timeout=20000)
                self.assertEqual(await agent.command_async('guest-ping'), 7)
            self.assertTrue(ready[0])
            peer.finish()

        asyncio.run(life())


class RealTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        path = os.path.join(self.directory, 'agent')
        process = subprocess.Popen(
            [PROGRAM, '-m', 'unix-listen', '-p', path, '-t', self.directory, '-f',
             os.path.join(self.directory, 'pid'), '-b', BLOCKED],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)
        self.agent = QMachine.GuestAgent()
        for _ in range(6000):
            try:
                self.agent.attach(Gio.UnixSocketAddress.new(path), DEFAULT, None)
                break
            except GLib.Error:
                time.sleep(0.01)
        self.addCleanup(self.agent.close, DEFAULT, None)

    def test_program_and_file(self):
        data = bytes(range(256)) * 100
        result = self.agent.exec(['sh', '-c', 'cat; echo bad >&2; exit 5'], None, GLib.Bytes(data),
                                 DEFAULT, None)
        self.assertEqual(result.props.exit_kind, QMachine.ExitKind.EXITED)
        self.assertEqual(result.props.exit_status, 5)
        self.assertEqual(result.get_output().get_data(), data)
        self.assertEqual(result.get_error_output().get_data(), b'bad\n')
        self.assertFalse(result.props.output_truncated)

        path = os.path.join(self.directory, 'file')
        self.assertTrue(self.agent.write_file(path, GLib.Bytes(data), DEFAULT, None))
        self.assertEqual(self.agent.read_file(path, DEFAULT, None).get_data(), data)
        self.assertTrue(self.agent.write_file(path, b'short'))
        self.assertEqual(self.agent.read_file(path).get_data(), b'short')
        self.assertEqual(self.agent.exec(['cat'], input=b'in').output.get_data(), b'in')
        with self.assertRaises(TypeError):
            self.agent.write_file(path, 5)


if __name__ == '__main__':
    unittest.main()
