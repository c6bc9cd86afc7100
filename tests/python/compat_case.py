# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the classes for programs of the ancestor have in common."""

import glob
import os
import signal
import tempfile
import time
import unittest

from gi.repository.QMachine import QEMUMachine

BINARY = 'qemu-system-x86_64'
NONE = ['-machine', 'none', '-accel', 'tcg']
READY = 'negotiate; expect query-status; reply {"running": true}; '


def mock(script, **settings):
    return QEMUMachine(os.environ['MOCK_QEMU'], ['-mock', script], **settings)


def kill_and_wait(vm):
    """Kills QEMU from outside, until its class has noticed."""
    os.kill(vm.get_pid(), signal.SIGKILL)
    while vm.is_running():
        time.sleep(0.001)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix='compat-', dir='/var/tmp')
        self.addCleanup(self.directory.cleanup)
        self.base = self.directory.name

    def machine(self, args=tuple(NONE), **settings):
        vm = QEMUMachine(BINARY, args=args, base_temp_dir=self.base, **settings)
        self.addCleanup(vm.kill)
        return vm

    def assertNothingLeft(self):
        self.assertEqual(glob.glob(self.base + '/*'), [])
