#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Moves a PC to another QEMU while its firmware runs, and saves it to a file there."""
import tempfile
from pathlib import Path

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

ARGS = ['-accel', 'tcg', '-m', '64', '-nic', 'none']
with QMachine.Machine('qemu-system-x86_64', ARGS) as source, \
        QMachine.Machine('qemu-system-x86_64', ARGS) as target, \
        tempfile.TemporaryDirectory() as directory:
    source.launch()
    result = source.migrate_to(target, timeout=30000)
    print('moved:', result.downtime <= result.total_time)
    print('source:', source.run_state_name)
    print('target:', target.run_state_name)
    source.shutdown()

    state = str(Path(directory) / 'state')
    target.save_state(state, timeout=30000)
    target.shutdown()
    target.restore_state(state, timeout=30000)
    print('restored:', target.run_state_name)
