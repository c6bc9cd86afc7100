#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later

// Boots a PC without a disk, presses a key, and takes a picture of its screen.

import GLib from 'gi://GLib';
import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-accel', 'tcg', '-nic', 'none'],
    display: QMachine.MachineDisplay.HEADLESS,
});
try {
    await machine.launch();
    await machine.press_keys('esc');
    const png = (await machine.screenshot()).toArray();
    await machine.shutdown();

    const path = GLib.build_filenamev([GLib.dir_make_tmp('screen-XXXXXX'), 'screen.png']);
    GLib.file_set_contents(path, png);
    const view = new DataView(png.buffer, png.byteOffset);
    print('picture:', GLib.path_get_basename(path), 'with', png.length, 'bytes, of',
        view.getUint32(16), 'x', view.getUint32(20), 'pixels');
    GLib.unlink(path);
    GLib.rmdir(GLib.path_get_dirname(path));
} finally {
    await machine.close();
}
