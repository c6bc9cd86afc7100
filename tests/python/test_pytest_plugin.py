# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plugin for pytest, seen from outside: pytest runs files that pass, fail, hang and crash."""
import fcntl
import importlib.util
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

DEADLINE = 100  # seconds
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / 'docs/examples/pytest'
LINUX = pathlib.Path(os.environ.get('QMACHINE_TEST_GUEST', '/nowhere'))
MARK = 'QMACHINE_PLUGIN_TEST'
HEAD = '''\
import os, signal, threading, time
import pytest
from gi.repository import GLib, QMachine
NONE = ['-machine', 'none', '-accel', 'tcg']
BIOS = dict(args=['-accel', 'tcg', '-nic', 'none'], machine_type='q35,graphics=off')
'''
# A guest that is SeaBIOS: it has a console, and no shell.
BIOS_BOOT = '''\
import pytest, pytest_qmachine
pytest_plugins = ['pytest_qmachine']
@pytest.fixture(scope='session')
def qmachine_boot():
    return pytest_qmachine.Boot(args=['-accel', 'tcg', '-nic', 'none'],
                                machine_type='q35,graphics=off')
'''


def processes_of(mark):
    """Those whose environment has it; what is dead and not reaped has none."""
    found = []
    for entry in pathlib.Path('/proc').iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / 'environ').read_bytes():
                found.append((entry / 'cmdline').read_bytes().replace(b'\0', b' ').decode())
        except OSError:
            continue
    return found


class Result:
    def __init__(self, output, status):
        self.output = output
        self.status = status

    def report(self, title):
        """All about one test that did not pass: 'test_x', or 'ERROR at setup of test_x'."""
        match = re.search(rf'^_+ {re.escape(title)} _+$(.*?)(?=^_+ [\w. \[\]]+ _+$|^=+ )', self.output,
                          re.M | re.S)
        return match[1] if match else ''

    def section(self, title, name):
        match = re.search(rf'^-+ {name} -+\n(.*?)(?=^-+ .* -+$|\Z)', self.report(title),
                          re.M | re.S)
        return match[1] if match else ''


class PluginTest(unittest.TestCase):
    INI = ''

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.base = self.directory / 'base'
        self.logs = self.base / 'qmachine-logs'

    def begin(self, source, *options, conftest="pytest_plugins = ['pytest_qmachine']\n", ini='',
              files=None, **environment):
        project = self.directory / 'project'
        project.mkdir(exist_ok=True)
        (project / 'conftest.py').write_text(conftest)
        (project / 'pytest.ini').write_text(f'[pytest]\n{self.INI}{ini}')
        for name, text in {'test_it.py': source, **(files or {})}.items():
            (project / name).write_text(HEAD + textwrap.dedent(text))
        environment = {**os.environ, 'CI': '', 'COLUMNS': '200', MARK: str(self.directory),
                       **environment}
        for name in ('PYTEST_ADDOPTS', 'PYTEST_PLUGINS'):
            environment.pop(name, None)
        return subprocess.Popen(
            [sys.executable, '-m', 'pytest', '-p', 'no:cacheprovider', '-rA', '--tb=short',
             f'--basetemp={self.base}', *options], cwd=project, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, process):
        try:
            output = process.communicate(timeout=DEADLINE)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail(f'pytest did not end:\n{process.communicate()[0]}')
        # A worker that died is followed by its machines, a moment later.
        deadline = time.monotonic() + DEADLINE
        while left := processes_of(f'{MARK}={self.directory}\0'):
            if time.monotonic() > deadline:
                self.fail(f'left behind: {left}\n{output}')
            time.sleep(0.01)
        return Result(output, process.returncode)

    def run_pytest(self, source, *options, **keywords):
        return self.finish(self.begin(source, *options, **keywords))

    def assert_counts(self, result, **expected):
        line = result.output.rstrip().splitlines()[-1]
        counts = {word.rstrip('s') if word == 'errors' else word: int(number)
                  for number, word in re.findall(r'(\d+) (passed|failed|skipped|errors?)', line)}
        self.assertEqual(counts, expected, result.output)

    def kept(self, name, log, directory=None):
        """The text of a log of a test, with one launch."""
        paths = list((directory or self.logs).glob(f'{name}/*/{log}'))
        self.assertEqual(len(paths), 1, list((directory or self.logs).rglob('*')))
        return paths[0].read_text(errors='replace')


