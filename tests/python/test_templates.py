# SPDX-License-Identifier: LGPL-2.1-or-later
"""Templates and their clones, from Python."""
import asyncio
import os
import tempfile
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine

PC = ['-accel', 'tcg', '-nodefaults', '-m', '16', '-S']


class TemplatesTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix='templates-')
        self.addCleanup(self.scratch.cleanup)
        self.directory = os.path.join(self.scratch.name, 'template')

    def prepare(self):
        vm = QMachine.Machine('qemu-system-x86_64', PC, machine_type='pc')
        vm.add_channel('org.example.job.0')
        vm.add_forward(80)
        vm.prepare_template(self.directory)
        return vm

    def save(self):
        with self.prepare() as vm:
            vm.launch()
            self.assertTrue(vm.save_template(timeout=60000))
            self.assertFalse(vm.is_running())

    def test_clone(self):
        """It is a machine like any other."""
        self.save()
        clone = QMachine.Machine.new_from_template(self.directory)
        self.assertIs(type(clone), QMachine.Machine)
        clone.name = 'clone'
        clone.command_timeout = 60000
        self.assertEqual(clone.args, PC)
        channel = clone.lookup_channel('org.example.job.0')
        self.assertIs(type(channel), QMachine.GuestChannel)
        self.assertIsNone(clone.lookup_channel('other'))
        [forward] = clone.list_forwards()
        self.assertEqual((forward.guest_port, forward.host_port), (80, 0))
        with clone:
            clone.launch()
            self.assertTrue(forward.host_port)
            self.assertIsNotNone(channel.stream)
            self.assertIn('running', clone.command('query-status'))
            self.assertEqual(clone.name, 'clone')
            clone.remove_forward(forward)
            self.assertEqual(clone.list_forwards(), [])
        self.assertEqual(clone.exit_code, 0)

    def test_await(self):
        async def save():
            vm = self.prepare()
            await vm.launch_async()
            self.assertTrue(await vm.save_template_async(timeout=60000))
            async with QMachine.Machine.new_from_template(self.directory) as clone:
                await clone.launch_async()
                self.assertTrue(clone.is_running())

        asyncio.run(save())

    def test_refused(self):
        with self.assertRaises(GLib.Error) as caught:
            QMachine.Machine.new_from_template(self.directory)
        self.assertTrue(caught.exception.matches(QMachine.MachineError.quark(),
                                                 QMachine.MachineError.INVALID_CONFIGURATION))
        self.save()
        clone = QMachine.Machine.new_from_template(self.directory)
        with self.assertRaisesRegex(GLib.Error, 'is a clone'):
            clone.prepare_template(self.directory + '2')
        daemon = QMachine.Machine('qemu-storage-daemon', kind=QMachine.MachineKind.STORAGE_DAEMON)
        with self.assertRaisesRegex(GLib.Error, 'is a storage daemon'):
            daemon.prepare_template(self.directory + '2')


if __name__ == '__main__':
    unittest.main()
