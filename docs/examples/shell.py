#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs commands in a guest, over its serial console. Usage: shell.py KERNEL INITRD"""
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

kernel, initrd = sys.argv[1:]
with QMachine.Machine('qemu-system-x86_64',
                      ['-accel', 'tcg', '-m', '256', '-nodefaults', '-kernel', kernel,
                       '-initrd', initrd, '-append', 'console=ttyS0 quiet shells=ttyS0'],
                      machine_type='q35,graphics=off') as machine:
    console = machine.add_console()
    machine.launch()
    shell = QMachine.Shell.new(console)
    print('kernel:', shell.run('uname -s').text)
    print('it counts:', shell.run('wc -c', b'\0' * 1000).text)
    print('it refuses:', shell.run('exit 3').exit_status)
