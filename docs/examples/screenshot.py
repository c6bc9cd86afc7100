#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots a PC without a disk, presses a key, and takes a picture of its screen."""
import os
import tempfile
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                      display=QMachine.MachineDisplay.HEADLESS) as machine:
    machine.launch()
    machine.press_keys('esc')
    png = machine.screenshot().get_data()
with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, 'screen.png')
    with open(path, 'wb') as file:
        file.write(png)
    print('picture:', os.path.basename(path), 'with', len(png), 'bytes, of',
          int.from_bytes(png[16:20], 'big'), 'x', int.from_bytes(png[20:24], 'big'), 'pixels')
