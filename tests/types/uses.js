// SPDX-License-Identifier: LGPL-2.1-or-later

// What the types must let pass: each form that the page about JavaScript names. It is not run.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
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