class MachineTest(PluginTest):
    def test_machines(self):
        result = self.run_pytest('''
            made = []
            def test_launched(make_machine):
                vm = make_machine(NONE)
                assert vm.is_running() and vm.command('query-status')['running']
                made.append(vm)
            def test_not_launched(make_machine):
                assert not made[0].is_running() and made[0].exit_code == 0
                vm = make_machine(NONE, launch=False, name='later')
                assert vm.name == 'later' and not vm.is_running()
                vm.launch()
                make_machine(NONE)
                make_machine(NONE, launch=False)
            def test_console(make_machine):
                vm = make_machine(**BIOS, console=True)
                assert 'SeaBIOS' in vm.console.wait_for_text('SeaBIOS', timeout=60000)
            def test_asked_to_end(make_machine):
                killed, quit, own = make_machine(NONE), make_machine(NONE), make_machine(NONE)
                killed.kill()
                quit.command('quit')
                quit.wait()
                own.shutdown()
                own.launch()
            def test_status_of_the_guest(make_machine):
                """Its choice, and no crash."""
                vm = make_machine(['-accel', 'tcg', '-nic', 'none', '-device',
                                   'isa-debug-exit,iobase=0xf4'], enable_qtest=True)
                try:
                    vm.qtest('outb 0xf4 0x10')
                except GLib.Error:
                    pass
                vm.wait(timeout=60000)
                assert vm.exit_code == 33
            def test_own():
                with QMachine.Machine('qemu-system-x86_64', NONE) as vm:
                    vm.launch()
            def test_left_to_the_collector():
                vm = QMachine.Machine('qemu-system-x86_64', NONE)
                vm.launch()
                made[:] = [vm.pid]
            def test_collected():
                assert not os.path.exists(f'/proc/{made[0]}')
            ''')
        self.assert_counts(result, passed=8)
        self.assertNotIn('warning', result.output)
        # Of what went well nothing is kept.
        self.assertEqual([path for path in self.base.rglob('*') if path.is_file()], [])

    def test_ends_badly(self):
        """All machines end, also behind one that does not do so well."""
        result = self.run_pytest('''
            def test_it(make_machine):
                first, second = make_machine(NONE), make_machine(NONE)
                make_machine(NONE)
                os.kill(second.pid, signal.SIGSTOP)
                second.shutdown_timeout = 100
            ''')
        self.assert_counts(result, passed=1, error=1)
        self.assertIn('did not quit when asked', result.report('ERROR at teardown of test_it'))

    def test_factory_of_another_scope(self):
        result = self.run_pytest('''
            import pytest_qmachine
            @pytest.fixture(scope='module')
            def shared(request):
                with pytest_qmachine.MachineFactory(request.config) as factory:
                    yield factory(NONE)
            def test_one(shared):
                shared.command('stop')
            def test_two(shared):
                assert not shared.command('query-status')['running']
            ''')
        self.assert_counts(result, passed=2)

    def test_missing(self):
        source = '''
            def test_binary(make_machine):
                make_machine(NONE, binary='no-such-qemu')
            def test_path(make_machine):
                make_machine(NONE, binary='/no/such/qemu')
            def test_guest(guest):
                pass
            def test_without():
                pass
            '''
        ini = 'qmachine_kernel = no-such-kernel\n'
        result = self.run_pytest(source, ini=ini)
        self.assert_counts(result, passed=1, skipped=3)
        self.assertIn('no-such-qemu is not there: it is in no directory of PATH', result.output)
        self.assertIn('/no/such/qemu is not there: no such program', result.output)
        self.assertIn(f'there is no {self.directory}/project/no-such-kernel', result.output)
        failed = self.run_pytest(source, ini=ini, CI='true')
        self.assert_counts(failed, passed=1, failed=2, error=1)
        self.assertIn('no-such-qemu is not there', failed.report('test_binary'))
        self.assert_counts(self.run_pytest(source, '--qmachine-missing=skip', ini=ini, CI='true'),
                           passed=1, skipped=3)
        self.assert_counts(self.run_pytest(source, '--qmachine-missing=fail', ini=ini),
                           passed=1, failed=2, error=1)

    def test_no_library(self):
        """Other tests run all the same."""
        (self.directory / 'project').mkdir()
        environment = {'GI_TYPELIB_PATH': '', 'PYTHONPATH': os.environ['PYTHONPATH']}
        project = self.directory / 'project'
        (project / 'test_without.py').write_text('def test_without(): pass\n'
                                                 'def test_with(make_machine): make_machine()\n')
        if subprocess.run([sys.executable, '-c', 'from gi.repository import QMachine'],
                          env={**os.environ, **environment}, capture_output=True,
                          check=False).returncode == 0:
            self.skipTest('the library is installed')
        result = self.run_pytest('', 'test_without.py', **environment)
        self.assert_counts(result, passed=1, skipped=1)
        self.assertIn('the library QMachine is not there', result.output)


