#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot a Linux guest, watch it, and ask it to power off.

    quickstart.py KERNEL INITRAMFS          (docs/quickstart prepares both and runs this)
"""

import sys
import time

import gi
gi.require_version('QMachine', '1')
from gi.repository import GLib, QMachine

DEADLINE = 80  # seconds, for everything
EXPECTED = ['launched', 'up', 'POWERDOWN', 'SHUTDOWN', 'exited']

kernel, initramfs = sys.argv[1:]
loop = GLib.MainLoop()
start = time.monotonic()
seen = {}    # what -> seconds since the start
errors = []  # an exception does not leave a callback, so errors wait here for the end
line = ''    # of the console, as far as it has come


def show(kind, text, what=None):
    now = time.monotonic() - start
    print(f'{now:7.3f} s  {kind:<7}  {text}', flush=True)
    if what:
        seen[what] = now


def fail(text):
    errors.append(text)
    loop.quit()


def on_output(_console, text):
    global line
    *lines, line = (line + text).split('\n')
    for complete in lines:
        up = complete.startswith('guest is up')
        show('console', complete.rstrip(), 'up' if up else None)
        if up:
            machine.command_async('system_powerdown', callback=on_button_pressed)


def on_button_pressed(machine, result):
    try:
        machine.command_finish(result)
    except GLib.Error as error:
        fail(f'cannot press the power button: {error.message}')


def on_launched(machine, result):
    try:
        machine.launch_finish(result)
    except GLib.Error as error:
        return fail(f'cannot launch: {error.message}')
    version = machine.props.monitor.props.version
    show('machine', f'QEMU {version}, pid {machine.get_pid()}', 'launched')


def on_exited(machine):
    show('machine', f'exit code {machine.exit_code}', 'exited')
    loop.quit()


machine = QMachine.Machine(binary='qemu-system-x86_64', machine_type='q35', args=[
    '-accel', 'tcg', '-m', '256', '-nodefaults', '-no-user-config', '-no-reboot',
    '-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 quiet panic=-1'])
machine.add_console(None, None)
machine.props.console.connect('output', on_output)
machine.connect('event', lambda _machine, event: show('event', event.to_json(), event.props.name))
machine.connect('notify::run-state',
                lambda *_: show('state', machine.props.run_state.value_nick))
machine.connect('exited', on_exited)
machine.launch_async(None, on_launched)
GLib.timeout_add_seconds(DEADLINE, lambda: fail(f'not finished after {DEADLINE} s'))
loop.run()
machine.kill()

errors += [f'did not happen: {what}' for what in EXPECTED if what not in seen]
if machine.exit_code != 0:
    errors.append(f'exit code {machine.exit_code}')
if errors:
    sys.exit('\n'.join(['', machine.log or '', *errors]))

print(f'''
exit code        {machine.exit_code}
shutdown reason  {machine.props.shutdown_reason}
launch           {seen['launched'] * 1000:.0f} ms
boot             {seen['up'] - seen['launched']:.2f} s
power off        {seen['exited'] - seen['POWERDOWN']:.2f} s
in all           {seen['exited']:.2f} s''')
