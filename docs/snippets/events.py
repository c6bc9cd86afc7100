#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about events shows in Python."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine


def connect(machine: QMachine.Machine, main_loop: GLib.MainLoop) -> None:
    # snippet: signal
    machine.connect('event', lambda machine, event: print('event:', event.name))
    machine.connect('event::SHUTDOWN', lambda machine, event: print('why:', event.data['reason']))
    machine.connect('exited', lambda machine: main_loop.quit())
    # end of snippet


def fetch(machine: QMachine.Machine) -> None:
    # snippet: backlog
    for event in machine.pop_events():
        print('fetched:', event.name)
    # end of snippet


def wait(machine: QMachine.Machine) -> None:
    # snippet: wait
    machine.command('device_del', id='tablet')
    event = machine.wait_event(['DEVICE_DELETED', 'DEVICE_UNPLUG_GUEST_ERROR'],
                               {'device': 'tablet'}, timeout=10000)
    print('unplugged:', event.name)
    # end of snippet


def listen(machine: QMachine.Machine) -> None:
    # snippet: listen
    changes = machine.listen(['STOP', 'RESUME'])
    machine.command('stop')
    machine.command('cont')
    print('first:', changes.next(timeout=5000).name)
    print('then:', changes.next(timeout=5000).name)
    # end of snippet


def wait_for_any(machine: QMachine.Machine) -> None:
    # snippet: any
    waits = machine.wait_set(QMachine.on_event('STOP'), QMachine.on_exit())
    machine.command('stop')
    result = waits.next(timeout=5000)
    print('stopped' if result.number == 1 else 'QEMU has ended')
    # end of snippet


main_loop = GLib.MainLoop()
machine = QMachine.Machine('qemu-system-x86_64', ['-accel', 'tcg', '-nic', 'none'],
                           machine_type='q35')
machine.add_args('-device', 'qemu-xhci', '-device', 'usb-tablet,id=tablet')
machine.launch()
wait(machine)
listen(machine)
fetch(machine)
wait_for_any(machine)
connect(machine, main_loop)
machine.command('quit')
main_loop.run()
print('QEMU has ended')
