#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Ten machines at once: launched, asked and stopped side by side, from one thread.

import QMachine from 'gi://QMachine?version=1';

/** @param {string} name */
async function run(name) {
    const machine = new QMachine.Machine({
        name,
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
    });
    try {
        await machine.launch();
        await machine.command('query-status');
        await machine.shutdown();
        print(`${name}: done`);
    } finally {
        await machine.close();
    }
}

const names = Array.from({length: 10}, (_, number) => `machine ${number}`);
for (const result of await Promise.allSettled(names.map(run))) {
    if (result.status === 'rejected')
        throw result.reason;
}
