#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library awaited: in asyncio's own loop, in several, in one that GLib drives."""

import asyncio
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
import unittest

import gi
gi.require_version('QMachine', '1')
gi.require_version('QMock', '1')
from gi.module import get_introspection_module
from gi.repository import Gio, GLib, QMachine, QMock

DEADLINE = 30  # seconds
READY = 'negotiate; expect query-status; reply {"running": true}; '


def new_machine(*args, **settings):
    return QMachine.Machine('qemu-system-x86_64',
                            args or ['-machine', 'none', '-accel', 'tcg'], **settings)


def new_mock(script, **settings):
    return QMachine.Machine(os.environ['MOCK_QEMU'], ['-mock', script], **settings)


def wait_until(condition):
    """Blocks the thread, and with it the loop that it runs."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError('waited for too long')
        time.sleep(0.001)


class AwaitTest(unittest.IsolatedAsyncioTestCase):
    def machine(self, *args, **settings):
        vm = new_machine(*args, **settings)
        self.addCleanup(vm.kill)
        return vm

    def mock(self, script, **settings):
        vm = new_mock(script, **settings)
        self.addCleanup(vm.kill)
        return vm

    async def assertFails(self, code, awaitable):
        quark = Gio.io_error_quark() if isinstance(code, Gio.IOErrorEnum) else type(code).quark()
        with self.assertRaises(GLib.Error) as caught:
            await awaitable
        self.assertTrue(caught.exception.matches(quark, code), caught.exception)
        return caught.exception

    async def test_life(self):
        vm = self.machine()
        self.assertIs(await vm.launch_async(), True)
        self.assertEqual((await vm.command_async('query-status'))['status'], 'running')
        self.assertIn('return', await vm.qmp_async('query-name'))
        self.assertEqual(await vm.command_json_async('stop'), '{}')
        event = await vm.wait_event_async('STOP', timeout=DEADLINE * 1000)
        self.assertEqual((event.name, event.data), ('STOP', None))
        self.assertIn('paused', await vm.human_command_async('info status'))
        with open('/dev/null', 'rb') as file:
            await vm.send_fd_async(file.fileno())
            await vm.command_async('getfd', fdname='f')
            answer = await vm.command_with_fd_async('add-fd', {}, file.fileno())
            self.assertIn('fdset-id', answer)
        self.assertIs(await vm.shutdown_async(), True)
        self.assertIs(await vm.wait_async(), True)
        self.assertIs(await vm.kill_async(), True)

    async def test_arguments(self):
        vm = self.mock('negotiate; serve; exit 0')
        await vm.launch_async()
        self.assertEqual(await vm.command_async('mock-echo', a_b=2**64 - 1, callbacks=[True]),
                         {'a-b': 2**64 - 1, 'callbacks': [True]})
        self.assertEqual(await vm.command_async('mock-echo', {'a_b': 1}), {'a_b': 1})

    async def test_errors_are_the_same(self):
        vm = self.machine()
        await self.assertFails(QMachine.MachineError.NOT_RUNNING, vm.command_async('stop'))
        await vm.launch_async()
        error = await self.assertFails(QMachine.CommandError.GENERIC_ERROR,
                                       vm.command_async('object-del', id='no'))
        with self.assertRaises(QMachine.CommandFailed) as caught:
            vm.command('object-del', id='no')
        self.assertEqual(str(error), str(caught.exception))
        self.assertEqual(error.reply, caught.exception.reply)
        error = await self.assertFails(QMachine.CommandError.COMMAND_NOT_FOUND,
                                       vm.command_json_async('nope'))
        self.assertEqual(error.error_class, 'CommandNotFound')
        await self.assertFails(Gio.IOErrorEnum.TIMED_OUT, vm.wait_event_async('NO', timeout=10))
        bad = self.machine('-no-such-option')
        await self.assertFails(QMachine.MachineError.LAUNCH_FAILED, bad.launch_async())
        with self.assertRaises(TypeError):
            await vm.command_json_async(b'bytes'[0])

    async def test_own_cancellable(self):
        vm = self.machine()
        await vm.launch_async()
        cancellable = Gio.Cancellable()
        operation = vm.wait_event_async('NO', cancellable=cancellable)
        asyncio.get_running_loop().call_later(0.02, cancellable.cancel)
        await self.assertFails(Gio.IOErrorEnum.CANCELLED, operation)

    async def test_begins_at_once_and_in_order(self):
        vm = self.mock(READY + ''.join(f'expect c{n}; reply {n}; ' for n in range(50)) +
                       'serve; exit 0')
        vm.launch_async()
        wait_until(lambda: vm.props.state == QMachine.MachineState.RUNNING)
        operations = [vm.command_async(f'c{n}') for n in range(50)]
        self.assertEqual(await asyncio.gather(*operations), list(range(50)))

    async def test_as_tasks(self):
        machines = [self.machine() for _ in range(3)]
        await asyncio.gather(*[vm.launch_async() for vm in machines])
        tasks = [asyncio.create_task(vm.command_async('query-name')) for vm in machines]
        self.assertEqual([await task for task in tasks], [{}] * 3)
        done, _pending = await asyncio.wait([asyncio.ensure_future(vm.shutdown_async())
                                             for vm in machines])
        self.assertEqual([task.result() for task in done], [True] * 3)

    async def test_with_callback(self):
        # The typelib's form, whose result comes when the default context is turned.
        vm = self.machine()
        results = []
        self.assertIsNone(vm.launch_async(None, lambda vm, result: results.append(result)))
        wait_until(lambda: (GLib.MainContext.default().iteration(False), results)[1])
        self.assertTrue(vm.launch_finish(results[0]))

    async def test_events(self):
        vm = self.machine()
        await vm.launch_async()
        names = []

        async def collect():
            async for event in events:
                names.append(event.name)

        events = vm.events()
        task = asyncio.create_task(collect())
        for command in ('stop', 'cont', 'quit'):
            await vm.command_async(command)
        await asyncio.wait_for(task, DEADLINE)
        self.assertEqual(names, ['STOP', 'RESUME', 'SHUTDOWN'])
        names.clear()
        events = vm.events(timeout=0)
        await vm.launch_async()
        await vm.command_async('stop')
        async for event in events:
            names.append(event.name)
        self.assertEqual(names, ['STOP'])

    async def test_listeners(self):
        """Each task has all events, whatever the others take."""
        vm = self.machine()
        await vm.launch_async()

        async def collect(listener):
            return [event.name async for event in listener]

        tasks = [asyncio.create_task(collect(vm.listen())) for _ in range(3)]
        some = vm.listen('RESUME')
        for command in ('stop', 'cont'):
            await vm.command_async(command)
        self.assertEqual((await vm.wait_event_async('STOP', timeout=DEADLINE * 1000)).name, 'STOP')
        self.assertEqual((await some.next_async()).name, 'RESUME')
        with self.assertRaises(GLib.Error) as caught:
            await some.next_async(timeout=20)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT))
        await vm.shutdown_async()
        for task in tasks:
            self.assertEqual(await asyncio.wait_for(task, DEADLINE), ['STOP', 'RESUME', 'SHUTDOWN'])
        with self.assertRaises(GLib.Error) as caught:
            await some.next_async()
        self.assertTrue(caught.exception.matches(QMachine.MachineError.quark(),
                                                 QMachine.MachineError.EXITED))

    async def test_closed_while_it_waits(self):
        """Nobody will await it any more: the call is given up, and takes nothing."""
        vm = self.machine()
        await vm.launch_async()
        operation = vm.wait_event_async('STOP')
        operation.send(None)
        operation.close()
        self.assertTrue(operation._call.cancellable.is_cancelled())
        self.assertIsNotNone(operation._call.error)
        vm.command('stop')
        self.assertEqual(vm.wait_event('STOP', timeout=0).name, 'STOP')

    async def test_closed_before_it_was_awaited(self):
        """What came for it is still there."""
        vm = self.machine()
        await vm.launch_async()
        listener = vm.listen('STOP')
        operation = listener.next_async()
        vm.command('stop')
        operation.close()
        self.assertEqual(listener.next(DEADLINE * 1000).name, 'STOP')
        with self.assertRaises(RuntimeError):
            await operation

    async def test_closed_when_its_result_was_on_the_way(self):
        """The loop had not told the task that awaits it."""
        vm = self.machine()
        await vm.launch_async()
        listener = vm.listen('STOP')
        operation = listener.next_async()
        operation.send(None)
        vm.command('stop')
        operation.close()
        self.assertEqual(listener.next(DEADLINE * 1000).name, 'STOP')

    async def test_closed_before_it_ended(self):
        """Of the call that nobody awaited nothing goes on."""
        vm = self.mock('stall')
        operation = vm.launch_async()
        wait_until(vm.get_pid)
        operation.close()
        while operation._call.error is None:
            await asyncio.sleep(0.001)
        self.assertFalse(vm.is_running())

    async def test_one_of_two_who_wait_was_given_up(self):
        """The other one gets the event."""
        vm = self.machine()
        await vm.launch_async()
        listener = vm.listen('STOP')
        first, second = listener.next_async(), listener.next_async()
        tasks = [asyncio.create_task(first), asyncio.create_task(second)]
        await asyncio.sleep(0)
        vm.command('stop')
        tasks[0].cancel()
        with self.assertRaises(asyncio.CancelledError):
            await tasks[0]
        self.assertEqual((await asyncio.wait_for(tasks[1], DEADLINE)).name, 'STOP')

    async def test_given_up_before_it_began(self):
        """What was put back is still there."""
        vm = self.machine()
        await vm.launch_async()
        listener = vm.listen('STOP')
        vm.command('stop')
        listener.put_back(listener.next())
        task = asyncio.create_task(listener.next_async())
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual(listener.next(1000).name, 'STOP')

    async def test_listener_whose_wait_was_given_up(self):
        """The event that came meanwhile is still there."""
        vm = self.machine()
        await vm.launch_async()
        for take in (lambda listener: listener.pop(), lambda listener: listener.next(0),
                     lambda listener: next(iter(listener))):
            listener = vm.listen('STOP')
            operation = listener.next_async()
            task = asyncio.create_task(operation)
            await asyncio.sleep(0)
            vm.command('stop')
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(take(listener).name, 'STOP')
            self.assertIsNone(listener.pop())
            vm.command('cont')

    async def test_async_with(self):
        async with self.machine() as vm:
            await vm.launch_async()
        self.assertFalse(vm.is_running())
        self.assertEqual(vm.exit_code, 0)

        with self.assertRaises(ZeroDivisionError):
            async with vm:
                await vm.launch_async()
                1 / 0
        self.assertFalse(vm.is_running())
        self.assertEqual(vm.exit_code, -signal.SIGKILL)

    async def test_async_with_lets_the_loop_run(self):
        vm = self.mock(f'{READY}expect quit; reply; delay 3000; exit 0')
        turns = 0

        async def count():
            nonlocal turns
            while True:
                await asyncio.sleep(0.01)
                turns += 1

        async with vm:
            await vm.launch_async()
            counter = asyncio.create_task(count())
        counter.cancel()
        self.assertGreater(turns, 3)
        self.assertEqual(vm.exit_code, 0)

    async def test_async_with_kills_a_cancelled_shutdown(self):
        vm = self.mock(f'ignore-term; {READY}expect quit; stall')

        async def leave():
            async with vm:
                await vm.launch_async()

        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(leave(), 1)
        self.assertFalse(vm.is_running())

    async def test_async_with_monitor(self):
        peer = QMock.Peer(script='negotiate\nexpect-eof')
        async with QMachine.Monitor() as monitor:
            await monitor.attach_stream_async(peer.start_stream())
        self.assertTrue(peer.finish())

    async def test_monitor_and_console(self):
        peer = QMock.Peer(script='negotiate\nexpect x {"a-b":1}\nreply 7\nexpect y\n'
                                 'error Odd no\nexpect z\nreply\nexpect-eof')
        monitor = QMachine.Monitor()
        await monitor.attach_stream_async(peer.start_stream())
        self.assertEqual(await monitor.command_async('x', a_b=1), 7)
        with self.assertRaises(QMachine.CommandFailed) as caught:
            await monitor.command_async('y')
        self.assertEqual(caught.exception.error_class, 'Odd')
        self.assertEqual(await monitor.qmp_async('z'), {'return': {}})
        await monitor.close_async()
        self.assertTrue(peer.finish())

        vm = self.machine('-machine', 'none', '-accel', 'tcg', '-monitor', 'chardev:console')
        vm.add_console()
        await vm.launch_async()
        await vm.props.console.wait_for_text_async(r'\(qemu\)', DEADLINE * 1000)
        await vm.props.console.write_async('info name\n')
        await vm.props.console.wait_for_text_async('info name', DEADLINE * 1000)

    async def test_signals(self):
        """Of what was made in the loop: there, and before the reply to what caused them."""
        vm = self.machine('-machine', 'none', '-accel', 'tcg', '-monitor', 'chardev:console')
        vm.add_console()
        seen = []
        here = threading.get_ident()

        def note(name):
            self.assertEqual(threading.get_ident(), here)
            self.assertIs(asyncio.get_running_loop(), loop)
            seen.append(name)

        loop = asyncio.get_running_loop()
        vm.connect('event::STOP', lambda _vm, event: note(event.name))
        vm.connect('notify::run-state', lambda vm, _spec: note(vm.props.run_state.value_nick))
        vm.connect('exited', lambda _vm, *_how: note('exited'))
        vm.props.console.connect('output', lambda _console, _text: note('output'))
        await vm.launch_async()
        await vm.props.console.wait_for_text_async(r'\(qemu\)', DEADLINE * 1000)
        self.assertIn('output', seen)
        seen.clear()
        await vm.command_async('stop')
        self.assertEqual(seen[0], 'STOP')
        while 'paused' not in seen:
            await asyncio.sleep(0.001)
        await vm.shutdown_async()
        await asyncio.sleep(0)
        self.assertEqual(seen[-1], 'exited')

    async def test_signals_of_a_monitor(self):
        peer = QMock.Peer(script='negotiate\nexpect x\nevent A\nreply\nexpect-eof')
        seen = []
        async with QMachine.Monitor() as monitor:
            monitor.connect('event', lambda _monitor, event: seen.append(event.name))
            await monitor.attach_stream_async(peer.start_stream())
            await monitor.command_async('x')
            self.assertEqual(seen, ['A'])
        self.assertTrue(peer.finish())

    async def test_many_signals_leave_the_loop_its_turns(self):
        n_events = 5000
        peer = QMock.Peer(script=f'negotiate\nexpect x\nrepeat {n_events}\nevent A\nend\n'
                                 'reply\nexpect-eof')
        turns, n_seen = [], 0

        def note(_monitor, _event):
            nonlocal n_seen
            n_seen += 1

        async def turn():
            while True:
                await asyncio.sleep(0)
                turns.append(n_seen)

        async with QMachine.Monitor(event_backlog=n_events) as monitor:
            monitor.connect('event', note)
            await monitor.attach_stream_async(peer.start_stream())
            turning = asyncio.create_task(turn())
            await monitor.command_async('x')
            turning.cancel()
        self.assertTrue(peer.finish())
        self.assertEqual(n_seen, n_events)
        self.assertGreater(len([n for n in turns if 0 < n < n_events]), 5)

    async def test_no_other_thread(self):
        before = threading.active_count()
        vm = self.machine()
        await vm.launch_async()
        await vm.command_async('query-name')
        self.assertEqual(threading.active_count(), before)

    async def test_drop_kills_at_once(self):
        for _ in range(20):
            vm = new_machine()
            await vm.launch_async()
            await vm.command_async('query-name')
            pid = vm.get_pid()
            del vm
            with self.assertRaises(ProcessLookupError):
                os.kill(pid, 0)

    # -- giving up --

    async def test_cancel_lasts_until_the_end(self):
        vm = self.mock('stall')
        task = asyncio.create_task(vm.launch_async())
        await asyncio.sleep(0)
        wait_until(vm.get_pid)
        pid = vm.get_pid()
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertFalse(vm.is_running())
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)

    async def test_cancel_before_the_first_step(self):
        vm = self.mock('stall')
        cancellable = Gio.Cancellable()
        task = asyncio.create_task(vm.launch_async(cancellable))
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertTrue(cancellable.is_cancelled())
        self.assertFalse(vm.is_running())

    async def test_wait_for(self):
        vm = self.machine()
        await vm.launch_async()
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(vm.wait_event_async('NO'), 0.02)
        self.assertEqual(await asyncio.wait_for(vm.command_async('query-name'), DEADLINE), {})

    async def test_event_that_came_when_its_wait_was_given_up(self):
        vm = self.machine()
        await vm.launch_async()
        for take in (vm.pop_event, lambda: vm.pop_events()[0], lambda: vm.wait_event('STOP', {}, 0)):
            operation = vm.wait_event_async('STOP')
            task = asyncio.create_task(operation)
            await asyncio.sleep(0)
            # The event is in the hands of the library when it cancels; the loop has not turned.
            vm.command('stop')
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(take().name, 'STOP')
            vm.command('cont')
            self.assertEqual([event.name for event in vm.pop_events()], ['RESUME'])

    async def test_returned_event_is_awaited(self):
        vm = self.machine()
        await vm.launch_async()
        operation = vm.wait_event_async('STOP')
        vm.command('stop')
        vm.command('cont')
        task = asyncio.create_task(operation)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        self.assertEqual([(await vm.wait_event_async()).name for _ in range(2)],
                         ['STOP', 'RESUME'])
        # A new life begins without the events of the one before.
        task = asyncio.create_task(vm.wait_event_async('STOP'))
        vm.command('stop')
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await vm.shutdown_async()
        await vm.launch_async()
        self.assertEqual(vm.pop_events(), [])


class LoopTest(unittest.TestCase):
    def test_loops_one_after_the_other(self):
        async def life():
            with new_machine() as vm:
                await vm.launch_async()
                return await vm.command_async('query-name')

        for _ in range(3):
            self.assertEqual(asyncio.run(life()), {})

    def test_loops_at_once(self):
        results = []

        async def life():
            with new_machine() as vm:
                await vm.launch_async()
                for _ in range(20):
                    await vm.command_async('query-name')
                results.append(await vm.wait_event_async('NO', timeout=10))

        def run():
            try:
                asyncio.run(life())
            except GLib.Error as error:
                results.append(error.code)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [int(Gio.IOErrorEnum.TIMED_OUT)] * 2)

    def test_loop_closed_meanwhile(self):
        with new_machine() as vm:
            vm.launch()

            async def begin():
                vm.wait_event_async('STOP')
                vm.command_async('query-name')

            loop = asyncio.new_event_loop()
            loop.run_until_complete(begin())
            loop.close()
            vm.command('stop')
            events = []
            wait_until(lambda: events.extend(vm.pop_events()) or events)
            self.assertEqual([event.name for event in events], ['STOP'])

    def test_without_a_loop(self):
        with new_machine() as vm:
            self.assertIsNone(vm.launch_async())
            wait_until(vm.is_running)


class GLibSelector(selectors.DefaultSelector):
    """Makes asyncio's loop turn a main context, in the simplest way there is."""

    context = GLib.MainContext.default()
    # PyGObject's override of 3.50 and later takes every loop with a context for its own.
    turn = get_introspection_module('GLib').MainContext.iteration

    def select(self, timeout=None):
        type(self).turn(self.context, False)
        return super().select(0.001 if timeout is None else min(timeout, 0.001))


class GLibLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__(GLibSelector())
        self._context = GLibSelector.context


def glib_loops():
    """All that turn the default context: ours, and PyGObject's where it has one."""
    yield GLibLoop()
    try:
        from gi.events import GLibEventLoop
    except ImportError:
        return
    yield GLibEventLoop(GLib.MainContext.default())


class GLibLoopTest(unittest.TestCase):
    def test_answers_in_the_loops_context(self):
        for loop in glib_loops():
            with self.subTest(type(loop).__name__):
                self.run_life(loop)

    def run_life(self, loop):
        async def life():
            seen = []
            with new_machine() as vm:
                vm.connect('event', lambda _vm, event: seen.append(event.name))
                operation = vm.launch_async()
                self.assertEqual(threading.active_count(), threads)
                await operation
                await vm.command_async('stop')
                # Emitted in the same context, where it comes before the reply.
                self.assertEqual(seen, ['STOP'])
                with self.assertRaises(QMachine.CommandFailed):
                    await vm.command_async('nope')
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(vm.wait_event_async('NO'), 0.02)
                await vm.shutdown_async()

        threads = threading.active_count()
        loop.run_until_complete(asyncio.wait_for(life(), DEADLINE))
        loop.close()

    def test_context_of_another(self):
        """A loop with a context that is not the one our results come to."""
        class OtherLoop(asyncio.SelectorEventLoop):
            _context = GLib.MainContext.new()

        async def life():
            with new_machine() as vm:
                return await vm.launch_async()

        loop = OtherLoop()
        self.assertTrue(loop.run_until_complete(asyncio.wait_for(life(), DEADLINE)))
        loop.close()


