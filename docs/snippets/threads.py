#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about threads shows in Python."""
import asyncio
import threading

import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine


async def launch(machine: QMachine.Machine) -> None:
    # snippet: async
    launching = machine.launch_async()
    print('QEMU starts')  # the program goes on
    await launching
    print('QEMU runs')
    # end of snippet


def cancel(machine: QMachine.Machine) -> None:
    # snippet: cancel
    cancellable = Gio.Cancellable()
    threading.Timer(0.1, cancellable.cancel).start()
    try:
        machine.wait(cancellable=cancellable)
    except GLib.Error as error:
        if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            raise
        print('QEMU goes on')
    # end of snippet


with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg']) as machine:
    asyncio.run(launch(machine))
    cancel(machine)
