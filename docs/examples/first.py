#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
import json

import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

machine = QMachine.Machine(binary='qemu-system-x86_64', args=['-machine', 'none', '-accel', 'tcg'])
machine.launch(None)
print('status:', json.loads(machine.command_json('query-status', None, None))['status'])
machine.command_json('stop', None, None)
print('event:', machine.wait_event(['STOP'], None, 5000, None).to_json())
machine.shutdown(None)
print('exit code:', machine.get_exit_code())
