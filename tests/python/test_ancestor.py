#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs for QEMU's own Python classes, without a changed line: `qemu.machine` and `qemu.qmp` are
those of this library when its directory comes first on Python's path."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINDINGS = pathlib.Path(__file__).resolve().parents[2] / 'qmachine/bindings/python'
PATH = [str(BINDINGS / 'ancestor'), str(BINDINGS)]


class ProgramCase(unittest.TestCase):
    """Each program prints what it found, and nothing else."""

    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='ancestor-', dir='/var/tmp')
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def run_program(self, program, *arguments, path=tuple(PATH)):
        given = os.environ.get('PYTHONPATH', '').split(os.pathsep)
        environment = {**os.environ, 'PYTHONPATH': os.pathsep.join([*path, *given])}
        result = subprocess.run(
            [sys.executable, '-W', 'error', '-W', 'ignore::ImportWarning', '-c', program,
             *arguments], env=environment, cwd=self.directory, capture_output=True, text=True,
            timeout=100)
        self.assertEqual((result.stderr, result.returncode), ('', 0))
        return result.stdout.splitlines()


class MachineTest(ProgramCase):
    def test_machine(self):
        self.assertEqual(self.run_program('''
import os, sys
from qemu.machine import QEMUMachine
from qemu.machine.machine import AbnormalShutdown, QEMUMachineError, VMLaunchFailure
from qemu.qmp import ExecuteError, QMPError

class VM(QEMUMachine):
    def __init__(self, path_suffix=''):
        super().__init__('qemu-system-x86_64', name=f'vm{path_suffix}', qmp_timer=15.0,
                         base_temp_dir=os.getcwd(), log_dir=os.getcwd())
        self._num_drives = 0

    def add_object(self, opts):
        self._args.append('-object')
        self._args.append(opts)
        return self

    def hmp(self, command_line):
        return self.qmp('human-monitor-command', command_line=command_line)

with VM('a') as vm:
    vm.add_args('-accel', 'tcg', '-nodefaults', '-monitor', 'chardev:console')
    vm.set_machine('none')
    vm.set_console()
    vm.add_monitor_null()
    vm.add_object('iothread,id=t0')
    vm.launch()
    print([thread['id'] for thread in vm.cmd('query-iothreads')])
    print(vm.qmp('query-status')['return']['status'], vm.hmp('info status')['return'].strip())
    for command in ('stop', 'cont'):
        vm.cmd(command)
    print(vm.events_wait([('NONE', None), ('RESUME', None)])['event'])
    print(vm.event_wait('STOP', timeout=5.0, match={'event': 'STOP'})['event'])
    vm.cmd('object-add', {'qom-type': 'iothread', 'id': 't1'})
    vm.cmd('object-add', qom_type='iothread', id='t2')
    print(len(vm.cmd('query-iothreads')), vm.get_qmp_events(wait=False))
    try:
        vm.cmd('object-del', id='no')
    except ExecuteError as error:
        print(error, isinstance(error, QMPError), error.error.class_)
    vm.console_socket.settimeout(30)
    seen = b''
    while b'(qemu)' not in seen:
        seen += vm.console_socket.recv(1024)
    vm.console_socket.sendall(b'info version\\n')
    pid = vm.get_pid()
print(vm.exitcode(), vm.is_running(), os.path.exists('vma.log'))

vm = VM('b')
vm.add_args('-machine', 'no-such-machine')
try:
    vm.launch()
except VMLaunchFailure as failure:
    print(failure.exitcode, 'unsupported machine type' in failure.output)

vm = VM('c')
vm.add_args('-accel', 'tcg', '-machine', 'none')
vm.launch()
vm._popen
os.kill(vm.get_pid(), 19)
try:
    vm.shutdown(timeout=0.1)
except AbnormalShutdown as error:
    print(isinstance(error, QEMUMachineError), vm.exitcode())
'''), ["['t0']", 'running VM status: running', 'RESUME', 'STOP', '3 []',
       "object 'no' not found True GenericError", '0 False True', '1 True', 'True -9'])

    def test_qtest(self):
        answers = self.run_program('''
import os
from qemu.machine import qtest

class VM(qtest.QEMUQtestMachine):
    def __init__(self, path_suffix=''):
        super().__init__('qemu-system-x86_64', args=['-nodefaults', '-display', 'none', '-S'],
                         name='qemu-%d' % os.getpid(), base_temp_dir=os.getcwd())

vm = VM()
vm.add_args('-machine', 'pc')
vm.launch()
print(vm.qtest('clock_step 100'), end='')
print(vm.qtest('writel 0x1000 0x12345678'), end='')
print(vm.qtest('readl 0x1000'), end='')
print(vm.qtest('no-such-command'), end='')
vm.shutdown()
print([line.split()[-1] for line in vm.get_log().splitlines() if line.startswith('[R')])
''')
        # A build of QEMU without that accelerator has no such clock.
        self.assertIn(answers.pop(0).split()[0], ['OK', 'FAIL'])
        self.assertEqual(answers[:2], ['OK', 'OK 0x0000000012345678'])
        self.assertTrue(answers[2].startswith('FAIL'), answers)
        self.assertEqual(answers[3], "['100', '0x12345678', '0x1000', 'no-such-command']")

    def test_qtest_protocol(self):
        """As a client of a QEMU that was started by hand, and as the one it connects with."""
        self.assertEqual(self.run_program('''
import os, socket, subprocess, time
from qemu.machine.qtest import QEMUQtestProtocol

qemu = ['qemu-system-x86_64', '-machine', 'none', '-accel', 'tcg', '-display', 'none',
        '-qtest-log', 'none', '-qtest']
with subprocess.Popen([*qemu, 'unix:served,server=on'], stderr=subprocess.DEVNULL) as process:
    client = QEMUQtestProtocol('served')
    while True:
        try:
            client.connect()
            break
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.001)
    client.settimeout(30)
    print(client.cmd('endianness'), end='')
    process.kill()
    print(repr(client.cmd('endianness')))
    client.close()
server = QEMUQtestProtocol('mine', server=True)
with subprocess.Popen([*qemu, 'unix:mine']) as process:
    server.accept()
    print(server.cmd('endianness'), end='')
    process.kill()
server.close()
print(os.path.exists('mine'))
near, far = socket.socketpair()
far.sendall(b'IRQ raise 4\\nOK first\\r\\nOK sec')
talk = QEMUQtestProtocol(sock=near)
talk.connect()
print(talk.cmd('one'), end='')
far.sendall(b'ond\\n')
print(talk.cmd('two'), far.recv(100))
talk.close()
far.close()
'''), ['OK little', "''", 'OK little', 'False', 'OK first', 'OK second', " b'one\\ntwo\\n'"])

    def test_logging(self):
        self.assertEqual(self.run_program('''
import logging, sys
logging.basicConfig(stream=sys.stdout, format='%(name)s')
logging.getLogger('qemu.machine').setLevel('DEBUG')
logging.getLogger('qemu.qmp').setLevel('DEBUG')
from qemu.machine import QEMUMachine
with QEMUMachine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'], name='vm') as vm:
    vm.launch()
    vm.qmp('query-name')
'''), ['qemu.machine.machine', 'qemu.qmp.qmp_client.vm', 'qemu.qmp.qmp_client.vm'])


