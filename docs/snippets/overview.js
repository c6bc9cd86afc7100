#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the overview shows in JavaScript.

import QMachine from 'gi://QMachine?version=1';

// snippet: machine
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg'],
});
try {
    await machine.launch();
    print('status:', JSON.stringify(await machine.command('query-status')));
    await machine.shutdown();
} finally {
    await machine.close();
}
// end of snippet
