// SPDX-License-Identifier: LGPL-2.1-or-later

// What the override adds, on real QEMU and on the scripted peer.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Json from 'gi://Json';
import QMachine from 'gi://QMachine?version=1';
import QMock from 'gi://QMock';

import {BUILD_DIR, FakeAbortSignal, attach, check, equal, isWatched, newMachine, newMock, newNone,
    processExists, refuses, rejects, runTests, sendSignal, throws, until, within}
    from './harness.js';

const {CommandError, MachineError, MachineState, MonitorError, MonitorState,
    TIMEOUT_DEFAULT} = QMachine;

const tests = {};

tests['a call is a promise, and may leave arguments out'] = async () => {
    const vm = newNone();
    equal(await vm.launch(), true);
    equal(vm.state, MachineState.RUNNING);
    equal((await vm.command('query-status')).status, 'running');
    equal((await vm.command_async('query-status')).status, 'running');
    equal(await vm.command('qom-get', {path: '/machine', property: 'type'}), 'none-machine');
    equal((await vm.qmp('query-name')).return, {});
    equal((await vm.qmp('no-such-command')).error.class, 'CommandNotFound');
    equal(await vm.command_json('stop'), '{}');
    equal((await vm.wait_event('STOP')).name, 'STOP');
    equal((await vm.wait_event(['SHUTDOWN', 'STOP'], {x: 1}, 0).catch(error => error)).code,
        Gio.IOErrorEnum.TIMED_OUT);
    equal(await vm.human_command('info name'), '');
    check((await vm.monitor.command('query-commands')).length > 100, 'QEMU has commands');
    equal(await vm.shutdown(), true);
    equal(await vm.wait(), true);
    equal(vm.exit_code, 0);
};

tests['what was meant otherwise is refused'] = async () => {
    const vm = newNone();
    await vm.launch();
    const refuses = async (text, call) => {
        const error = await call().catch(caught => caught);
        check(error instanceof TypeError && error.message.startsWith(text), `${text}: ${error}`);
    };
    for (const wrong of [5000, 0, 1.5, true, 'STOP', [], [{}]]) {
        const text = 'match must be an object';
        await refuses(text, () => vm.wait_event('STOP', wrong));
        await refuses(text, () => vm.wait_event_async(['STOP'], wrong, 10));
        await refuses(text, () => vm.monitor.wait_event('STOP', wrong));
        await refuses(text, async () => vm.events('STOP', wrong));
    }
    await refuses('names must be', () => vm.wait_event(5000));
    for (const wrong of [0.5, NaN, Infinity]) {
        await refuses('timeout must be', () => vm.wait_event('STOP', null, wrong));
        await refuses('timeout must be',
            async () => QMachine.Console.prototype.wait_for_text.call({}, 'x', wrong));
    }

    await vm.command('stop');
    const event = await vm.wait_event('STOP', {}, 3e4);
    await refuses('match must be an object', async () => event.matches('STOP'));
    await vm.close();
};

tests['descriptors and qtest'] = async () => {
    const vm = newNone();
    vm.enable_qtest = true;
    await vm.launch();
    const [file, stream] = Gio.File.new_tmp(null);
    const cancelled = new Gio.Cancellable();
    cancelled.cancel();
    await vm.send_file(file.get_path());
    equal(await vm.command('getfd', {fdname: 'f1'}), {});
    const fd = 2; // any that is open, but 0 is nothing to GJS
    equal(typeof (await vm.command_with_fd('add-fd', {'fdset-id': 7}, fd)).fd, 'number');
    // Of these, a Json.Node could not hold what is meant.
    for (const id of [2n ** 63n, 2n ** 64n - 1n]) {
        const error = await vm.command_with_fd('add-fd', {'fdset-id': id}, fd)
            .catch(caught => caught);
        check(error.matches(CommandError, CommandError.GENERIC_ERROR), `${id}: ${error}`);
    }
    const added = await vm.command_with_fd('add-fd', {'fdset-id': 8, 'opaque': 'a"\u00e9'}, fd);
    equal(added['fdset-id'], 8);
    equal(await vm.qtest('endianness'), 'OK little');
    equal(await vm.qtest_async('endianness'), 'OK little');
    equal(await vm.qtest_async('endianness', {timeout: 60000}), 'OK little');
    equal(vm.qtest_sync('endianness', -1, null), 'OK little');
    throws(() => vm.qtest_sync('endianness', -1, cancelled), Gio.IOErrorEnum,
        Gio.IOErrorEnum.CANCELLED);
    stream.close(null);
    file.delete(null);
    await vm.close();
};

