#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// A guest with a TPM, and with a disk that another process serves. Usage: helpers.js KERNEL INITRD

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

const [kernel, initrd] = ARGV;
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35,graphics=off',
    args: ['-accel', 'tcg', '-m', '256', '-nodefaults', '-kernel', kernel, '-initrd', initrd,
        '-append', 'console=ttyS0 quiet shells=ttyS0'],
});
const [image, stream] = Gio.File.new_tmp('disk-XXXXXX');
try {
    stream.get_output_stream().write_all('written by the host\n', null);
    stream.truncate(1 << 20, null);
    stream.close(null);
    machine.add_tpm(null);
    const disk = machine.add_vhost_user_disk(String(image.get_path()), null, false);
    disk.connect('died', () => print('nobody serves the disk any more:', disk.log));
    const console = machine.add_console(null, null);
    await machine.launch();
    const shell = QMachine.Shell.new(console);
    print('TPM:', (await shell.run('cat /sys/class/tpm/tpm0/tpm_version_major')).text);
    print('disk:', (await shell.run('head -n 1 /dev/vda')).text);
    print('served by:', disk.argv[0]);
    await machine.shutdown();
} finally {
    await machine.close();
    image.delete(null);
}
