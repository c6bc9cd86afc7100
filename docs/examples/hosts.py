#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a machine wherever a launcher takes it. Usage: hosts.py [LAUNCHER...], such as
hosts.py ssh -S none -o BatchMode=yes HOST qmachine-exec --follow"""
import os
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

launcher = sys.argv[1:]
with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-machine', 'none'],
                      wrapper=launcher,
                      wrapper_shell=launcher != [] and os.path.basename(launcher[0]) == 'ssh',
                      monitor_mode=QMachine.MonitorMode.STDIO) as machine:
    machine.launch()
    print('status:', machine.command('query-status')['status'])
    machine.command('stop')
    print('event:', machine.wait_event(['STOP'], timeout=60000).name)
    machine.shutdown()
    print('exit code:', machine.exit_code)
