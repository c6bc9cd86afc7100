// SPDX-License-Identifier: LGPL-2.1-or-later

// The scenarios that every language plays, against real QEMU and the scripted peer.
//
//   gjs -m scenarios.js gjs|gjs-plain
//
// `gjs-plain` is the typelib alone, with the override disabled. `gjs` plays each scenario twice:
// as a program written for the override, and as that same one for the typelib alone, which must
// not notice that the override is there, but for the names of the calls that block.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import Json from 'gi://Json';
import QMachine from 'gi://QMachine?version=1';
import System from 'system';

import {baseDir, block, check, equal, killMachines, newMachine, newMock, newNone, rejects,
    removeBaseDir, sendSignal, throws, until, within} from './harness.js';

const {CommandError, MachineError, MachineState, TIMEOUT_DEFAULT} = QMachine;
const {IOErrorEnum} = Gio;

function call(object, name, ...args) {
    return new Promise((resolve, reject) => {
        object[`${name}_async`](...args, (_source, result) => {
            try {
                resolve(object[`${name}_finish`](result));
            } catch (error) {
                reject(error);
            }
        });
    });
}

// The same words in both ways of speaking.
const typelib = {
    launch: (vm, cancellable = null) => call(vm, 'launch', cancellable),
    wait: vm => call(vm, 'wait', -1, null),
    shutdown: vm => call(vm, 'shutdown', TIMEOUT_DEFAULT, null),
    command: async (vm, name, args) => JSON.parse(await call(vm, 'command_json', name,
        args === undefined ? null : JSON.stringify(args), TIMEOUT_DEFAULT, null)),
    readEvents: async (listener, number) => {
        let n = 0;
        for (; n < number; n++)
            await call(listener, 'next', 60000, null);
        return n;
    },
    waitEvent: (vm, name, match, timeout, cancellable = null) => call(vm, 'wait_event',
        name === null ? null : [name],
        match === null ? null : Json.from_string(JSON.stringify(match)), timeout, cancellable),
    eventData: event => JSON.parse(event.to_json()).data,
    errorParts: error => [CommandError.get_class_name(error),
        CommandError.get_description(error), CommandError.get_command_name(error)],
    // Integers as the text that they are.
    sendIntegers: (vm, name, before, integer) =>
        call(vm, 'command_json', name, `${before}${integer}}`, TIMEOUT_DEFAULT, null),
    getInteger: (vm, args) => call(vm, 'command_json', 'qom-get', JSON.stringify(args), TIMEOUT_DEFAULT, null),
};

const override = {
    launch: (vm, cancellable) => vm.launch(cancellable),
    wait: vm => vm.wait(),
    shutdown: vm => vm.shutdown(),
    command: (vm, name, args) => vm.command(name, args),
    readEvents: async (listener, number) => {
        let n = 0;
        for await (const event of listener) {
            check(event.name !== '', 'it has a name');
            if (++n === number)
                break;
        }
        return n;
    },
    waitEvent: (vm, name, match, timeout, cancellable) =>
        vm.wait_event(name, match, timeout, cancellable),
    eventData: event => event.data,
    errorParts: error => [error.errorClass, error.description, error.command],
    sendIntegers: async (vm, name, before, integer) => {
        const args = QMachine.parseJson(`${before}0}`);
        const last = Object.keys(args).at(-1);
        args[last] = BigInt(integer);
        return QMachine.stringifyJson(await vm.command(name, args));
    },
    getInteger: async (vm, args) => {
        const value = await vm.command('qom-get', args);
        equal(typeof value, 'bigint');
        return String(value);
    },
};

// A command or two, then whatever the machine is asked at its end.
const PRIMED = 'negotiate; expect query-status; reply {"status":"running"}';
const SERVE = 'serve; exit 0';

function newServing(peer, script = '') {
    return peer === 'real' ? newNone() : newMock(`${PRIMED}; ${script}${SERVE}`);
}

async function stopWell(q, vm) {
    await q.shutdown(vm);
    equal(vm.get_exit_code(), [true, 0], 'the exit code');
    equal(vm.get_state(), MachineState.STOPPED);
}

