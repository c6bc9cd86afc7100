// SPDX-License-Identifier: LGPL-2.1-or-later

// Run by test-override.js: promises that fail and that nobody awaits. GJS reports them on standard
// error.

import GLib from 'gi://GLib';
import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({binary: '/nonexistent'});

function forgetLaunch() {
    machine.launch();
}

function forgetEvent() {
    machine.events().next();
}

forgetLaunch();
forgetEvent();
// Both have failed when the third has, and are reported when the main loop turns again.
await machine.launch().catch(() => null);
await machine.events().next().catch(() => null);
await new Promise(resolve => {
    GLib.timeout_add(GLib.PRIORITY_LOW, 1, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    });
});
print('over');
