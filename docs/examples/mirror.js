#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Mirrors the disk of a machine into a file, and shows the progress.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

const SIZE = 64 * 1024 * 1024;
const id = 'mirror';

/** @param {QMachine.Machine} machine */
async function queryJob(machine) {
    const [job] = await machine.command('query-jobs');
    print(`${job.status}: ${job['current-progress']} of ${job['total-progress']} bytes`);
    return job;
}

/** @param {QMachine.Machine} machine */
async function followJob(machine) {
    let status;
    do {
        ({status} = (await machine.wait_event('JOB_STATUS_CHANGE', {id})).data);
        if (status === 'ready')
            await machine.command('job-complete', {id});
    } while (status !== 'concluded');
}

/** @param {QMachine.Machine} machine */
async function mirror(machine) {
    await machine.command('blockdev-mirror', {
        'job-id': id, device: 'disk', target: 'copy', sync: 'full', speed: SIZE,
        'auto-dismiss': false,
    });
    // When this cannot ask, followJob() fails too.
    const timer = setInterval(() => queryJob(machine).catch(() => {}), 200);
    try {
        await followJob(machine);
    } finally {
        clearInterval(timer);
    }
    const {error} = await queryJob(machine);
    if (error)
        throw new Error(error);
    await machine.command('job-dismiss', {id});
}

const [disk, diskStream] = Gio.File.new_tmp('mirror-XXXXXX');
const [copy, copyStream] = Gio.File.new_tmp('mirror-XXXXXX');
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35',
    args: ['-accel', 'tcg', '-nic', 'none',
        '-blockdev', `driver=file,node-name=disk,filename=${disk.get_path()}`,
        '-blockdev', `driver=file,node-name=copy,filename=${copy.get_path()}`],
});
try {
    const data = new Uint8Array(1024 * 1024).fill(1);
    for (let written = 0; written < SIZE; written += data.length)
        diskStream.output_stream.write_all(data, null);
    diskStream.close(null);
    copyStream.truncate(SIZE, null);
    await machine.launch();
    await mirror(machine);
    await machine.shutdown();
} finally {
    await machine.close();
    disk.delete(null);
    copy.delete(null);
}
