// SPDX-License-Identifier: LGPL-2.1-or-later

// What the types must not let pass: one mistake to a line, with the number of its error. It is not
// run.

import Gio from 'gi://Gio';
import QMachine from 'gi://QMachine?version=1';

const machine = new QMachine.Machine({binary: 'qemu-system-x86_64'});
const monitor = new QMachine.Monitor();
const listener = machine.listen();
const image = QMachine.DiskImage.new('x.raw', 'raw');
const shell = QMachine.Shell.new(machine.add_console(null, null));

new QMachine.Machine({binary: 42}); // TS2322
new QMachine.Machine({pid: 42}); // TS2353
new QMachine.EventListener(); // TS2673
machine.lunch(); // TS2551
machine.pid = 1; // TS2540
machine.state = 'running'; // TS2540
machine.kind = 'storage-daemon'; // TS2322
machine.console.text; // TS18047
await machine.launch({timout: 5000}); // TS2353
await machine.launch({timeout: '5s'}); // TS2322
await machine.launch(5000); // TS2345
await machine.launch({cancellable: new Gio.File()}); // TS2740
await machine.launch({signal: {aborted: false}}); // TS2739
machine.launch().then(done => done.state); // TS2339
machine.launch_sync(); // TS2554
machine.launch_sync(null).then(print); // TS2339
await machine.command('x', {data: new Map()}); // TS2322
await machine.command('x', {call: () => 1}); // TS2322
await machine.command('x', null, 5, {timeout: 5}); // TS2345
await machine.command('x', null, 5, null, null); // TS2345
await machine.command_with_fd('getfd', {fdname: 'x'}); // TS2555
machine.command_sync('x', {id: 'x'}, -1, null); // TS2353
machine.command_json_sync('x', '{}', -1, null).status; // TS2339
await monitor.command('x', null, 'out-of-band'); // TS2345
await machine.wait_event('STOP', 5000); // TS2345
await machine.wait_event(5000); // TS2345
(await machine.wait_event('STOP')).nmae; // TS2339
machine.connect('exitd', () => {}); // TS2345
machine.connect('log-line', (_machine, line) => line.name); // TS2339
for (const event of machine.events()) print(event); // TS2488
for await (const event of listener) print(event.nmae); // TS2339
await machine.console?.write(42); // TS2345
QMachine.MachineState.STOPED; // TS2551
QMachine.stringifyJson(Symbol('x')); // TS2345
QMachine.CommandError.NOT_FOUND; // TS2339
new QMachine.Job(); // TS2673
new QMachine.ShellResult(); // TS2673
new QMachine.WaitSet(); // TS2673
new QMachine.DiskImage({progress: 1}); // TS2353
await image.create('2G'); // TS2345
await image.create(5, {cluster_size: null}); // TS2345
await image.check('all'); // TS2345
await machine.start_job(); // TS2555
(await machine.start_job('x')).then(print); // TS2339
await machine.screenshot({timeout: 5000}); // TS2345
await machine.click(1); // TS2555
await machine.press_keys('esc', {timeout: 5}); // TS2345
await machine.console?.interact(0, 1, 2, 3, 4); // TS2345
await shell.run('x', 5000); // TS2345
(await shell.run('x')).txt; // TS2551
await machine.wait_any('STOP'); // TS2769
