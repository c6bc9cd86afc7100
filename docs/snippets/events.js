#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about events shows in JavaScript.

import QMachine from 'gi://QMachine?version=1';

function connect(machine) {
    // snippet: signal
    machine.connect('event', (_machine, event) => print('event:', event.name));
    machine.connect('event::SHUTDOWN', (_machine, event) => print('why:', event.data.reason));
    machine.connect('exited', () => print('QEMU has ended'));
    // end of snippet
}

function fetch(machine) {
    // snippet: backlog
    for (const event of machine.pop_events())
        print('fetched:', event.name);
    // end of snippet
}

async function wait(machine) {
    // snippet: wait
    await machine.command('device_del', {id: 'tablet'});
    const event = await machine.wait_event(
        ['DEVICE_DELETED', 'DEVICE_UNPLUG_GUEST_ERROR'], {device: 'tablet'}, 10000);
    print('unplugged:', event.name);
    // end of snippet
}

async function listen(machine) {
    // snippet: listen
    const changes = machine.listen(['STOP', 'RESUME']);
    await machine.command('stop');
    await machine.command('cont');
    print('first:', (await changes.next(5000)).name);
    print('then:', (await changes.next(5000)).name);
    // end of snippet
}

async function waitForAny(machine) {
    // snippet: any
    const waits = machine.wait_set(QMachine.on_event('STOP'), QMachine.on_exit());
    await machine.command('stop');
    const result = await waits.next(5000);
    print(result.number === 1 ? 'stopped' : 'QEMU has ended');
    // end of snippet
}

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35',
    args: ['-accel', 'tcg', '-nic', 'none', '-device', 'qemu-xhci',
        '-device', 'usb-tablet,id=tablet'],
});
try {
    await machine.launch();
    await wait(machine);
    await listen(machine);
    fetch(machine);
    await waitForAny(machine);
    connect(machine);
    await machine.shutdown();
} finally {
    await machine.close();
}
