#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The screen and the keys of a guest from Python, with what may be left out."""
import asyncio
import datetime
import os
import signal
import struct
import threading
import time
import unittest
import zlib

import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

ARGS = ['-accel', 'tcg', '-nodefaults', '-m', '32', '-vga', 'std']


def decode(png):
    """Width, height and pixels of a PNG, each checksum looked at."""
    assert png[:8] == b'\x89PNG\r\n\x1a\n'
    at, chunks = 8, {}
    while at < len(png):
        length, kind = struct.unpack('>I4s', png[at:at + 8])
        data = png[at + 8:at + 8 + length]
        assert struct.unpack('>I', png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(
            kind + data)
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b'IHDR', b'IDAT', b'IEND']
    width, height = struct.unpack('>II', chunks[b'IHDR'][:8])
    rows = zlib.decompress(chunks[b'IDAT'])
    step = width * 3 + 1
    assert len(rows) == step * height
    assert not any(rows[::step])
    return width, height, b''.join(rows[i * step + 1:(i + 1) * step] for i in range(height))


class Screen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.vm = QMachine.Machine('qemu-system-x86_64', [*ARGS, '-vnc', 'none'],
                                  display=QMachine.MachineDisplay.DBUS)
        cls.vm.launch()

    @classmethod
    def tearDownClass(cls):
        cls.vm.shutdown()

    def test_screenshot(self):
        png = self.vm.screenshot()
        width, height, pixels = decode(png.get_data())
        self.assertGreaterEqual(width * height, 640 * 400)
        self.assertEqual(len(pixels), width * height * 3)
        self.assertEqual(self.vm.command('query-fdsets'), [])

    def test_awaited(self):
        async def take():
            return await asyncio.gather(*(self.vm.screenshot_async() for _ in range(5)))

        for png in asyncio.run(take()):
            decode(png.get_data())

    def test_keys(self):
        self.assertTrue(self.vm.type_text('Hi!', timeout=datetime.timedelta(seconds=30)))
        self.assertTrue(self.vm.type_text('a', 1))
        self.assertTrue(self.vm.press_keys('ctrl-alt-f2', hold_time=10))
        with self.assertRaises(QMachine.CommandFailed) as caught:
            self.vm.press_keys('nokey')
        self.assertIn('nokey', str(caught.exception))
        with self.assertRaisesRegex(GLib.Error, 'U\\+20AC, is not on a US keyboard'):
            self.vm.type_text('1 €')
        with self.assertRaises(QMachine.TimedOut):
            self.vm.type_text('x' * 1000, timeout=50)

    def test_pointer(self):
        with self.assertRaisesRegex(GLib.Error, 'click: .*usb-tablet') as caught:
            self.vm.click(1, 2)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                 Gio.IOErrorEnum.NOT_SUPPORTED))
        with self.assertRaisesRegex(GLib.Error, 'move_pointer: '):
            self.vm.move_pointer(1, 2, timeout=1000)

    def test_display(self):
        display = self.vm.open_display()
        self.assertIsInstance(display, Gio.DBusConnection)
        reply = display.call_sync(None, '/org/qemu/Display1/VM', 'org.freedesktop.DBus.Properties',
                                  'GetAll', GLib.Variant('(s)', ('org.qemu.Display1.VM',)), None,
                                  Gio.DBusCallFlags.NONE, 5000, None)
        self.assertEqual(reply.unpack()[0]['ConsoleIDs'], [0])
        display.close_sync(None)

    def test_interrupted(self):
        """QEMU hangs, and gets a descriptor all the same when it goes on: it is taken back."""
        pid = self.vm.pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            with self.assertRaises(KeyboardInterrupt):
                self.vm.screenshot(timeout=-1)
        finally:
            os.kill(pid, signal.SIGCONT)
        deadline = time.monotonic() + 30
        while self.vm.command('query-fdsets') and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.vm.command('query-fdsets'), [])

    def test_vnc(self):
        connection = self.vm.open_vnc()
        version = connection.get_input_stream().read_bytes(12, None).get_data()
        self.assertEqual(version, b'RFB 003.008\n')

    def test_setting(self):
        vm = QMachine.Machine('qemu-system-x86_64')
        self.assertEqual(vm.display, QMachine.MachineDisplay.NONE)
        vm.display = QMachine.MachineDisplay.HEADLESS
        self.assertEqual(vm.get_display(), QMachine.MachineDisplay.HEADLESS)


unittest.main()
