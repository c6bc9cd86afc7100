#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs commands in a guest, over its serial console. Usage: shell.js KERNEL INITRD

import QMachine from 'gi://QMachine?version=1';

const [kernel, initrd] = ARGV;
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35,graphics=off',
    args: ['-accel', 'tcg', '-m', '256', '-nodefaults', '-kernel', kernel, '-initrd', initrd,
        '-append', 'console=ttyS0 quiet shells=ttyS0'],
});
try {
    const console = machine.add_console(null, null);
    await machine.launch();
    const shell = QMachine.Shell.new(console);
    print('kernel:', (await shell.run('uname -s')).text);
    print('it counts:', (await shell.run('wc -c', new Uint8Array(1000))).text);
    print('it refuses:', (await shell.run('exit 3')).exit_status);
    await machine.shutdown();
} finally {
    await machine.close();
}
