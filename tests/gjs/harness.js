// SPDX-License-Identifier: LGPL-2.1-or-later

// What the JavaScript tests share. An exception in a callback of GLib's is logged and lost: a test
// stores what happens there, and checks it after it has awaited it.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import QMachine from 'gi://QMachine?version=1';
import QMock from 'gi://QMock';
import System from 'system';

// Longer than anything takes on a slow machine; who reaches it fails.
export const DEADLINE_MS = 60000;

export const BUILD_DIR = GLib.getenv('G_TEST_BUILDDIR');
if (BUILD_DIR === null)
    throw new Error('G_TEST_BUILDDIR is not set');

export function check(condition, text) {
    if (!condition)
        throw new Error(`not so: ${text}`);
}

function show(value) {
    return JSON.stringify(value, (_key, member) =>
        typeof member === 'bigint' ? `${member}n` : member) ?? String(value);
}

export function equal(actual, expected, text = '') {
    const same = Object.is(actual, expected) ||
        (typeof actual === 'object' && typeof expected === 'object' &&
         show(actual) === show(expected));
    if (!same)
        throw new Error(`${text} is ${show(actual)}, not ${show(expected)}`);
}

function checkError(error, domain, code) {
    if (!(error instanceof GLib.Error) || !error.matches(domain, code))
        throw new Error(`another error than ${domain.name} ${code}: ${error}\n${error.stack}`);
    return error;
}

/* The error of a promise, which must have this domain and code. */
export async function rejects(promise, domain, code) {
    let result;
    try {
        result = await promise;
    } catch (error) {
        return checkError(error, domain, code);
    }
    throw new Error(`no error of ${domain.name}, but ${show(result)}`);
}

/* The same for a function that throws. */
export function throws(call, domain, code) {
    let result;
    try {
        result = call();
    } catch (error) {
        return checkError(error, domain, code);
    }
    throw new Error(`no error of ${domain.name}, but ${show(result)}`);
}

/* The promise, or an exception when nothing came of it by the deadline. */
export async function within(promise, what) {
    let source;
    const late = new Promise((_resolve, reject) => {
        source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, DEADLINE_MS, () => {
            source = 0;
            reject(new Error(`${what}: nothing after ${DEADLINE_MS} ms`));
            return GLib.SOURCE_REMOVE;
        });
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        if (source !== 0)
            GLib.source_remove(source);
    }
}

/* Waits for a condition that something in the main context makes true. */
export async function until(condition, what) {
    await within(new Promise(resolve => {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 5, () => {
            if (!condition())
                return GLib.SOURCE_CONTINUE;
            resolve();
            return GLib.SOURCE_REMOVE;
        });
    }), what);
}

/* A directory for the machines of this program, which must be empty in the end. */
export const baseDir = GLib.Dir.make_tmp('qmachine-gjs-XXXXXX');

export function removeBaseDir() {
    check(GLib.rmdir(baseDir) === 0, `${baseDir} is empty`);
}

// The first name that a kill of its own would have is taken by the shell's.
export function sendSignal(pid, name) {
    // The shell's own: not every system has the program.
    const process = Gio.Subprocess.new(['sh', '-c', `kill -${name} ${pid}`], 0);
    check(process.wait_check(null), `signal ${name} sent`);
}

export function processExists(pid) {
    return GLib.file_test(`/proc/${pid}`, GLib.FileTest.EXISTS);
}

const machines = [];

export function newMachine(binary, args) {
    const machine = new QMachine.Machine({binary, args, base_dir: baseDir});
    machines.push(machine);
    return machine;
}

/* A QEMU that does nothing. */
export function newNone(...args) {
    return newMachine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg', ...args]);
}

/* The scripted peer in QEMU's place. */
export function newMock(script) {
    return newMachine(`${BUILD_DIR}/mock/mock-qemu`, ['-mock', script]);
}

/* The typelib's own blocking call, which has another name where the override is. */
export function block(object, name, ...args) {
    return (object[`${name}_sync`] ?? object[name]).apply(object, args);
}

/* No machine outlives its test. */
export function killMachines() {
    for (const machine of machines.splice(0))
        block(machine, 'kill', null);
}

// With what begins to listen before the first event comes.
export async function attach(script, ...listeners) {
    const peer = new QMock.Peer({script});
    const monitor = new QMachine.Monitor();
    const results = listeners.map(listen => listen(monitor));
    await monitor.attach_stream(peer.start_stream());
    return [peer, monitor, ...results];
}

export class FakeAbortSignal {
    aborted = false;
    listeners = new Set();

    addEventListener(type, listener) {
        equal(type, 'abort');
        this.listeners.add(listener);
    }

    removeEventListener(type, listener) {
        equal(type, 'abort');
        this.listeners.delete(listener);
    }

    abort() {
        this.aborted = true;
        for (const listener of this.listeners)
            listener({type: 'abort', target: this});
    }
}

export function isWatched(cancellable) {
    const id = GObject.signal_lookup('cancelled', Gio.Cancellable.$gtype);
    return GObject.signal_has_handler_pending(cancellable, id, 0, true);
}

// A TypeError, or another one, whose message says this.
export async function refuses(text, call, type = TypeError) {
    const error = await call().then(value => `no error, but ${value}`, caught => caught);
    check(error instanceof type && error.message.includes(text), `${text}: ${error}`);
}

/* Runs them one after the other, and ends the program. */
export async function runTests(tests) {
    let failed = 0;
    let number = 0;
    print(`1..${Object.keys(tests).length}`);
    for (const [name, test] of Object.entries(tests)) {
        number++;
        try {
            await within(test(), name);
            print(`ok ${number} - ${name}`);
        } catch (error) {
            failed++;
            print(`not ok ${number} - ${name}`);
            printerr(`${name}: ${error}\n${error.stack ?? ''}`);
        } finally {
            killMachines();
        }
    }
    removeBaseDir();
    System.exit(failed === 0 ? 0 : 1);
}
