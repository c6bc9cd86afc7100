#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about errors shows in JavaScript.

import QMachine from 'gi://QMachine?version=1';

async function launch(machine) {
    // snippet: launch
    try {
        await machine.launch();
    } catch (error) {
        if (!error.matches(QMachine.MachineError, QMachine.MachineError.LAUNCH_FAILED))
            throw error;
        print('QEMU did not start:', error.message);
    }
    // end of snippet
}

async function command(machine) {
    // snippet: command
    try {
        await machine.command('device_del', {id: 'nix'});
    } catch (error) {
        if (!error.matches(QMachine.CommandError, QMachine.CommandError.DEVICE_NOT_FOUND))
            throw error;
        print('class:', error.errorClass);
        print('QEMU says:', error.description);
    }
    // end of snippet
}

await launch(new QMachine.Machine({binary: 'qemu-system-x86_64', args: ['-nope']}));
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg'],
});
try {
    await machine.launch();
    await command(machine);
    await machine.shutdown();
} finally {
    await machine.close();
}
