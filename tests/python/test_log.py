#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the library logs, in Python's logging and out of it again."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import gi
gi.require_version('Json', '1.0')
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine
from gi.overrides import _qmachine_log

NONE = ['-machine', 'none', '-accel', 'tcg']
FLAGS = GLib.LogLevelFlags
DEADLINE = 30  # seconds

glib = ctypes.CDLL('libglib-2.0.so.0')

CRASH = '''
import logging, os, signal, sys
import gi
gi.require_version('Json', '1.0')
from gi.repository import QMachine
logging.basicConfig(format='python: %(name)s %(levelname)s %(message)s')
exec(sys.argv[1])
vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
vm.launch()
os.kill(vm.pid, signal.SIGKILL)
vm.wait()
QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']).launch()
'''

# A thread of the C library would do as well; one of Python's needs no compiler here.
UNTIL_THE_END = '''
import ctypes, logging, threading, time
import gi
gi.require_version('Json', '1.0')
from gi.repository import QMachine
logging.getLogger('QMachine').addHandler(logging.NullHandler())
logging.getLogger('QMachine').setLevel(logging.DEBUG)
glib = ctypes.CDLL('libglib-2.0.so.0')

def log_on():
    while True:
        glib.g_log(b'QMachine', 1 << 7, b'on')

QMachine.log_to_python()
for _ in range(4):
    threading.Thread(target=log_on, daemon=True).start()
time.sleep(0.05)
'''

# QEMU crashes when no thread may enter Python any more.
AFTER_THE_END = '''
import atexit, os, signal
import gi
gi.require_version('Json', '1.0')
from gi.repository import QMachine

class Slow:
    def __del__(self):
        sum(range(30000000))

slow = Slow()  # the first that ends
vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
atexit.register(lambda: os.kill(vm.pid, signal.SIGKILL))
QMachine.log_to_python()
vm.launch()
'''


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def wait_for(self, count):
        end = time.monotonic() + DEADLINE
        while len(self.records) < count and time.monotonic() < end:
            time.sleep(0.005)
        return self.records


def crash():
    vm = QMachine.Machine('qemu-system-x86_64', NONE)
    vm.launch()
    os.kill(vm.pid, signal.SIGKILL)
    vm.wait()
    return vm


def run(program, *arguments):
    return subprocess.run([sys.executable, '-c', program, *arguments], capture_output=True,
                          text=True, timeout=120)


class LogTest(unittest.TestCase):
    def setUp(self):
        self.logger = logging.getLogger('QMachine')
        self.handler = Records()
        self.logger.addHandler(self.handler)
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)

    def tearDown(self):
        QMachine.log_to_glib()
        self.logger.removeHandler(self.handler)

    def test_a_crash_is_a_warning(self):
        QMachine.log_to_python()
        vm = crash()
        warnings = [record for record in self.handler.wait_for(1)
                    if record.levelno == logging.WARNING]
        self.assertEqual(len(warnings), 1)
        self.assertRegex(warnings[0].getMessage(),
                         '^QEMU was killed by signal 9 .*command line was: qemu-system-x86_64 ')
        self.assertEqual(warnings[0].name, 'QMachine')
        self.assertNotEqual(warnings[0].thread, threading.main_thread().ident)
        self.assertEqual(vm.exit_code, -9)

    def test_levels_and_threads(self):
        QMachine.log_to_python()
        sent = ((FLAGS.LEVEL_WARNING, 'WARNING'), (FLAGS.LEVEL_MESSAGE, 'INFO'),
                (FLAGS.LEVEL_INFO, 'INFO'), (FLAGS.LEVEL_DEBUG, 'DEBUG'))

        def log():
            for flag, _name in sent:
                glib.g_log(b'QMachine', int(flag), b'%s', '100 %s \u00e9'.encode())

        thread = threading.Thread(target=log, name='another')
        thread.start()
        thread.join()
        log()
        records = self.handler.records
        self.assertEqual([(record.levelname, record.getMessage()) for record in records],
                         [(name, '100 %s \u00e9') for _flag, name in sent] * 2)
        self.assertEqual([record.threadName for record in records],
                         ['another'] * 4 + ['MainThread'] * 4)
        # These end a program that is under test.
        self.handler.records.clear()
        _qmachine_log._on_log('QMachine', FLAGS.LEVEL_CRITICAL | FLAGS.FLAG_FATAL, 'x')
        _qmachine_log._on_log('QMachine', FLAGS.LEVEL_ERROR | FLAGS.FLAG_RECURSION, 'x')
        self.assertEqual([record.levelname for record in self.handler.records],
                         ['ERROR', 'CRITICAL'])

    def test_another_logger(self):
        other = logging.getLogger('other')
        records = Records()
        other.addHandler(records)
        other.propagate = False
        QMachine.log_to_python()
        QMachine.log_to_python(logging.LoggerAdapter(other, {}))
        glib.g_log(b'QMachine', int(FLAGS.LEVEL_WARNING), b'one')
        glib.g_log(b'Other', int(FLAGS.LEVEL_DEBUG), b'of another library')
        self.assertEqual([record.getMessage() for record in records.records], ['one'])
        self.assertEqual(self.handler.records, [])
        for wrong in ('QMachine', 5, logging):
            with self.assertRaisesRegex(TypeError, '^logger must be'):
                QMachine.log_to_python(wrong)

    def test_undone(self):
        QMachine.log_to_python()
        QMachine.log_to_glib()
        glib.g_log(b'QMachine', int(FLAGS.LEVEL_DEBUG), b'to nobody')
        self.assertEqual(self.handler.records, [])
        QMachine.log_to_python()
        glib.g_log(b'QMachine', int(FLAGS.LEVEL_DEBUG), b'again')
        self.assertEqual([record.getMessage() for record in self.handler.records], ['again'])

    def test_what_a_handler_raises_ends_the_call(self):
        def interrupt(_record):
            raise KeyboardInterrupt('mine')
        self.handler.emit = interrupt
        QMachine.log_to_python()
        glib.g_log(b'QMachine', int(FLAGS.LEVEL_WARNING), b'one')
        with self.assertRaisesRegex(KeyboardInterrupt, 'mine'):
            QMachine.Machine('q').kill()
        self.assertTrue(QMachine.Machine('q').kill())


class ProgramTest(unittest.TestCase):
    def test_where_it_is_written(self):
        for first, python, glibs in (
                ('pass', False, True),
                ('QMachine.log_to_glib()', False, True),
                ('QMachine.log_to_python()', True, False),
                ('QMachine.log_to_python(); QMachine.log_to_glib()', False, True),
        ):
            with self.subTest(first):
                ended = run(CRASH, first)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                self.assertEqual('python: QMachine WARNING QEMU was killed' in ended.stderr, python)
                self.assertEqual('QMachine-WARNING **' in ended.stderr, glibs, ended.stderr)

    def test_until_the_program_ends(self):
        for _ in range(5):
            ended = run(UNTIL_THE_END)
            self.assertEqual((ended.returncode, ended.stderr), (0, ''))

    def test_after_the_program_has_ended(self):
        ended = run(AFTER_THE_END)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn('QMachine-WARNING **', ended.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
