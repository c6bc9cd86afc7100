#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the overview shows in Python."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

# snippet: machine
with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    machine.launch()
    print('status:', machine.command('query-status'))
# end of snippet
