#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Shows what happens to a machine, as it happens.

import QMachine from 'gi://QMachine?version=1';

/** @param {QMachine.Machine} machine */
async function watch(machine) {
    for await (const event of machine.listen()) {
        print('event:', event.name, JSON.stringify(event.data ?? {}));
        if (event.name === 'RESET') {
            print('the guest was reset, and that is enough');
            return;
        }
    }
    throw new Error(`QEMU ended before that, exit code ${machine.exit_code}`);
}

/** @param {QMachine.Machine} machine */
async function disturb(machine) {
    for (const command of ['stop', 'cont', 'system_reset'])
        await machine.command(command);
}

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35',
    args: ['-accel', 'tcg', '-nic', 'none'],
});
machine.connect('notify::run-state', () => print('run state:', machine.run_state_name));
try {
    await machine.launch();
    await Promise.all([watch(machine), disturb(machine)]);
    await machine.shutdown();
} finally {
    await machine.close();
}
