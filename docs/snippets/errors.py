#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about errors shows in Python."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine


def launch(machine: QMachine.Machine) -> None:
    # snippet: launch
    try:
        machine.launch()
    except QMachine.LaunchFailed as error:
        print('QEMU did not start:', error.message)
    # end of snippet


def command(machine: QMachine.Machine) -> None:
    # snippet: command
    try:
        machine.command('device_del', id='nix')
    except QMachine.CommandFailed as error:
        if not error.matches(QMachine.CommandError.quark(),
                             QMachine.CommandError.DEVICE_NOT_FOUND):
            raise
        print('class:', error.error_class)
        print('QEMU says:', error.description)
    # end of snippet


launch(QMachine.Machine('qemu-system-x86_64', ['-nope']))
with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    machine.launch()
    command(machine)
