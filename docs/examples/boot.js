#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Boots a PC without a disk and reads on its serial console how far its firmware comes.

import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35,graphics=off',
    args: ['-accel', 'tcg', '-nic', 'none'],
});
// Without this `machine.console` is null: therefore the `?` below.
machine.add_console(null, null);
try {
    await machine.launch();
    print('firmware:', await machine.console?.wait_for_text('SeaBIOS \\(version [^)]*\\)', 30000));
    print('it says:', await machine.console?.wait_for_text('No bootable device', 30000));
    await machine.shutdown();
} finally {
    await machine.close();
}
