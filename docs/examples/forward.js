#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Fetches a page from the web server of a guest. Usage: forward.js KERNEL INITRD

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async');

const REQUEST = 'GET / HTTP/1.0\r\n\r\n';

/** @param {Gio.SocketAddress | null} address */
async function fetch(address) {
    if (address === null)
        throw new Error('the port is not open');
    const connection = new Gio.SocketClient().connect(address, null);
    connection.get_output_stream().write_all(REQUEST, null);
    const stream = connection.get_input_stream();
    let text = '';
    for (;;) {
        const bytes = await stream.read_bytes_async(4096, 0, null);
        if (bytes.get_size() === 0)
            break;
        text += new TextDecoder().decode(bytes.toArray());
    }
    connection.close(null);
    return text.replace(/^.*?\r?\n\r?\n/s, '');
}

const [kernel, initrd] = ARGV;
const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    machine_type: 'q35,graphics=off',
    args: ['-accel', 'tcg', '-m', '256', '-kernel', kernel, '-initrd', initrd, '-append',
        'quiet panic=-1'],
});
try {
    const web = await machine.add_forward(80);
    await machine.launch();
    print('port 80 of the guest is port', web.host_port, 'of the host');
    await web.wait_ready('^HTTP/1\\.[01] 200 ', REQUEST, 60000);
    print('the guest says:', (await fetch(web.address)).trim());
    await machine.shutdown();
} finally {
    await machine.close();
}
