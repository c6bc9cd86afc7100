#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the page about the console shows in JavaScript. The argument is a directory with
// `guest.img`, a guest that prints an address and `login: `, and then sends back what is typed.

import QMachine from 'gi://QMachine?version=1';
import System from 'system';

async function readFirmware() {
    // snippet: console
    const machine = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        machine_type: 'q35,graphics=off',
        args: ['-accel', 'tcg', '-nic', 'none'],
    });
    machine.add_console(null, null);
    await machine.launch();
    const text = await machine.console.wait_for_text('SeaBIOS \\(version [^)]*\\)', 30000);
    print('firmware:', text);
    await machine.shutdown();
    // end of snippet
}

async function readAddress(console) {
    // snippet: match
    const match = await console.wait_for_match('eth0: (?<address>[\\d.]+)/(\\d+)',
        QMachine.ConsoleMatchFlags.COMPLETE, 60000);
    print('address:', match.get_named_group('address'));
    print('prefix:', match.get_group(2));
    // end of snippet
}

async function logIn(console) {
    // snippet: write
    await console.wait_for_text('login: ', 60000);
    await console.write('root\n');
    // end of snippet
    print('typed:', await console.wait_for_text('root', 30000));
}

async function watch(console) {
    // snippet: reader
    const watcher = console.create_reader(false);
    const panic = watcher.wait_for_match('Kernel panic - (.*)$')
        .then(match => print('panic:', match.get_group(1)));
    // end of snippet
    await console.write('Kernel panic - of the example\r\n');
    await panic;
}

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-accel', 'tcg', '-nic', 'none',
        '-drive', `file=${System.programArgs[0]}/guest.img,format=raw,snapshot=on`],
});
machine.add_console(null, null);
try {
    await readFirmware();
    await machine.launch();
    await readAddress(machine.console);
    await logIn(machine.console);
    await watch(machine.console);
    await machine.shutdown();
} finally {
    await machine.close();
}
