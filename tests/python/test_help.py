#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That help() says what each call does, in which unit, and what it raises.

Usage: test_help.py MAKE-DOCS GIR
"""

import ast
import inspect
import pydoc
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from unittest import mock

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
from gi.module import repository
from gi.repository import GLib, QMachine
import gi.overrides

OWNERS = [QMachine.Machine, QMachine.Monitor, QMachine.Console, QMachine.EventListener,
          QMachine.MonitorEvent]

# Those that programs use most.
WITH_EXAMPLE = {
    QMachine.Machine: ['launch', 'shutdown', 'kill', 'wait', 'command', 'qmp', 'command_json',
                       'qmp_json', 'human_command', 'wait_event', 'events', 'listen', 'pop_events',
                       'add_args', 'add_fd', 'add_console', 'send_fd', 'command_with_fd', 'qtest',
                       'detach'],
    QMachine.Monitor: ['attach', 'command', 'close'],
    QMachine.Console: ['wait_for_text', 'write'],
    QMachine.EventListener: ['next'],
    QMachine: ['log_to_python'],
}

make_docs, gir = None, None


def public_members(owner):
    """Those of the override and of the library, without those of GObject."""
    ours = [cls for cls in owner.__mro__
            if 'QMachine' in cls.__module__ and cls.__module__ != 'gi.repository.GObject']
    names = {name for cls in ours for name in vars(cls) if not name.startswith('_')}
    for name in sorted(names):
        yield name, getattr(owner, name), any(name in vars(cls) for cls in ours
                                              if cls.__module__.startswith('gi.overrides'))


class HelpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        output = Path(cls.directory.name) / '_qmachine_docs.py'
        subprocess.run([sys.executable, make_docs, gir, output], check=True)
        gi.overrides.__path__.insert(0, cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_every_method_of_the_override(self):
        count = 0
        for owner in OWNERS:
            for name, member, _is_ours in public_members(owner):
                if not inspect.isfunction(member):
                    continue
                count += 1
                with self.subTest(owner=owner.__name__, name=name):
                    text = inspect.getdoc(member) or ''
                    self.assertGreater(len(text), 20)
                    parameters = inspect.signature(member).parameters
                    if 'timeout' in parameters:
                        self.assertIn('milliseconds', text)
                        self.assertIn('timedelta', text)
                    if 'cancellable' in parameters or 'result' in parameters:
                        self.assertRegex(text, r'(?m)^Raises \w')
                    self.assertLess(max(map(len, text.splitlines())), 100)
        self.assertGreater(count, 110)

    def test_a_limit_that_is_a_property_is_named(self):
        for call, limit in ((QMachine.Machine.launch, 'launch_timeout'),
                            (QMachine.Monitor.attach, 'attach_timeout'),
                            (QMachine.Monitor.attach_stream, 'attach_timeout'),
                            (QMachine.Machine.shutdown, 'shutdown_timeout'),
                            (QMachine.Machine.command, 'command_timeout'),
                            (QMachine.Machine.human_command, 'command_timeout'),
                            (QMachine.Machine.wait, 'no limit'),
                            (QMachine.Machine.kill, 'no time limit')):
            self.assertIn(limit, call.__doc__.replace('\n', ' '))

    def test_every_method_of_the_typelib(self):
        from gi.overrides._qmachine_docs import DOCS
        count = 0
        for owner in OWNERS:
            for name, member, is_ours in public_members(owner):
                if is_ours or not isinstance(member, type(QMachine.Machine.is_running)):
                    continue
                count += 1
                with self.subTest(owner=owner.__name__, name=name):
                    self.assertIn(DOCS[f'{owner.__name__}.{name}'], member.__doc__)
        self.assertGreater(count, 50)
        self.assertIn('Gets whether there is a QEMU process', QMachine.Machine.is_running.__doc__)
        plain = GLib.MainLoop.quit.__doc__
        with mock.patch.dict(DOCS, {'MainLoop.quit': 'of another library'}):
            self.assertEqual(GLib.MainLoop.quit.__doc__, plain)

    def test_every_property(self):
        count = 0
        for owner in OWNERS:
            for name, _member, _is_ours in public_members(owner):
                member = inspect.getattr_static(owner, name)
                if not isinstance(member, property):
                    continue
                count += 1
                with self.subTest(owner=owner.__name__, name=name):
                    self.assertGreater(len(inspect.getdoc(member)), 10)
                    self.assertFalse(inspect.getdoc(member).startswith('The property '))
                    if name.endswith('_timeout'):
                        self.assertIn('milliseconds', member.__doc__)
                        self.assertIn('timedelta', member.__doc__)
        self.assertGreater(count, 40)

    def test_every_class_and_function(self):
        for name in dir(QMachine):
            member = getattr(QMachine, name)
            if not name.startswith('_') and getattr(member, '__module__', '').startswith('gi.over'):
                with self.subTest(name):
                    self.assertGreater(len(inspect.getdoc(member) or ''), 10)
        for kind in repository.get_infos('QMachine'):
            if type(kind).__name__ == 'ObjectInfo':
                text = inspect.getdoc(getattr(QMachine, kind.get_name()))
                self.assertGreater(len(text.replace(':Constructors:', '')), 40, kind.get_name())
        self.assertIn('asyncio', QMachine.main_context_new_for_poll.__doc__)

    def test_examples(self):
        count = 0
        for owner, names in WITH_EXAMPLE.items():
            for name in names:
                with self.subTest(owner=owner.__name__, name=name):
                    text = inspect.getdoc(getattr(owner, name))
                    self.assertIn('\nExample:\n', text)
                    example = textwrap.dedent(text.partition('Example:\n')[2])
                    called = {node.func.attr for node in ast.walk(ast.parse(example))
                              if isinstance(node, ast.Call) and
                              isinstance(node.func, ast.Attribute)}
                    self.assertIn(name, called)
                    count += 1
        self.assertGreaterEqual(count, 20)

    def test_the_manual(self):
        text = pydoc.render_doc(QMachine.Machine, renderer=pydoc.plaintext)
        # Python 3.13 breaks a long signature into lines.
        for part in (r'\bwait\(\s*(\| +)?self,\s*(\| +)?timeout:', r'= -1,\s*(\| +)?cancellable:',
                     'Raises LaunchFailed', 'Waits until QEMU has ended',
                     'How long a command may take'):
            self.assertTrue(re.search(part, text), part)

    def test_nothing_of_c(self):
        from gi.overrides._qmachine_docs import DOCS
        self.assertGreater(len(DOCS), 250)
        for name, text in DOCS.items():
            with self.subTest(name):
                self.assertNotRegex(text, r'\[\w+@|%[A-Z]|```|\b(NULL|TRUE|FALSE)\b|(?<!\S)@\w')
                self.assertNotRegex(text, r'\bQ_[A-Z]+_[A-Z]')
        self.assertEqual(
            DOCS['Machine.kill'].split('\n\n')[3].partition(' for a')[0],
            'Raises Gio.IOErrorEnum.PERMISSION_DENIED')
        self.assertIn('`Machine.exit_kind`', DOCS['Machine.get_exit_code'])
        self.assertIn('timeout: how long to wait in milliseconds', DOCS['Machine.wait'])


class WithoutTest(unittest.TestCase):
    def test_works_without_the_comments(self):
        program = '''
import sys
sys.modules['gi.overrides._qmachine_docs'] = None
from gi.repository import QMachine
assert QMachine.Machine.pid.__doc__ == 'The property `pid` of Machine.'
assert 'process' not in QMachine.Machine.is_running.__doc__
assert 'Raises' in QMachine.Machine.launch.__doc__
'''
        subprocess.run([sys.executable, '-c', program], check=True)

    def test_is_not_loaded_before_somebody_asks(self):
        program = '''
import sys
from gi.repository import QMachine
QMachine.Machine('q').kill()
assert 'gi.overrides._qmachine_docs' not in sys.modules
assert 'gi.overrides._qmachine_log' not in sys.modules
assert 'gi.overrides._qmachine_async' not in sys.modules
'''
        subprocess.run([sys.executable, '-c', program], check=True)


if __name__ == '__main__':
    gir, make_docs = sys.argv.pop(), sys.argv.pop()
    unittest.main(verbosity=2)