QEMU_BY_HAND = '''
import asyncio, os, socket, subprocess, sys, time

def qemu(where):
    return subprocess.Popen(['qemu-system-x86_64', '-machine', 'none', '-accel', 'tcg', '-display',
                             'none', '-qmp', where], stderr=subprocess.DEVNULL)

def is_served(path):
    # A connection to look would be the only one that a QEMU takes.
    with open('/proc/net/unix') as sockets:
        return any(line.split()[3:8:4] == ['00010000', path] for line in sockets)

def qemu_that_serves(name):
    # Without waiting, QEMU greets its first client twice now and then, or never.
    path = os.path.abspath(name)
    process = qemu(f'unix:{path},server=on,wait=on')
    while not is_served(path):
        time.sleep(0.001)
    return process
'''


class MonitorProtocolTest(ProgramCase):
    def test_client(self):
        self.assertEqual(self.run_program(QEMU_BY_HAND + '''
from qemu.qmp.legacy import QEMUMonitorProtocol
from qemu.qmp import ConnectError, ExecuteError, QMPError, StateError

try:
    QEMUMonitorProtocol('nobody').connect()
except ConnectError as error:
    print(type(error.exc).__name__)
process = qemu_that_serves('sock')
qmp = QEMUMonitorProtocol('sock', nickname='by-hand')
print(sorted(qmp.connect()['QMP']))
print(qmp.cmd('query-status')['status'], qmp.command('query-name'))
print(qmp.cmd_raw('query-name'), qmp.cmd_obj({'execute': 'query-name', 'id': 'mine'}))
print(qmp.cmd_raw('object-del', {'id': 'no'})['error']['class'])
print(sorted(qmp.cmd_obj({'exec-oob': 'query-yank', 'id': 3})))
try:
    qmp.cmd('object-del', id='no')
except ExecuteError as error:
    print(error)
print(qmp.pull_event(), qmp.get_events())
qmp.cmd('stop')
print(qmp.pull_event(wait=5.0)['event'])
qmp.cmd('cont'); qmp.cmd('stop')
print([event['event'] for event in qmp.get_events(wait=True)])
qmp.cmd('cont')
qmp.clear_events()
print(qmp.get_events())
try:
    qmp.pull_event(wait=0.05)
except (TimeoutError, asyncio.TimeoutError) as error:
    print(isinstance(error, QMPError))
with open(os.devnull) as file:
    qmp.send_fd_scm(file.fileno())
print(qmp.cmd('getfd', fdname='null'))
os.kill(process.pid, 19)
qmp.settimeout(0.1)
try:
    qmp.cmd('query-name')
except TimeoutError:
    print('late')
os.kill(process.pid, 18)
qmp.settimeout(None)
print(qmp.cmd_raw('quit'))
process.wait()
try:
    qmp.cmd('query-name')
    qmp.cmd('query-name')
except StateError:
    print('gone')
qmp.close()
'''), ['FileNotFoundError', "['capabilities', 'version']", 'running {}',
       "{'return': {}} {'return': {}, 'id': 'mine'}", 'GenericError', "['id', 'return']",
       "object 'no' not found", 'None []', 'STOP', "['RESUME', 'STOP']", '[]', 'True', '{}',
       'late', "{'return': {}}", 'gone'])

    def test_server(self):
        self.assertEqual(self.run_program(QEMU_BY_HAND + '''
from qemu.qmp import QEMUMonitorProtocol, QMPTimeoutError

for address, where in (('sock', 'unix:sock'), (('127.0.0.1', 0), 'tcp:127.0.0.1:')):
    server = QEMUMonitorProtocol(address, server=True)
    try:
        server.accept(timeout=0.05)
    except QMPTimeoutError:
        print('nobody')
    if where.startswith('tcp'):
        where += str(server._server.getsockname()[1])
    process = qemu(where)
    print(sorted(server.accept()['QMP']), server.cmd('query-status')['running'])
    with server:
        print(server.cmd('quit'))
    process.wait()
print(os.path.exists('sock'))
'''), [*['nobody', "['capabilities', 'version'] True", '{}'] * 2, 'False'])

    def test_without_negotiation(self):
        self.assertEqual(self.run_program(QEMU_BY_HAND + '''
from qemu.qmp.legacy import QEMUMonitorProtocol, QMPConnectError, QMPTimeoutError
process = qemu_that_serves('sock')
qmp = QEMUMonitorProtocol('sock')
print(qmp.connect(negotiate=False), qmp.cmd_raw('query-name')['error']['class'])
print(qmp.cmd('qmp_capabilities'), qmp.cmd('query-name'))
qmp.cmd('stop')
print(qmp.pull_event(wait=5.0)['event'])
with open(os.devnull) as file:
    qmp.send_fd_scm(file.fileno())
print(qmp.cmd('getfd', fdname='null'))
os.kill(process.pid, 19)
qmp.settimeout(0.1)
try:
    qmp.cmd('query-name')
except QMPTimeoutError:
    print('late')
process.kill()
process.wait()
try:
    qmp.cmd('query-name')
except QMPConnectError:
    print('gone')
qmp.close()
'''), ['None CommandNotFound', '{} {}', 'STOP', '{}', 'late', 'gone'])

    def test_older_names(self):
        """As the releases before 7.1 had it."""
        self.assertEqual(self.run_program(QEMU_BY_HAND + '''
from qemu import qmp
process = qemu_that_serves('sock')
print(qmp.QEMUMonitorProtocol.parse_address('localhost:44'),
      qmp.QEMUMonitorProtocol.parse_address('/path'))
try:
    qmp.QEMUMonitorProtocol.parse_address('host:port')
except qmp.QMPBadPortError:
    print('bad port')
try:
    qmp.QEMUMonitorProtocol('nobody').connect()
except qmp.QMPConnectError:
    print('no')
monitor = qmp.QEMUMonitorProtocol('sock')
monitor.connect(negotiate=True)
print(monitor.cmd('object-del', {'id': 'no'})['error']['class'])
try:
    monitor.command('object-del', id='no')
except qmp.QMPResponseError as error:
    print(error.reply['error']['class'])
monitor.command('quit')
process.wait()
'''), ["('localhost', 44) /path", 'bad port', 'no', 'GenericError', 'GenericError'])


