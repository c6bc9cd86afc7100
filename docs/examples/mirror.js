#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Mirrors the disk of a machine into a file, and shows the progress.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

const SIZE = 64 * 1024 * 1024;

/** @param {QMachine.Job} job */
function show(job) {
    const bar = '#'.repeat(20 * Math.max(job.progress, 0));
    print(`[${bar.padEnd(20)}] ${job.current} of ${job.total} bytes`);
}

/** @param {QMachine.Machine} machine */
async function mirror(machine) {
    const job = await machine.start_job('blockdev-mirror', {
        device: 'disk', target: 'copy', sync: 'full', speed: SIZE,
    });
    job.connect('notify::progress', show);
    await job.complete();
    print(`${job.job_type}: ${job.status === QMachine.JobStatus.CONCLUDED ? 'concluded' : '?'}`);
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
