#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Plugs a device into a running machine, and out again: QEMU accepts the request to remove it at
// once, and says in an event when it is gone.

import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35',
    args: ['-accel', 'tcg', '-device', 'qemu-xhci,id=usb'],
});

/**
 * @param {string} name
 * @param {QMachine.PlainObject} args
 */
async function command(name, args) {
    print(`${name}:`, JSON.stringify(await machine.command(name, args)));
}

try {
    await machine.launch();
    await command('device_add', {driver: 'usb-tablet', bus: 'usb.0', id: 'tablet'});
    await command('device_del', {id: 'tablet'});
    await machine.wait_event('DEVICE_DELETED', {device: 'tablet'}, 10000);
    print('removed');
    await machine.shutdown();
} finally {
    await machine.close();
}