tests['what blocks or calls back is the typelib\'s own'] = async () => {
    const vm = newNone();
    equal(vm.launch_sync(null), true);
    check(vm.command_sync('query-status', null, TIMEOUT_DEFAULT, null) instanceof Json.Node,
        'a blocking call: a node');
    const node = Json.from_string('{"path":"/machine","property":"type"}');
    equal(vm.command_sync('qom-get', node, TIMEOUT_DEFAULT, null).get_string(), 'none-machine');
    throws(() => vm.command_sync('no-such-command', null, TIMEOUT_DEFAULT, null), CommandError,
        CommandError.COMMAND_NOT_FOUND);

    let reply = null;
    vm.command_async('query-status', null, TIMEOUT_DEFAULT, null, (_source, result) => {
        reply = vm.command_finish(result);
    });
    await until(() => reply !== null, 'the callback');
    check(reply instanceof Json.Node, 'a callback: a node');

    // What a program does that was written for the typelib alone.
    equal(QMachine.Machine.prototype.command_async.length, 5);
    const prototype = QMachine.Machine.prototype;
    const before = prototype.command_async;
    try {
        Gio._promisify(prototype, 'command_async');
        check(await vm.command_async('query-status', null, TIMEOUT_DEFAULT, null) instanceof Json.Node,
            'promisified: a node');
    } finally {
        prototype.command_async = before;
        delete prototype._original_command_async;
    }
    equal(vm.shutdown_sync(TIMEOUT_DEFAULT, null), true);
};

const TYPES = [QMachine.Machine, QMachine.Monitor, QMachine.EventListener, QMachine.Console];

// Of each trio of the typelib: its prototype, name, and number of parameters but the callback.
const trios = TYPES.flatMap(({prototype}) => Object.getOwnPropertyNames(prototype)
    .filter(name => name.endsWith('_async'))
    .map(name => ({
        prototype,
        name: name.slice(0, -'_async'.length),
        length: prototype[name].length - 1,
    })));

const getForms = ({name}) => [name, `${name}_async`];

tests['each operation of the typelib is a promise'] = async () => {
    for (const type of [QMachine.Machine, QMachine.Monitor, QMachine.Console]) {
        const names = Object.getOwnPropertyNames(type.prototype)
            .filter(name => name.endsWith('_async'));
        check(names.length > 1, `${type.name} has operations`);
        for (const name of names.flatMap(each => [each, each.slice(0, -6)])) {
            // Refused, as it is called on nothing; but by a promise.
            const promise = type.prototype[name].call({});
            check(promise instanceof Promise, `${name} () is a promise`);
            await promise.catch(() => null);
        }
    }
    const vm = newNone();
    const error = await vm.send_fd().catch(caught => caught);
    check(error instanceof TypeError, `a descriptor is no option: ${error}`);
};

tests['only what says so blocks'] = async () => {
    check(trios.length > 30, 'the typelib has trios');
    for (const trio of trios) {
        const {prototype, name, length} = trio;
        for (const form of getForms(trio)) {
            const calls = Array.from({length: length + 1}, (_, n) => Array(n).fill(null));
            calls.push([...Array(length - 1).fill(null), new Gio.Cancellable()]);
            calls.push([...Array(length - 1).fill(null), {cancellable: new Gio.Cancellable()}]);
            for (const args of calls) {
                const promise = prototype[form].call({}, ...args);
                check(promise instanceof Promise, `${form} of ${args.length} is a promise`);
                await promise.catch(() => null);
            }
        }
        equal(prototype[`${name}_sync`].length, length, `${name}_sync`);
        equal(prototype[`${name}_async`].length, length + 1, `${name}_async`);
        for (const call of [
            () => prototype[`${name}_sync`].call({}, ...Array(length).fill(null)),
            () => prototype[`${name}_async`].call({}, ...Array(length).fill(null), () => {}),
            () => prototype[`${name}_async`].call({}, () => {}),
        ]) {
            let error = null;
            try {
                call();
            } catch (caught) {
                error = caught;
            }
            check(error !== null, `${name}: the typelib's own throws at once`);
        }
    }
};

// Ends a call by its cancellable after some ticks, which there are only if it does not block.
async function tickAndCancel(what, call) {
    const cancellable = new Gio.Cancellable();
    let ticks = 0;
    const source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, 20, () => {
        if (++ticks === 3)
            cancellable.cancel();
        return GLib.SOURCE_CONTINUE;
    });
    try {
        await within(rejects(call(cancellable), Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED), what);
        check(ticks >= 3, `${what}: ${ticks} ticks`);
    } finally {
        GLib.source_remove(source);
    }
}

const DEAF = 'ignore-term; negotiate; expect query-status; reply {}; stall';