class ReportTest(PluginTest):
    def test_call(self):
        result = self.run_pytest('''
            def test_it(make_machine):
                vm = make_machine(**BIOS, console=True, name='first')
                vm.console.wait_for_text('SeaBIOS', timeout=60000)
                for _ in range(100):
                    vm.command('query-version')
                vm.command('query-name')
                assert vm.pid < 0
            def test_passes(make_machine):
                make_machine(NONE)
            ''', ini='qmachine_report_lines = 12\n')
        self.assert_counts(result, passed=1, failed=1)
        self.assertRegex(result.section('test_it', 'QEMU first'),
                         r'^first: running, pid \d+, run state running\n.*-machine q35')
        self.assertIn('SeaBIOS (version', result.section(
            'test_it', 'QEMU first: the last lines of console.log'))
        lines = result.section('test_it', 'QEMU first: the last lines of monitor.log').splitlines()
        self.assertEqual(len(lines), 12)
        self.assertIn('> {"execute":"query-name"}', lines[-2])
        self.assertIn('< {"return": {', lines[-1])
        # QEMU says nothing of its own but a line that the library hides.
        self.assertEqual(result.section('test_it', 'QEMU first: the last lines of qemu.log'),
                         '(nothing)\n')
        self.assertIn(f'{self.logs}/test_it.py_test_it\n', result.report('test_it'))

        self.assertEqual([path.name for path in self.logs.iterdir()], ['test_it.py_test_it'])
        monitor = self.kept('test_it.py_test_it', 'monitor.log').splitlines()
        self.assertIn('{"QMP": ', monitor[0])
        self.assertEqual(sum('query-version' in line for line in monitor), 100)
        self.assertIn('SeaBIOS', self.kept('test_it.py_test_it', 'console.log'))
        self.assertIn('waiting for connection', self.kept('test_it.py_test_it', 'qemu.log'))
        # As it was when all was over.
        self.assertIn('first: stopped', self.kept('test_it.py_test_it', 'state.txt'))

    def test_other_phases(self):
        result = self.run_pytest('''
            @pytest.fixture
            def broken(make_machine):
                make_machine(NONE, name='s').command('query-name')
                raise RuntimeError('planted')
            @pytest.fixture
            def breaks(make_machine):
                vm = make_machine(NONE, name='t')
                yield vm
                vm.command('query-uuid')
                raise RuntimeError('planted')
            def test_setup(broken):
                pass
            def test_teardown(breaks):
                pass
            def test_launch(make_machine):
                make_machine(['-no-such-option'], name='u')
            @pytest.mark.xfail
            def test_expected(make_machine):
                make_machine(NONE, name='v')
                assert 0
            ''')
        self.assert_counts(result, passed=1, failed=1, error=2)
        self.assertIn('query-name', result.section('ERROR at setup of test_setup',
                                                   'QEMU s: the last lines of monitor.log'))
        self.assertIn('query-uuid', result.section('ERROR at teardown of test_teardown',
                                                   'QEMU t: the last lines of monitor.log'))
        self.assertIn('-no-such-option', result.section('test_launch',
                                                        'QEMU u: the last lines of qemu.log'))
        self.assertEqual(sorted(path.name for path in self.logs.iterdir()),
                         [f'test_it.py_test_{name}' for name in ('launch', 'setup', 'teardown')])

    def test_every_machine(self):
        """Also those that a test makes itself, in whichever way, and each launch of one."""
        result = self.run_pytest('''
            import asyncio, unittest
            from gi.repository.QMachine import QEMUMachine
            class TestCase(unittest.TestCase):
                def test_case(self):
                    with QMachine.Machine('qemu-system-x86_64', NONE, name='case') as vm:
                        vm.launch()
                        self.fail('planted')
            def test_own(tmp_path):
                own = str(tmp_path / 'chosen.log')
                vm = QMachine.Machine('qemu-system-x86_64', NONE, name='own', monitor_log=own)
                vm.launch()
                assert vm.monitor_log == own
                vm.command('query-uuid')
                assert 0
            def test_twice(make_machine):
                """What the tests before had in variables is gone with them."""
                vm = make_machine(NONE, name='twice')
                vm.command('query-uuid')
                vm.shutdown()
                vm.launch()
                vm.command('query-name')
                assert 0
            def test_async():
                async def main():
                    async with QMachine.Machine('qemu-system-x86_64', NONE, name='async') as vm:
                        await vm.launch_async()
                        assert 0
                asyncio.run(main())
            def test_compat():
                with QEMUMachine('qemu-system-x86_64', NONE, name='compat') as vm:
                    vm.launch()
                    assert 0
            def test_wrapper(make_machine):
                vm = make_machine(**BIOS, name='wrapped', wrapper=['env', 'A=b'], console=True)
                vm.console.wait_for_text('SeaBIOS', timeout=60000)
                assert 0
            ''')
        self.assert_counts(result, failed=6)
        for test, machine in (('TestCase.test_case', 'case'), ('test_own', 'own'),
                              ('test_async', 'async'), ('test_compat', 'compat')):
            self.assertIn('query-status', result.section(
                test, f'QEMU {machine}: the last lines of monitor.log'), result.output)
        self.assertIn('query-uuid', self.kept('test_it.py_test_own', 'monitor.log'))
        both = sorted((self.logs / 'test_it.py_test_twice').glob('*/monitor.log'))
        self.assertEqual(len(both), 2)
        self.assertIn('query-uuid', both[0].read_text())
        self.assertIn('query-name', both[1].read_text())
        self.assertIn('SeaBIOS', result.section('test_wrapper',
                                                'QEMU wrapped: the last lines of console.log'))
        self.assertIn('SeaBIOS', self.kept('test_it.py_test_wrapper', 'console.log'))

    def test_directory(self):
        """The option's is of the directory that pytest was called in; nothing there is replaced."""
        source = '''
            @pytest.mark.parametrize('name', ['a/b', 'x' * 300, '../../etc'])
            def test_it(make_machine, name):
                make_machine(NONE)
                assert 0
            '''
        for n_runs in (1, 2):
            self.assert_counts(self.run_pytest(source, '--qmachine-logs=here/logs'), failed=3)
            names = sorted(path.name for path in (self.directory / 'project/here/logs').iterdir())
            self.assertEqual(len(names), 3 * n_runs)
            self.assertIn('test_it.py_test_it_a_b', names)
            self.assertIn('test_it.py_test_it_.._.._etc', names)
        self.assertIn('test_it.py_test_it_a_b-2', names)
        self.assertFalse(self.logs.exists())

    def test_hostile_text(self):
        from pytest_qmachine import _report
        data = b'\x1b]0;title\x07one\x1b[31m two\x1b[0m\r\n\x9b5nthree\x00\xff\x08\n' + b'x' * 1000
        self.assertEqual(_report.to_lines(data, 30).splitlines(),
                         ['one two', '\ufffd5nthree?\ufffd?', 'x' * 400 + '... (1000 characters)'])
        self.assertEqual(_report.to_lines(b'a\nb\nc\n', 2), 'b\nc')