class ClientTest(ProgramCase):
    def test_client(self):
        self.assertEqual(self.run_program(QEMU_BY_HAND + '''
from qemu.qmp import (ConnectError, EventListener, ExecInterruptedError, ExecuteError, Message,
                      QMPClient, Runstate, StateError)

async def watch(qmp):
    names = []
    with qmp.listener(('STOP', 'RESUME')) as listener:
        started.set()
        async for event in listener:
            names.append(event['event'])
            if len(names) == 3:
                return names

async def main():
    global started
    started = asyncio.Event()
    qmp = QMPClient('by-hand')
    try:
        await qmp.execute('query-status')
    except StateError as error:
        print(error.state is Runstate.IDLE)
    try:
        await qmp.connect('nobody')
    except ConnectError as error:
        print(type(error.exc).__name__, qmp.runstate.name)
    near, far = socket.socketpair()
    far.sendall(b'no greeting\\n')
    far.close()
    try:
        await qmp.connect(near)
    except ConnectError:
        print(qmp.runstate.name)
    near, far = socket.socketpair()
    try:
        await asyncio.wait_for(qmp.connect(near), 0.1)
    except asyncio.TimeoutError:
        print('late', qmp.runstate.name)
    await qmp.disconnect()
    far.close()
    process = qemu_that_serves('sock')
    await qmp.connect('sock')
    print(qmp.runstate.name, sorted(qmp.greeting._asdict()['QMP']))
    print((await qmp.execute('query-status'))['status'])
    watching = asyncio.create_task(watch(qmp))
    await started.wait()
    only = EventListener(None, lambda event: event['event'] == 'RESUME')
    with qmp.listen(only):
        for command in ('stop', 'cont', 'stop'):
            await qmp.execute(command)
        print(await watching, (await only.get())['event'], only.empty())
    print((await qmp.events.get())['event'], len(qmp.events.clear()), qmp.events.empty(),
          len(qmp.events.history))
    try:
        await qmp.execute('object-del', {'id': 'no'})
    except ExecuteError as error:
        print(error, error.error.class_, error.sent['execute'])
    print(await qmp.execute_msg(qmp.make_execute_msg('query-name')),
          sorted((await qmp.execute('query-yank', oob=True))[0]))
    with open(os.devnull) as file:
        qmp.send_fd_scm(file.fileno())
    print(await qmp.execute('getfd', {'fdname': 'null'}))
    os.kill(process.pid, 19)
    try:
        await asyncio.wait_for(qmp.execute('query-name'), 0.1)
    except asyncio.TimeoutError:
        print('late')
    interrupted = asyncio.create_task(qmp.execute('query-name'))
    changed = asyncio.create_task(qmp.runstate_changed())
    await asyncio.sleep(0)
    process.kill()
    try:
        await interrupted
    except ExecInterruptedError:
        print('interrupted')
    print((await changed).name)
    try:
        await qmp.disconnect()
    except EOFError:
        print('end', qmp.runstate.name)
    process.wait()
    os.unlink('sock')

    process = qemu_that_serves('sock')
    await qmp.connect('sock')
    await qmp.execute('quit')
    while qmp.runstate is Runstate.RUNNING:
        await asyncio.sleep(0.001)
    await qmp.disconnect()
    process.wait()

    await qmp.start_server('mine')
    process = qemu('unix:mine')
    await qmp.accept()
    print(await qmp.execute('query-name'))
    await qmp.execute('quit')
    await qmp.disconnect()
    process.wait()
    print(os.path.exists('mine'), qmp.runstate.name)

asyncio.run(main())
'''), ['True', 'FileNotFoundError IDLE', 'IDLE', 'late IDLE',
       "RUNNING ['capabilities', 'version']", 'running',
       "['STOP', 'RESUME', 'STOP'] RESUME True", 'STOP 2 True 3',
       "object 'no' not found GenericError object-del", "{} ['id', 'type']", '{}', 'late',
       'interrupted', 'DISCONNECTING', 'end IDLE', '{}', 'False IDLE'])


