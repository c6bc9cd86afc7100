#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a PC without a disk and reads on its serial console how far its firmware comes."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                      machine_type='q35,graphics=off') as machine:
    machine.add_console()
    machine.launch()
    console = machine.props.console
    print('firmware:', console.wait_for_text(r'SeaBIOS \(version [^)]*\)', timeout=30000))
    print('it says:', console.wait_for_text('No bootable device', timeout=30000))
