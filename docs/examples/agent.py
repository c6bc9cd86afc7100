#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a Linux guest, runs a program there, copies a file in and out, and shuts it down.

Usage: agent.py KERNEL INITRD [COMMAND-LINE]

The guest needs qemu-guest-agent.
"""
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine


def text_of(content: GLib.Bytes | None) -> str:
    return (content.get_data() or b'' if content else b'').decode().strip()


kernel, initrd, *words = sys.argv[1:]
with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-m', '256', '-nic', 'none'],
                      machine_type='q35,graphics=off') as machine:
    machine.add_args('-kernel', kernel, '-initrd', initrd, '-append', ' '.join(words))
    agent = machine.add_guest_agent()
    machine.launch()
    agent.wait_ready(timeout=120000)

    result = agent.exec(['uname', '-s'], timeout=10000)
    print('system:', text_of(result.output))
    agent.write_file('/tmp/note', b'written from outside\n')
    print('file:', text_of(agent.read_file('/tmp/note')))
    result = agent.exec(['cat', '/none'], timeout=10000)
    print('status of cat:', result.exit_status)
    print('open:', agent.channel is not None and agent.channel.open)
print('exit code:', machine.exit_code)
