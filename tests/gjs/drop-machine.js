// SPDX-License-Identifier: LGPL-2.1-or-later

// Run by test-override.js: machines that are forgotten while they run, with every kind of handler
// that could call back into JavaScript. What is printed on standard error is a failure.

import GLib from 'gi://GLib';
import QMachine from 'gi://QMachine?version=1';
import System from 'system';

import {baseDir, check, processExists, until} from './harness.js';

async function launchAndForget() {
    let forgotten = false;
    const tell = what => {
        if (forgotten)
            printerr(what);
    };
    const vm = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
        base_dir: baseDir,
    });
    vm.connect('event', () => tell('event'));
    vm.connect('event::SHUTDOWN', () => tell('event::SHUTDOWN'));
    vm.connect('exited', () => tell('exited'));
    vm.connect('notify::state', () => tell('notify::state'));
    await vm.launch();
    const events = vm.events(['STOP']);
    await vm.command('stop');
    for await (const event of events) {
        check(event.data === null, 'no data');
        break;
    }
    forgotten = true;
    return vm.get_pid();
}

const pids = [];
for (let i = 0; i < 3; i++)
    pids.push(await launchAndForget());
await until(() => {
    System.gc();
    return !pids.some(processExists);
}, 'the end of the forgotten');
check(GLib.rmdir(baseDir) === 0, 'no file is left');
print('gone');
