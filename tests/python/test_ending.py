# SPDX-License-Identifier: LGPL-2.1-or-later
"""The end of a machine by a plan, and waiting for any of several things, as Python has them."""

import asyncio
import datetime
import unittest

import gi
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine

MINIMAL = ['-machine', 'none', '-accel', 'tcg']
Step = QMachine.PowerOffStep


def machine():
    return QMachine.Machine('qemu-system-x86_64', MINIMAL)


class PowerOffTest(unittest.TestCase):
    def test_plan(self):
        plan = QMachine.PowerOffPlan(button_timeout=datetime.timedelta(seconds=2),
                                     term_timeout=None, button_interval=100)
        self.assertEqual((plan.button_timeout, plan.term_timeout, plan.button_interval),
                         (2000, -1, 100))
        self.assertIsNone(plan.agent)
        with self.assertRaises(TypeError):
            QMachine.PowerOffPlan(button='x')

    def test_result(self):
        with machine() as vm:
            vm.launch()
            result = vm.power_off(QMachine.PowerOffPlan(button_timeout=3000))
            self.assertEqual(result.step, Step.QUIT)
            self.assertFalse(result.guest_off)
            self.assertEqual(result.exit_code, 0)
            self.assertEqual(result.get_outcome(Step.BUTTON), QMachine.PowerOffOutcome.TIMED_OUT)
            self.assertIn('not off after 3000 ms', result.get_reason(Step.BUTTON))
            self.assertIn('\nquit: worked', str(result))
            self.assertEqual(vm.power_off().step, Step.NONE)

    def test_left(self):
        with machine() as vm:
            vm.launch()
            with self.assertRaisesRegex(QMachine.TimedOut, 'QEMU still runs'):
                vm.power_off(QMachine.PowerOffPlan(button_timeout=1, quit_timeout=0, term_timeout=0,
                                                   kill_timeout=0))
            self.assertTrue(vm.is_running())

    def test_await(self):
        async def run():
            async with machine() as vm:
                await vm.launch_async()
                task = asyncio.ensure_future(vm.power_off_async())
                await vm.wait_event_async('POWERDOWN', timeout=60000)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                self.assertTrue(vm.is_running())
                plan = QMachine.PowerOffPlan(button_timeout=0)
                return await vm.power_off_async(plan)
        self.assertEqual(asyncio.run(run()).step, Step.QUIT)


class WaitTest(unittest.TestCase):
    def test_set(self):
        with machine() as vm:
            vm.launch()
            conditions = [QMachine.on_event('STOP'), QMachine.on_exit(),
                          QMachine.on_run_state(QMachine.RunState.PAUSED)]
            with vm.wait_set(*conditions) as waits:
                vm.command('stop')
                first = waits.next(timeout=60000)
                self.assertEqual(first.number, 1)
                self.assertEqual(first.kind, QMachine.WaitKind.EVENT)
                self.assertEqual(first.event.name, 'STOP')
                self.assertIsNone(first.match)
                self.assertEqual(waits.next(timeout=60000).run_state, QMachine.RunState.PAUSED)
                self.assertEqual(waits.add_event('RESUME', {'no': 1}), 4)
                self.assertIs(waits.machine, vm)
                vm.command('cont')
                with self.assertRaisesRegex(QMachine.TimedOut, 'events that came: RESUME'):
                    waits.next(timeout=1)
                vm.command('quit')
                last = waits.next(timeout=60000)
                self.assertEqual((last.number, last.exit_code), (2, 0))
                with self.assertRaisesRegex(QMachine.Exited, 'QEMU exited with status 0'):
                    waits.next()
            with self.assertRaisesRegex(GLib.Error, 'the set was closed'):
                waits.next()

    def test_wrong(self):
        with self.assertRaises(TypeError):
            QMachine.WaitSet('vm')
        with machine() as vm:
            self.assertIs(QMachine.WaitSet(vm).machine, vm)

    def test_any(self):
        with machine() as vm:
            vm.launch()
            state = QMachine.on_run_state(QMachine.RunState.RUNNING)
            self.assertEqual(vm.wait_any(QMachine.on_event('STOP'), state, timeout=60000).number, 2)
            with self.assertRaises(QMachine.TimedOut):
                vm.wait_any(QMachine.on_event(), timeout=datetime.timedelta(milliseconds=1))
            with self.assertRaisesRegex(TypeError, "not 'STOP'"):
                vm.wait_any('STOP')
            with self.assertRaisesRegex(TypeError, 'match'):
                vm.wait_any(QMachine.on_event('STOP', 5))
            node = {'driver': 'null-co', 'size': 1 << 20, 'read-zeroes': True}
            for name in ('from', 'to'):
                vm.command('blockdev-add', {**node, 'node-name': name})
            job = vm.start_job('blockdev-backup', job_id='copy', device='from', target='to',
                               sync='full')
            result = vm.wait_any(QMachine.on_exit(), job.on_end(), timeout=60000)
            self.assertEqual((result.number, result.kind), (2, QMachine.WaitKind.JOB))
            self.assertIsNone(job.error)
            with self.assertRaisesRegex(GLib.Error, 'the set is empty'):
                vm.wait_any()

    def test_text(self):
        vm = QMachine.Machine('bash', wrapper=['bash', '-c', 'echo one two >&300; read <&300'],
                              monitor_mode=QMachine.MonitorMode.NONE)
        console = vm.add_console()
        with vm:
            vm.launch()
            result = vm.wait_any(console.on_text(r'o(ne)'), QMachine.on_exit(), timeout=60000)
            self.assertEqual(result.match[1], 'ne')
            with self.assertRaisesRegex(QMachine.TimedOut, 'last lines:\none two'):
                vm.wait_any(console.on_text('one', from_now=True), timeout=1)
            with self.assertRaises(GLib.Error):
                vm.wait_any(console.on_text('('), timeout=1)
            with self.assertRaisesRegex(GLib.Error, 'guest agent'):
                vm.wait_any(QMachine.GuestAgent().on_ready(), timeout=60000)

    def test_await(self):
        async def run():
            async with machine() as vm:
                await vm.launch_async()
                with vm.wait_set(QMachine.on_event('STOP')) as waits:
                    # Who does not wait any more takes nothing.
                    task = asyncio.ensure_future(waits.next_async())
                    await asyncio.sleep(0)
                    task.cancel()
                    await vm.command_async('stop')
                    with self.assertRaises(asyncio.CancelledError):
                        await task
                    self.assertEqual((await waits.next_async(timeout=60000)).event.name, 'STOP')
                waiting = asyncio.ensure_future(
                    vm.wait_any_async(QMachine.on_event('RESUME'), QMachine.on_exit()))
                await asyncio.sleep(0)
                await vm.command_async('quit')
                return await waiting
        self.assertEqual(asyncio.run(run()).number, 2)


if __name__ == '__main__':
    unittest.main()