class CrashTest(PluginTest):
    def test_crashes(self):
        result = self.run_pytest('''
            def crash(vm):
                os.kill(vm.pid, signal.SIGSEGV)
                vm.wait(timeout=60000)
            def test_noticed(make_machine):
                crash(make_machine(NONE, name='a'))
            def test_own():
                vm = QMachine.Machine('qemu-system-x86_64', NONE, name='b')
                vm.launch()
                crash(vm)
            def test_late(make_machine):
                os.kill(make_machine(NONE, name='c').pid, signal.SIGSEGV)
            @pytest.fixture
            def crashes(make_machine):
                vm = make_machine(NONE, name='d')
                yield
                crash(vm)
            def test_teardown(crashes):
                pass
            def test_fails_anyway(make_machine):
                crash(make_machine(NONE, name='e'))
                assert 0
            def test_after(make_machine):
                make_machine(NONE)
            ''')
        line = 'QEMU crashed during the test: {} was killed by signal 11 (SIGSEGV)'
        self.assertIn(line.format('a'), result.report('test_noticed'))
        self.assertIn(line.format('b'), result.report('test_own'))
        self.assertIn('c: stopped, killed by signal 11 (SIGSEGV)',
                      result.report('test_late') + result.report('ERROR at teardown of test_late'))
        self.assertIn('d: stopped, killed by signal 11 (SIGSEGV)',
                      result.report('ERROR at teardown of test_teardown'))
        self.assertIn('assert 0', result.report('test_fails_anyway'))
        self.assertNotIn('QEMU crashed', result.report('test_fails_anyway'))
        self.assertIn('PASSED test_it.py::test_after', result.output)
        self.assertNotIn('During handling', result.output)


class LimitTest(PluginTest):
    def test_limits(self):
        result = self.run_pytest('''
            SLOW = dict(wrapper=['sh', '-c', 'sleep 600', 'sh'])
            @pytest.mark.qmachine(timeout=2000)
            def test_hangs(make_machine):
                make_machine(NONE).wait_event('STOP')
            @pytest.mark.qmachine(timeout=2000)
            def test_hangs_without():
                while True:
                    time.sleep(1000)
            @pytest.mark.qmachine(launch_timeout=300)
            def test_launch(make_machine):
                make_machine(NONE, **SLOW)
            @pytest.mark.qmachine(command_timeout=300)
            def test_command(make_machine):
                vm = make_machine(NONE)
                os.kill(vm.pid, signal.SIGSTOP)
                vm.command('query-name')
            @pytest.mark.qmachine(command_timeout=300, timeout=60000)
            class TestClass:
                @pytest.mark.qmachine(command_timeout=400)
                def test_closest(self, make_machine):
                    assert make_machine(NONE).command_timeout == 400
                def test_of_class(self, make_machine):
                    vm = make_machine(NONE)
                    assert (vm.command_timeout, vm.launch_timeout) == (300, 7000)
                    assert make_machine(NONE, command_timeout=9).command_timeout == 9
                    own = QMachine.Machine('qemu-system-x86_64', NONE)
                    own.launch()
                    assert own.command_timeout == 300
            @pytest.mark.qmachine(timeout=60000)
            def test_in_time(make_machine):
                make_machine(NONE)
            def test_no_limit_is_left():
                assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
                assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
            ''', ini='qmachine_launch_timeout = 7000\n')
        self.assert_counts(result, passed=4, failed=4)
        for name in 'test_hangs', 'test_hangs_without':
            self.assertRegex(result.report(name), r'TimedOut: .*test_it.py::' + name
                             + ': not done within 2000 ms, which is timeout of the marker qmachine')
        self.assertIn('the last lines of monitor.log', result.report('test_hangs'))
        self.assertRegex(result.report('test_launch'), r'TimedOut: .*300 ms')
        self.assertRegex(result.report('test_command'), r'TimedOut: .*query-name.*300 ms')

    def test_setting(self):
        result = self.run_pytest('''
            def test_hangs(make_machine):
                make_machine(NONE).wait()
            ''', ini='qmachine_timeout = 400\n')
        self.assert_counts(result, failed=1)
        self.assertIn('not done within 400 ms', result.report('test_hangs'))

    def test_mistakes(self):
        result = self.run_pytest('''
            import datetime
            @pytest.mark.qmachine(timeout=0.5)
            def test_seconds():
                pass
            @pytest.mark.qmachine(time=500)
            def test_unknown():
                pass
            @pytest.mark.qmachine(timeout=datetime.timedelta(minutes=1))
            def test_timedelta():
                pass
            ''', '--strict-markers')
        self.assert_counts(result, passed=1, error=2)
        self.assertIn('timeout must be a number of milliseconds above 0, or a timedelta, not 0.5',
                      result.report('ERROR at setup of test_seconds'))
        self.assertIn('takes timeout=, launch_timeout=, command_timeout= and nothing else',
                      result.report('ERROR at setup of test_unknown'))


