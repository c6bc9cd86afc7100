# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where a launch puts its files, and what it does to a program without standard descriptors."""
import os
import subprocess
import sys
import tempfile
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

NONE = ['-machine', 'none', '-accel', 'tcg']
MAX_PATH = 106


class PlaceTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def new_machine(self, *args, **settings):
        vm = QMachine.Machine('qemu-system-x86_64', [*NONE, *args], **settings)
        self.addCleanup(vm.kill)
        return vm

    def in_program(self, code, **environment):
        """What another program prints of itself into a file, as it may have no standard output."""
        path = os.path.join(self.directory, 'said')
        open(path, 'w').close()
        subprocess.run([sys.executable, '-c', f'''
import os, sys, gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine
vm = QMachine.Machine('qemu-system-x86_64', {NONE!r})
def say(text):
    with open({path!r}, 'a') as file:
        print(text, file=file)
{code}
'''], check=True, env={**os.environ, **environment})
        with open(path) as file:
            return file.read().splitlines()

    def test_path_that_does_not_fit(self):
        """Cut, it would be the path of another's socket."""
        path = os.path.join(self.directory, 'v' * (MAX_PATH + 1 - len(self.directory) - 1))
        self.assertEqual(len(path), MAX_PATH + 1)
        self.new_machine('-qmp', f'unix:{path},server=on,wait=off').launch()
        monitor = QMachine.Monitor()
        for too_long in (path, f'{path}x', f'{path}-test'):
            with self.assertRaises(GLib.Error) as caught:
                monitor.attach(too_long)
            self.assertTrue(caught.exception.matches(Gio.io_error_quark(),
                                                     Gio.IOErrorEnum.FILENAME_TOO_LONG))
            self.assertIn(path, caught.exception.message)
        fits = path[:-1]
        vm = self.new_machine('-qmp', f'unix:{fits},server=on,wait=off', '-name', 'right')
        vm.launch()
        monitor.attach(fits)
        self.assertEqual(monitor.command('query-name'), {'name': 'right'})
        monitor.close()

    def test_one_log_for_each(self):
        path = os.path.join(self.directory, 'log')
        one = self.new_machine(log_path=path)
        other = self.new_machine(log_path=path)
        one.launch()
        with self.assertRaisesRegex(GLib.Error, 'log-path: .*another machine') as caught:
            other.launch()
        self.assertTrue(caught.exception.matches(
            QMachine.MachineError.quark(), QMachine.MachineError.INVALID_CONFIGURATION))
        self.assertEqual(one.command('query-status')['status'], 'running')
        # And another program's.
        self.assertRegex(self.in_program(f'''
vm.log_path = {path!r}
try:
    vm.launch()
except Exception as error:
    say(error.message)
''')[0], 'another machine')
        one.shutdown()
        other.launch()
        one.log_path = None
        one.launch()

    def test_log_and_a_forked_child(self):
        """A child that lives on has a copy of the file, and does not write to it."""
        vm = self.new_machine(log_path=os.path.join(self.directory, 'log'))
        vm.launch()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
        os.close(reader)
        try:
            for _ in range(2):
                vm.shutdown()
                vm.launch()
        finally:
            os.close(writer)
            os.waitpid(child, 0)

    def test_relative_log(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(self.directory)
        vm = self.new_machine('-no-such', log_path='log', base_dir='.')
        os.chdir('/')
        self.assertRaises(GLib.Error, vm.launch)
        self.assertEqual(os.listdir(self.directory), ['log'])

    def test_run_time_directory_that_is_too_long(self):
        long = os.path.join(self.directory, 'x' * 100)
        os.mkdir(long)
        said = self.in_program('vm.launch(); say(vm.run_dir); vm.shutdown()',
                               XDG_RUNTIME_DIR=long)
        self.assertRegex(said[0], '^/var/tmp/qmachine')
        said = self.in_program('vm.launch(); say(vm.run_dir); vm.shutdown()',
                               XDG_RUNTIME_DIR=self.directory)
        self.assertRegex(said[0], f'^{self.directory}/qmachine')
        # A name for which there is room nowhere.
        said = self.in_program('vm.name = "n" * 90\ntry: vm.launch()\n'
                               'except Exception as error: say(error.message)')
        self.assertRegex(said[0], r'^base-dir or name: the path /\S+ has \d+ bytes')

    def test_standard_descriptors(self):
        for closed in ((0,), (1, 2), (0, 1, 2)):
            said = self.in_program(f'''
for fd in {closed}:
    os.close(fd)
vm.launch()
say(vm.command('query-status')['status'])
for fd in {closed}:
    say(os.readlink(f'/proc/self/fd/{{fd}}'))
if 1 in {closed}:
    os.write(1, b'into nothing')
say(vm.command('query-status')['status'])
vm.shutdown()
say(vm.exit_code)
''')
            self.assertEqual(said, ['running', *['/dev/null' for _ in closed], 'running', '0'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
