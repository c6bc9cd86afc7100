#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the lifecycle shows in JavaScript. The argument is a directory for sockets.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';
import System from 'system';

async function detach(path) {
    // snippet: detach
    const address = Gio.UnixSocketAddress.new(path);
    const machine = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
        exit_with_parent: false,
        monitor_address: address,
    });
    await machine.launch();
    await machine.detach();

    const monitor = new QMachine.Monitor();
    await monitor.attach(address);
    await monitor.command('quit');
    // end of snippet
    print(machine.exit_code === null ? 'detached' : machine.exit_code);
}

async function shareSocket() {
    const machine = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
    });
    // snippet: socket
    const path = machine.add_socket_path('own');
    machine.add_args(['-chardev', `socket,id=own,path=${path},server=on,wait=off`]);
    await machine.launch();
    const stream = new Gio.SocketClient().connect(Gio.UnixSocketAddress.new(path), null);
    // end of snippet
    print(stream ? 'connected' : 'not connected');
    await machine.shutdown();
}

async function end() {
    // snippet: end
    const machine = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
    });
    await machine.launch();
    await machine.shutdown();
    print('exit code:', machine.exit_code);
    print('reason:', machine.shutdown_reason);
    // end of snippet
}

async function powerOff(machine) {
    // snippet: power-off
    const plan = new QMachine.PowerOffPlan({button_timeout: 5000, quit_timeout: 10000});
    const result = await machine.power_off(plan);
    if (result.guest_off)
        print('the guest has shut down');
    else
        print('not by the button:', result.get_reason(QMachine.PowerOffStep.BUTTON));
    // end of snippet
}

async function runStorageDaemon() {
    // snippet: storage-daemon
    const daemon = new QMachine.Machine({
        binary: 'qemu-storage-daemon',
        kind: QMachine.MachineKind.STORAGE_DAEMON,
        args: ['--blockdev', 'driver=null-co,read-zeroes=on,node-name=disk'],
    });
    await daemon.launch();
    const [node] = await daemon.command('query-named-block-nodes');
    print('node:', node['node-name']);
    await daemon.shutdown();
    // end of snippet
}

await detach(`${System.programArgs[0]}/vm.sock`);
await shareSocket();
await end();
const deaf = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none', '-accel', 'tcg', '-S'],
});
await deaf.launch();
await powerOff(deaf);
await runStorageDaemon();
