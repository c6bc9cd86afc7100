#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That each call of the library that waits has its forms in Python, also one that nobody has
described there."""

import asyncio
import inspect
import os
import unittest
from unittest import mock

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
from gi.module import repository
from gi.repository import Gio, GLib, Json, QMachine
from gi.overrides import _qmachine_rows, _qmachine_trios

from waiting import turn_context_until

NONE = ['-machine', 'none', '-accel', 'tcg']


def all_trios():
    """The class and the name of each x_async() of the typelib."""
    for kind in repository.get_infos('QMachine'):
        for method in getattr(kind, 'get_methods', list)():
            if method.get_name().endswith('_async'):
                yield getattr(QMachine, kind.get_name()), method.get_name().removesuffix('_async')


class EachTest(unittest.TestCase):
    def test_every_form_is_there(self):
        count = 0
        for owner, name in all_trios():
            with self.subTest(owner=owner.__name__, name=name):
                self.assertTrue(hasattr(owner, '_plain'), 'the override has no such class')
                for form in ('', '_async', '_finish'):
                    function = getattr(owner, name + form)
                    self.assertTrue(inspect.isfunction(function))
                    self.assertEqual(function.__qualname__, f'{owner.__name__}.{name}{form}')
                    parameters = inspect.signature(function).parameters
                    if form == '_finish':
                        self.assertEqual(list(parameters), ['self', 'result'])
                        continue
                    self.assertIsNone(parameters['cancellable'].default)
                    if 'timeout' in parameters:
                        self.assertIn(parameters['timeout'].default,
                                      (-1, QMachine.TIMEOUT_DEFAULT))
                parameters = inspect.signature(getattr(owner, f'{name}_async')).parameters
                self.assertIsNone(parameters['callback'].default)
            count += 1
        self.assertGreaterEqual(count, 34)

    def test_every_row_is_of_a_call(self):
        trios = list(all_trios())
        names = {name for _owner, name in trios}
        names |= {f'{owner.__name__}.{name}' for owner, name in trios}
        self.assertEqual(_qmachine_rows.ROWS.keys() - names, set())

    def test_every_call_of_an_owner_can_be_awaited(self):
        async def await_all():
            for owner, name in all_trios():
                if owner not in (QMachine.Machine, QMachine.Monitor):
                    continue
                with self.subTest(owner=owner.__name__, name=name):
                    each = owner()
                    call = getattr(each, f'{name}_async')
                    given = {'address': '/no/where', 'stream': Gio.SimpleIOStream.new(
                                 Gio.MemoryInputStream(), Gio.MemoryOutputStream.new_resizable()),
                             'command': 'x', 'line': 'x', 'arguments': None, 'fd': 0,
                             'path': '/dev/null', 'guest_port': 80, 'forward': QMachine.Forward(),
                             'text': 'x', 'keys': 'a', 'x': 0, 'y': 0}
                    needed = [given[parameter.name]
                              for parameter in inspect.signature(call).parameters.values()
                              if parameter.default is parameter.empty and
                              parameter.name in given]
                    # A machine that was never launched refuses each call, or has nothing to do.
                    try:
                        await call(*needed, cancellable=None)
                    except GLib.Error:
                        pass
        asyncio.run(await_all())


class SignatureTest(unittest.TestCase):
    def test_wrong_arguments_are_named(self):
        vm = QMachine.Machine('q')
        monitor = QMachine.Monitor()
        for call, arguments, keywords, pattern in (
                (vm.launch, (), {'time_out': 5}, r"Machine\.launch\(\) .*'time_out'"),
                (vm.wait, (), {'seconds': 5}, r"Machine\.wait\(\) .*'seconds'"),
                (vm.kill_async, (), {'now': 5}, r"Machine\.kill_async\(\) .*'now'"),
                (vm.command, (), {}, r"Machine\.command\(\) .*'command'"),
                (vm.command_with_fd, ('x', None), {}, r"command_with_fd\(\) .*'fd'"),
                (vm.qtest, (), {}, r"Machine\.qtest\(\) .*'line'"),
                (vm.send_file, (5,), {}, '^path must be'),
                (vm.wait, ('5',), {}, '^timeout must be'),
                (monitor.attach, (), {}, r"Monitor\.attach\(\) .*'address'"),
                (monitor.attach, ('/x', None, 5), {}, r'Monitor\.attach\(\) takes')):
            with self.assertRaisesRegex(TypeError, pattern):
                call(*arguments, **keywords)

    def test_names_and_defaults(self):
        def shown(function):
            return {parameter.name: parameter.default
                    for parameter in inspect.signature(function).parameters.values()
                    if parameter.default is not parameter.empty}

        default = QMachine.TIMEOUT_DEFAULT
        self.assertEqual(shown(QMachine.Machine.wait), {'timeout': -1, 'cancellable': None})
        self.assertEqual(shown(QMachine.Machine.shutdown),
                         {'timeout': default, 'cancellable': None})
        self.assertEqual(shown(QMachine.Machine.human_command),
                         {'timeout': default, 'cancellable': None})
        self.assertEqual(shown(QMachine.Monitor.command_json),
                         {'arguments': None, 'flags': QMachine.MonitorFlags.NONE,
                          'timeout': default, 'cancellable': None})
        self.assertEqual(shown(QMachine.Machine.wait_event_async),
                         {'names': None, 'match': None, 'timeout': -1, 'cancellable': None,
                          'callback': None})
        self.assertEqual(list(inspect.signature(QMachine.Machine.command).parameters), [
            'self', 'command', 'arguments', 'plain_timeout', 'plain_cancellable', 'timeout',
            'cancellable', 'conv_keys', 'keywords'])


class UnknownTest(unittest.TestCase):
    """A trio that the library has, and nobody has told Python about."""

    @classmethod
    def setUpClass(cls):
        with mock.patch.dict(_qmachine_rows.ROWS, clear=True):
            members = {'_plain': QMachine.Machine._plain, '__module__': 'gi.overrides.QMachine'}
            bare = type(QMachine.Machine._plain)('Bare', (QMachine.Machine._plain,), members)
            _qmachine_trios.with_trios(bare)
            for name in ('wait', 'shutdown', 'kill', 'launch', 'send_file', 'command_json',
                         'wait_event'):
                getattr(bare, name), getattr(bare, f'{name}_async')
        cls.bare = bare
        cls.vm = QMachine.Machine(os.environ['MOCK_QEMU'],
                                  ['-mock', 'negotiate; serve; exit 0'])
        cls.vm.launch()

    @classmethod
    def tearDownClass(cls):
        cls.vm.kill()

    def test_defaults_and_conversions(self):
        bare, vm = self.bare, self.vm
        with self.assertRaises(QMachine.TimedOut):
            bare.wait(vm, timeout=10)
        with self.assertRaisesRegex(TypeError, '^timeout must be'):
            bare.wait(vm, 0.5)
        with self.assertRaises(QMachine.CommandFailed) as caught:
            bare.command_json(vm, 'no-such-command')
        self.assertEqual(caught.exception.command, 'no-such-command')
        parameters = inspect.signature(bare.shutdown).parameters
        self.assertEqual(parameters['timeout'].default, QMachine.TIMEOUT_DEFAULT)
        self.assertEqual(inspect.signature(bare.wait).parameters['timeout'].default, -1)

    def test_await(self):
        async def main():
            with self.assertRaises(QMachine.TimedOut):
                await self.bare.wait_async(self.vm, 10)
            task = asyncio.create_task(self.bare.wait_async(self.vm))
            await asyncio.sleep(0)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
        asyncio.run(main())

    def test_callback(self):
        results = []
        self.bare.command_json_async(
            self.vm, 'mock-echo', '{"a": 1}',
            callback=lambda vm, result: results.append(vm.command_json_finish(result)))
        turn_context_until(lambda: results)
        self.assertEqual(Json.from_string(results[0]).get_object().get_int_member('a'), 1)

    def test_finish_raises_what_the_call_does(self):
        failures = {}

        def done(owner, result, name):
            try:
                getattr(owner, f'{name}_finish')(result)
            except GLib.Error as error:
                failures[name] = type(error)

        listener = self.vm.listen('X')
        for owner, name in ((self.vm, 'wait'), (self.vm, 'wait_event'), (listener, 'next')):
            # All by position, for what is behind the callback goes to it.
            arguments = (None, None, 0) if name == 'wait_event' else (0,)
            getattr(owner, f'{name}_async')(*arguments, None, done, name)
        turn_context_until(lambda: len(failures) == 3)
        self.assertEqual(set(failures.values()), {QMachine.TimedOut})

    def test_a_refusal_names_the_command(self):
        with self.assertRaises(QMachine.CommandFailed) as caught:
            self.vm.human_command('info block')
        self.assertEqual(caught.exception.command, 'human-monitor-command')
        with self.assertRaises(QMachine.CommandFailed) as caught:
            self.vm.monitor.command_json('no-such-command')
        self.assertEqual(caught.exception.command, 'no-such-command')

    def test_help_says_what_it_raises(self):
        for form in (self.bare.wait, self.bare.wait_async):
            self.assertIn('milliseconds', form.__doc__)
            self.assertIn('Raises', form.__doc__)


if __name__ == '__main__':
    unittest.main(verbosity=2)
