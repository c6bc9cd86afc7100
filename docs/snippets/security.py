#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about security shows in Python."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


def ask(machine: QMachine.Machine, path: str) -> None:
    # snippet: arguments
    reply = machine.qmp('qom-list', path=path)
    # end of snippet
    print('refused' if 'error' in reply else reply)


def read(event: QMachine.MonitorEvent) -> None:
    # snippet: member
    reason = (event.data or {}).get('reason')
    if isinstance(reason, str):
        print('reason:', ascii(reason))
    # end of snippet


with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    machine.launch()
    ask(machine, '/no", "such": "path')
    machine.command('quit')
    read(machine.wait_event('SHUTDOWN', timeout=10000))
