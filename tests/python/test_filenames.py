# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of files that are not UTF-8, as os.fsencode() and os.fsdecode() go between them."""
import os
import shutil
import tempfile
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

NONE = ['-machine', 'none', '-accel', 'tcg']
NAME = b'd\xe9j\xe0 vu \xff'


class FileNameTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp().encode()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, *names):
        return os.fsdecode(os.path.join(self.directory, *names))

    def new_machine(self, *args, **settings):
        vm = QMachine.Machine('qemu-system-x86_64', [*NONE, *args], **settings)
        self.addCleanup(vm.kill)
        return vm

    def test_settings(self):
        """Each comes back as it was given: as a text, as bytes, as a path, and by each way."""
        path = self.path(NAME)
        vm = self.new_machine()
        for name in ('binary', 'base_dir', 'log_path', 'console_log'):
            for value in (path, os.fsencode(path), PathLike(path)):
                for settings in ({name: value}, {}):
                    with self.subTest(name, value=value, settings=settings):
                        vm = QMachine.Machine(**settings)
                        if not settings:
                            setattr(vm, name, value)
                        self.assertEqual(getattr(vm, name), path)
                        self.assertEqual(os.fsencode(getattr(vm, name)), os.fsencode(path))
            setattr(vm, name, None)
            self.assertIsNone(getattr(vm, name))
        for name in ('args', 'wrapper'):
            with self.subTest(name):
                vm = QMachine.Machine(**{name: ['a', os.fsencode(path), path]})
                self.assertEqual(getattr(vm, name), ['a', path, path])
        vm = QMachine.Machine()
        vm.add_args(os.fsencode(path))
        vm.add_args([path, PathLike(path)])
        self.assertEqual(vm.args, [path, path, path])

    def test_launch(self):
        """A machine whose every file has such a name; QEMU gets and writes the very files."""
        os.mkdir(self.path(NAME))
        for name in (b'base', b'disk\xfe'):
            os.mkdir(self.path(NAME, name))
        disk = self.path(NAME, b'disk\xfe', b'\xc3(')
        with open(disk, 'wb') as file:
            file.truncate(65536)
        binary = self.path(NAME, b'qemu\xf0')
        os.symlink(shutil.which('qemu-system-x86_64'), binary)
        wrapper = self.path(NAME, b'wrap\xf1')
        with open(wrapper, 'w') as file:
            file.write('#!/bin/sh\necho "before $#" >&2\nexec "$@"\n')
        os.chmod(wrapper, 0o755)
        monitor = self.path(NAME, b'mon\xf2')
        vm = self.new_machine(wrapper=[wrapper], base_dir=self.path(NAME, b'base'),
                              log_path=self.path(NAME, b'log\xf3'),
                              console_log=self.path(NAME, b'console\xf4'),
                              monitor_address=monitor)
        vm.binary = binary
        vm.add_args('-blockdev', os.fsdecode(b'driver=file,node-name=disk,read-only=on,filename=')
                    + disk)
        vm.add_console()
        vm.launch()
        self.assertEqual(vm.command_line[:2], [wrapper, binary])
        self.assertTrue(os.fsencode(vm.run_dir).startswith(os.fsencode(self.path(NAME, b'base'))))
        self.assertIn('before', vm.log)
        self.assertTrue(os.path.exists(vm.console_log))
        with open(vm.log_path, 'rb') as log:
            self.assertIn(b'before', log.read())
        links = [os.readlink(link.path) for link in os.scandir(f'/proc/{vm.pid}/fd')]
        self.assertIn(disk, links)
        fd = os.open(disk, os.O_RDWR)
        self.addCleanup(os.close, fd)
        vm.send_file(disk)
        vm.command('getfd', fdname='file')
        self.assertTrue(os.path.exists(monitor))
        vm.shutdown()

    def test_attach(self):
        path = self.path(b'mon\xff')
        vm = self.new_machine('-qmp', f'unix:{path},server=on,wait=off')
        vm.launch()
        for address in (path, os.fsencode(path), PathLike(path)):
            monitor = QMachine.Monitor()
            monitor.attach(address)
            self.assertEqual(monitor.command('query-status')['status'], 'running')
            monitor.close()

    def test_errors(self):
        """A message names the file, is a text, and the exception is the one that it should be."""
        path = self.path(NAME)
        shown = path.encode(errors='surrogateescape').decode(errors='replace')
        error = QMachine.MachineError
        for settings, code in (({'binary': path}, error.INVALID_CONFIGURATION),
                               ({'wrapper': [path]}, error.INVALID_CONFIGURATION),
                               ({'base_dir': path}, error.INVALID_CONFIGURATION),
                               ({'log_path': os.path.join(path, 'log')},
                                error.INVALID_CONFIGURATION),
                               ({'args': [path]}, error.LAUNCH_FAILED)):
            with self.subTest(settings=settings):
                vm = self.new_machine()
                for name, value in settings.items():
                    setattr(vm, name, value)
                with self.assertRaises(GLib.Error) as caught:
                    vm.launch()
                self.assertTrue(caught.exception.matches(error.quark(), code), caught.exception)
                caught.exception.message.encode()
                self.assertIn(shown.rsplit('/', 1)[-1][:1], caught.exception.message)
                self.assertIn('\ufffd', caught.exception.message)
        with self.assertRaises(GLib.Error) as caught:
            QMachine.Monitor().attach(path)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND))
        self.assertIn('vu \\xff', caught.exception.message)
        vm = self.new_machine()
        vm.launch()
        with self.assertRaises(GLib.Error) as caught:
            vm.send_file(path)
        self.assertIn('\ufffd', caught.exception.message)

    def test_null_byte(self):
        """PyGObject would cut a text there: nothing is set, and nothing is done."""
        vm = self.new_machine()
        for name, value in (('binary', 'a\0b'), ('base_dir', b'/a\0b'), ('log_path', '/a\0b'),
                            ('args', ['a', 'b\0c']), ('wrapper', ['a\0']), ('name', 'a\0b'),
                            ('machine_type', 'none\0')):
            with self.subTest(name):
                before = getattr(vm, name)
                with self.assertRaises(ValueError):
                    setattr(vm, name, value)
                self.assertEqual(getattr(vm, name), before)
                with self.assertRaises(ValueError):
                    QMachine.Machine(**{name: value})
        for call in (lambda: vm.add_args('a\0b'), lambda: QMachine.Monitor().attach('/a\0b'),
                     lambda: setattr(vm, 'monitor_address', '/a\0b'),
                     lambda: vm.add_console('a\0b'), lambda: vm.add_fd(7, 1, 'a\0b'),
                     lambda: vm.human_command('a\0b'), lambda: vm.human_command_async('a\0b'),
                     lambda: vm.qtest('a\0b'), lambda: vm.command('a\0b'),
                     lambda: vm.command_async('a\0b'), lambda: vm.qmp_json('a', '{}\0'),
                     lambda: vm.wait_event(['a\0b']), lambda: vm.send_file('/a\0b')):
            with self.assertRaises(ValueError):
                call()


class PathLike:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


if __name__ == '__main__':
    unittest.main()
