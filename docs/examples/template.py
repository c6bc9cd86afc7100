#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a Linux guest once, saves it as a template, and runs a program in three clones of it.

Usage: template.py KERNEL INITRD [COMMAND-LINE]

The guest needs qemu-guest-agent.
"""
import sys
import tempfile

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

kernel, initrd, *words = sys.argv[1:]
with tempfile.TemporaryDirectory(dir='/dev/shm') as directory:
    with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-m', '256', '-nic', 'none'],
                          machine_type='q35,graphics=off') as machine:
        machine.add_args('-kernel', kernel, '-initrd', initrd, '-append', ' '.join(words))
        agent = machine.add_guest_agent()
        machine.prepare_template(directory)
        machine.launch()
        agent.wait_ready(timeout=120000)
        agent.write_file('/tmp/note', b'written before the template was saved\n')
        machine.save_template(timeout=60000)
    print('saved')

    for number in range(3):
        with QMachine.Machine.new_from_template(directory) as clone:
            clone.name = f'clone-{number}'
            clone.launch()
            agent = clone.add_guest_agent()
            agent.wait_ready(timeout=10000)
            result = agent.exec(['cat', '/tmp/note'], timeout=10000)
            output = result.output.get_data() if result.output else None
            print(f'{clone.name}:', (output or b'').decode().strip())
