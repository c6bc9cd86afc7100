#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about threads shows in JavaScript.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

async function launch(machine) {
    // snippet: async
    const launching = machine.launch();
    print('QEMU starts');  // the program goes on
    await launching;
    print('QEMU runs');
    // end of snippet
}

async function cancel(machine) {
    // snippet: cancel
    const cancellable = new Gio.Cancellable();
    setTimeout(() => cancellable.cancel(), 100);
    try {
        await machine.wait({cancellable});
    } catch (error) {
        if (!error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            throw error;
        print('QEMU goes on');
    }
    // end of snippet
}

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg'],
});
try {
    await launch(machine);
    await cancel(machine);
    await machine.shutdown();
} finally {
    await machine.close();
}