class GuestTest(PluginTest):
    INI = 'qmachine_guests = boot\n'

    SHARED = '''
        def test_one(guest):
            guest.console.create_reader(False).wait_for_match('SeaBIOS', timeout=60000)
            print('guest', guest.machine.pid)
        def test_two(guest):
            print('guest', guest.machine.pid)
        '''

    def pids(self, result):
        return [int(pid) for pid in re.findall(r'^guest (\d+)$', result.output, re.M)]

    def test_shared(self):
        for scope, n_guests in ('session', 1), ('module', 2), ('function', 4):
            result = self.run_pytest(self.SHARED, conftest=BIOS_BOOT,
                                     files={'test_more.py': self.SHARED},
                                     ini=f'qmachine_guest_scope = {scope}\n')
            self.assert_counts(result, passed=4)
            self.assertEqual(len(set(self.pids(result))), n_guests, scope)

    def test_no_such_scope(self):
        result = self.run_pytest(self.SHARED, conftest=BIOS_BOOT,
                                 ini='qmachine_guest_scope = forever\n')
        self.assertIn("must be one of session, package, module, class, function, not 'forever'",
                      result.output)

    def test_nothing_to_boot(self):
        result = self.run_pytest(self.SHARED)
        self.assert_counts(result, error=2)
        self.assertIn('nothing says what to boot', result.report('ERROR at setup of test_one'))

    def test_crash(self):
        """It is told once, of the test in which it was, and the next one has a new guest."""
        result = self.run_pytest('''
            def test_before(guest):
                print('guest', guest.machine.pid)
            def test_crash(guest):
                os.kill(guest.machine.pid, signal.SIGSEGV)
            def test_after(guest):
                assert guest.n_boots == 2
                print('guest', guest.machine.pid)
            def test_last(guest):
                assert guest.n_boots == 2
                guest.machine.command('query-status')
                assert 0
            ''', conftest=BIOS_BOOT)
        self.assert_counts(result, passed=2, failed=2)
        self.assertIn('killed by signal 11 (SIGSEGV)', result.report('test_crash'))
        self.assertIn('a guest was booted anew: its QEMU had ended', result.output)
        self.assertEqual(len(set(self.pids(result))), 2)
        # Only what lived in a test is shown with it.
        self.assertEqual(len(list((self.logs / 'test_it.py_test_last').iterdir())), 1)
        self.assertIn('query-status', self.kept('test_it.py_test_last', 'monitor.log'))

    def test_limits_of_a_shared_one(self):
        result = self.run_pytest('''
            @pytest.mark.qmachine(command_timeout=300)
            def test_limit(guest):
                assert guest.machine.command_timeout == 300
            def test_no_limit(guest):
                assert guest.machine.command_timeout == -1
            @pytest.mark.qmachine(command_timeout=400)
            def test_another_limit(guest):
                assert guest.machine.command_timeout == 400
            ''', conftest=BIOS_BOOT)
        self.assert_counts(result, passed=3)

    def test_another_maker(self):
        """Where guests come from is a fixture, too."""
        result = self.run_pytest('''
            def test_it(guest):
                assert guest.machine.name == 'special'
            ''', conftest=BIOS_BOOT + '''
class Maker(pytest_qmachine.GuestMaker):
    def make(self):
        guest = super().make()
        guest.machine.name = 'special'
        return guest
@pytest.fixture(scope='session')
def qmachine_guests(pytestconfig, qmachine_boot):
    return Maker(pytestconfig, qmachine_boot)
''')
        self.assert_counts(result, passed=1)

    def test_fails_to_boot(self):
        result = self.run_pytest(self.SHARED, conftest=BIOS_BOOT.replace(
            "'-nic'", "'-no-such-option', '-nic'"))
        self.assert_counts(result, error=2)
        self.assertIn('the last lines of qemu.log', result.report('ERROR at setup of test_one'))
        self.assertIn('-no-such-option', result.report('ERROR at setup of test_one'))

    def test_settings(self):
        from pytest_qmachine import Boot

        class Config:
            inipath = pathlib.Path('/p/pytest.ini')

            def getini(self, name):
                return {'qmachine_kernel': 'k', 'qmachine_initrd': '/i', 'qmachine_append': 'a b',
                        'qmachine_disk': 'd,e', 'qmachine_disk_format': '',
                        'qmachine_shell': True, 'qmachine_args': ['-m', '1G'],
                        'qmachine_binary': 'qemu', 'qmachine_machine_type': 'q35',
                        'qmachine_agent': True, 'qmachine_network': True}[name]

        boot = Boot.from_settings(Config())
        self.assertEqual(boot.arguments(), ['-m', '1G', '-kernel', '/p/k', '-initrd', '/i',
                                            '-append', 'a b', '-drive',
                                            'if=virtio,file=/p/d,,e,snapshot=on'])
        self.assertEqual((boot.binary, boot.machine_type, boot.agent, boot.network),
                         ('qemu', 'q35', True, True))
        self.assertEqual(list(boot.files()), ['/p/k', '/i', '/p/d,e'])