class ImportTest(ProgramCase):
    def test_names(self):
        """By which each release, and programs for it, take them."""
        program = '''
from qemu.machine import (MonitorResponseError, QEMUMachine, QEMUMachineError, QEMUQtestMachine,
                          VMLaunchFailure)
from qemu.machine import machine, qtest
from qemu.machine.machine import AbnormalShutdown, QEMUMachineAddDeviceError
from qemu.machine.qtest import QEMUQtestProtocol
from qemu.qtest import QEMUQtestMachine as Qtest5
from qemu.qmp import (QMPBadPortError, QMPCapabilitiesError, QMPConnectError, QMPMessage,
                      QMPProtocolError, QMPReturnValue, QMPTimeoutError, SocketAddrT)
from qemu.qmp.error import ProtocolError, QMPError
from qemu.qmp.events import EventListener
from qemu.qmp.legacy import QEMUMonitorProtocol, QMPMessage, QMPObject
from qemu.qmp.message import DeserializationError, Message
from qemu.qmp.protocol import ConnectError, Runstate, StateError
from qemu.qmp.qmp_client import ExecInterruptedError, ExecuteError, QMPClient
from qemu.aqmp import QMPClient as Client6
from qemu.aqmp.error import QMPError as Error6
from qemu.aqmp.legacy import QEMUMonitorProtocol as Legacy6
from qemu.aqmp.protocol import Runstate as Runstate6
import qemu, qemu.aqmp.message, qemu.aqmp.events
print(Qtest5 is QEMUQtestMachine, Client6 is QMPClient, Error6 is QMPError,
      Legacy6 is QEMUMonitorProtocol, Runstate6 is Runstate, qemu.__file__)
for kind in (QMPConnectError, QMPTimeoutError, ExecuteError, StateError, ConnectError,
             ProtocolError, ExecInterruptedError):
    assert issubclass(kind, QMPError), kind
print(Message(b'{"execute": "x"}'), bytes(Message({'a': 1})))
'''
        self.assertEqual(self.run_program(program),
                         ['True True True True True None', '{', '  "execute": "x"',
                          "} b'{\"a\":1}'"])

    def test_namespace(self):
        """What else is called `qemu`, further back on the path, is there too."""
        for name, text in (('utils/__init__.py', 'word = "theirs"'),
                           ('machine/__init__.py', 'raise ImportError("not this one")')):
            file = pathlib.Path(self.directory, 'tree/qemu', name)
            file.parent.mkdir(parents=True)
            file.write_text(text)
        self.assertEqual(self.run_program('''
from qemu.machine import QEMUMachine
from qemu.utils import word
print(QEMUMachine.__name__, word)
''', path=[*PATH, str(pathlib.Path(self.directory, 'tree'))]), ['QEMUMachine theirs'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
