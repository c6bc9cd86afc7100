# SPDX-License-Identifier: LGPL-2.1-or-later
"""A limit counts the silence of QEMU, and not the time in which the program did not run.

Each case runs a program that is stopped in the middle of a call, past the limit of that call, and
goes on. Its peer has answered meanwhile, or answers as soon as it is asked.
"""
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

LIMIT = 2  # seconds: long enough to stop the program within it
LIMIT_MS = round(LIMIT * 1000)
DEADLINE = 60

# What each program begins with. It tells when its main thread waits in the call.
BEGIN = '''
import os, signal, sys, threading, time
import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

LIMIT = int(sys.argv[1])

def tell_when_waiting(main):
    def state():
        with open(f'/proc/self/task/{main}/syscall') as file:
            return file.read().split()[0]
    # In a call of the system for a while, and not between two of them.
    n = 0
    while n < 8:
        n = n + 1 if state() != 'running' else 0
        time.sleep(0.005)
    print('waiting', flush=True)

def begin():
    threading.Thread(target=tell_when_waiting, args=(threading.get_native_id(),),
                     daemon=True).start()

def run(function, *arguments, **keywords):
    begin()
    try:
        result = function(*arguments, **keywords)
    except GLib.Error as error:
        print(error.message.splitlines()[0], flush=True)
    else:
        print('answered', flush=True)
'''

QEMU = '''
machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
machine.launch()
print(machine.pid, flush=True)
os.kill(machine.pid, signal.SIGSTOP)
'''


class Program:
    def __init__(self, text, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, '-c', BEGIN + text, str(LIMIT_MS), *arguments],
            stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def read_line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE)
        if not ready:
            raise TimeoutError('the program says nothing')
        line = b''
        while not line.endswith(b'\n'):
            byte = os.read(self.process.stdout.fileno(), 1)
            if byte == b'':
                raise EOFError(f'the program ended: {line!r}')
            line += byte
        return line.decode().strip()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


def pass_limit():
    """The time itself is what is tried here."""
    time.sleep(LIMIT + 0.3)


class RealQemuTest(unittest.TestCase):
    def play(self, call, answers=True):
        with Program(QEMU + call) as program:
            qemu = int(program.read_line())
            self.assertEqual(program.read_line(), 'waiting')
            program.stop()
            if answers:
                os.kill(qemu, signal.SIGCONT)
            pass_limit()
            program.go_on()
            try:
                return program.read_line()
            finally:
                if not answers:
                    os.kill(qemu, signal.SIGKILL)

    def test_command(self):
        self.assertEqual(self.play('run(machine.command, "query-name", timeout=LIMIT)'),
                         'answered')

    def test_command_of_property(self):
        self.assertEqual(self.play('machine.command_timeout = LIMIT\n'
                                   'run(machine.qmp, "query-name")'), 'answered')

    def test_async_command(self):
        self.assertEqual(self.play('''
loop = GLib.MainLoop()
results = []
def done(machine, result):
    results.append(result)
    loop.quit()
machine.command_json_async('query-name', None, LIMIT, None, done)
def finish():
    loop.run()
    machine.command_json_finish(results[0])
run(finish)
'''), 'answered')

    def test_shutdown(self):
        self.assertEqual(self.play('run(machine.shutdown, LIMIT)'), 'answered')

    def test_wait(self):
        self.assertEqual(self.play('machine.command_json_async("quit", None, -1, None)\n'
                                   'run(machine.wait, LIMIT)'), 'answered')

    def test_silence(self):
        """It is a time-out still, and not much later."""
        start = time.monotonic()
        self.assertRegex(self.play('run(machine.command, "query-name", timeout=LIMIT)',
                                   answers=False), 'no reply came within')
        self.assertLess(time.monotonic() - start, 20)


class Peer:
    """A QMP server in this process."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self._directory.name, 'monitor')
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._listener.settimeout(DEADLINE)
        self._stream = None

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self._stream is not None:
            self._stream.close()
        self._listener.close()
        self._directory.cleanup()

    def accept(self):
        connection, _ = self._listener.accept()
        connection.settimeout(DEADLINE)
        self._stream = connection.makefile('rwb', buffering=0)
        connection.close()

    def greet(self):
        self.send(b'{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, '
                  b'"package": ""}, "capabilities": []}}')

    def send(self, line):
        self._stream.write(line + b'\n')
        self._stream.flush()

    def expect(self, word):
        # No line need end what is sent.
        received = b''
        while word not in received:
            byte = self._stream.read(1)
            if byte == b'':
                raise EOFError(received)
            received += byte
        self.send(b'{"return": {}}')


ATTACH = '''
monitor = QMachine.Monitor(attach_timeout=LIMIT)
'''
EVENT = b'{"timestamp": {"seconds": 1, "microseconds": 1}, "event": "X"}'


class PeerTest(unittest.TestCase):
    def test_attach(self):
        """Greeting and negotiation: two ways to the peer and back."""
        with Peer() as peer, Program(ATTACH + 'run(monitor.attach, sys.argv[2])',
                                     peer.path) as program:
            peer.accept()
            self.assertEqual(program.read_line(), 'waiting')
            program.stop()
            pass_limit()
            peer.greet()
            program.go_on()
            peer.expect(b'qmp_capabilities')
            self.assertEqual(program.read_line(), 'answered')

    def test_attach_to_silence(self):
        with Peer() as peer, Program(ATTACH + 'run(monitor.attach, sys.argv[2])',
                                     peer.path) as program:
            peer.accept()
            self.assertEqual(program.read_line(), 'waiting')
            program.stop()
            pass_limit()
            program.go_on()
            self.assertRegex(program.read_line(), rf'within {LIMIT_MS} ms \(attach-timeout\)')

    def test_wait_event(self):
        with Peer() as peer, Program(ATTACH + '''
monitor.attach(sys.argv[2])
run(monitor.wait_event, 'X', None, LIMIT)
''', peer.path) as program:
            peer.accept()
            peer.greet()
            peer.expect(b'qmp_capabilities')
            self.assertEqual(program.read_line(), 'waiting')
            program.stop()
            peer.send(EVENT)
            pass_limit()
            program.go_on()
            self.assertEqual(program.read_line(), 'answered')


class LaunchTest(unittest.TestCase):
    def play(self, answers):
        """A QEMU that is stopped before it greets."""
        with tempfile.TemporaryDirectory() as directory:
            fifo = os.path.join(directory, 'gate')
            os.mkfifo(fifo)
            gate = os.open(fifo, os.O_RDWR)
            with Program('''
machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
machine.wrapper = ['sh', '-c', 'read line <"$0"; exec "$@"', sys.argv[2]]
machine.launch_timeout = LIMIT
run(machine.launch)
machine.kill()
''', fifo) as program:
                self.assertEqual(program.read_line(), 'waiting')
                program.stop()
                if answers:
                    os.write(gate, b'\n')
                pass_limit()
                program.go_on()
                try:
                    return program.read_line()
                finally:
                    os.close(gate)

    def test_launch(self):
        self.assertEqual(self.play(answers=True), 'answered')

    def test_silence(self):
        self.assertRegex(self.play(answers=False), rf'within {LIMIT_MS} ms \(launch-timeout\)')


if __name__ == '__main__':
    unittest.main(verbosity=2)
