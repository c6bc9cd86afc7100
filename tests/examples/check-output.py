#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs an example, which must print what its name promises, in whatever language it is written.
Then runs it with a QEMU that fails it: it must say why, and leave nothing behind either.

Usage: check-output.py MOCK_QEMU NAME PROGRAM [ARGUMENT...]

The name `page-NAME` is that of the snippets of a page. The last argument is then a directory with
the images of guests; the program gets a directory of its own in its place, with the guest of the
console in `guest.img`. It is not made to fail.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOCK_QEMU, NAME, *PROGRAM = sys.argv[1:]

# Those that boot a guest are given its kernel and its memory disk.
if NAME in ('forward', 'helpers', 'shell', 'template') and not os.path.exists(PROGRAM[-1]):
    print('there is no Linux guest')
    sys.exit(77)

RUNNING = r'{\"running\":true,\"singlestep\":false,\"status\":\"running\"}'
ANYTHING = r'(?:(?:event|run state): .+\n)*'
SIZE = 64 << 20
STATUS = r'status: .*\brunning\b.*\n'
OUTPUT = {
    'first': r'status: .*running.*\nevent: STOP.*\nexit code: 0\n',
    'boot': r'firmware: SeaBIOS \(version .+\)\nit says: No bootable device\n',
    'events': rf'(?s:(?=.*run state: running\n)){ANYTHING}event: .*\bSTOP\b.*\n'
              rf'{ANYTHING}event: .*\bRESUME\b.*\n{ANYTHING}event: .*\bRESET\b.*\n'
              rf'{ANYTHING}the guest was reset, and that is enough\n{ANYTHING}',
    'hotplug': r'device_add: {}\ndevice_del: {}\nremoved\n',
    'mirror': rf'(?:\[#* *\] \d+ of {SIZE} bytes\n)+\[#{{20}}\] {SIZE} of {SIZE} bytes\n'
              r'mirror: concluded\n',
    'backup-ten': ''.join(
        rf'backup {number}: {end}\n' for number, end in enumerate(
            ['good'] * 3 + ['cancelled'] + ['good'] * 3 + ['Input/output error'] + ['good'] * 2)),
    'ten': ''.join(rf'(?=(?s:.*)machine {number}: done\n)' for number in range(10)) +
           r'(?:machine \d: done\n){10}',
    'forward': r'port 80 of the guest is port \d+ of the host\n'
               r'the guest says: this is the web server of the guest\n',
    'hosts': r'status: running\nevent: STOP\nexit code: 0\n',
    'migrate': r'moved: True\nsource: postmigrate\ntarget: running\nrestored: running\n',
    'template': r'saved\n' + ''.join(
        rf'clone-{number}: written before the template was saved\n' for number in range(3)),
    'shell': r'kernel: Linux\nit counts: 1000\nit refuses: 3\n',
    'helpers': r'TPM: 2\ndisk: written by the host\nserved by: qemu-storage-daemon\n',
    'screenshot': r'picture: screen\.png with \d+ bytes, of \d{3,} x \d{3,} pixels\n',
    'page-overview': STATUS,
    'page-lifecycle': r'detached\nconnected\nexit code: 0\nreason: host-qmp-quit\n'
                      r'not by the button: the guest cannot hear it: its run state is prelaunch\n'
                      r'node: disk\n',
    'page-monitor': rf'version: \d.*\n{STATUS}value: none-machine\ntext: "none-machine"\n'
                    r'out of band: \[.*chardev.*\]\nfdset: .*\b1\b.*\n',
    'page-events': r'unplugged: DEVICE_DELETED\nfirst: STOP\nthen: RESUME\n(?:fetched: .+\n)*'
                   r'fetched: STOP\nfetched: RESUME\nstopped\n(?:event: .+\n)*event: SHUTDOWN\n'
                   r'why: host-qmp-quit\n(?:event: .+\n)*QEMU has ended\n',
    'page-console': r'firmware: SeaBIOS \(version .+\)\naddress: 10\.0\.2\.15\nprefix: 24\n'
                    r'typed: root\npanic: of the example\n',
    'page-errors': r'QEMU did not start: launch: QEMU exited with status 1 .*\n(?:.*\n)*'
                   r"class: DeviceNotFound\nQEMU says: Device 'nix' not found\n",
    'page-threads': r'QEMU starts\nQEMU runs\nQEMU goes on\n',
    'page-security': r'refused\nreason: (["\'])host-qmp-quit\1\n',
}

