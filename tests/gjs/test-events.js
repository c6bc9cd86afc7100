// SPDX-License-Identifier: LGPL-2.1-or-later

// Events as the override has them: loops, listeners and handlers.

import Gio from 'gi://Gio';
import GObject from 'gi://GObject';
import Json from 'gi://Json';
import QMachine from 'gi://QMachine?version=1';

import {FakeAbortSignal, attach, check, equal, isWatched, newNone, refuses, rejects, runTests,
    sendSignal, until, within} from './harness.js';

const {MachineError, MonitorError, TIMEOUT_DEFAULT} = QMachine;

const tests = {};

tests['a loop over events with options'] = async () => {
    const {CANCELLED} = Gio.IOErrorEnum;
    const cancellable = new Gio.Cancellable();
    const signal = new FakeAbortSignal();
    const options = {timeout: 50, cancellable, signal};
    const [peer, monitor, some, all] = await attach(
        'negotiate\nevent A {"n": 1}\nevent B {"n": 1}\n' +
        'event A {"n": 2}\nexpect sync\nreply {}\nwait-signal go\nevent C\nexpect-eof\n',
        each => each.events('A', null, options), each => each.events(null, null, {timeout: 0}));
    await monitor.command('sync');
    for (const [text, wrong] of [
        ['events: options must be', 5000], ['events: options must be', 'STOP'],
        ['events: options must be', [1]], ['events: there is no option timout', {timout: 5}],
        ['timeout must be', {timeout: 0.5}], ['events: signal must be', {signal: true}],
        ['events: cancellable must be', {cancellable: true}],
    ]) {
        await refuses(text, async () => monitor.events('A', null, wrong));
        await refuses(text, async () => monitor.events(null, {n: 1}, wrong));
    }
    await refuses('events: one argument too many', async () => monitor.events('A', null, null, 5));

    const seen = [];
    for await (const event of some)
        seen.push(event.data.n);
    equal(seen, [1, 2]);
    check(signal.listeners.size === 0 && !isWatched(cancellable), 'nobody listens any more');

    // 0 takes what is there.
    for (const name of ['A', 'B', 'A'])
        equal((await all.next()).value.name, name);
    equal((await all.next()).done, true);
    equal((await all.next()).done, true);

    let events = monitor.events('NEVER', null, {cancellable, signal});
    let next = events.next();
    check(signal.listeners.size === 1 && isWatched(cancellable), 'listens while it waits');
    signal.abort();
    await rejects(next, Gio.IOErrorEnum, CANCELLED);
    equal((await events.next()).done, true);
    check(signal.listeners.size === 0 && !isWatched(cancellable), 'nobody listens any more');
    await rejects(monitor.events(null, null, {signal}).next(), Gio.IOErrorEnum, CANCELLED);

    events = monitor.events('NEVER', null, cancellable);
    next = events.next();
    cancellable.cancel();
    await rejects(next, Gio.IOErrorEnum, CANCELLED);
    await rejects(monitor.events(null, null, {cancellable}).next(), Gio.IOErrorEnum, CANCELLED);

    const other = new Gio.Cancellable();
    events = monitor.events('NEVER', null, {cancellable: other, timeout: 60000});
    next = events.next();
    await within(events.return(), 'return ()');
    equal((await next).done, true);
    check(!other.is_cancelled() && !isWatched(other), 'the cancellable is left alone');

    peer.signal('go');
    equal((await monitor.wait_event('C', null, {timeout: 60000})).name, 'C');
    await monitor.close();
    peer.finish();

    const vm = newNone();
    await vm.launch();
    for await (const event of vm.events(null, null, {timeout: 10}))
        check(false, `${event.name} came`);
    await vm.close();
};

