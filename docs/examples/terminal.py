#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a disk image, gives its serial console to whoever sits at the terminal, and takes it back.

Usage: terminal.py IMAGE
"""
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

with QMachine.Machine('qemu-system-x86_64',
                      ['-accel', 'tcg', '-nodefaults',
                       '-drive', f'file={sys.argv[1]},format=raw,if=ide,snapshot=on']) as machine:
    console = machine.add_console()
    machine.launch()
    console.wait_for_text('login: ', timeout=30000)
    print('for others:', 'screen', console.open_pty(), flush=True)
    print('here: Ctrl-] ends it', flush=True)
    end = console.interact()
    print()
    print('ended:', end.value_nick)
    if end == QMachine.ConsoleInteractEnd.ESCAPE:
        print('it was said:', console.wait_for_text(r'\S+', timeout=0))