@unittest.skipUnless(importlib.util.find_spec('xdist'), 'there is no pytest-xdist')
class ParallelTest(PluginTest):
    INI = 'qmachine_guests = boot\n'

    def test_a_guest_for_each_worker(self):
        result = self.run_pytest('''
            @pytest.mark.parametrize('number', range(8))
            def test_it(guest, number):
                print('guest', guest.machine.pid, os.environ['PYTEST_XDIST_WORKER'])
                guest.console.create_reader(False).wait_for_match('SeaBIOS', timeout=60000)
                assert number % 4
            ''', '-n2', conftest=BIOS_BOOT)
        self.assert_counts(result, passed=6, failed=2)
        guests = set(re.findall(r'^guest (\d+) (gw\d)$', result.output, re.M))
        self.assertEqual(len(guests), 2, guests)
        self.assertEqual({worker for _pid, worker in guests}, {'gw0', 'gw1'})
        for name in 'test_it[0]', 'test_it[4]':
            self.assertIn('the last lines of monitor.log', result.report(name), result.output)
        # In one place, whichever worker it was.
        for name in 'test_it.py_test_it_0', 'test_it.py_test_it_4':
            self.assertIn('SeaBIOS', self.kept(name, 'console.log'))

    def test_worker_that_dies(self):
        result = self.run_pytest('''
            def test_dies(make_machine):
                vm = make_machine(**BIOS, name='orphan', console=True)
                vm.console.wait_for_text('SeaBIOS', timeout=60000)
                vm.command('query-uuid')
                os._exit(3)
            def test_next(make_machine):
                make_machine(NONE)
            ''', '-n1')
        self.assert_counts(result, passed=1, failed=1)
        self.assertIn('QEMU 1-orphan: the last lines of monitor.log', result.output)
        self.assertIn('query-uuid', self.kept('test_it.py_test_dies', 'monitor.log'))
        self.assertIn('SeaBIOS', self.kept('test_it.py_test_dies', 'console.log'))


@unittest.skipUnless((LINUX / 'tests.gz').exists(), f'there is no {LINUX}/tests.gz')
class LinuxTest(PluginTest):
    """A Linux that is booted."""

    INI = 'qmachine_guests = boot\n'

    CONFTEST = (EXAMPLE / 'conftest.py').read_text()

    def test_guest(self):
        result = self.run_pytest('''
            boots = []
            def test_shell(guest):
                assert guest.n_boots == 1
                result = guest.run('echo one; echo two >&2; exit 3')
                assert result.exit_status == 3 and 'one' in result.text
                guest.run('echo left >/tmp/left')
            def test_same_guest(guest):
                assert guest.run('cat /tmp/left').text == 'left'
                assert guest.forward(80) is guest.forward(80)
                assert guest.agent is guest.agent
            @pytest.mark.qmachine(command_timeout=300)
            def test_command_limit(guest):
                guest.run('sleep 600')
            def test_after_limit(guest):
                assert guest.run('echo goes on').text == 'goes on'
            @pytest.mark.qmachine(timeout=500)
            def test_limit(guest):
                guest.run('sleep 600')
            def test_power_off(guest):
                assert guest.run('echo boots >/tmp/left').exit_status == 0
                boots.append(guest.n_boots)
                guest.machine.command('system_powerdown')
                guest.machine.wait(timeout=60000)
            def test_new_guest(guest):
                assert guest.n_boots == boots[0] + 1
                assert guest.run('test -e /tmp/left').exit_status == 1
                assert guest.agent.read_file('/etc/hostname').get_data() == b'guest\\n'
                assert guest.forward(80).host_port > 0
            ''', conftest=self.CONFTEST)
        self.assert_counts(result, passed=5, failed=2)
        self.assertRegex(result.report('test_command_limit'), r'TimedOut: .*sleep 600.*300 ms')
        self.assertIn('not done within 500 ms', result.report('test_limit'))

    def test_login(self):
        """And what the guest was not given."""
        conftest = self.CONFTEST.replace('shells=', 'logins=')
        conftest = conftest.replace('agent=True, network=True', "user='root', password='secret'")
        result = self.run_pytest('''
            def test_login(guest):
                assert guest.run('id -u').text == '0'
            def test_agent(guest):
                guest.agent
            def test_network(guest):
                guest.forward(80)
            ''', conftest=conftest)
        self.assert_counts(result, passed=1, failed=2)
        self.assertIn('this guest has no agent: Boot(agent=True)', result.report('test_agent'))
        self.assertIn('nothing leads into this guest: Boot(network=True)',
                      result.report('test_network'))


