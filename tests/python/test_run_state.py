# SPDX-License-Identifier: LGPL-2.1-or-later
"""The property run-state ends where QEMU's own state does, whoever changed it, and in whichever way.

QEMU is asked by a second monitor: an answer on the machine's own would correct the property.
"""
import os
import signal
import subprocess
import tempfile
import time
import unittest

import gi

gi.require_version('QMachine', '1')
from gi.repository import QMachine

ARGS = ['-machine', 'q35', '-accel', 'tcg', '-m', '32', '-nodefaults']
DEADLINE = 60
# The library looks every tenth of a second; the rest is for a busy host.
SOON = 3


class Case(unittest.TestCase):
    events = False  # the migration capability

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.uri = f'unix:{self.directory}/migration'

    def launch(self, *args):
        path = os.path.join(self.directory, f'second{len(os.listdir(self.directory))}')
        vm = QMachine.Machine('qemu-system-x86_64',
                              [*ARGS, '-qmp', f'unix:{path},server=on,wait=off', *args])
        self.addCleanup(vm.kill)
        vm.launch()
        second = QMachine.Monitor()
        second.attach(path)
        self.addCleanup(second.close)
        if self.events and '-preconfig' not in args:
            second.command('migrate-set-capabilities',
                           capabilities=[{'capability': 'events', 'state': True}])
        return vm, second

    def wait_for(self, second, *states):
        deadline = time.monotonic() + DEADLINE
        while (state := second.command('query-status')['status']) not in states:
            self.assertLess(time.monotonic(), deadline, f'{state}, and not {states}')
            time.sleep(0.01)

    def wait_for_migration(self, second, *states):
        deadline = time.monotonic() + DEADLINE
        while (state := second.command('query-migrate').get('status')) not in states:
            self.assertLess(time.monotonic(), deadline, f'{state}, and not {states}')
            time.sleep(0.01)

    def check(self, vm, second, state):
        """It is QEMU's state, and soon the property's; and both stay."""
        self.wait_for(second, state)
        deadline = time.monotonic() + SOON
        while vm.run_state_name != state:
            self.assertLess(time.monotonic(), deadline,
                            f'the property is {vm.run_state_name}, and QEMU is {state}')
            time.sleep(0.01)
        self.assertEqual(vm.run_state.value_nick, state)
        self.assertEqual(second.command('query-status')['status'], state)

    def test_destination(self):
        target, of_target = self.launch('-incoming', self.uri)
        self.check(target, of_target, 'inmigrate')
        source, of_source = self.launch()
        source.command('migrate', uri=self.uri)
        self.check(target, of_target, 'running')
        self.check(source, of_source, 'postmigrate')

    def test_destination_that_waits(self):
        target, of_target = self.launch('-incoming', self.uri, '-S')
        source, of_source = self.launch()
        source.command('migrate', uri=self.uri)
        self.check(target, of_target, 'paused')
        self.check(source, of_source, 'postmigrate')

    def test_deferred_destination(self):
        target, of_target = self.launch('-incoming', 'defer', '-S')
        source, of_source = self.launch()
        target.command('migrate-incoming', uri=self.uri)
        source.command('migrate', uri=self.uri)
        self.check(target, of_target, 'paused')
        self.check(source, of_source, 'postmigrate')

    def test_paused_source(self):
        target, of_target = self.launch('-incoming', self.uri)
        source, of_source = self.launch()
        source.command('stop')
        self.check(source, of_source, 'paused')
        source.command('migrate', uri=self.uri)
        self.check(source, of_source, 'postmigrate')
        self.check(target, of_target, 'paused')
        # And back.
        source.command('cont')
        self.check(source, of_source, 'running')

    def test_begun_by_another(self):
        target, of_target = self.launch('-incoming', self.uri)
        source, of_source = self.launch()
        of_source.command('migrate', uri=self.uri)
        self.check(source, of_source, 'postmigrate')
        self.check(target, of_target, 'running')

    def test_failed(self):
        source, of_source = self.launch()
        source.command('migrate', uri='exec:exit 1')
        self.wait_for_migration(of_source, 'failed')
        self.check(source, of_source, 'running')
        source.command('stop')
        source.command('migrate', uri='exec:exit 1')
        self.wait_for_migration(of_source, 'failed')
        self.check(source, of_source, 'paused')

    def test_cancelled(self):
        source, of_source = self.launch()
        source.command('migrate-set-capabilities',
                       capabilities=[{'capability': 'pause-before-switchover', 'state': True}])
        source.command('migrate', uri='exec:cat >/dev/null')
        self.wait_for_migration(of_source, 'pre-switchover')
        source.command('migrate_cancel')
        self.wait_for_migration(of_source, 'cancelled')
        self.check(source, of_source, 'running')

    def test_continued(self):
        source, of_source = self.launch()
        source.command('migrate-set-capabilities',
                       capabilities=[{'capability': 'pause-before-switchover', 'state': True}])
        source.command('migrate', uri='exec:cat >/dev/null')
        self.wait_for_migration(of_source, 'pre-switchover')
        source.command('migrate-continue', state='pre-switchover')
        self.check(source, of_source, 'postmigrate')

    def test_preconfig(self):
        vm, second = self.launch('-preconfig')
        self.assertEqual(vm.run_state_name, second.command('query-status')['status'])
        vm.command('x-exit-preconfig')
        self.check(vm, second, 'running')
        vm, second = self.launch('-preconfig', '-S')
        vm.command('x-exit-preconfig')
        self.check(vm, second, 'prelaunch')

    def snapshots(self):
        disk = os.path.join(self.directory, 'disk.qcow2')
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', disk, '1M'], check=True)
        return self.launch('-blockdev', f'driver=qcow2,node-name=d,file.driver=file,'
                                        f'file.filename={disk}', '-device', 'virtio-blk,drive=d')

    def run_job(self, vm, second, command):
        vm.command(command, job_id=command, tag='t', vmstate='d', devices=['d'])
        deadline = time.monotonic() + DEADLINE
        while True:
            job = next(job for job in second.command('query-jobs') if job['id'] == command)
            if job['status'] == 'concluded':
                self.assertNotIn('error', job)
                second.command('job-dismiss', id=command)
                return
            self.assertLess(time.monotonic(), deadline, job)
            time.sleep(0.01)

    def test_snapshot(self):
        vm, second = self.snapshots()
        self.run_job(vm, second, 'snapshot-save')
        self.check(vm, second, 'running')
        self.run_job(vm, second, 'snapshot-load')
        self.check(vm, second, 'running')

    def test_snapshot_of_a_paused_one(self):
        vm, second = self.snapshots()
        vm.command('stop')
        self.run_job(vm, second, 'snapshot-save')
        self.check(vm, second, second.command('query-status')['status'])
        self.run_job(vm, second, 'snapshot-load')
        self.check(vm, second, second.command('query-status')['status'])
        vm.command('cont')
        self.check(vm, second, 'running')

    def test_human_monitor(self):
        vm, second = self.snapshots()
        vm.command('stop')
        vm.human_command('savevm t')
        self.check(vm, second, second.command('query-status')['status'])
        vm.human_command('loadvm t')
        self.check(vm, second, second.command('query-status')['status'])

    def test_own_answer(self):
        """What the program asks corrects the property at once."""
        vm, second = self.launch()
        for command in ('stop', 'cont'):
            second.command(command)
            self.assertEqual(vm.command('query-status')['status'], vm.run_state_name)

    def test_end(self):
        for end, name in ((lambda vm: vm.shutdown(), 'shutdown'),
                          (lambda vm: vm.kill(), None),
                          (lambda vm: (os.kill(vm.pid, signal.SIGKILL), vm.wait()), None)):
            vm, _second = self.launch()
            self.assertEqual(vm.run_state_name, 'running')
            end(vm)
            self.assertEqual(vm.run_state_name, name)
            self.assertEqual(vm.run_state.value_nick, name or 'unknown')


