#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plugs a device into a running machine, and out again: QEMU accepts the request to remove it at
once, and says in an event when it is gone."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import QMachine

with QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-device', 'qemu-xhci,id=usb'],
                      machine_type='q35') as machine:
    machine.launch()
    reply = machine.command('device_add', driver='usb-tablet', bus='usb.0', id='tablet')
    print('device_add:', reply)
    print('device_del:', machine.command('device_del', id='tablet'))
    machine.wait_event('DEVICE_DELETED', {'device': 'tablet'}, timeout=10000)
    print('removed')
