#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about the monitor shows in Python. The argument is a directory for sockets,
with `guest.img` in it."""
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


def attach(path: str) -> None:
    # snippet: attach
    monitor = QMachine.Monitor()
    monitor.attach(path)
    print('version:', monitor.version)
    print('status:', monitor.command('query-status'))
    monitor.close()
    # end of snippet


def command(machine: QMachine.Machine) -> None:
    # snippet: command
    print('value:', machine.command('qom-get', path='/machine', property='type'))

    text = machine.command_json('qom-get', '{"path": "/machine", "property": "type"}')
    print('text:', text)
    # end of snippet


def send_out_of_band(path: str) -> None:
    # snippet: out-of-band
    machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
    machine.add_args('-qmp', f'unix:{path},server=on,wait=off')
    machine.launch()

    monitor = QMachine.Monitor(out_of_band=True)
    monitor.attach(path)
    reply = monitor.command('query-yank', flags=QMachine.MonitorFlags.OUT_OF_BAND)
    print('out of band:', reply)
    # end of snippet
    monitor.close()
    machine.shutdown()


def send_descriptor(machine: QMachine.Machine, path: str) -> None:
    # snippet: descriptor
    with open(path, 'rb') as image:
        reply = machine.command_with_fd('add-fd', {'fdset-id': 1}, image.fileno())
    print('fdset:', reply['fdset-id'])
    machine.command('blockdev-add', {'driver': 'file', 'node-name': 'disk', 'read-only': True,
                                     'filename': '/dev/fdset/1'})
    # end of snippet


directory = sys.argv[1]
with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    machine.add_args('-qmp', f'unix:{directory}/vm.sock,server=on,wait=off')
    machine.launch()
    attach(f'{directory}/vm.sock')
    command(machine)
    send_out_of_band(f'{directory}/oob.sock')
    send_descriptor(machine, f'{directory}/guest.img')