# What is there instead of QEMU, and what the example must say then.
FAILURES = [
    ('echo no luck >&2; exit 1', 'no luck'),
    (f'exec {MOCK_QEMU} "$@" -mock "negotiate; expect query-status; reply {RUNNING}; '
     'delay 100; exit 3"',
     'exited with status 3|exit code 3|QEMU has ended|the machine is not running|'
     'the connection to the guest agent ended'),
]
# The others send no command that could be refused.
if NAME not in ('boot', 'forward', 'helpers', 'hosts', 'shell', 'template', 'ten'):
    FAILURES += [(f'exec {MOCK_QEMU} "$@" -mock "negotiate; serve"', 'has not been found')]
if NAME == 'mirror':  # the same QEMU, with a file that refuses what the job asks of it
    BAD_FILE = ('driver=blkdebug,inject-error.0.event=none,inject-error.0.iotype=write,'
                'image.driver=file,node-name=copy,image.filename')
    FAILURES += [(f'for word; do shift; set -- "$@" "$(echo "$word" | '
                  f'sed s/driver=file,node-name=copy,filename/{BAD_FILE}/)"; done; '
                  'PATH=${PATH#*:}; exec qemu-system-x86_64 "$@"', 'Input/output error')]
if NAME == 'hosts':  # the scripted peer has no monitor there
    FAILURES = FAILURES[:1]
if NAME.startswith('page-'):
    FAILURES = []
    IMAGES = Path(PROGRAM.pop())


def wait_for_processes(directory):
    """QEMU may still be about to end, but it must end."""
    deadline = time.monotonic() + 10
    left = [None]
    while left:
        left = []
        for environ in Path('/proc').glob('[0-9]*/environ'):
            try:
                if os.fsencode(directory) in environ.read_bytes():
                    left.append(environ.parent.name)
            except OSError:  # somebody else's, or gone
                pass
        if left and time.monotonic() > deadline:
            sys.exit(f'{NAME}: processes are left: {left}')
        time.sleep(0.01 if left else 0)


def run(qemu=None):
    with tempfile.TemporaryDirectory(prefix='example-') as directory:
        scratch = Path(directory, 'scratch')
        scratch.mkdir(mode=0o700)
        environment = {**os.environ, 'TMPDIR': str(scratch), 'XDG_RUNTIME_DIR': str(scratch)}
        if qemu:
            # GJS reports by a critical what a program does not catch.
            environment.pop('G_DEBUG', None)
            binary = Path(directory, 'qemu-system-x86_64')
            binary.write_text(f'#!/bin/sh\n{qemu}\n')
            binary.chmod(0o755)
            environment['PATH'] = f'{directory}:{environment["PATH"]}'
        program = PROGRAM
        if NAME.startswith('page-'):
            shutil.copy(IMAGES / 'login.img', Path(directory, 'guest.img'))
            program = [*PROGRAM, directory]

        # Into files, because a pipe would wait for all who have it.
        paths = [Path(directory, name) for name in ('stdout', 'stderr')]
        with paths[0].open('w') as stdout, paths[1].open('w') as stderr:
            status = subprocess.run(program, env=environment, stdin=subprocess.DEVNULL,
                                    stdout=stdout, stderr=stderr, check=False,
                                    timeout=300).returncode
        wait_for_processes(directory)
        stdout, stderr = (path.read_text() for path in paths)
        left = [str(path.relative_to(scratch)) for path in scratch.rglob('*')]

    print(f'--- {qemu or "QEMU"}: exit status {status}\n{stdout}{stderr}')
    if left:
        sys.exit(f'{NAME}: files are left: {left}')
    return status, stdout, stderr


status, stdout, stderr = run()
if status != 0 or stderr:
    sys.exit(f'{NAME}: failed')
if not re.fullmatch(OUTPUT[NAME], stdout):
    sys.exit(f'{NAME}: the output is not what was expected:\n{OUTPUT[NAME]}')

for qemu, reason in FAILURES:
    status, _, stderr = run(qemu)
    if status <= 0:
        sys.exit(f'{NAME}: did not end with a failure')
    if re.search(r'CRITICAL(?!.*: (?:JS ERROR: |Module \S+ threw ))', stderr):
        sys.exit(f'{NAME}: a critical')
    if not re.search(reason, stderr):
        sys.exit(f'{NAME}: does not say why: {reason}')