const INTEGERS = ['9007199254740993', '9223372036854775808', '18446744073709551615'];

const scenarios = {
    'launch': async (q, peer) => {
        const vm = newServing(peer);
        let exits = 0;
        vm.connect('exited', () => exits++);
        await q.launch(vm);
        equal(vm.get_state(), MachineState.RUNNING);
        check(vm.get_pid() > 0, 'there is a process');
        equal((await q.command(vm, 'query-status')).status, 'running');
        await stopWell(q, vm);
        await until(() => exits > 0, 'exited');

        // Blocking, and once more.
        check(block(vm, 'launch', null), 'launched again');
        check(vm.is_running(), 'runs');
        check(block(vm, 'shutdown', TIMEOUT_DEFAULT, null), 'shut down again');
        check(!vm.is_running(), 'runs no more');
        await until(() => exits > 1, 'exited again');
        equal(exits, 2);
    },

    'failed-launch': async (q, peer) => {
        const vm = peer === 'real'
            ? newNone('-no-such-option')
            : newMock('stderr -no-such-option: invalid option; exit 1');
        for (const error of [
            await rejects(q.launch(vm), MachineError, MachineError.LAUNCH_FAILED),
            throws(() => block(vm, 'launch', null), MachineError, MachineError.LAUNCH_FAILED),
        ])
            check(error.message.includes('invalid option') && error.message.includes('status 1'),
                `QEMU's last words and its status are in: ${error.message}`);
        equal(vm.get_state(), MachineState.STOPPED);
        await rejects(q.launch(newMachine('no-such-qemu', [])), MachineError,
            MachineError.INVALID_CONFIGURATION);
    },

    'command': async (q, peer) => {
        const vm = newServing(peer, 'expect qom-get {"path":"/machine","property":"type"}; ' +
            'reply "none-machine"; expect qom-get {"path":"/machine","property":"type"}; ' +
            'reply "none-machine"; ');
        const args = {path: '/machine', property: 'type'};
        await q.launch(vm);
        equal(await q.command(vm, 'qom-get', args), 'none-machine');
        const node = block(vm, 'command', 'qom-get', Json.from_string(JSON.stringify(args)),
            TIMEOUT_DEFAULT, null);
        equal(node.get_string(), 'none-machine');
        equal(JSON.parse(block(vm, 'command_json', 'query-status', null, -1, null)).status,
            'running');
        await stopWell(q, vm);
    },

    'qmp-error': async (q, peer) => {
        const vm = newServing(peer,
            'expect device_del {"id":"nix"}; error DeviceNotFound Device \'nix\' not found; ');
        await q.launch(vm);
        const error = await rejects(q.command(vm, 'device_del', {id: 'nix'}), CommandError,
            CommandError.DEVICE_NOT_FOUND);
        equal(error.message, 'device_del: Device \'nix\' not found');
        equal(q.errorParts(error), ['DeviceNotFound', 'Device \'nix\' not found', 'device_del']);
        throws(() => block(vm, 'command', 'no-such-command', null, -1, null), CommandError,
            CommandError.COMMAND_NOT_FOUND);
        equal((await q.command(vm, 'query-status')).status, 'running');
        await stopWell(q, vm);
    },

    'event-by-detail': async (q, peer) => {
        const vm = newServing(peer,
            'expect stop; event STOP; reply; expect query-status; reply {"status":"paused"}; ' +
            'expect cont; event RESUME; reply; ');
        const all = [];
        const resumes = [];
        vm.connect('event', (_vm, event) => all.push(event.name));
        vm.connect('event::RESUME', (source, event) => resumes.push(source === vm && event.name));
        await q.launch(vm);
        await q.command(vm, 'stop');
        await q.command(vm, 'cont');
        await until(() => resumes.length > 0, 'RESUME');
        equal(all, ['STOP', 'RESUME']);
        await stopWell(q, vm);
        equal(resumes, ['RESUME']);
    },

    'wait-event-match': async (q, peer) => {
        const vm = newServing(peer, 'expect blockdev-create; ' +
            'event JOB_STATUS_CHANGE {"status": "created", "id": "j0"}; ' +
            'event JOB_STATUS_CHANGE {"status": "concluded", "id": "j1"}; reply; ' +
            'event JOB_STATUS_CHANGE {"status": "concluded", "id": "j0"}; ');
        const file = `${baseDir}/disk`;
        await q.launch(vm);
        await q.command(vm, 'blockdev-create',
            {'job-id': 'j0', 'options': {driver: 'file', filename: file, size: 65536}});
        const event = await q.waitEvent(vm, 'JOB_STATUS_CHANGE', {id: 'j0', status: 'concluded'},
            60000);
        equal(q.eventData(event), {status: 'concluded', id: 'j0'});
        check(event.get_timestamp() > 1e15, 'microseconds since 1970');

        // What did not match is still there.
        const first = block(vm, 'wait_event', ['JOB_STATUS_CHANGE'], null, 0, null);
        equal(q.eventData(first), {status: 'created', id: 'j0'});
        await stopWell(q, vm);
        if (peer === 'real')
            GLib.unlink(file);
    },

    'time-out': async (q, peer) => {
        const vm = newServing(peer, 'expect query-name; expect query-uuid; ' +
            'reply-to 3 {"late": true}; reply-to 4 {"UUID": "right"}; ');
        await q.launch(vm);
        await rejects(q.waitEvent(vm, 'NEVER', null, 20), IOErrorEnum, IOErrorEnum.TIMED_OUT);
        throws(() => block(vm, 'wait_event', ['NEVER'], null, 20, null), IOErrorEnum,
            IOErrorEnum.TIMED_OUT);

        // The late reply of one command is not the next one's.
        if (peer === 'real')
            sendSignal(vm.get_pid(), 'STOP');
        vm.command_timeout = 50;
        await rejects(q.command(vm, 'query-name'), IOErrorEnum, IOErrorEnum.TIMED_OUT);
        vm.command_timeout = -1;
        if (peer === 'real')
            sendSignal(vm.get_pid(), 'CONT');
        check('UUID' in await q.command(vm, 'query-uuid'), 'the right reply');
        await stopWell(q, vm);
    },

    'cancel': async (q, peer) => {
        const vm = newServing(peer);
        const cancellable = new Gio.Cancellable();
        const launch = q.launch(vm, cancellable);
        cancellable.cancel();
        await rejects(launch, IOErrorEnum, IOErrorEnum.CANCELLED);
        equal(vm.get_state(), MachineState.STOPPED);

        await q.launch(vm);
        throws(() => block(vm, 'wait_event', null, null, -1, cancellable), IOErrorEnum,
            IOErrorEnum.CANCELLED);
        cancellable.reset();
        const event = q.waitEvent(vm, 'NEVER', null, -1, cancellable);
        GLib.idle_add(GLib.PRIORITY_LOW, () => {
            cancellable.cancel();
            return GLib.SOURCE_REMOVE;
        });
        await rejects(event, IOErrorEnum, IOErrorEnum.CANCELLED);
        equal((await q.command(vm, 'query-status')).status, 'running');
        await stopWell(q, vm);
    },

    'unexpected-death': async (q, peer) => {
        const vm = peer === 'real' ? newNone() : newMock(`${PRIMED}; expect query-name; kill KILL`);
        let exits = 0;
        vm.connect('exited', () => exits++);
        await q.launch(vm);
        const event = rejects(q.waitEvent(vm, 'NEVER', null, -1), MachineError,
            MachineError.EXITED);
        if (peer === 'real')
            sendSignal(vm.get_pid(), 'KILL');
        else
            await rejects(q.command(vm, 'query-name'), MachineError, MachineError.EXITED);
        await event;
        await q.wait(vm);
        equal(vm.get_exit_code(), [true, -9], 'the exit code');
        equal(vm.get_state(), MachineState.STOPPED);
        await rejects(q.command(vm, 'query-name'), MachineError, MachineError.NOT_RUNNING);
        await until(() => exits > 0, 'exited');
        equal(exits, 1);
    },

    'two-machines': async (q, peer) => {
        const one = newServing(peer, 'expect stop; event STOP; reply; ');
        const two = newServing(peer);
        await Promise.all([q.launch(one), q.launch(two)]);
        check(one.get_pid() !== two.get_pid(), 'two processes');
        await q.command(one, 'stop');
        equal((await q.waitEvent(one, 'STOP', null, 60000)).name, 'STOP');
        equal((await q.command(two, 'query-status')).status, 'running');
        equal(two.pop_event(), null);
        await stopWell(q, one);
        check(two.is_running(), 'the other one still runs');
        equal((await q.command(two, 'query-status')).status, 'running');
        await stopWell(q, two);
    },

    // Two listeners, one who waits, and a handler at once.
    'listeners': async (q, peer) => {
        const number = peer === 'real' ? 100 : 10000;
        const vm = newServing(peer,
            'expect stop; reply; repeat 10000; event TICK {"n":$N}; end; ');
        let handled = 0;
        vm.connect('event', () => handled++);
        await q.launch(vm);
        vm.monitor.event_backlog = 20000;
        const readers = [1, 2].map(() => q.readEvents(vm.listen(null, null), number));
        const waits = (async () => {
            for (let i = 0; i < number; i++)
                await q.waitEvent(vm, null, null, 60000);
            return number;
        })();
        for (let i = 0; i < (peer === 'real' ? number : 1); i++)
            await q.command(vm, i % 2 ? 'cont' : 'stop');
        equal(await Promise.all([...readers, waits]), [number, number, number]);
        await until(() => handled >= number, 'the handler');
        equal(handled, number);
        await stopWell(q, vm);
    },

    'big-integers': async (q, peer) => {
        if (peer === 'mock') {
            const vm = newServing(peer);
            await q.launch(vm);
            for (const integer of [...INTEGERS, '-9223372036854775808'])
                equal(await q.sendIntegers(vm, 'mock-echo', '{"n":', integer), `{"n":${integer}}`);
            await stopWell(q, vm);
            return;
        }

        const ports = INTEGERS.flatMap((_, i) =>
            ['-device', `pcie-root-port,id=p${i},chassis=${i}`]);
        const vm = newMachine('qemu-system-x86_64',
            ['-machine', 'q35', '-accel', 'tcg', '-S', '-nodefaults', ...ports]);
        await q.launch(vm);
        for (const [i, integer] of INTEGERS.entries()) {
            await q.sendIntegers(vm, 'device_add', '{"driver":"pci-bridge","chassis_nr":9,' +
                `"id":"b${i}","bus":"p${i}","pref64-reserve":`, integer);
            equal(await q.getInteger(vm, {
                path: `/machine/peripheral/b${i}`,
                property: 'pref64-reserve',
            }), integer);
        }
        await stopWell(q, vm);
    },

    'large-reply': async (q, peer) => {
        const vm = newServing(peer,
            'expect query-qmp-schema; send {"return": "; flood x 4M; send-line "}; ');
        await q.launch(vm);
        const reply = await q.command(vm, 'query-qmp-schema');
        if (peer === 'mock')
            check(reply === 'x'.repeat(4 << 20), 'four million times x');
        else
            check(reply.length > 500 && reply.every(entry => 'meta-type' in entry), 'a schema');
        equal((await q.command(vm, 'query-status')).status, 'running');
        await stopWell(q, vm);
    },
};

const language = ARGV[0];
const ways = {'gjs': [override, typelib], 'gjs-plain': [typelib]}[language];
if (ways === undefined)
    throw new Error('usage: scenarios.js gjs|gjs-plain');
if ((language === 'gjs') !== ('parseJson' in QMachine))
    throw new Error(`${language}: the override is ${language === 'gjs' ? 'not' : ''} there`);

let failed = 0;
for (const peer of ['real', 'mock']) {
    for (const [name, play] of Object.entries(scenarios)) {
        try {
            for (const q of ways)
                await within(play(q, peer), name);
            print(`pass: ${language}: ${peer}: ${name}`);
        } catch (error) {
            failed++;
            printerr(`${language}: ${peer}: ${name}: ${error}\n${error.stack}`);
        } finally {
            killMachines();
        }
    }
}
removeBaseDir();
System.exit(failed === 0 ? 0 : 1);
