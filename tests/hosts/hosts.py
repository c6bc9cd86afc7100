# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other hosts, as far as one machine can show them: an sshd and a Slurm of this program's own, on
loopback, with all their files in one directory."""

import getpass
import os
import resource
import shutil
import socket
import subprocess
import time
from pathlib import Path

DEADLINE = 60


def find_port():
    with socket.socket() as found:
        found.bind(('127.0.0.1', 0))
        return found.getsockname()[1]


def wait_for(what, condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f'never: {what}')
        time.sleep(0.02)


def is_open(port):
    with socket.socket() as client:
        return client.connect_ex(('127.0.0.1', port)) == 0


def find_children(pid):
    return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


class Daemon:
    """A process of ours in the foreground, with what it says in a file. It ends with this program,
    however that ends."""

    def __init__(self, directory, *command, env=None):
        self.log = directory / (Path(command[0]).name + '.out')
        with self.log.open('wb') as output:
            self.process = subprocess.Popen(
                [os.environ['QMACHINE_EXEC_HELPER'], '--follow', *command],
                stdin=subprocess.PIPE, stdout=output, stderr=output, env=env)

    def find_pid(self):
        return find_children(self.process.pid)[0]

    def stop(self):
        """With all that came from it."""
        self.process.stdin.close()
        self.process.wait()


class Sshd:
    def __init__(self, directory):
        self.program = shutil.which('sshd', path='/usr/sbin:/usr/bin')
        if self.program is None or shutil.which('ssh') is None:
            raise LookupError('no sshd and ssh: install openssh-server')
        self.port = find_port()
        for name in ('host-key', 'key', 'other-key'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', directory / name],
                           check=True)
        # Where privileges are parted, which is for root alone.
        if os.getuid() == 0:
            Path('/run/sshd').mkdir(mode=0o755, exist_ok=True)
        # A person's start-up files may do anything, and take any time.
        (directory / 'sshd_config').write_text(f'''
ListenAddress 127.0.0.1:{self.port}
HostKey {directory}/host-key
AuthorizedKeysFile {directory}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
MaxStartups 200
SetEnv HOME={directory}
''')
        self.known = directory / 'known_hosts'
        key = (directory / 'host-key.pub').read_text()
        self.known.write_text(f'[127.0.0.1]:{self.port} {key}')
        self.key = directory / 'key'
        self.daemon = Daemon(directory, self.program, '-D', '-e', '-f',
                             str(directory / 'sshd_config'))
        wait_for('sshd', lambda: is_open(self.port))

    def wrapper(self, *words, key=None, known=None, sockets=False):
        """The recipe of docs/hosts.md, but for what leads to this sshd."""
        bring = ['-o', 'ExitOnForwardFailure=yes', '-R{far}:{here}'] if sockets else []
        return ['ssh', '-F', 'none', '-S', 'none', '-T', *bring, '-o', 'BatchMode=yes',
                '-o', 'ServerAliveInterval=5', '-o', 'ServerAliveCountMax=3',
                '-o', f'UserKnownHostsFile={known or self.known}', '-o', 'LogLevel=ERROR',
                '-o', 'IdentitiesOnly=yes', '-i', str(key or self.key), '-p', str(self.port),
                f'{getpass.getuser()}@127.0.0.1', *words]

    def stop(self):
        self.daemon.stop()


class Slurm:
    """One node, which is this machine. Munge wants to be its own user."""

    CONFIG = '''
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CryptoType=crypto/munge
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES State=UP OverSubscribe=FORCE:64
'''

    def __init__(self, directory):
        self.daemons = []
        if os.getuid() != 0:
            raise LookupError('Slurm is started by root alone')
        for program in ('munged', 'slurmctld', 'slurmd', 'srun'):
            if shutil.which(program, path='/usr/sbin:/usr/bin') is None:
                raise LookupError(f'no {program}: install slurm-wlm and munge')

        munge = directory / 'munge'
        munge.mkdir(mode=0o755)
        key = munge / 'key'
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        for path in (munge, key):
            shutil.chown(path, 'munge', 'munge')
        # It looks at each directory above its own.
        directory.chmod(0o755)
        for name in ('state', 'spool'):
            (directory / name).mkdir()
        self.config = directory / 'slurm.conf'
        self.config.write_text(self.CONFIG.format(
            host=socket.gethostname().split('.')[0], port=find_port(), node_port=find_port(),
            munge=munge, directory=directory, cpus=len(os.sched_getaffinity(0))))
        env = {**os.environ, 'SLURM_CONF': str(self.config)}

        self.start(directory, '/usr/sbin/runuser', '-u', 'munge', '--', '/usr/sbin/munged',
                   '--foreground', f'--socket={munge}/socket', f'--key-file={key}',
                   f'--pid-file={munge}/pid', f'--log-file={munge}/log', f'--seed-file={munge}/seed')
        wait_for('munged', lambda: (munge / 'socket').exists())
        self.start(directory, '/usr/sbin/slurmctld', '-D', env=env)
        self.start(directory, '/usr/sbin/slurmd', '-D', env=env)
        wait_for('an idle node', lambda: b'idle' in subprocess.run(
            ['sinfo', '-h', '-o', '%T'], env=env, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL).stdout)

    def start(self, *arguments, env=None):
        self.daemons.insert(0, Daemon(*arguments, env=env))

    def wrapper(self, *words):
        return ['env', f'SLURM_CONF={self.config}', 'srun', '--unbuffered', '--quiet', *words]

    def stop(self):
        for daemon in self.daemons:
            daemon.stop()


class Podman:
    """Containers whose files are those of this host. No image has to be fetched, and no network is
    there."""

    def __init__(self, directory):
        if shutil.which('podman') is None:
            raise LookupError('no podman: install podman and runc')
        self.root = directory / 'root'
        for name in ('usr', 'etc', 'proc', 'sys', 'dev', 'tmp'):
            (self.root / name).mkdir(parents=True)
        for name in ('bin', 'sbin', 'lib', 'lib64'):
            (self.root / name).symlink_to(f'usr/{name}')
        self.storage = directory / 'storage'
        done = subprocess.run([*self.wrapper(), 'true'], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise LookupError(f'podman does not run here: {done.stdout.strip()}')

    def wrapper(self, *words, shared=()):
        """`shared` are directories under the same path on both sides."""
        helper = Path(os.environ['QMACHINE_EXEC_HELPER']).resolve().parent
        mounts = ['/usr:/usr:ro', '/etc:/etc:ro', f'{helper}:{helper}:ro',
                  *(f'{path}:{path}' for path in shared)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Where the limits cannot be raised, and there is no systemd.
        return ['podman', '--root', str(self.storage), '--runroot', f'{self.storage}-run',
                '--runtime', 'runc' if shutil.which('runc') else 'crun',
                '--cgroup-manager=cgroupfs', 'run', '-i', '--rm', '--network=none',
                f'--ulimit=nofile={min(soft, 4096)}:{min(hard, 4096)}', '--ulimit=nproc=4096:4096',
                *(f'--volume={mount}' for mount in mounts), '--rootfs', str(self.root), *words]

    def stop(self):
        subprocess.run(['podman', '--root', str(self.storage), '--runroot', f'{self.storage}-run',
                        'rm', '-af', '-t', '0'], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
