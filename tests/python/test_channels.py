# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channels to a guest, the agent of a machine and paths for sockets, from Python."""
import asyncio
import datetime
import os
import re
import socket
import subprocess
import sys
import unittest
from pathlib import Path

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

SOURCE = Path(__file__).parents[2]
GUEST = Path(os.environ.get('QMACHINE_TEST_GUEST', SOURCE / 'build-guests'))
PC = ['-accel', 'tcg', '-nodefaults', '-m', '32', '-S']


def new_pc():
    return QMachine.Machine('qemu-system-x86_64', PC, machine_type='pc')


class ChannelsTest(unittest.TestCase):
    def test_stream(self):
        with new_pc() as vm:
            channel = vm.add_channel('org.example.job.0')
            self.assertIs(type(channel), QMachine.GuestChannel)
            self.assertEqual((channel.name, channel.stream, channel.open),
                             ('org.example.job.0', None, False))
            notified = []
            channel.connect('notify::stream', lambda *_: notified.append(channel.stream))
            vm.launch()
            stream = channel.stream
            self.assertIsInstance(stream, Gio.SocketConnection)
        self.assertIsNone(channel.stream)
        self.assertEqual(stream.get_input_stream().read_bytes(10, None).get_data(), b'')
        context = GLib.MainContext.default()
        while not notified:
            context.iteration(True)

    def test_unread_at_end(self):
        with new_pc() as vm:
            channel = vm.add_channel('one')
            vm.launch()
            stream = channel.stream
            self.assertTrue(stream.get_output_stream().write_all(b'hello')[0])
        with self.assertRaises(GLib.Error) as caught:
            stream.get_input_stream().read_bytes(10, None)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                 Gio.IOErrorEnum.CONNECTION_CLOSED))
        self.assertEqual(stream.get_input_stream().read_bytes(10, None).get_data(), b'')

    def test_names(self):
        vm = new_pc()
        vm.add_channel('one')
        for name, words in (('one', 'already'), ('', 'no name'), ('a,b', '"a,b" is no name')):
            with self.subTest(name), self.assertRaisesRegex(GLib.Error, words) as caught:
                vm.add_channel(name)
            self.assertTrue(caught.exception.matches(
                QMachine.machine_error_quark(), QMachine.MachineError.INVALID_CONFIGURATION))

    def test_wait_open(self):
        with new_pc() as vm:
            channel = vm.add_channel('one')
            with self.assertRaises(QMachine.NotRunning):
                channel.wait_open(timeout=1000)
            vm.launch()
            with self.assertRaisesRegex(QMachine.TimedOut, 'has not opened the channel one'):
                channel.wait_open(timeout=datetime.timedelta(milliseconds=1))
            with self.assertRaises(QMachine.TimedOut):
                channel.wait_open(1)

    def test_wait_open_async(self):
        async def wait():
            with new_pc() as vm:
                channel = vm.add_channel('one')
                await vm.launch_async()
                with self.assertRaises(QMachine.TimedOut):
                    await channel.wait_open_async(timeout=1)
                waiting = channel.wait_open_async()
                await vm.shutdown_async()
                with self.assertRaises(QMachine.Exited):
                    await waiting

        asyncio.run(wait())

    def test_agent(self):
        with new_pc() as vm:
            agent = vm.add_guest_agent()
            self.assertIs(vm.add_guest_agent(), agent)
            self.assertIs(type(agent), QMachine.GuestAgent)
            self.assertEqual(agent.channel.name, 'org.qemu.guest_agent.0')
            self.assertIsNone(QMachine.GuestAgent().channel)
            vm.launch()
            self.assertEqual(agent.state, QMachine.GuestAgentState.WAITING)
            with self.assertRaisesRegex(QMachine.TimedOut, 'has not opened the port'):
                agent.wait_ready(timeout=1000)
            with self.assertRaisesRegex(GLib.Error, 'that of a machine'):
                agent.attach('/nowhere', timeout=1000)
        self.assertEqual(agent.state, QMachine.GuestAgentState.CLOSED)

    def test_socket_path(self):
        vm = new_pc()
        path = vm.add_socket_path('serial')
        self.assertEqual(path, vm.add_socket_path('serial'))
        self.assertLess(len(os.fsencode(path)), 108)
        vm.add_args('-chardev', f'socket,id=own,path={path},server=on,wait=off')
        with vm:
            vm.launch()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
        self.assertFalse(os.path.exists(path))
        with self.assertRaisesRegex(GLib.Error, 'is no name of a socket'):
            vm.add_socket_path('../own')


@unittest.skipUnless((GUEST / 'tests.gz').exists(), f'there is no Linux guest in {GUEST}')
class ExampleTest(unittest.TestCase):
    def test_agent(self):
        words = 'console=ttyS0 panic=-1 quiet'
        run = subprocess.run(
            [sys.executable, SOURCE / 'docs/examples/agent.py', GUEST / 'kernel/vmlinuz',
             GUEST / 'tests.gz', words], stdout=subprocess.PIPE, text=True, check=True,
            timeout=100)
        self.assertRegex(run.stdout, re.compile(
            r'\Asystem: Linux\nfile: written from outside\nstatus of cat: 1\nopen: True\n'
            r'exit code: 0\n\Z'))


if __name__ == '__main__':
    unittest.main()