class ExitTest(unittest.TestCase):
    def run_program(self, program):
        result = subprocess.run([sys.executable, '-W', 'error', '-W', 'ignore::ImportWarning',
                                 '-c', 'import asyncio, gi\n'
                                 'gi.require_version("QMachine", "1")\n'
                                 'from gi.repository import QMachine, GLib\n'
                                 'vm = QMachine.Machine("qemu-system-x86_64", '
                                 '["-machine", "none", "-accel", "tcg"])\n' + program],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return result.stdout

    def test_exit_is_clean(self):
        for rest in ('await vm.shutdown_async()', 'pass', 'vm.wait_event_async("NO")',
                     'asyncio.create_task(vm.wait_event_async("NO"))'):
            with self.subTest(rest):
                # How long a step takes on a busy machine is no news.
                self.run_program('async def main():\n'
                                 '    asyncio.get_running_loop().slow_callback_duration = 60\n'
                                 '    await vm.launch_async()\n'
                                 '    await vm.command_async("query-name")\n'
                                 f'    {rest}\n'
                                 'asyncio.run(main(), debug=True)\n')

    def test_exit_with_a_loop_that_was_left(self):
        self.run_program('async def begin():\n'
                         '    await vm.launch_async()\n'
                         '    vm.wait_async()\n'
                         'loop = asyncio.new_event_loop()\n'
                         'loop.run_until_complete(begin())\n'
                         'loop.close()\n')


if __name__ == '__main__':
    unittest.main(verbosity=2)