tests['a loop over events ends with the machine'] = async () => {
    const vm = newNone();
    await vm.launch();
    const seen = [];
    const loop = (async () => {
        for await (const event of vm.events()) {
            seen.push(event.name);
            if (event.name === 'RESUME')
                await vm.shutdown();
            if (event.name === 'SHUTDOWN')
                equal(event.data, {guest: false, reason: 'host-qmp-quit'});
            check(event.timestamp > 1e15, 'microseconds since 1970');
        }
    })();
    await vm.command('stop');
    await vm.command('cont');
    await within(loop, 'the end of the loop');
    equal(seen, ['STOP', 'RESUME', 'SHUTDOWN']);

    // The next launch has events of its own, from the first on for who listened before.
    const [first, second, third] = [vm.events(), vm.listen(), vm.listen('STOP')];
    await vm.launch();
    await vm.command('stop');
    for await (const event of first) {
        equal(event.name, 'STOP');
        break;
    }
    equal((await first.next()).done, true);
    sendSignal(vm.get_pid(), 'KILL');
    for (const listener of [second, third]) {
        const names = [];
        for await (const event of listener)
            names.push(event.name);
        equal(names, ['STOP']);
        equal(listener.ended, true);
    }
    await vm.wait();
    equal(vm.exit_code, -9);
};

tests['a loop over events of some names, or some data'] = async () => {
    const [peer, monitor, some, all] = await attach('negotiate\n' +
        'event A {"n": 1, "deep": {"x": [1, 2], "y": 18446744073709551615}}\n' +
        'event B {"n": 1}\nevent A {"n": 2}\nevent C\nclose\n',
    each => each.listen(['A', 'B'], {n: 1}), each => each.events());
    const seen = [];
    for await (const event of some)
        seen.push(event);
    equal(seen.map(event => event.name), ['A', 'B']);
    equal(seen[0].data.deep, {x: [1, 2], y: 2n ** 64n - 1n});
    check(seen[0].data === seen[0].data, 'the same object when it is read again at once');
    equal([seen[1].data.n, seen[0].data.n], [1, 1]);
    check(seen[0].get_data() instanceof Json.Node, 'get_data() is the typelib\'s');
    check(seen[0].matches({deep: {y: 2n ** 64n - 1n}}), 'matches an object');
    check(!seen[0].matches({deep: {y: 5}}), 'does not match another');
    check(seen[0].matches(Json.from_string('{"n": null}')), 'matches a node');
    check(seen[1].matches(null), 'null matches');

    const rest = [];
    for await (const event of all)
        rest.push([event.name, event.data?.n]);
    equal(rest, [['A', 1], ['B', 1], ['A', 2], ['C', undefined]]);
    await monitor.close();
    peer.finish();
};

tests['a loop that is left takes nothing more'] = async () => {
    const [peer, monitor, left] = await attach(
        'negotiate\nevent A\nwait-signal go\nevent B\nevent C\nexpect-eof\n',
        each => each.events());
    for await (const event of left) {
        equal(event.name, 'A');
        break;
    }
    // And one that is told to end while it waits.
    const events = monitor.events();
    const next = events.next();
    equal(await events.return('x'), {done: true, value: 'x'});
    equal(await within(next, 'the iterator that was told to end'), {done: true, value: undefined});
    equal((await events.next()).done, true);

    peer.signal('go');
    equal((await monitor.wait_event('B')).name, 'B');
    equal((await monitor.wait_event('C', null, 60000)).data, null);
    equal(monitor.pop_event().name, 'A');
    await monitor.close();
    peer.finish();
};

tests['an event that comes while a loop is left is not lost'] = async () => {
    const rounds = 20;
    const [peer, monitor] = await attach('negotiate\n' +
        `repeat ${rounds}\nexpect emit\nevent A {"n": $N}\nreply {}\nend\n` +
        'expect emit\nevent B\nevent C\nreply {}\n' +
        'expect emit\nevent D\nevent E\nreply {}\nexpect-eof\n');
    // Blocks until the event is there, so that it was given to the wait before that is cancelled.
    const emit = () => monitor.command_json_sync('emit', null, 0, TIMEOUT_DEFAULT, null);
    for (let n = 0; n < rounds; n++) {
        const events = monitor.events();
        let result = null;
        const next = events.next().then(value => (result = value));
        emit();
        equal(await within(events.return(), 'return ()'), {done: true, value: undefined});
        check(result !== null, 'the pending next () is decided when return () is');
        await next;
        equal(result.done, false);
        equal(result.value.data, {n});
        equal((await events.next()).done, true);
        // It was taken from nobody else.
        equal(monitor.pop_event().data, {n});
    }

    // Each event is for one next (), in order, however many wait; those that are left get none.
    const events = monitor.events();
    const pending = [events.next(), events.next(), events.next(), events.next()];
    emit();
    equal((await pending[0]).value.name, 'B');
    equal((await pending[1]).value.name, 'C');
    await within(events.return(), 'return ()');
    equal((await pending[2]).done, true);
    equal((await pending[3]).done, true);

    // Each loop has all.
    const two = [monitor.events(), monitor.events()].map(each => each.next());
    emit();
    equal((await Promise.all(two)).map(({value}) => value.name), ['D', 'D']);
    equal(monitor.pop_events().map(({name}) => name), ['B', 'C', 'D', 'E']);
    await monitor.close();
    peer.finish();
};

