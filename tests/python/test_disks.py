# SPDX-License-Identifier: LGPL-2.1-or-later
"""Snapshots of one disk, from Python."""
import asyncio
import os
import pathlib
import tempfile
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

PC = ['-accel', 'tcg', '-nodefaults', '-m', '16', '-S']
SIZE = 1 << 20


class DisksTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix='disks-')
        self.addCleanup(scratch.cleanup)
        self.image = pathlib.Path(scratch.name, 'disk.raw')
        self.image.write_bytes(bytes(SIZE))
        self.snapshot = pathlib.Path(scratch.name, 'since.qcow2')
        self.vm = QMachine.Machine('qemu-system-x86_64', PC, machine_type='pc')
        self.disk = self.vm.add_disk(self.image, 'raw')
        self.vm.launch()
        self.addCleanup(self.vm.shutdown)

    def write(self, value):
        self.vm.human_command('qemu-io -d /machine/peripheral/disk0/virtio-backend '
                              f'"write -P {value} 0 64k"')

    def test_snapshot_and_commit(self):
        self.assertEqual(self.vm.dup_disk_node(self.disk), 'disk0')
        self.assertTrue(self.vm.snapshot_disk(self.disk, self.snapshot))
        self.assertEqual(self.vm.dup_disk_node(self.disk), 'disk0-1')
        self.write(7)
        self.assertEqual(self.image.read_bytes(), bytes(SIZE))
        self.assertTrue(self.vm.commit_disk(self.disk, timeout=60000))
        self.assertFalse(self.snapshot.exists())
        self.assertEqual(self.image.read_bytes(), b'\7' * 65536 + bytes(SIZE - 65536))

    def test_by_name(self):
        disk = QMachine.Disk(name='disk0')
        self.vm.snapshot_disk(disk, os.fspath(self.snapshot), timeout=60000)
        self.vm.commit_disk(disk, timeout=60000)
        self.assertIsNone(self.vm.dup_disk_node(QMachine.Disk(name='other')))

    def test_await(self):
        async def work():
            await self.vm.snapshot_disk_async(self.disk, self.snapshot)
            self.write(9)
            await self.vm.commit_disk_async(self.disk, timeout=60000)

        asyncio.run(work())
        self.assertEqual(self.image.read_bytes()[:65536], b'\11' * 65536)

    def test_refused(self):
        with self.assertRaises(GLib.Error) as caught:
            self.vm.commit_disk(self.disk)
        self.assertTrue(caught.exception.matches(
            QMachine.MachineError.quark(), QMachine.MachineError.INVALID_CONFIGURATION))
        with self.assertRaises(GLib.Error) as caught:
            self.vm.snapshot_disk(self.disk, self.image)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.EXISTS))
        self.assertEqual(self.image.read_bytes(), bytes(SIZE))


if __name__ == '__main__':
    unittest.main()