@unittest.skipUnless((LINUX / 'tests.gz').exists(), f'there is no {LINUX}/tests.gz')
class CloneTest(PluginTest):
    """The example of the docs, and what it does not show."""

    CONFTEST = (EXAMPLE / 'conftest.py').read_text()
    # One that notes each boot.
    COUNTING = CONFTEST.replace('    return Boot(', '    return Counting(').replace(
        '@pytest.fixture', '''class Counting(Boot):
    def add_to(self, machine):
        with open('boots', 'a') as file:
            file.write('x')


@pytest.fixture''')

    def n_boots(self):
        return len((self.directory / 'project/boots').read_text())

    def test_size(self):
        for path in EXAMPLE.glob('*.py'):
            self.assertLess(len(path.read_text().splitlines()), 30)

    def test_example(self):
        """With a test that fails, in two processes."""
        self.run_example('-n2' if importlib.util.find_spec('xdist') else '-q')

    def run_example(self, option):
        example = (EXAMPLE / 'test_guest.py').read_text()
        result = self.run_pytest('''
            def test_planted(guest):
                guest.run('echo these are its last words >/dev/console')
                status = guest.machine.command('query-status')['status']
                assert guest.run('cat /proc/version') == 'planted'
            ''', option, conftest=self.CONFTEST, files={'test_guest.py': example})
        self.assert_counts(result, passed=3, failed=1)
        report = result.report('test_planted')
        name = re.search(r'^-+ QEMU (\S+) -+$', report, re.M)[1]
        for log, text in (('console.log', 'these are its last words'), ('qemu.log', '(nothing)'),
                          ('shell.log', '$ cat /proc/version\nLinux version'),
                          ('monitor.log', '> {"execute":"query-status"}')):
            self.assertIn(text, result.section('test_planted',
                                               f'QEMU {name}: the last lines of {log}'), report)
        self.assertIn('last words', self.kept('test_it.py_test_planted', 'console.log'))
        self.assertEqual(self.kept('test_it.py_test_planted', 'shell.log').count('[exit status 0]'),
                         self.kept('test_it.py_test_planted', 'shell.log').count('$ '))

    def templates(self):
        return {path.name for path in pathlib.Path('/dev/shm').glob('pytest-qmachine-*')}

    def test_fresh(self):
        """Each test has a guest as if none had been before, and it has booted once for all."""
        result = self.run_pytest('''
            @pytest.mark.parametrize('number', range(4))
            def test_fresh(guest, number):
                assert guest.run('cat /tmp/left').exit_status == 1
                assert guest.run(f'echo {number} >/tmp/left; cat /tmp/left').text == str(number)
                assert guest.n_boots == 1 and guest.machine.list_forwards() == []
                assert guest.agent.read_file('/etc/hostname').get_data() == b'guest\\n'
                assert guest.forward(80).host_port > 0
                assert guest.console is guest.shell.props.console
                if number == 1:
                    os.kill(guest.machine.pid, signal.SIGSEGV)
                    guest.machine.wait(timeout=60000)
            @pytest.mark.qmachine(command_timeout=700)
            def test_limit(guest):
                guest.run('sleep 600')
            def test_power_off(guest):
                guest.run('echo boots >/tmp/left')
                guest.machine.command('system_powerdown')
                guest.machine.wait(timeout=60000)
            def test_next(guest):
                assert guest.run('cat /tmp/left').exit_status == 1
            ''', conftest=self.COUNTING)
        self.assert_counts(result, passed=5, failed=2)
        self.assertIn('killed by signal 11 (SIGSEGV)', result.report('test_fresh[1]'))
        self.assertRegex(result.report('test_limit'), r'TimedOut: .*sleep 600.*700 ms')
        self.assertEqual(self.n_boots(), 1)
        self.assertNotIn('warning', result.output)
        self.assertEqual(self.templates(), set())

    def test_ahead(self):
        """The clone of the next test is none of this test's business, and is not left over. One
        that has died is replaced."""
        result = self.run_pytest('''
            import os, pytest
            @pytest.mark.parametrize('number', range(3))
            def test_it(guest, number, pytestconfig):
                assert guest.machine.run_state_name == 'running'
                assert guest.run('cat /tmp/left').exit_status == 1
                guest.run('echo left >/tmp/left')
                records = pytestconfig.pluginmanager.get_plugin('qmachine').records
                others = [each for each in records.machines
                          if each.is_running() and each is not guest.machine]
                assert len(others) == 1
                if number == 0:
                    os.kill(others[0].pid, 9)
                assert number == 0
            ''', conftest=self.COUNTING, ini='qmachine_report_lines = 1000\n')
        self.assert_counts(result, passed=1, failed=2)
        self.assertEqual(self.n_boots(), 1)
        for number, n_waited in ((1, 0), (2, 1)):
            report = result.report(f'test_it[{number}]')
            self.assertEqual(report.count(': the last lines of monitor.log'), 1)
            # It had waited for its test.
            self.assertEqual((report.count('"stop"'), report.count('"cont"')),
                             (n_waited, n_waited))
        self.assertEqual(self.templates(), set())

    def test_shared(self):
        """By those who share a guest; each of them has a clone."""
        source = '''
            @pytest.mark.parametrize('number', range(2))
            def test_shared(guest, number):
                assert guest.run('cat /tmp/left').exit_status == (0 if number else 1)
                guest.run('echo left >/tmp/left')
            '''
        result = self.run_pytest(source, conftest=self.COUNTING, files={'test_more.py': source},
                                 ini='qmachine_guest_scope = module\n')
        self.assert_counts(result, passed=4)
        self.assertEqual(self.n_boots(), 1)

    def test_disk(self):
        """What a test writes to the disk is its own, and the image stays as it is."""
        image = self.directory / 'disk.img'
        image.write_bytes(b'first' + bytes(1 << 20))
        conftest = self.CONFTEST.replace(
            'agent=True', f'disk={str(image)!r}, disk_format="raw", agent=True')
        result = self.run_pytest('''
            @pytest.mark.parametrize('number', range(2))
            def test_disk(guest, number):
                assert guest.run('dd if=/dev/vda bs=5 count=1 2>/dev/null').text == 'first'
                guest.run('echo other | dd of=/dev/vda conv=notrunc; sync')
                assert guest.run('dd if=/dev/vda bs=5 count=1 2>/dev/null').text == 'other'
            ''', conftest=conftest)
        self.assert_counts(result, passed=2)
        self.assertEqual(image.read_bytes()[:8], b'first\0\0\0')

    def test_refused(self):
        """What cannot be a template is booted for each test, and the report says why."""
        image = self.directory / 'disk.img'
        image.write_bytes(bytes(1 << 20))
        conftest = self.CONFTEST.replace("'-accel'", f"'-hda', {str(image)!r}, '-accel'")
        result = self.run_pytest('''
            @pytest.mark.parametrize('number', range(2))
            def test_it(guest, number):
                assert guest.run('cat /tmp/left').exit_status == 1
                guest.run('echo left >/tmp/left')
            ''', conftest=conftest)
        self.assert_counts(result, passed=2)
        self.assertRegex(result.output, r'each guest is booted, and none is cloned: it cannot be '
                         rf'saved: save_template: the image {image} would be written by each clone')
        self.assertEqual(result.output.count('would be written by each clone'), 1)

    def test_nothing_says_when(self):
        result = self.run_pytest(GuestTest.SHARED, conftest=BIOS_BOOT.replace('Boot(',
                                                                              'Boot(shell=False, '))
        self.assert_counts(result, passed=2)
        self.assertIn('none is cloned: nothing says when it has booted', result.output)
        self.assertEqual(len(set(re.findall(r'^guest (\d+)$', result.output, re.M))), 2)

    def test_refused_by_its_arguments(self):
        result = self.run_pytest(GuestTest.SHARED, conftest=BIOS_BOOT.replace(
            "'-nic'", "'-mem-path', '/dev/shm', '-nic'"))
        self.assert_counts(result, passed=2)
        self.assertRegex(result.output, 'none is cloned: it cannot be a template: .*-mem-path')

    def test_fails_to_boot(self):
        """It is tried once, and no test waits for it again."""
        result = self.run_pytest(GuestTest.SHARED, conftest=BIOS_BOOT.replace(
            "'-nic'", "'-no-such-option', '-nic'"))
        self.assert_counts(result, error=2)
        self.assertIn('-no-such-option', result.report('ERROR at setup of test_one'))
        self.assertIn('the last lines of qemu.log', result.report('ERROR at setup of test_one'))
        self.assertIn('-no-such-option', result.report('ERROR at setup of test_two'))
        self.assertEqual(self.templates(), set())

    def test_choice(self):
        result = self.run_pytest(GuestTest.SHARED, ini='qmachine_guests = steal\n')
        self.assertIn("qmachine_guests must be clone or boot, not 'steal'", result.output)
        result = self.run_pytest(GuestTest.SHARED, '--qmachine-guests=boot', conftest=BIOS_BOOT)
        self.assert_counts(result, passed=2)
        self.assertEqual(len(set(re.findall(r'^guest (\d+)$', result.output, re.M))), 1)

    def test_killed(self):
        """The template of a run that was killed is removed by the next; that of one that runs is
        not."""
        left, held = (pathlib.Path(tempfile.mkdtemp(prefix='pytest-qmachine-', dir='/dev/shm'))
                      for _ in range(2))
        self.addCleanup(shutil.rmtree, held)
        for path in left, held:
            (path / 'lock').touch()
        with (held / 'lock').open('r+') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = self.begin('''
                def test_hangs(guest):
                    print('begun', flush=True)
                    time.sleep(600)
                ''', '-s', conftest=self.CONFTEST)
            for line in process.stdout:
                if 'begun' in line:
                    break
            self.assertFalse(left.exists())
            [killed] = self.templates() - {held.name}
            process.kill()
            self.finish(process)
            self.assertEqual(self.templates(), {held.name, killed})
            self.run_pytest('def test_it(guest): pass\n', conftest=self.CONFTEST)
            self.assertEqual(self.templates(), {held.name})

    @unittest.skipUnless(importlib.util.find_spec('xdist'), 'there is no pytest-xdist')
    def test_workers(self):
        """Each boots once at most."""
        result = self.run_pytest('''
            @pytest.mark.parametrize('number', range(6))
            def test_it(guest, number):
                assert guest.run('cat /tmp/left').exit_status == 1
                guest.run('echo left >/tmp/left')
            ''', '-n2', conftest=self.COUNTING)
        self.assert_counts(result, passed=6)
        self.assertLessEqual(self.n_boots(), 2)
        self.assertEqual(self.templates(), set())