class WithEventsTest(Case):
    events = True


class WithoutEventsTest(Case):
    def test_nobody_asks_for_nothing(self):
        """QEMU is asked only while its state may change in silence."""
        script = '; '.join([
            'negotiate', 'expect query-status', 'reply {"status": "running"}',
            'expect stop', 'event STOP', 'reply {}',
            'expect query-status', 'reply {"status": "paused"}',
            'expect migrate', 'reply {}',
            'expect query-migrate', 'reply {"status": "active"}',
            'expect query-status', 'reply {"status": "finish-migrate"}',
            'expect query-migrate', 'reply {"status": "completed"}',
            'expect query-status', 'reply {"status": "postmigrate"}',
            # Another question would come before this.
            'expect quit', 'event SHUTDOWN {"guest": false, "reason": "host-qmp-quit"}', 'reply {}'])
        vm = QMachine.Machine(os.environ['MOCK_QEMU'], ['-mock', script])
        self.addCleanup(vm.kill)
        vm.launch()
        vm.command('stop')
        vm.command('migrate')
        deadline = time.monotonic() + DEADLINE
        while vm.run_state_name != 'postmigrate':
            self.assertLess(time.monotonic(), deadline, vm.run_state_name)
            time.sleep(0.01)
        # The silence itself is what is tried here.
        time.sleep(0.5)
        vm.shutdown()
        self.assertEqual(vm.run_state_name, 'shutdown')


del Case

if __name__ == '__main__':
    unittest.main(verbosity=2)
