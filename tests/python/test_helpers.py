# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes beside QEMU, from Python; what becomes of them is tested in C."""
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine

# It serves one client after the other, on a socket that it inherits or binds.
SERVER = '''
import socket, sys
if sys.argv[1].isdigit():
    server = socket.socket(fileno=int(sys.argv[1]))
else:
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[1])
    server.listen()
print('serving', flush=True)
while True:
    client = server.accept()[0]
'''


def turn_until(condition):
    context = GLib.MainContext.default()
    deadline = time.monotonic() + 20
    timer = GLib.timeout_add(10, lambda: GLib.SOURCE_CONTINUE)
    while not condition() and time.monotonic() < deadline:
        context.iteration(True)
    GLib.source_remove(timer)
    assert condition()


class HelpersTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = pathlib.Path(directory.name)
        self.vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none'])

    def test_forms(self):
        for word in '{fd}', '{socket}':
            with self.subTest(word):
                vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none'])
                helper = vm.add_helper([sys.executable, '-c', SERVER, word],
                                       ['-chardev', 'socket,id=server,path={socket}'])
                self.assertIs(vm.lookup_helper('helper0'), helper)
                self.assertEqual((helper.running, helper.pid, helper.log), (False, 0, None))
                with vm:
                    vm.launch()
                    self.assertTrue(helper.running)
                    os.kill(helper.pid, 0)
                    self.assertTrue(os.path.exists(helper.socket_path))
                    self.assertEqual(helper.command_line[-1],
                                     '3' if word == '{fd}' else helper.socket_path)
                    self.assertIsNone(helper.exit_code)
                    turn_until(lambda: helper.log == 'serving\n')
                self.assertFalse(helper.running)
                self.assertIsNone(helper.socket_path)
                self.assertEqual(helper.exit_code, -signal.SIGTERM)
                self.assertEqual(helper.log, 'serving\n')

    def test_dies(self):
        helper = self.vm.add_helper([sys.executable, '-c', SERVER, '{fd}'], name='server')
        died = []
        helper.connect('died', died.append)
        with self.vm:
            self.vm.launch()
            os.kill(helper.pid, signal.SIGKILL)
            turn_until(lambda: died)
            self.assertEqual(died, [helper])
            self.assertEqual(helper.exit_kind, QMachine.ExitKind.SIGNALED)
            self.vm.command('query-status')

    def test_fails(self):
        self.vm.add_helper(['sh', '-c', 'echo no server today; exit 7', '{socket}'],
                           name='server')
        with self.assertRaisesRegex(QMachine.LaunchFailed,
                                    r'(?s)server exited with status 7.*no server today'):
            self.vm.launch()

    def test_time_limit(self):
        helper = self.vm.add_helper(['sleep', '60'], name='idle')
        self.vm.launch()
        self.vm.shutdown()
        slow = self.vm.add_helper(['sh', '-c', 'sleep 60', '{socket}'])
        slow.start_timeout = 200
        self.assertEqual(slow.start_timeout, 200)
        with self.assertRaisesRegex(GLib.Error, 'does not listen at its socket'):
            self.vm.launch()
        self.assertFalse(helper.running)

    def test_refused(self):
        for arguments in [([],), (['true'], ['-chardev', 'socket,id=a,path={socket}']),
                          (['true'], None, 'a b')]:
            with self.assertRaises(GLib.Error) as caught:
                self.vm.add_helper(*arguments)
            self.assertTrue(caught.exception.matches(
                QMachine.machine_error_quark(),
                QMachine.MachineError.INVALID_CONFIGURATION))
        for wrong in 'true', 5, [5]:
            with self.assertRaises(TypeError):
                self.vm.add_helper(wrong)
        with self.assertRaises(GLib.Error):
            self.vm.add_shared_directory(self.dir / 'none', 'tag')
        with self.assertRaises(AttributeError):
            self.vm.add_helper(['true']).start_time = 1

    @unittest.skipUnless(shutil.which('swtpm'), 'swtpm is not installed')
    def test_tpm(self):
        vm = QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-S', '-nodefaults'])
        vm.add_tpm(self.dir)
        with vm:
            vm.launch()
            self.assertEqual(vm.command('query-tpm')[0]['model'], 'tpm-tis')
        self.assertTrue((self.dir / 'tpm2-00.permall').exists())

    def test_disk(self):
        image = self.dir / 'disk.img'
        image.write_bytes(bytes(1 << 20))
        vm = QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-S', '-nodefaults'])
        helper = vm.add_vhost_user_disk(image, read_only=True)
        with vm:
            vm.launch()
            self.assertTrue(vm.command('query-memdev')[0]['share'])
            self.assertTrue(helper.running)


if __name__ == '__main__':
    unittest.main()