tests['listeners do not take from each other'] = async () => {
    const vm = newNone();
    await vm.launch();
    const all = vm.listen();
    const stops = vm.listen('STOP', {});
    await vm.command('stop');
    await vm.command('cont');
    equal((await vm.wait_event('STOP')).name, 'STOP');
    equal((await all.next()).name, 'STOP');
    equal((await all.next({timeout: 60000})).name, 'RESUME');
    equal(stops.pop().name, 'STOP');
    equal(stops.pop(), null);
    await rejects(stops.next({timeout: 20}), Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT);
    await refuses('match must be an object', async () => vm.listen('A', 5000));
    await refuses('listen: one argument too many', async () => vm.listen('A', null, {timeout: 5}));

    stops.close();
    await rejects(stops.next(), MonitorError, MonitorError.CLOSED);
    for await (const event of stops)
        check(false, `${event.name} of one that was closed`);
    await vm.shutdown();
    equal((await all.next()).name, 'SHUTDOWN');
    await rejects(all.next(), MachineError, MachineError.EXITED);
    equal(all.events_dropped, 0);
};

tests['a loop over what never began throws'] = async () => {
    const none = newNone();
    await rejects(none.events().next(), MachineError, MachineError.NOT_RUNNING);
    await rejects(new QMachine.Monitor().events().next(), MonitorError, MonitorError.CLOSED);

    // An end that was no good one is thrown, after what came before it.
    const [peer, monitor] = await attach(
        'negotiate\nwait-signal go\nevent A\nsend-line {]\nexpect-eof\n');
    const closed = [];
    monitor.connect('closed', (_monitor, error) => closed.push(error));
    const events = monitor.events();
    peer.signal('go');
    equal((await events.next()).value.name, 'A');
    await rejects(events.next(), MonitorError, MonitorError.PROTOCOL);
    equal((await events.next()).done, true);
    await until(() => closed.length > 0, 'closed');
    check(closed[0].matches(MonitorError, MonitorError.PROTOCOL), closed[0]);
    peer.finish();
};

tests['a handler of events is found by its function'] = async () => {
    const [peer, monitor] = await attach(
        'negotiate\nrepeat 5\nexpect emit\nevent A\nreply {}\nend\nexpect-eof\n');
    const calls = [];
    const handler = function (...args) {
        check(args.length === 2 && args[0] === monitor, 'the arguments are the signal\'s');
        calls.push(args[1].name);
    };
    const emit = async n => {
        calls.length = 0;
        await monitor.command('emit');
        equal(calls.length, n, 'calls');
    };

    monitor.connect('event', handler);
    const id = monitor.connect_after('event::A', handler);
    monitor.connect('event::B', handler);
    monitor.connect('closed', handler);
    await emit(2);
    check(GObject.signal_handler_find(monitor, {func: handler}) > 0, 'it is found');
    equal(GObject.signal_handlers_block_by_func(monitor, handler), 4);
    await emit(0);
    equal(GObject.signal_handlers_unblock_by_func(monitor, handler), 4);
    monitor.disconnect(id);
    await emit(1);
    equal(GObject.signal_handlers_disconnect_by_func(monitor, handler), 3);
    await emit(0);
    check(!GObject.signal_handler_find(monitor, {func: handler}), 'it is gone');
    equal(GObject.signal_handlers_disconnect_by_func(monitor, () => {}), 0);
    monitor.connect('event', handler);
    await emit(1);
    await monitor.close();
    peer.finish();
};

await runTests(tests);
