# SPDX-License-Identifier: LGPL-2.1-or-later
"""One program with its machines here, behind ssh, and behind srun: nothing changes but the
wrapper. What the launchers are to is this very machine, so that it can be seen what is left."""

import ast
import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import gi

gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine  # noqa: E402

from hosts import Podman, Slurm, Sshd, find_children  # noqa: E402

LONG = 'QMACHINE_TEST_LONG' in os.environ
GUEST = Path(os.environ.get('QMACHINE_TEST_GUEST', Path(__file__).parents[2] / 'build-guests'))
HELPER = os.environ['QMACHINE_EXEC_HELPER']
# The promise: nothing of it two seconds later.
SURVIVAL = 2
OWNER = '--owner'
ODD = "it's \"$HOME\"  `x` \\ *\n;"

counter = 0


def find(name):
    """The processes with the name on their command line."""
    found = []
    for entry in Path('/proc').iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / 'cmdline').read_bytes()
            except OSError:
                continue
            if name.encode() in text:
                found.append((int(entry.name), text.replace(b'\0', b' ').decode(errors='replace')))
    return found


def bytes_of(data):
    return data.get_data() if isinstance(data, GLib.Bytes) else bytes(data)


class Host:
    """How to get there."""

    def __init__(self, name, wrapper, shell=False):
        self.name = name
        self.wrapper = wrapper
        self.shell = shell

    def machine(self, *args):
        global counter
        counter += 1
        name = f'qmhosts-{os.getpid()}-{counter}'
        vm = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', *args, '-uuid',
                                                     '00000000-0000-0000-0000-000000000001',
                                                     '-name', f'guest={name},process={name[-15:]}'],
                              wrapper=self.wrapper, wrapper_shell=self.shell,
                              monitor_mode=QMachine.MonitorMode.STDIO)
        return vm, name


class HostsTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix='qmh')
        cls.addClassCleanup(cls.directory.cleanup)
        cls.hosts = [Host('here', []), Host('followed', [HELPER, '--follow'])]
        cls.missing = []
        cls.sshd = cls.begin(Sshd, 'ssh')
        if cls.sshd is not None:
            cls.hosts.append(Host('ssh', cls.sshd.wrapper(HELPER, '--follow'), True))
        cls.slurm = cls.begin(Slurm, 'srun')
        if cls.slurm is not None:
            cls.hosts.append(Host('srun', cls.slurm.wrapper(HELPER, '--follow')))
        cls.podman = cls.begin(Podman, 'podman')
        if cls.podman is not None:
            cls.hosts.append(Host('podman', cls.podman.wrapper(HELPER, '--follow')))

    @classmethod
    def begin(cls, kind, name):
        directory = Path(cls.directory.name) / name
        directory.mkdir(mode=0o700)
        try:
            service = kind(directory)
        except LookupError as reason:
            cls.missing.append(str(reason))
            print(f'\n*** NOT TESTED: {name}: {reason} (tests/run --hosts does) ***\n', flush=True)
            return None
        cls.addClassCleanup(service.stop)
        Path(cls.directory.name).chmod(0o755)
        return service

    def far_hosts(self):
        """Those behind a launcher."""
        return [host for host in self.hosts if host.name in ('ssh', 'srun', 'podman')]

    def assert_gone(self, name):
        end = time.monotonic() + SURVIVAL
        while find(name):
            if time.monotonic() > end:
                left = find(name)
                for pid, _ in left:
                    os.kill(pid, signal.SIGKILL)
                self.fail(f'left: {left}')
            time.sleep(0.01)

    def use(self, host):
        """The program."""
        vm, name = host.machine('-name', 'x')
        start = time.monotonic()
        vm.launch()
        launched = time.monotonic() - start
        self.assertEqual(vm.command('query-status')['status'], 'running')
        vm.command('stop')
        self.assertEqual(vm.wait_event(['STOP'], timeout=60000).name, 'STOP')
        times = []
        for _ in range(300):
            start = time.monotonic()
            vm.command('query-status')
            times.append(time.monotonic() - start)
        self.assertGreater(len(vm.command('query-qmp-schema')), 500)
        vm.shutdown()
        self.assertEqual(vm.exit_code, 0)
        self.assert_gone(name)
        print(f'# {host.name}: launched in {launched * 1e3:.0f} ms, query-status in '
              f'{statistics.median(times) * 1e6:.0f} us', flush=True)

    def test_one_program(self):
        for host in self.hosts:
            with self.subTest(host.name):
                self.use(host)

    def test_in_place(self):
        """Those that become the command they are given, or stay its parent: nothing is asked of
        them, and a console is there by a descriptor."""
        for words in (['nice', '-n', '5'], ['chrt', '--batch', '0'], ['prlimit', '--nofile=1024'],
                      ['taskset', '--all-tasks', '1'], ['setpriv', '--no-new-privs'],
                      ['unshare', '--ipc', '--uts'], ['unshare', '--pid', '--fork'],
                      ['chroot', '/'], ['bwrap', '--dev-bind', '/', '/'],
                      ['systemd-run', '--scope', '--quiet']):
            with self.subTest(' '.join(words)):
                works = shutil.which(words[0]) is not None and subprocess.run(
                    [*words, 'true'], stdin=subprocess.DEVNULL, capture_output=True)
                if not works or works.returncode != 0:
                    print(f'# {" ".join(words)}: does not run here', flush=True)
                    continue
                vm = QMachine.Machine('qemu-system-x86_64',
                                      ['-machine', 'pc', '-accel', 'tcg', '-nodefaults', '-S'],
                                      wrapper=words)
                vm.add_console()
                start = time.monotonic()
                vm.launch()
                launched = time.monotonic() - start
                self.assertIn('console', [each['label'] for each in vm.command('query-chardev')])
                vm.shutdown()
                self.assertEqual(vm.exit_code, 0)
                print(f'# {" ".join(words)}: launched in {launched * 1e3:.0f} ms', flush=True)

    def test_arguments(self):
        for host in self.hosts:
            with self.subTest(host.name):
                vm, _ = host.machine()
                vm.add_args(['-name', ODD, '-smbios', 'type=11,value=a  b'])
                vm.launch()
                self.assertEqual(vm.command('query-name'), {'name': ODD})
                vm.shutdown()

    def socket_hosts(self):
        """Where sockets can be brought to: with the directory for them, which is seen from here,
        too."""
        far = Path(self.directory.name) / 'far'
        far.mkdir(mode=0o700, exist_ok=True)
        remove = [HELPER, '--follow', '--remove={far}']
        if self.sshd is not None:
            yield Host('ssh', self.sshd.wrapper(*remove, sockets=True), True), far
        # The same path on both sides.
        if self.slurm is not None:
            yield Host('srun', self.slurm.wrapper(*remove)), far
        if self.podman is not None:
            yield Host('podman', self.podman.wrapper(*remove, shared=[far, *([GUEST] if GUEST.exists() else [])])), far

    def assert_empty(self, directory):
        end = time.monotonic() + SURVIVAL
        while os.listdir(directory):
            self.assertLess(time.monotonic(), end, os.listdir(directory))
            time.sleep(0.01)

    def test_sockets(self):
        """A console and a channel, over several launches."""
        for host, far in self.socket_hosts():
            with self.subTest(host.name):
                vm, name = host.machine('-machine', 'pc', '-accel', 'tcg', '-nodefaults', '-S')
                vm.wrapper_socket_dir = str(far)
                vm.add_console()
                vm.add_console('second', 'isa-serial')
                channel = vm.add_channel('org.test.0')
                for _ in range(3):
                    vm.launch()
                    stream = channel.stream
                    self.assertEqual({(c['label'], c['frontend-open'])
                                      for c in vm.command('query-chardev')},
                                     {('console', True), ('second', True), ('mon', True),
                                      ('qmachine-channel0', False)})
                    vm.shutdown()
                    self.assertEqual(vm.exit_code, 0)
                    self.assertEqual(stream.get_input_stream().read_bytes(1, None).get_data(), b'')
                    self.assert_gone(name)
                    self.assert_empty(far)
                # The same after a kill, and after the end of the launcher.
                for kill in (vm.kill, lambda: os.kill(vm.props.pid, signal.SIGKILL)):
                    vm.launch()
                    kill()
                    vm.kill()
                    self.assert_gone(name)
                    self.assert_empty(far)

    def test_words_with_sockets(self):
        """A QEMU that ends while they lead to it ends the launch at once."""
        for host, far in self.socket_hosts():
            with self.subTest(host.name):
                vm, name = host.machine('-device', 'no-such-device')
                vm.wrapper_socket_dir = str(far)
                vm.add_console('second', 'isa-serial')
                start = time.monotonic()
                with self.assertRaisesRegex(GLib.Error, 'exited with status 1(.|\\n)*no-such-dev'):
                    vm.launch()
                self.assertLess(time.monotonic() - start, 30)
                self.assert_gone(name)
                self.assert_empty(far)

    def test_not_brought(self):
        """A forward that sshd refuses ends the launch with its words."""
        if self.sshd is None:
            self.skipTest('no sshd')
        host = Host('ssh', self.sshd.wrapper(HELPER, '--follow', sockets=True), True)
        vm, name = host.machine()
        vm.wrapper_socket_dir = '/no/such/directory'
        vm.add_console()
        with self.assertRaisesRegex(GLib.Error, 'remote port forwarding failed for listen path'):
            vm.launch()
        self.assert_gone(name)

    def test_guest(self):
        """Linux over there: agent, shell, channel and what a guest says first."""
        kernel, initrd = GUEST / 'kernel/vmlinuz', GUEST / 'tests.gz'
        if not initrd.exists():
            self.skipTest(f'no {initrd}, which tests/run makes')
        for host, far in self.socket_hosts():
            with self.subTest(host.name):
                vm, name = host.machine('-machine', 'q35,graphics=off', '-accel', 'tcg', '-m',
                                        '256', '-nic', 'none', '-kernel', str(kernel), '-initrd',
                                        str(initrd), '-append',
                                        'console=ttyS0 panic=-1 quiet shells=ttyS0')
                vm.wrapper_socket_dir = str(far)
                console = vm.add_console()
                channel = vm.add_channel('org.example.test')
                agent = vm.add_guest_agent()
                vm.launch()
                agent.wait_ready(timeout=300000)
                self.assertIn('BIOS', console.text)
                result = agent.exec(['echo', "it's there"], timeout=60000)
                self.assertEqual(bytes_of(result.output), b"it's there\n")
                data = os.urandom(1 << 20)
                agent.write_file('/tmp/data', data, timeout=120000)
                self.assertEqual(bytes_of(agent.read_file('/tmp/data', timeout=120000)), data)
                self.send_through(agent, channel)
                # More than anybody takes: it holds up neither the end nor who waits for it.
                agent.exec(['sh', '-c', 'setsid dd if=/dev/zero bs=64k count=64 '
                            'of=/dev/virtio-ports/org.example.test >/dev/null 2>&1 &'],
                           timeout=60000)
                start = time.monotonic()
                vm.shutdown()
                self.assertLess(time.monotonic() - start, 10)
                self.assertEqual(vm.exit_code, 0)
                self.assert_gone(name)
                self.assert_empty(far)

    def send_through(self, agent, channel):
        agent.exec(['sh', '-c', 'setsid sh -c "head -c 6 >/tmp/got; echo there" '
                    '<>/dev/virtio-ports/org.example.test >&0 2>&0 &'], timeout=60000)
        channel.wait_open(timeout=60000)
        channel.stream.get_output_stream().write_all(b'hello\n')
        self.assertEqual(channel.stream.get_input_stream().read_bytes(100, None).get_data(),
                         b'there\n')
        self.assertEqual(bytes_of(agent.read_file('/tmp/got', timeout=60000)), b'hello\n')

    def test_copy_supervisor(self):
        """Where it is not installed: copied, once, and used."""
        if self.sshd is None:
            self.skipTest('no sshd')
        there = Path(self.directory.name) / 'copied'
        host = Host('ssh', self.sshd.wrapper(), True)
        vm, name = host.machine()
        path = vm.copy_supervisor(str(there), timeout=60000)
        self.assertEqual(Path(path).read_bytes(), Path(HELPER).read_bytes())
        made = os.stat(path).st_ino
        self.assertEqual(vm.copy_supervisor(str(there), timeout=60000), path)
        self.assertEqual(os.stat(path).st_ino, made)
        vm.wrapper = self.sshd.wrapper(path, '--follow')
        vm.launch()
        vm.kill()
        self.assert_gone(name)

        vm.wrapper = self.sshd.wrapper('no-such-program')
        with self.assertRaisesRegex(GLib.Error, 'status 127(.|\n)*no-such-program'):
            vm.copy_supervisor(str(there), timeout=60000)
        directory = Path(self.directory.name) / 'ssh'
        vm.wrapper = self.sshd.wrapper(key=directory / 'other-key')
        with self.assertRaisesRegex(GLib.Error, 'status 255(.|\n)*Permission denied'):
            vm.copy_supervisor(str(there), timeout=60000)
        self.assertEqual(os.listdir(there), [Path(path).name])

    def test_copy_given_up(self):
        """At any moment: whole or nothing."""
        if self.sshd is None:
            self.skipTest('no sshd')
        there = Path(self.directory.name) / 'given-up'
        # Slower than the whole copy otherwise is.
        slow = self.sshd.wrapper('sh', '-c', '\'head -c 20000; sleep 0.3; cat\'', '|')
        vm, _ = Host('ssh', slow, True).machine()
        for _ in range(40 if LONG else 8):
            # What is given up may be whole over there, where only the word of it came too late.
            with contextlib.suppress(QMachine.TimedOut):
                vm.copy_supervisor(str(there), timeout=random.randint(200, 1200))
            end = time.monotonic() + SURVIVAL
            while there.exists() and any('.' in name for name in os.listdir(there)):
                self.assertLess(time.monotonic(), end, os.listdir(there))
                time.sleep(0.01)
            if there.exists():
                self.assertLessEqual(len(os.listdir(there)), 1)
                for file in there.iterdir():
                    self.assertEqual(file.read_bytes(), Path(HELPER).read_bytes())
                    file.unlink()

    def test_refused(self):
        for host in self.far_hosts():
            with self.subTest(host.name):
                vm, _ = host.machine()
                vm.add_console()
                with self.assertRaisesRegex(GLib.Error, 'add_console: .* STDIO'):
                    vm.launch()

    def test_words(self):
        """A launch that fails has the far side's own words."""
        for host in self.far_hosts():
            with self.subTest(host.name):
                vm, name = host.machine('-no-such-option')
                with self.assertRaisesRegex(GLib.Error, 'invalid option'):
                    vm.launch()
                vm = QMachine.Machine('no-such-qemu', wrapper=host.wrapper,
                                      wrapper_shell=host.shell,
                                      monitor_mode=QMachine.MonitorMode.STDIO)
                with self.assertRaisesRegex(GLib.Error, 'no-such-qemu: No such file'):
                    vm.launch()

    def test_ssh_refuses(self):
        if self.sshd is None:
            self.skipTest('no sshd')
        directory = Path(self.directory.name) / 'ssh'
        for words, options in (('Permission denied', {'key': directory / 'other-key'}),
                               ('Host key verification failed', {'known': '/dev/null'})):
            with self.subTest(words):
                host = Host('ssh', self.sshd.wrapper(**options), True)
                vm, _ = host.machine()
                end = f'wrapper exited with status 255(.|\\n)*{words}'
                with self.assertRaisesRegex(GLib.Error, end):
                    vm.launch()

    def test_no_answer(self):
        """A host that is not there, and one that takes the connection and says nothing."""
        if self.sshd is None:
            self.skipTest('no sshd')
        with socket.socket() as silent:
            silent.bind(('127.0.0.1', 0))
            words = self.sshd.wrapper(HELPER, '--follow')
            words[words.index('-p') + 1] = str(silent.getsockname()[1])
            vm, name = Host('ssh', words, True).machine()
            with self.assertRaisesRegex(QMachine.LaunchFailed, 'status 255(.|\\n)*refused'):
                vm.launch()
            silent.listen()
            vm.launch_timeout = 2000
            with self.assertRaisesRegex(QMachine.TimedOut, 'launch-timeout'):
                vm.launch()
            with self.assertRaises(QMachine.TimedOut):
                vm.copy_supervisor(timeout=1000)
            # Its own limit comes first, and its own words.
            vm.launch_timeout = 60000
            vm.wrapper = [*words[:1], '-o', 'ConnectTimeout=1', *words[1:]]
            with self.assertRaisesRegex(QMachine.LaunchFailed, 'status 255(.|\\n)*timed out'):
                vm.launch()
        self.assert_gone(name)

    def test_kill(self):
        for host in self.far_hosts():
            with self.subTest(host.name):
                vm, name = host.machine()
                vm.launch()
                vm.kill()
                self.assert_gone(name)

    def test_program_killed(self):
        for host in self.far_hosts():
            with self.subTest(host.name):
                command = [sys.executable, __file__, OWNER, repr((host.wrapper, host.shell))]
                with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True) as owner:
                    name = owner.stdout.readline().strip()
                    self.assertTrue(find(name))
                    owner.kill()
                self.assert_gone(name)

    def cut(self, host, find_link):
        vm, name = host.machine()
        launched = []
        vm.launch_async(None, lambda machine, result: launched.append(result))
        end = time.monotonic() + random.random() * self.median * 1.3
        context = GLib.MainContext.default()
        while time.monotonic() < end or not vm.props.pid:
            context.iteration(False)
        for pid in find_link(vm):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        cut = time.monotonic()
        while not launched:
            context.iteration(True)
        try:
            vm.launch_finish(launched[0])
            vm.wait(60000)
        except GLib.Error:
            pass
        vm.kill()
        self.assert_gone(name)
        return time.monotonic() - cut

    def measure(self, host):
        vm, _ = host.machine()
        start = time.monotonic()
        vm.launch()
        self.median = time.monotonic() - start
        vm.shutdown()

    def test_launcher_killed(self):
        for host in self.far_hosts():
            with self.subTest(host.name):
                self.measure(host)
                # Slurm takes seconds to free what such a step had.
                n_tries = ({'ssh': 200, 'srun': 50, 'podman': 50} if LONG
                           else {'ssh': 20, 'srun': 5, 'podman': 5})
                times = [self.cut(host, lambda vm: [vm.props.pid])
                         for _ in range(n_tries[host.name])]
                print(f'# {host.name}: killed {len(times)} times, all gone in '
                      f'{max(times) * 1e3:.0f} ms at most', flush=True)

    def test_link_cut(self):
        """On the far side: the processes of sshd that serve the connections."""
        if self.sshd is None:
            self.skipTest('no sshd')

        def find_sessions(vm):
            return find_children(self.sshd.daemon.find_pid())

        host = next(host for host in self.hosts if host.name == 'ssh')
        self.measure(host)
        for _ in range(200 if LONG else 10):
            self.cut(host, find_sessions)

    def test_many(self):
        """At once, each with its step of Slurm's."""
        if self.slurm is None:
            self.skipTest('no Slurm')
        host = next(host for host in self.hosts if host.name == 'srun')
        free = os.sysconf('SC_AVPHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
        count = min(50, free // (100 << 20))
        start = time.monotonic()
        machines = [host.machine() for _ in range(count)]
        results = []
        for vm, _ in machines:
            vm.launch_timeout = 120000
            vm.launch_async(None, lambda machine, result: results.append((machine, result)))
        context = GLib.MainContext.default()
        while len(results) < count:
            context.iteration(True)
        for vm, result in results:
            vm.launch_finish(result)
        for vm, _ in machines:
            self.assertEqual(vm.command('query-status')['status'], 'running')
        print(f'# srun: {count} machines at once, launched in {time.monotonic() - start:.1f} s',
              flush=True)
        for vm, _ in machines:
            vm.shutdown()
        for _, name in machines:
            self.assert_gone(name)


def own_a_machine(wrapper, shell):
    vm, name = Host('owned', wrapper, shell).machine()
    vm.launch()
    print(name, flush=True)
    sys.stdin.read()


if __name__ == '__main__':
    if sys.argv[1:2] == [OWNER]:
        own_a_machine(*ast.literal_eval(sys.argv[2]))
        sys.exit()
    program = unittest.main(exit=False, verbosity=2)
    if not program.result.wasSuccessful():
        sys.exit(1)
    # As meson knows a test that was not run, whole or in part.
    sys.exit(77 if HostsTest.missing else 0)
