#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    machine.launch()
    print('status:', machine.command('query-status')['status'])
    machine.command('stop')
    event = machine.wait_event('STOP', timeout=5000)
    print('event:', event.name, 'at', event.time)
print('exit code:', machine.exit_code)