class EndTest(PluginTest):
    INI = 'qmachine_guests = boot\n'

    SOURCE = '''
        def test_it(make_machine, guest):
            make_machine(NONE, exit_with_parent=False, name='factory')
            own = QMachine.Machine('qemu-system-x86_64', NONE, exit_with_parent=False)
            own.launch()
            {}
        def test_never():
            print('never')
        '''

    def test_first_failure(self):
        result = self.run_pytest(self.SOURCE.format('assert 0'), '-x', conftest=BIOS_BOOT)
        self.assert_counts(result, failed=1)

    def test_interrupted(self):
        process = self.begin(self.SOURCE.format('open("ready", "w"); own.wait()'),
                             conftest=BIOS_BOOT)
        ready = self.directory / 'project/ready'
        deadline = time.monotonic() + DEADLINE
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assertEqual(result.status, 2, result.output)
        self.assertNotIn('never', result.output.split('KeyboardInterrupt')[1])
        self.assertIn('QEMU: whole logs of the test that was interrupted', result.output)
        self.assertEqual(len(list((self.logs / 'test_it.py_test_it').iterdir())), 3)

    def test_pytest_gives_up(self):
        result = self.run_pytest(self.SOURCE.format('pytest.exit("enough")'), conftest=BIOS_BOOT)
        self.assertIn('enough', result.output)


if __name__ == '__main__':
    if importlib.util.find_spec('pytest') is None:
        print('there is no pytest')
        sys.exit(77)
    unittest.main(verbosity=2)
