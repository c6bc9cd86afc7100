#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg'],
});
try {
    await machine.launch();
    print('status:', (await machine.command('query-status')).status);
    await machine.command('stop');
    print('event:', (await machine.wait_event('STOP', null, 5000)).name);
    await machine.shutdown();
    print('exit code:', machine.exit_code);
} finally {
    await machine.close();
}