tests['the loop turns while a call with a cancellable waits'] = async () => {
    const deaf = newMock(DEAF);
    await deaf.launch();
    const starting = newMock('stall');
    const vm = newMachine('qemu-system-x86_64', ['-accel', 'tcg', '-m', '32']);
    vm.add_console(null, null);
    await vm.launch();

    const calls = {
        wait_for_text: each => vm.console.wait_for_text('never comes', 60000, each),
        wait: each => vm.wait(each),
        wait_event: each => vm.wait_event(['NEVER'], null, -1, each),
        launch: each => starting.launch(each),
        command: each => deaf.command('query-name', null, each),
        qmp: each => deaf.qmp('query-name', null, each),
        'command of a monitor': each => deaf.monitor.command('query-name', null, 0, each),
        shutdown: each => deaf.shutdown(each),
    };
    for (const [name, call] of Object.entries(calls)) {
        await tickAndCancel(name, call);
        await tickAndCancel(name, each => call({cancellable: each}));
    }

    equal(vm.state, MachineState.RUNNING);
    equal((await vm.command('query-status', null, new Gio.Cancellable())).status, 'running');
    equal(starting.state, MachineState.STOPPED);
    // Nothing makes this one wait for long.
    const kills = [deaf.kill(new Gio.Cancellable()), vm.kill({cancellable: new Gio.Cancellable()})];
    check(kills.every(each => each instanceof Promise), 'kill() is a promise');
    equal(await within(Promise.all(kills), 'kill ()'), [true, true]);
};

tests['an option that there is not is refused'] = async () => {
    for (const trio of trios) {
        for (const form of getForms(trio)) {
            const call = (...after) => trio.prototype[form].call({},
                ...Array(trio.length - 1).fill(null), ...after);
            const wrong = [
                [`${trio.name}: there is no option timeut`, {timeut: 5}],
                [`${trio.name}: there is no option Symbol(x)`, {[Symbol('x')]: 5}],
                [`${trio.name}: options must be`, 5000],
                [`${trio.name}: options must be`, 0],
                [`${trio.name}: options must be`, false],
                ['not STOP', 'STOP'],
                ['not Array', []],
                ['not Map', new Map([['timeout', 5]])],
                ['not FakeAbortSignal', new FakeAbortSignal()],
                ['File', Gio.File.new_for_path('/')],
                ['timeout must be', {timeout: 0.5}],
                ['timeout must be', {timeout: '5'}],
                ['timeout must be', {timeout: {}}],
                [`${trio.name}: cancellable must be`, {cancellable: {}}],
                [`${trio.name}: cancellable must be`, {cancellable: new FakeAbortSignal()}],
                [`${trio.name}: signal must be`, {signal: {}}],
                [`${trio.name}: signal must be`, {signal: new Gio.Cancellable()}],
                [`${trio.name}: signal must be`, {signal: {aborted: false, addEventListener() {}}}],
            ];
            for (const [text, each] of wrong)
                await refuses(text, () => call(each));
            await refuses('one argument too many, 7', () => call(null, null, 7));
            await refuses('one argument too many, Object', () => call(new Gio.Cancellable(), {}));
            if (form === trio.name) {
                await refuses('options must be', () => call(() => {}));
                await refuses('one argument too many, a function', () => call(null, () => {}));
            }
        }
    }

    // Nothing of it is sent, and what is allowed to be left out is.
    const [peer, monitor] = await attach('negotiate\nexpect a\nreply 1\nexpect b\nreply 2\n' +
        'expect c\nreply 3\nexpect d\nreply 4\nexpect-eof\n');
    await refuses('there is no option', () => monitor.command('x', null, 0, {cancelable: null}));
    await refuses('there is no option', () => monitor.command('x', null, {cancelable: null}));
    await refuses('flags must be', () => monitor.command('x', null, true));
    await refuses('JSON has no Map', () => monitor.command('x', new Map()));
    await refuses('a.b[0]: JSON has no Set',
        () => monitor.command('x', {a: {b: [new Set(['x'])]}}));
    await refuses('Cancellable', () => monitor.command('x', new Gio.Cancellable()));
    await refuses('a descriptor must be', () => monitor.send_fd(new Gio.Cancellable()));
    await refuses('a descriptor must be', () => monitor.command_with_fd('x', null, {timeout: 1}));
    equal(await monitor.command('a', null, 0, {}), 1);
    equal(await monitor.command('b', null, {timeout: undefined, cancellable: null}), 2);
    equal(await monitor.command('c', null, null, Object.create(null)), 3);
    equal(await monitor.command_async('d', null, null, null, null), 4);
    await monitor.close({});
    peer.finish();
};

