#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about security shows in JavaScript.

import QMachine from 'gi://QMachine?version=1';

async function ask(machine, path) {
    // snippet: arguments
    const reply = await machine.qmp('qom-list', {path});
    // end of snippet
    print('error' in reply ? 'refused' : reply);
}

function read(event) {
    // snippet: member
    const reason = event.data?.reason;
    if (typeof reason === 'string')
        print('reason:', JSON.stringify(reason));
    // end of snippet
}

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg'],
});
try {
    await machine.launch();
    await ask(machine, '/no", "such": "path');
    await machine.command('quit');
    read(await machine.wait_event('SHUTDOWN', null, 10000));
    await machine.wait();
} finally {
    await machine.close();
}
