#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the monitor shows in JavaScript. The argument is a directory for sockets,
// with `guest.img` in it.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';
import System from 'system';

async function attach(path) {
    // snippet: attach
    const monitor = new QMachine.Monitor();
    await monitor.attach(Gio.UnixSocketAddress.new(path));
    print('version:', monitor.version);
    print('status:', JSON.stringify(await monitor.command('query-status')));
    await monitor.close();
    // end of snippet
}

async function command(machine) {
    // snippet: command
    print('value:', await machine.command('qom-get', {path: '/machine', property: 'type'}));

    const text = await machine.command_json('qom-get',
        '{"path": "/machine", "property": "type"}');
    print('text:', text);
    // end of snippet
}

async function sendOutOfBand(path) {
    // snippet: out-of-band
    const machine = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg', '-qmp', `unix:${path},server=on,wait=off`],
    });
    await machine.launch();

    const monitor = new QMachine.Monitor({out_of_band: true});
    await monitor.attach(Gio.UnixSocketAddress.new(path));
    const reply = await monitor.command('query-yank', null, QMachine.MonitorFlags.OUT_OF_BAND);
    print('out of band:', JSON.stringify(reply));
    // end of snippet
    await monitor.close();
    await machine.shutdown();
}

async function sendDescriptor(machine, path) {
    // snippet: descriptor
    const stream = Gio.File.new_for_path(path).read(null);
    const reply = await machine.command_with_fd('add-fd', {'fdset-id': 1}, stream.get_fd());
    stream.close(null);
    print('fdset:', reply['fdset-id']);
    await machine.command('blockdev-add', {driver: 'file', 'node-name': 'disk', 'read-only': true,
        filename: '/dev/fdset/1'});
    // end of snippet
}

const directory = System.programArgs[0];
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg',
        '-qmp', `unix:${directory}/vm.sock,server=on,wait=off`],
});
try {
    await machine.launch();
    await attach(`${directory}/vm.sock`);
    await command(machine);
    await sendOutOfBand(`${directory}/oob.sock`);
    await sendDescriptor(machine, `${directory}/guest.img`);
    await machine.shutdown();
} finally {
    await machine.close();
}