tests['a time limit for any call'] = async () => {
    const {TIMED_OUT} = Gio.IOErrorEnum;
    const sources = [];
    const {timeout_add: timeoutAdd} = GLib;
    const vm = newMock('negotiate; expect query-status; reply {}; expect slow; ' +
        'wait-signal USR1; reply {"late": true}; expect next; reply {"right": true}; stall');
    const cancellable = new Gio.Cancellable();
    GLib.timeout_add = (...args) => {
        sources.push(timeoutAdd(...args));
        return sources[sources.length - 1];
    };
    const launch = vm.launch({timeout: 60000, cancellable});
    GLib.timeout_add = timeoutAdd;
    await launch;
    equal(sources.length, 1);
    equal(GLib.MainContext.default().find_source_by_id(sources[0]), null);
    check(!isWatched(cancellable), 'the cancellable has no listener left');
    let error = await rejects(vm.command('slow', null, {timeout: 30, cancellable}),
        Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'slow: no reply came within 30 ms');
    check(error.stack.includes('test-override.js'), `the stack names who asked: ${error.stack}`);
    check(!cancellable.is_cancelled(), 'the program\'s own cancellable is left alone');
    check(!isWatched(cancellable), 'the cancellable has no listener left');

    // The machine goes on, and the late reply is nobody's.
    sendSignal(vm.get_pid(), 'USR1');
    equal(await vm.command('next', null, {timeout: 60000, cancellable}), {right: true});
    check(!isWatched(cancellable), 'the cancellable has no listener left');

    // A peer that is deaf from now on.
    vm.command_timeout = 20;
    for (const options of [{timeout: TIMEOUT_DEFAULT}, {}, null]) {
        error = await rejects(vm.command('x', null, options), Gio.IOErrorEnum, TIMED_OUT);
        equal(error.message, 'x: no reply came within 20 ms (command-timeout)');
    }
    const endless = new Gio.Cancellable();
    const waits = vm.command('x', null, {timeout: null, cancellable: endless});
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 60, () => {
        endless.cancel();
        return GLib.SOURCE_REMOVE;
    });
    await rejects(waits, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    vm.command_timeout = -1;
    await rejects(vm.command('x', null, {timeout: 20}), Gio.IOErrorEnum, TIMED_OUT);
    await rejects(vm.qmp('x', {}, {timeout: 0}), Gio.IOErrorEnum, TIMED_OUT);
    error = await rejects(vm.monitor.command('x', null, {timeout: 20}), Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'x: no reply came within 20 ms');
    equal(vm.state, MachineState.RUNNING);
    error = await rejects(vm.wait({timeout: 20}), Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'wait: QEMU did not end within 20 ms');
    vm.command_timeout = 20;
    error = await rejects(vm.command('x'), Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'x: no reply came within 20 ms (command-timeout)');
    error = await rejects(vm.monitor.command('x', null, null, 30), Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'x: no reply came within 30 ms');
    vm.command_timeout = -1;
    // Who cancels before says so.
    const unlimited = vm.command('x', null, {timeout: 60000, cancellable});
    cancellable.cancel();
    await rejects(unlimited, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    await rejects(vm.command('x', null, {timeout: 0, cancellable}), Gio.IOErrorEnum,
        Gio.IOErrorEnum.CANCELLED);
    // An error of another kind is not the limit's.
    const dying = vm.wait_event('NEVER', null, {timeout: 60000});
    const asking = vm.command('x', null, {timeout: 60000});
    await vm.close({timeout: 60000});
    await rejects(dying, MachineError, MachineError.EXITED);
    await rejects(asking, MachineError, MachineError.EXITED);

    const starting = newMock('stall');
    error = await rejects(starting.launch({timeout: 50}), Gio.IOErrorEnum, TIMED_OUT);
    equal(error.message, 'launch: not done within 50 ms');
    equal(starting.state, MachineState.STOPPED);

    const deaf = newMock(DEAF);
    await deaf.launch({timeout: null});
    // Of a shutdown it is how long it waits before it uses force.
    await rejects(deaf.shutdown({timeout: 50}), MachineError, MachineError.ABNORMAL_SHUTDOWN);
    equal(deaf.state, MachineState.STOPPED);
    equal(deaf.exit_code, -9);
    await deaf.close();
};

tests['the time limit that a call has of its own'] = async () => {
    const {TIMED_OUT} = Gio.IOErrorEnum;
    const [peer, monitor] = await attach('negotiate\nevent A\nexpect-eof\n');
    const cancellable = new Gio.Cancellable();
    for (const call of [
        () => monitor.wait_event('B', null, 10),
        () => monitor.wait_event('B', null, {timeout: 10}),
        () => monitor.wait_event('B', null, null, {timeout: 10, cancellable}),
        () => monitor.wait_event_async('B', null, {timeout: 0}),
        () => monitor.wait_event_json('B', null, {timeout: 10}),
    ]) {
        const error = await rejects(call(), Gio.IOErrorEnum, TIMED_OUT);
        check(error.message.startsWith('wait_event'), error.message);
    }
    equal((await monitor.wait_event('A', null, {timeout: 60000})).name, 'A');
    await refuses('wait_event: timeout is given twice',
        () => monitor.wait_event('B', null, 10, {timeout: 10}));
    await refuses('wait_event: timeout is given twice',
        () => monitor.wait_event('B', null, -1, {timeout: 10}));
    for (const wrong of [-2, 2 ** 31, 2 ** 40]) {
        const text = `timeout must be from -1 to 2147483647 ms, not ${wrong}`;
        await refuses(text, () => monitor.wait_event('A', null, wrong), RangeError);
        await refuses(text, () => monitor.attach(null, {timeout: wrong}), RangeError);
        if (wrong !== TIMEOUT_DEFAULT)
            await refuses(text, () => monitor.command('x', null, {timeout: wrong}), RangeError);
        await refuses(text, async () => monitor.events('A', null, {timeout: wrong}), RangeError);
    }
    await refuses('wait_event: there is no option timout',
        () => monitor.wait_event('B', null, {timout: 10}));
    await refuses('one argument too many',
        () => monitor.wait_event('B', null, {timeout: 10}, {timeout: 10}));
    const wait = monitor.wait_event('B', null, cancellable);
    cancellable.cancel();
    await rejects(wait, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    await monitor.close();
    peer.finish();
};

tests['an AbortSignal ends a call'] = async () => {
    const {CANCELLED} = Gio.IOErrorEnum;
    const [peer, monitor] = await attach('negotiate\nexpect slow\nwait-signal go\nreply 1\n' +
        'expect quick\nreply 2\nexpect-eof\n');
    const signal = new FakeAbortSignal();
    const cancellable = new Gio.Cancellable();
    const slow = monitor.command('slow', null, {signal, timeout: 60000, cancellable});
    equal(signal.listeners.size, 1);
    check(isWatched(cancellable), 'the cancellable is listened to');
    GLib.timeout_add(GLib.PRIORITY_DEFAULT, 500, () => {
        signal.abort();
        return GLib.SOURCE_REMOVE;
    });
    const error = await within(rejects(slow, Gio.IOErrorEnum, CANCELLED), 'an aborted call');
    check(error.stack.includes('test-override.js'), `the stack names who asked: ${error.stack}`);
    equal(signal.listeners.size, 0);
    check(!isWatched(cancellable) && !cancellable.is_cancelled(), 'the cancellable is left alone');

    // These are not sent.
    await rejects(monitor.command('x', null, {signal}), Gio.IOErrorEnum, CANCELLED);
    equal(signal.listeners.size, 0);
    cancellable.cancel();
    for (const options of [cancellable, {cancellable}, {cancellable, timeout: 60000},
        {cancellable, signal: new FakeAbortSignal()}])
        await rejects(monitor.command('x', null, options), Gio.IOErrorEnum, CANCELLED);

    peer.signal('go');
    const other = new FakeAbortSignal();
    equal(await monitor.command('quick', null, {signal: other}), 2);
    equal(other.listeners.size, 0);
    // Neither is what the typelib refuses, nor does it leave a listener.
    await monitor.command(42, null, {signal: other, timeout: 60000}).then(
        () => check(false, 'a name is a string'), () => null);
    equal(other.listeners.size, 0);
    // Nor does one that cannot be listened to.
    const broken = new FakeAbortSignal();
    broken.addEventListener = () => {
        throw new RangeError('no');
    };
    const unheard = new Gio.Cancellable();
    const thrown = await monitor.command('x', null,
        {signal: broken, timeout: 60000, cancellable: unheard}).catch(caught => caught);
    check(thrown instanceof RangeError && !isWatched(unheard), thrown);
    await monitor.close();
    peer.finish();

    // Each operation rejects one that was aborted before.
    const vm = newNone();
    await vm.launch();
    for (const name of ['launch', 'wait', 'shutdown', 'kill', 'detach', 'close'])
        await rejects(vm[name]({signal}), Gio.IOErrorEnum, CANCELLED);
    equal((await vm.command('query-status')).status, 'running');
    await vm.close();
};

tests['legacy imports get the same'] = async () => {
    const legacy = imports.gi.QMachine;
    equal(legacy.Machine, QMachine.Machine);
    equal(typeof legacy.parseJson, 'function');
};

tests['a promise can be cancelled'] = async () => {
    const vm = newNone();
    const cancellable = new Gio.Cancellable();
    const launch = vm.launch(cancellable);
    cancellable.cancel();
    await rejects(launch, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    await rejects(vm.launch_async(cancellable), Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
    await vm.launch();
    cancellable.reset();
    for (const call of [each => vm.wait_event_async(null, null, -1, each),
        each => vm.wait_event(null, null, null, each)]) {
        const event = call(cancellable);
        cancellable.cancel();
        await rejects(event, Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED);
        cancellable.reset();
    }
    await vm.close();
};

tests['wrong arguments reject, and are not sent'] = async () => {
    const vm = newNone();
    await vm.launch();
    let error = await vm.command('query-status', {x: NaN}).catch(caught => caught);
    check(error instanceof RangeError, `NaN is refused: ${error}`);
    error = await vm.command('query-status', {x: 2 ** 60}).catch(caught => caught);
    check(error instanceof RangeError && error.message.includes('BigInt'), error);
    const calls = [x => vm.command('query-status', x), x => vm.qmp('query-status', x),
        x => vm.monitor.command('query-status', x), x => vm.command_with_fd('add-fd', x, 0),
        x => vm.wait_event('STOP', x, 0)];
    for (const call of calls) {
        error = await call({x: [2n ** 64n]}).catch(caught => caught);
        check(error instanceof RangeError, error);
        equal(error.message, 'x[0]: 18446744073709551616 is outside of -2^63 to 2^64-1');
        error = await call({x: {y: () => 1}}).catch(caught => caught);
        check(error instanceof TypeError, error);
        equal(error.message, 'x.y: JSON has no function');
    }
    error = await vm.command('query-status', () => 1).catch(caught => caught);
    check(error instanceof TypeError, error);
    equal((await vm.command('query-status', {x: undefined})).status, 'running');
    error = await vm.command(42).catch(caught => caught);
    check(error instanceof Error, `a name is a string: ${error}`);
    await rejects(vm.command('query-status', [1]), MonitorError, MonitorError.INVALID_COMMAND);
    equal((await vm.command('query-status')).status, 'running');
    await vm.close();
};

tests['errors of QEMU have parts'] = async () => {
    const vm = newNone();
    await vm.launch();
    const error = await rejects(vm.command('device_del', {id: 'nix'}), CommandError,
        CommandError.DEVICE_NOT_FOUND);
    check(error instanceof CommandError, 'of its class');
    equal(error.errorClass, 'DeviceNotFound');
    equal(error.description, 'Device \'nix\' not found');
    equal(error.command, 'device_del');
    equal(error.reply, {error: {class: 'DeviceNotFound', desc: 'Device \'nix\' not found'}});
    equal(error.message, 'device_del: Device \'nix\' not found');
    check(error.stack.includes('test-override.js'), `the stack names who asked: ${error.stack}`);
    equal(throws(() => vm.command_json_sync('no', null, TIMEOUT_DEFAULT, null), CommandError,
        CommandError.COMMAND_NOT_FOUND).errorClass, 'CommandNotFound');
    const own = new CommandError({code: CommandError.GENERIC_ERROR, message: 'mine'});
    equal(own.errorClass, null);
    equal(own.reply, null);
    await vm.close();

    const vm2 = newMock('negotiate; expect query-status; reply {}; expect x; ' +
        'error Novel what; serve; exit 0');
    await vm2.launch();
    const novel = await rejects(vm2.command('x'), CommandError, CommandError.UNKNOWN_CLASS);
    equal(novel.errorClass, 'Novel');
    equal(novel.description, 'what');
    await vm2.close();
};

tests['a monitor of any server'] = async () => {
    const peer = new QMock.Peer({script:
        'greet\nexpect qmp_capabilities\nreply {}\n' +
        'expect-text {"execute":"a","arguments":{"n":9223372036854775808}}\nreply [1.5, 2]\n' +
        'expect b\nerror GenericError no\nexpect c\nreply\nexpect-eof\n'});
    peer.start();
    const monitor = new QMachine.Monitor();
    const closed = [];
    monitor.connect('closed', (_monitor, error) => closed.push(error));
    await monitor.attach(peer.get_address());
    equal(monitor.state, MonitorState.RUNNING);
    equal(await monitor.command('a', {n: 2n ** 63n}), [1.5, 2]);
    equal((await rejects(monitor.command('b'), CommandError,
        CommandError.GENERIC_ERROR)).reply.error.desc, 'no');
    equal(await monitor.command_json('c', null, 0), '{}');
    await monitor.close();
    await monitor.close();
    await until(() => closed.length > 0, 'closed');
    equal(closed, [null]);
    peer.finish();
};

tests['integers stay exact both ways'] = async () => {
    const [peer, monitor] = await attach('negotiate\nserve\n');
    const values = [0, -1, 1.5, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, 2n ** 53n + 1n,
        2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 63n)];
    const back = (await monitor.command('mock-echo', {values})).values;
    values.forEach((value, i) => equal(back[i], value));
    // A BigInt that a Number could hold comes back as a Number.
    equal((await monitor.command('mock-echo', {n: 5n})).n, 5);
    const text = '18446744073709551615, "9007199254740993"';
    equal((await monitor.command('mock-echo', {text})).text, text);
    await monitor.close();
    peer.finish();
};

tests['the console'] = async () => {
    const vm = newMachine('qemu-system-x86_64', ['-accel', 'tcg', '-nodefaults', '-m', '32',
        '-drive', `file=${BUILD_DIR}/guests/echo.img,format=raw,if=ide,snapshot=on`]);
    vm.add_console(null, null);
    await vm.launch();
    equal(await vm.console.wait_for_text('ready'), 'ready');
    for (const text of ['a\0b', new Uint8Array([0, 1, 0])]) {
        await vm.console.write(text);
        vm.console.write_sync(text, null);
        await new Promise((resolve, reject) => {
            vm.console.write_async(text, null, (console, result) => {
                try {
                    resolve(console.write_finish(result));
                } catch (error) {
                    reject(error);
                }
            });
        });
    }
    await vm.console.write(';');
    await vm.console.wait_for_text(';', 60000);
    equal(imports.byteArray.fromGBytes(vm.console.bytes).slice(7).join(),
        [...Array(3).fill([97, 0, 98]), ...Array(3).fill([0, 1, 0]), 59].flat().join());
    for (const value of [null, 5, {}, ['a']])
        await refuses('what is written must be a text', () => vm.console.write(value));
    await vm.console.write('hello');
    equal(await vm.console.wait_for_text('h(el)+lo', 60000), 'hello');
    const reader = vm.console.create_reader(false);
    const match = await reader.wait_for_match('h(?<rest>el)+lo', 0, 60000);
    equal([match.text, match.get_group(1), match.get_named_group('rest')].join(), 'hello,el,el');
    check(match.before.startsWith('ready'), match.before);
    equal(reader.take_text(), '');
    for (const args of [[], [{timeout: 60000}], [undefined, {timeout: 60000}]])
        equal((await vm.console.create_reader(false).wait_for_match('l+', ...args)).text, 'll');
    const path = vm.console.open_pty(0);
    check(GLib.file_test(path, GLib.FileTest.EXISTS), path);
    vm.console.close_pty();
    await refuses('it must be a whole number', () => vm.console.interact('stdin'));
    const cancellable = new Gio.Cancellable();
    cancellable.cancel();
    for (const [text, ...args] of [['300 is no escape key', 0, 1, 300],
        ['descriptor 12345', 12345, null, null, 0], ['cancelled', 0, 1, {cancellable}]]) {
        const error = await vm.console.interact(...args).catch(caught => caught);
        check(error instanceof GLib.Error && error.message.includes(text), `${error}`);
    }
    const {COMPLETE} = QMachine.ConsoleMatchFlags;
    await rejects(reader.wait_for_match('x*', COMPLETE, {timeout: 20}), Gio.IOErrorEnum,
        Gio.IOErrorEnum.TIMED_OUT);
    await rejects(vm.console.wait_for_match('x*', COMPLETE, 20), Gio.IOErrorEnum,
        Gio.IOErrorEnum.TIMED_OUT);
    equal((await vm.console.wait_for_match('')).get_group(1), null);
    for (const args of [[20], [{timeout: 20}], [null, {timeout: 20}]]) {
        const error = await rejects(vm.console.wait_for_text('never', ...args), Gio.IOErrorEnum,
            Gio.IOErrorEnum.TIMED_OUT);
        check(error.message.startsWith('wait_for_text: nothing came that matches "never" ' +
            "within 20 ms\nThe console's last lines:\n"), error.message);
    }
    await vm.close();
};

tests['a guest agent'] = async () => {
    const peer = new QMock.Peer({script: 'sync\n' +
        'expect guest-ping {"a":[1]}\nreply {"b": 2}\n' +
        'expect guest-exec {"path":"p","arg":[],"input-data":"aGk=","capture-output":true}\n' +
        'reply {"pid": 1}\n' +
        'expect guest-exec-status\nreply {"exited": true, "exitcode": 3, "out-data": "aG8="}\n' +
        'expect guest-fsfreeze-freeze\nreply 2\nexpect guest-fsfreeze-thaw\nreply 2\n'});
    peer.start();
    const agent = new QMachine.GuestAgent();
    await agent.attach(peer.get_address());
    await agent.wait_ready({timeout: 60000});
    equal((await agent.command('guest-ping', {a: [1]}))['b'], 2);
    const result = await agent.exec(['p'], null, 'hi', 60000);
    equal(result.exit_status, 3);
    equal(imports.byteArray.toString(imports.byteArray.fromGBytes(result.output)), 'ho');
    equal(await agent.freeze(60000), 2);
    check(agent.frozen, 'frozen');
    await agent.close();
    check(!agent.frozen, 'thawed');
    peer.finish();
};

tests['a text is never cut at a NUL'] = async () => {
    const cut = 'a\0b';
    const vm = newNone();
    for (const name of ['name', 'binary', 'log_path', 'machineType', 'base-dir']) {
        const before = vm[name];
        await refuses('NUL', async () => {
            vm[name] = cut;
        });
        equal(vm[name], before);
        await refuses('NUL', async () => new QMachine.Machine({[name]: cut}));
    }
    for (const call of [() => vm.set_name(cut), () => vm.set_args(['a', cut]),
        () => vm.add_args([cut]), () => vm.add_console(cut, null), () => vm.add_fd(7, 1, cut, null),
        () => vm.command_sync(cut, null, -1, null), () => vm.human_command_sync(cut, -1, null),
        () => vm.command_json_async(cut, null, -1, null, () => {}), () => vm.command(cut),
        () => vm.qtest(cut), () => vm.human_command(cut), () => vm.wait_event([cut])])
        await refuses('NUL', async () => call());

    // As before: each way of a setting.
    const args = vm.args;
    vm.args = ['a', 'b'];
    equal(vm.args.join(), 'a,b');
    vm.args = args;
    let n = 0;
    vm.connect('notify::log-path', () => n++);
    vm.logPath = '/tmp/a';
    equal([vm.log_path, vm['log-path'], vm.dup_log_path(), n].join(), '/tmp/a,/tmp/a,/tmp/a,1');
    vm.logPath = null;
    equal(vm.logPath, null);
    equal(new QMachine.Machine({binary: 'b', args: ['c'], log_path: '/d'}).args.join(), 'c');
};

tests['close() leaves nothing, whatever was'] = async () => {
    const never = newNone();
    await never.close();
    equal(never.state, MachineState.STOPPED);

    const vm = newNone();
    await vm.launch();
    const pid = vm.get_pid();
    const waits = rejects(vm.wait_event(), MachineError, MachineError.EXITED);
    await Promise.all([vm.close(), vm.close()]);
    check(!processExists(pid), 'the process is gone');
    await waits;
    equal(vm.state, MachineState.STOPPED);
    await vm.close();

    // While QEMU starts.
    const launching = newMock('stall');
    const launch = launching.launch().then(() => 'launched', error => error);
    await launching.close();
    check(await within(launch, 'a launch that was closed') instanceof GLib.Error, 'launch failed');
    equal(launching.state, MachineState.STOPPED);

    // One that has lost its senses.
    const deaf = newMock('ignore-term; negotiate; expect query-status; reply {}; stall');
    await deaf.launch();
    await within(deaf.close(), 'close() of a deaf one');
    equal(deaf.is_running(), false);
};

// In a process of its own, whose standard error is the witness, and which may hang.
async function runChild(name, checkStderr = stderr => equal(stderr, '')) {
    const child = Gio.Subprocess.new(
        ['gjs', '-m', GLib.build_filenamev([GLib.path_get_dirname(
            GLib.filename_from_uri(import.meta.url)[0]), name])],
        Gio.SubprocessFlags.STDOUT_PIPE | Gio.SubprocessFlags.STDERR_PIPE);
    try {
        const [stdout, stderr] = await within(new Promise((resolve, reject) => {
            child.communicate_utf8_async(null, null, (_child, result) => {
                try {
                    resolve(child.communicate_utf8_finish(result).slice(1));
                } catch (error) {
                    reject(error);
                }
            });
        }), name);
        checkStderr(stderr);
        check(child.get_successful(), `${name} ended well`);
        return stdout;
    } finally {
        child.force_exit();
    }
}

tests['power off by a plan'] = async () => {
    const {PowerOffOutcome, PowerOffPlan, PowerOffStep} = QMachine;
    const vm = newNone();
    await vm.launch();
    const plan = new PowerOffPlan({button_timeout: 3000, button_interval: 0});
    const result = await vm.power_off(plan);
    equal(result.step, PowerOffStep.QUIT);
    equal(result.guest_off, false);
    equal(result.get_outcome(PowerOffStep.BUTTON), PowerOffOutcome.TIMED_OUT);
    check(result.get_reason(PowerOffStep.BUTTON).startsWith('the guest was not off after 3000 ms'),
        result.description);
    equal((await vm.power_off()).step, PowerOffStep.NONE);
    await vm.launch();
    const cancellable = new Gio.Cancellable();
    const pressed = vm.power_off(null, {cancellable});
    await vm.wait_event('POWERDOWN');
    cancellable.cancel();
    equal((await pressed.catch(error => error)).code, Gio.IOErrorEnum.CANCELLED);
    equal(vm.state, MachineState.RUNNING);
    await vm.close();
};

tests['any of several things'] = async () => {
    const vm = newNone();
    await vm.launch();
    const waits = vm.wait_set(QMachine.on_event('STOP'), QMachine.on_exit(),
        QMachine.on_run_state(QMachine.RunState.PAUSED));
    await vm.command('stop');
    const first = await waits.next(60000);
    equal(first.number, 1);
    equal(first.event.name, 'STOP');
    equal((await waits.next({timeout: 60000})).number, 3);
    const late = await vm.wait_any(QMachine.on_event('STOP', {x: 1}), {timeout: 1})
        .catch(error => error);
    equal(late.code, Gio.IOErrorEnum.TIMED_OUT);
    check(late.message.includes('the event STOP with {"x":1}: events that came: none'),
        late.message);
    await refuses('wait_set: a condition comes from', async () => vm.wait_set('STOP'));
    const any = vm.wait_any(QMachine.on_event('RESUME'));
    await vm.command('cont');
    equal((await any).number, 1);
    await vm.shutdown();
    equal((await waits.next()).exit_code, 0);
    equal((await waits.next().catch(error => error)).code, MachineError.EXITED);
    waits.close();
    equal((await waits.next().catch(error => error)).code, MonitorError.CLOSED);
};

tests['the garbage collector runs no callback and is not noticed'] = async () => {
    equal(await runChild('drop-machine.js'), 'gone\n');
};

tests['a storm of events loses no callback to the garbage collector'] = async () => {
    equal(await runChild('garbage-collection.js'), 'over\n');
};

tests['an error of the program\'s own before any of the library\'s'] = async () => {
    equal(await runChild('own-error.js'), 'mine null\n');
};

tests['what fails and is not awaited is reported once, with its call'] = async () => {
    equal(await runChild('unawaited.js', stderr => {
        equal(stderr.match(/Unhandled promise rejection/g)?.length, 2, stderr);
        for (const name of ['forgetLaunch', 'forgetEvent'])
            equal(stderr.split(`${name}@`).length, 2, stderr);
    }), 'over\n');
};

await runTests(tests);
