// SPDX-License-Identifier: LGPL-2.1-or-later

// Run by test-override.js: as many events with as much data as make the engine collect garbage in
// several goes, between which GJS blocks callbacks. Then an awaited promise would stay open.

import QMachine from 'gi://QMachine?version=1';
import QMock from 'gi://QMock';

import {equal} from './harness.js';

const BURST = 1000; // events that fit the backlog
const N_BURSTS = 40;
const N_PARTS = 300;

const parts = JSON.stringify(Array.from({length: N_PARTS}, (_part, n) => ({n})));
const peer = new QMock.Peer({
    script: `negotiate\nrepeat ${N_BURSTS}\nexpect storm\nrepeat ${BURST}\n` +
        `event A {"parts": ${parts}}\nend\nreply {}\nend\nexpect-eof\n`,
});
const monitor = new QMachine.Monitor();
await monitor.attach_stream(peer.start_stream());

let n = 0;
const id = monitor.connect('event', (_monitor, event) => {
    n += event.data.parts.length;
});
for (let i = 0; i < N_BURSTS / 2; i++)
    await monitor.command('storm');
equal(n, N_BURSTS / 2 * BURST * N_PARTS);
monitor.disconnect(id);
monitor.pop_events();

for (let i = 0; i < N_BURSTS / 2; i++) {
    const events = monitor.events();
    await monitor.command('storm');
    let left = BURST;
    for await (const event of events) {
        equal(event.data.parts.length, N_PARTS);
        if (--left === 0)
            break;
    }
}
await monitor.close();
peer.finish();
print('over');
