// SPDX-License-Identifier: LGPL-2.1-or-later

// What the types must let pass: each form that the page about JavaScript names. It is not run.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Json from 'gi://Json';
import QMachine from 'gi://QMachine?version=1';
import Unversioned from 'gi://QMachine';

const machine = new QMachine.Machine({
    binary: 'qemu-system-x86_64',
    args: ['-machine', 'none'],
    monitorMode: QMachine.MonitorMode.LISTEN,
    command_timeout: -1,
});
const older = imports.gi.QMachine.Machine.new('qemu-system-x86_64');
const kind = Unversioned.MachineKind.SYSTEM;
older.kind = kind;
machine.name = null;

const cancellable = new Gio.Cancellable();
const signal = {
    aborted: false,
    /** @type {(type: string, listener: () => void) => void} */
    addEventListener() {},
    /** @type {(type: string, listener: () => void) => void} */
    removeEventListener() {},
};

// The same call in each of its forms.
await machine.launch();
await machine.launch(null);
await machine.launch(cancellable);
await machine.launch({timeout: 5000, cancellable, signal});
await machine.launch_async({timeout: null});
machine.launch_async(cancellable, (source, result) => print(source?.launch_finish(result)));
print(machine.launch_sync(null) === true);

// Arguments that are left out, and options in their place.
await machine.command('query-block', null, {timeout: 5000});
await machine.command('query-block', null, null, {timeout: 5000});
await machine.command('query-block', null, 5000, {cancellable});
await machine.command('query-block', null, 5000, cancellable);
await machine.command('query-block', undefined, QMachine.TIMEOUT_DEFAULT);
await machine.shutdown();
await machine.shutdown(5000);
await machine.shutdown({timeout: 5000});
await machine.wait({signal});
await machine.command_with_fd('getfd', {fdname: 'x'}, 3, {timeout: 5000});
await machine.send_file('/dev/null', {timeout: 5});
await machine.qtest('clock_step', 5);
await machine.wait_event();
await machine.wait_event('STOP', null, 5000, {signal});
await machine.wait_event(new Set(['STOP']), {id: 'x', nested: {list: [1, 2n]}}, {timeout: 5000});
await machine.wait_event_json(['STOP'], '{"id": "x"}', 0);
await machine.console?.wait_for_text('login: ', {timeout: 60000, cancellable});
await machine.console?.write(new Uint8Array([27]));
print(machine.console?.write_sync('x', null), machine.console?.text.length);

// Disks, jobs, snapshots and migration.
const disk = QMachine.Disk.new('/tmp/x.qcow2', 'qcow2');
await machine.add_disk(disk);
await machine.remove_disk(disk, {timeout: 5000});
await machine.snapshot_disk(disk, '/tmp/y.qcow2', {timeout: 5000});
await machine.commit_disk(disk);
print(machine.dup_disk_node(disk)?.length);
const job = await machine.start_job('blockdev-mirror', {device: 'x', target: 'y', sync: 'full'});
job.connect('notify::progress', source => print(source.current / source.total));
await job.wait_ready({timeout: 5000, signal});
await job.complete();
print(job.status === QMachine.JobStatus.CONCLUDED, machine.jobs.get_n_items());
await machine.run_job('x', null, 5000, {cancellable});
await machine.save_snapshot('tag');
await machine.load_snapshot('tag', 5000);
const migration = await machine.migrate_to(older, {timeout: 60000});
print(migration.get_downtime() + 1, (await machine.save_state('/tmp/x')) instanceof GObject.Object);
await machine.save_template();
const image = new QMachine.DiskImage({path: '/tmp/x.qcow2', format: 'qcow2'});
await image.create(2 ** 30);
await image.create(2n ** 40n, {cluster_size: '2M', lazy_refcounts: true}, {timeout: 5000});
await image.create(0, ['lazy_refcounts=on'], 5000, cancellable);
await image.convert(QMachine.DiskImage.new('/tmp/x.raw', 'raw'), null, {timeout: 5000});
await image.convert(image, null, QMachine.DiskConvertFlags.COMPRESS, 5000);
print((await image.check()).leaks, (await image.check(QMachine.DiskRepair.ALL, 5000)).clean);
print((await image.query_info())['virtual-size'], (await image.query_info_json({})).length);

// What a person does, and what goes on in the guest.
print((await machine.screenshot()).get_size());
print((await machine.screenshot(null, 0, {signal})).toArray().length);
await machine.press_keys('ctrl-alt-delete', null, {timeout: 5000});
await machine.type_text('x');
await machine.move_pointer(0.5, 0.5, 5000);
await machine.click(0.5, 0.5);
await machine.click(0.5, 0.5, QMachine.MouseButton.RIGHT, 2, {timeout: 5000});
print((await machine.open_vnc(true)).is_connected(), (await machine.open_display()).is_closed());
await machine.console?.interact();
await machine.console?.interact(0, 1, null, {cancellable});
await machine.console?.interact(0, 1, 0x1d, -1, {signal});
const shell = QMachine.Shell.new(machine.add_console(null, null));
await shell.open({timeout: 5000});
print((await shell.run('wc -c', new Uint8Array(5), {timeout: 5000})).exit_status + 1);
const forward = await machine.add_forward(80);
await forward.wait_ready('^HTTP/', 'GET / HTTP/1.0', 5000);
await machine.add_channel('org.example.x').wait_open({timeout: 5000});
const waits = QMachine.WaitSet.new(machine);
print((await waits.next({timeout: 5000})).number);
print((await machine.wait_any(QMachine.on_exit(), {timeout: 5000})).number);
print(waits.add_job(job) + (await machine.wait_any(job.on_end())).number);
const powerOff = await machine.power_off(QMachine.PowerOffPlan.new(), {signal});
print(powerOff.step === QMachine.PowerOffStep.KILL, powerOff.elapsed + 1);

const monitor = new QMachine.Monitor({event_backlog: 5});
await monitor.attach(Gio.UnixSocketAddress.new('/run/x'), {timeout: 5000});
await monitor.attach_stream(new Gio.SimpleIOStream());
await monitor.command('yank', null, QMachine.MonitorFlags.OUT_OF_BAND);
await monitor.command('yank', null, QMachine.MonitorFlags.OUT_OF_BAND, {timeout: 5});
await monitor.qmp('yank', null, {timeout: 5});
await monitor.qmp('yank', null, null, null, {timeout: 5});
await monitor.close(cancellable);

// Plain objects, nodes, and large integers.
const {status} = await machine.command('query-status');
/** @type {{name: string}} */
const name = await machine.command('query-name');
const size = QMachine.parseJson('18446744073709551615');
await machine.command('x', {size: 2n ** 63n, when: new Date(), left: undefined, list: [[null]]});
await machine.command('x', Json.from_string('{}'));
print(status, name.name, typeof size === 'bigint', QMachine.stringifyJson([{size}, true]));
const node = machine.command_sync('x', Json.from_string('{}'), -1, null);
print(node.get_object(), machine.command_json_sync('x', '{}', -1, null).length);

// Events.
const stop = await machine.wait_event('STOP');
print(stop.name.length, stop.data.id, stop.timestamp + 1, stop.matches({id: 'x'}),
    stop.get_data()?.get_object());
machine.connect('event::STOP', (source, event) => print(source.exit_code, event.name));
machine.connect('notify::run-state', source => print(source.run_state_name, source.runState));
machine.connect_after('log-line', (_source, line) => print(line.length));
machine.connect('qtest-irq', (_source, irq, raised) => print(irq + 1, raised === true));
monitor.connect('closed', (_source, error) => print(error?.message));
const listener = machine.listen('STOP', {id: 'x'});
for await (const event of listener)
    print(event.data.status);
for await (const event of monitor.events(null, null, {timeout: 5, cancellable}))
    print(event.name);
const events = machine.events(['STOP']);
const next = events.next();
await events.return();
const {done, value} = await next;
print(done, value?.name, (await listener.next({timeout: 5})).name, listener.pop()?.name);
print(machine.pop_events().length);
listener.close();

// Errors.
try {
    await machine.close({timeout: 5});
} catch (error) {
    if (error instanceof QMachine.CommandError)
        print(error.errorClass, error.description, error.command, error.reply.error.class);
    if (error instanceof GLib.Error &&
        error.matches(QMachine.MachineError, QMachine.MachineError.NOT_RUNNING))
        print(error.message, error.code);
}
const [known, code] = machine.get_exit_code();
print(known === true, code + 1, QMachine.CommandError.quark());
