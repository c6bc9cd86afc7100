// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported _init */

// What JavaScript adds to the typelib: promises, plain objects, loops over events.
//
// One rule: only a name that says so blocks. `launch()` is a promise, whatever its arguments are;
// `launch_sync(cancellable)` is the typelib's own, which blocks, and
// `launch_async(cancellable, callback)` its own, which calls back: both speak Json.Node.
//
// Nothing here puts a property on a GObject: its wrapper would then live as long as the object,
// and what the garbage collector may drop, and when, would be decided by sugar.

const Gi = imports._gi;
const {Gio, GLib, GObject, Json} = imports.gi;
const System = imports.system;

// Garbage.

// GJS 1.74 looks through all objects that it handed to JavaScript and has not collected, for each
// that it hands over. And when the engine collects so many that it leaves the rest for later, GJS
// blocks each callback until then; but later is when JavaScript runs again, so the program hangs.
// What this library makes is therefore collected in one go, and while it is little.
const MANY_WRAPPERS = 2000;
// A collection looks at all that the program holds: four times as long as it took is without one.
const PAUSE = 4;

let nWrappers = 0;
let nextCollection = 0;

function countWrappers(n) {
    nWrappers += n;
    if (nWrappers < MANY_WRAPPERS)
        return;
    nWrappers = 0;
    const start = GLib.get_monotonic_time();
    if (start < nextCollection)
        return;
    System.gc();
    const end = GLib.get_monotonic_time();
    nextCollection = end + PAUSE * (end - start);
}

// Integers.

// Drawn after the text was written, so no text contains it, not even one that would like to.
function newMark() {
    return GLib.uuid_string_random();
}

function markInteger(token, mark) {
    // What the grammar of JSON does not allow is left to JSON.parse () to refuse.
    if (!/^-?[1-9][0-9]*$/.test(token) || Number.isSafeInteger(Number(token)))
        return token;
    return `["${mark}","${token}"]`;
}

// The text with each integer that a Number would round put between marks: as an array, which
// cannot stand where a key must, so what was no JSON does not become any.
function markIntegers(text, mark) {
    const parts = [];
    let start = 0;
    while (start < text.length) {
        let quote = text.indexOf('"', start);
        if (quote < 0)
            quote = text.length;
        parts.push(text.slice(start, quote).replace(/-?[0-9][0-9.eE+-]*/g,
            token => markInteger(token, mark)));

        let end = quote;
        let escaped = true;
        while (escaped && end < text.length) {
            end = text.indexOf('"', end + 1);
            if (end < 0)
                end = text.length;
            let first = end;
            while (text[first - 1] === '\\')
                first--;
            escaped = (end - first) % 2 === 1;
        }
        parts.push(text.slice(quote, end + 1));
        start = end + 1;
    }
    return parts.join('');
}

/* JSON.parse (), but an integer that a Number cannot hold exactly is a BigInt. */
function parseJson(text) {
    if (!/[0-9]{16}/.test(text))
        return JSON.parse(text);

    const mark = newMark();
    const marked = markIntegers(text, mark);
    return JSON.parse(marked, (_key, value) =>
        Array.isArray(value) && value[0] === mark ? BigInt(value[1]) : value);
}

// Kinds of values.

function isNothing(value) {
    return value === undefined || value === null;
}

function isObject(value) {
    return typeof value === 'object' && value !== null;
}

// Not made by a class: what it holds, it shows.
function isPlain(object) {
    const prototype = Object.getPrototypeOf(object);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameKind(object) {
    const name = Object.getPrototypeOf(object)?.constructor?.name;
    return typeof name === 'string' && name !== '' && name !== 'Object'
        ? name
        : Object.prototype.toString.call(object).slice('[object '.length, -1);
}

function describe(value) {
    if (typeof value === 'function')
        return 'a function';
    return isObject(value) ? nameKind(value) : String(value);
}

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

function checkNumber(value, where) {
    if (!Number.isFinite(value))
        throw new RangeError(`${where()}JSON has no ${value}`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        throw new RangeError(
            `${where()}${value} may have been rounded: write such an integer as a BigInt`);
    }
}

function checkBigInt(value, where) {
    if (value < MIN_INTEGER || value > MAX_INTEGER)
        throw new RangeError(`${where()}${value} is outside of -2^63 to 2^64-1`);
}

// JSON.stringify () makes `{}` of them, or numbered members, whatever they hold.
const OPAQUE = [Map, Set, WeakMap, WeakSet, ArrayBuffer, Promise, RegExp, Error, GLib.Error,
    GObject.Object];

// An object that has a toJSON () was replaced by its result before.
function checkObject(value, where) {
    if (isPlain(value) || Array.isArray(value) || value instanceof String ||
        value instanceof Boolean)
        return;
    if (Object.keys(value).length === 0 || ArrayBuffer.isView(value) ||
        OPAQUE.some(type => value instanceof type)) {
        const name = nameKind(value);
        const what = name === 'Object' ? 'inherited members' : name;
        throw new TypeError(`${where()}JSON has no ${what}`);
    }
}

// The way to a member, as a program would write it: `a.b[0]: `.
function describePath(keys) {
    const path = keys.map(key => typeof key === 'number' ? `[${key}]` : `.${key}`).join('');
    return path === '' ? '' : `${path.replace(/^\./, '')}: `;
}

/* JSON.stringify (), but a BigInt is an integer, and what could only be written wrong is refused:
 * infinities, NaN, functions, symbols, undefined but as a member of an object, integers of more
 * than 64 bits, those of type Number that are too large to be exact, and objects that hold what
 * they do not show as members, such as a Map. */
function stringifyJson(value) {
    const mark = newMark();
    let marked = false;
    // The objects around what is written, from the outermost one, each with its key.
    const around = [];

    const text = JSON.stringify(value, function (key, replaced) {
        while (around.length > 0 && around[around.length - 1].object !== this)
            around.pop();
        const ownKey = Array.isArray(this) ? Number(key) : key;
        const where = () => describePath([...around.map(each => each.key), ownKey].slice(1));

        // Not what a toJSON () of BigInt's, which programs add, made of it.
        let scalar = typeof this[key] === 'bigint' ? this[key] : replaced;
        if (scalar instanceof Number || scalar instanceof BigInt)
            scalar = scalar.valueOf();

        switch (typeof scalar) {
        case 'bigint':
            checkBigInt(scalar, where);
            marked = true;
            return `${mark}${scalar}`;
        case 'number':
            checkNumber(scalar, where);
            break;
        // An object's member that is undefined is left out, as JSON.stringify () does.
        case 'undefined':
        case 'function':
        case 'symbol':
            if (around.length === 0 || Array.isArray(this) || scalar !== undefined)
                throw new TypeError(`${where()}JSON has no ${typeof scalar}`);
            break;
        case 'object':
            if (scalar !== null)
                checkObject(scalar, where);
            around.push({object: scalar, key: ownKey});
            break;
        }
        return scalar;
    });
    return marked ? text.replace(new RegExp(`"${mark}(-?[0-9]+)"`, 'g'), '$1') : text;
}

// The typelib's value for a time limit: what the property for this kind of call says.
let timeoutDefault;

// Arguments of the promise forms: what is left out is null, -1 or 0, as the typelib would have it.

function asIs(value) {
    return value;
}

// GJS would take the number 0 for nothing at all.
function required(value) {
    if (value === undefined)
        throw new TypeError('an argument is missing');
    return value;
}

function orNull(value) {
    return isNothing(value) ? null : value;
}

function orOne(value) {
    return isNothing(value) ? 1 : value;
}

function orFalse(value) {
    return isNothing(value) ? false : value;
}

const MAX_TIMEOUT = 2 ** 31 - 1;

// GJS would take most of what is no number for 0, and of one that is too large the lowest 32 bits.
function orForever(value) {
    if (isNothing(value))
        return -1;
    if (!Number.isInteger(value)) {
        throw new TypeError(
            `timeout must be a whole number of milliseconds, not ${describe(value)}`);
    }
    if (value < -1 || value > MAX_TIMEOUT)
        throw new RangeError(`timeout must be from -1 to ${MAX_TIMEOUT} ms, not ${value}`);
    return value;
}

function orDefault(value) {
    return isNothing(value) || value === timeoutDefault ? timeoutDefault : orForever(value);
}

function orZero(value) {
    if (isNothing(value))
        return 0;
    if (!Number.isInteger(value))
        throw new TypeError(`an integer is expected, not ${describe(value)}`);
    return value;
}

function orNoFlags(value) {
    if (isNothing(value))
        return 0;
    if (!Number.isInteger(value))
        throw new TypeError(`flags must be a number of an enumeration of QMachine, not ${describe(value)}`);
    return value;
}

function toWholeNumber(value) {
    if (!Number.isInteger(value))
        throw new TypeError(`it must be a whole number, not ${describe(value)}`);
    if (value < -1 || value > MAX_TIMEOUT)
        throw new RangeError(`it must be from -1 to ${MAX_TIMEOUT}, not ${value}`);
    return value;
}

function orMinusOne(value) {
    return isNothing(value) ? -1 : toWholeNumber(value);
}

/* null is none, and what is left out is the usual one. */
function orEscapeKey(value) {
    return value === undefined ? 0x1d : orMinusOne(value);
}

function toDescriptor(value) {
    if (!Number.isInteger(required(value)))
        throw new TypeError(`a descriptor must be a number, not ${describe(value)}`);
    return value;
}

// GJS would cut a text at its first NUL.
function checkNul(name, value) {
    const text = [value].flat().find(each => typeof each === 'string' && each.includes('\0'));
    if (text !== undefined)
        throw new TypeError(`${name}: a text must not have a NUL: ${JSON.stringify(text)}`);
}

// To type: any text, or bytes.
function toBytes(value) {
    if (value instanceof GLib.Bytes)
        return value;
    if (typeof value === 'string')
        return new GLib.Bytes(new TextEncoder().encode(value));
    if (value instanceof Uint8Array)
        return new GLib.Bytes(value);
    throw new TypeError(`what is written must be a text or a Uint8Array, not ${describe(value)}`);
}

function toBytesOrNull(value) {
    return isNothing(value) ? null : toBytes(value);
}

function toText(value) {
    if (isNothing(value))
        return null;
    return value instanceof Json.Node ? Json.to_string(value, false) : stringifyJson(value);
}

// For a call that has no form for text.
function toNode(value) {
    if (isNothing(value) || value instanceof Json.Node)
        return orNull(value);
    return Json.from_string(stringifyJson(value));
}

// QEMU's, NAME=VALUE each: of an object, in which a truth is on or off.
function toOptions(value) {
    if (isNothing(value) || Array.isArray(value))
        return orNull(value);
    if (!isObject(value) || !isPlain(value))
        throw new TypeError(`options must be an object, an array or null, not ${describe(value)}`);
    const words = new Map([[true, 'on'], [false, 'off']]);
    return Object.entries(value).map(([name, each]) => `${name}=${words.get(each) ?? each}`);
}

// A node stays one: it cannot say exactly what a text can.
function toMatch(match) {
    if (isNothing(match) || match instanceof Json.Node)
        return orNull(match);
    if (typeof match !== 'object' || Array.isArray(match)) {
        throw new TypeError('match must be an object, a Json.Node or null, not ' +
            `${describe(match)}; a time limit comes after it`);
    }
    return stringifyJson(match);
}

function toNames(names) {
    if (isNothing(names))
        return null;
    if (typeof names !== 'string' && typeof names[Symbol.iterator] !== 'function') {
        throw new TypeError(
            `names must be a string, several of them or null, not ${describe(names)}`);
    }
    return typeof names === 'string' ? [names] : [...names];
}

// The operations whose parameters may be left out or are converted, with the typelib's trio behind
// them where that is another one, because text is exact and a Json.Node is not. Any other operation
// takes what the typelib takes.
const OF_MACHINE_AND_MONITOR = {
    command_with_fd: {
        parameters: [required, toText, toDescriptor, orDefault],
        trio: 'command_json_with_fd',
        result: parseJson,
    },
    command_json_with_fd: {parameters: [required, orNull, toDescriptor, orDefault]},
    send_fd: {parameters: [toDescriptor]},
    wait_event: {parameters: [toNames, toMatch, orForever], trio: 'wait_event_json'},
    wait_event_json: {parameters: [toNames, orNull, orForever]},
};
const OPERATIONS = {
    Machine: {
        command: {
            parameters: [required, toText, orDefault],
            trio: 'command_json',
            result: parseJson,
        },
        command_json: {parameters: [required, orNull, orDefault]},
        save_snapshot: {parameters: [required, orForever]},
        load_snapshot: {parameters: [required, orForever]},
        delete_snapshot: {parameters: [required, orForever]},
        migrate_to: {parameters: [required, orForever]},
        migrate_to_uri: {parameters: [required, orForever]},
        save_state: {parameters: [required, orForever]},
        restore_state: {parameters: [required, orForever]},
        copy_supervisor: {parameters: [orNull, orForever]},
        add_forward: {parameters: [required, orZero, orZero, orNull, orNull, orDefault]},
        remove_forward: {parameters: [required, orDefault]},
        qmp: {parameters: [required, toText, orDefault], trio: 'qmp_json', result: parseJson},
        qmp_json: {parameters: [required, orNull, orDefault]},
        human_command: {parameters: [required, orDefault]},
        qtest: {parameters: [required, orForever]},
        wait: {parameters: [orForever]},
        shutdown: {parameters: [orDefault]},
        start_job: {parameters: [required, toNode, orDefault]},
        run_job: {parameters: [required, toNode, orForever]},
        add_disk: {parameters: [required, orDefault]},
        remove_disk: {parameters: [required, orForever]},
        snapshot_disk: {parameters: [required, required, orDefault]},
        commit_disk: {parameters: [required, orForever]},
        save_template: {parameters: [orForever]},
        power_off: {parameters: [orNull]},
        screenshot: {parameters: [orNull, orZero, orDefault]},
        type_text: {parameters: [required, orZero, orDefault]},
        press_keys: {parameters: [required, orZero, orDefault]},
        move_pointer: {parameters: [required, required, orDefault]},
        click: {parameters: [required, required, orZero, orOne, orDefault]},
        open_display: {parameters: [orDefault]},
        open_vnc: {parameters: [orFalse, orDefault]},
        ...OF_MACHINE_AND_MONITOR,
    },
    Monitor: {
        command: {
            parameters: [required, toText, orNoFlags, orDefault],
            trio: 'command_json',
            result: parseJson,
        },
        command_json: {parameters: [required, orNull, orNoFlags, orDefault]},
        qmp: {
            parameters: [required, toText, orNoFlags, orDefault],
            trio: 'qmp_json',
            result: parseJson,
        },
        qmp_json: {parameters: [required, orNull, orNoFlags, orDefault]},
        ...OF_MACHINE_AND_MONITOR,
    },
    Job: {
        wait: {parameters: [orForever]},
        wait_ready: {parameters: [orForever]},
        complete: {parameters: [orForever]},
        cancel: {parameters: [orForever]},
        pause: {parameters: [orForever]},
        resume: {parameters: [orForever]},
    },
    DiskImage: {
        create: {parameters: [required, toOptions, orForever]},
        create_overlay: {parameters: [required, required, orForever]},
        convert: {parameters: [required, toOptions, orNoFlags, orForever]},
        query_info: {parameters: [orForever], trio: 'query_info_json', result: parseJson},
        query_info_json: {parameters: [orForever]},
        check: {parameters: [orNoFlags, orForever]},
        resize: {parameters: [required, required, orForever]},
    },
    Forward: {
        wait_ready: {parameters: [orNull, toBytesOrNull, orForever]},
    },
    EventListener: {
        next: {parameters: [orForever]},
    },
    WaitSet: {
        next: {parameters: [orForever]},
    },
    Console: {
        write: {parameters: [toBytes], trio: 'write_bytes'},
        write_bytes: {parameters: [toBytes]},
        wait_for_text: {parameters: [required, orForever]},
        wait_for_match: {parameters: [required, orNoFlags, orForever]},
        interact: {parameters: [orMinusOne, orMinusOne, orEscapeKey, orMinusOne]},
    },
    ConsoleReader: {
        wait_for_match: {parameters: [required, orNoFlags, orForever]},
    },
    GuestChannel: {
        wait_open: {parameters: [orForever]},
    },
    GuestAgent: {
        attach: {parameters: [required, orDefault]},
        wait_ready: {parameters: [orDefault]},
        close: {parameters: [orDefault]},
        command: {
            parameters: [required, toText, orDefault],
            trio: 'command_json',
            result: parseJson,
        },
        command_json: {parameters: [required, orNull, orDefault]},
        exec: {parameters: [required, orNull, toBytesOrNull, orDefault]},
        read_file: {parameters: [required, orDefault]},
        write_file: {parameters: [required, toBytes, orDefault]},
        freeze: {parameters: [required, orDefault]},
        thaw: {parameters: [orDefault]},
        shutdown: {parameters: [required, orDefault]},
    },
    Shell: {
        open: {parameters: [orDefault]},
        run: {parameters: [required, toBytesOrNull, orDefault]},
    },
};

// Limits: how a call is ended before it is done.

const OPTIONS = ['timeout', 'cancellable', 'signal'];

// GJS 1.74 has no AbortSignal; what some program brings along need only look like one.
function isAbortSignal(value) {
    return isObject(value) && typeof value.aborted === 'boolean' &&
        typeof value.addEventListener === 'function' &&
        typeof value.removeEventListener === 'function';
}

/* null is no limit, and what is left out stays so. */
function readTimeout(value) {
    if (value === null)
        return -1;
    return value === undefined ? null : orDefault(value);
}

/* The options of a call, from what came after its own parameters; what is not given is null. */
function readOptions(name, value) {
    if (isNothing(value) || value instanceof Gio.Cancellable)
        return {timeout: null, cancellable: orNull(value), signal: null};
    if (!isObject(value) || !isPlain(value)) {
        throw new TypeError(`${name}: options must be a plain object, a Gio.Cancellable or null, ` +
            `not ${describe(value)}`);
    }
    const unknown = Reflect.ownKeys(value).find(key => !OPTIONS.includes(key));
    if (unknown !== undefined) {
        throw new TypeError(
            `${name}: there is no option ${String(unknown)}, only ${OPTIONS.join(', ')}`);
    }

    const [cancellable, signal] = ['cancellable', 'signal'].map(key => orNull(value[key]));
    if (cancellable !== null && !(cancellable instanceof Gio.Cancellable)) {
        throw new TypeError(
            `${name}: cancellable must be a Gio.Cancellable, not ${describe(cancellable)}`);
    }
    if (signal !== null && !isAbortSignal(signal))
        throw new TypeError(`${name}: signal must be an AbortSignal, not ${describe(signal)}`);
    return {timeout: readTimeout(value.timeout), cancellable, signal};
}

/* Cancels one cancellable when another one is, or when a signal is aborted, until the function is
 * called that it returns. */
function follow(target, {cancellable, signal}) {
    const cancel = () => target.cancel();
    signal?.addEventListener('abort', cancel);
    // Gio.Cancellable has a connect () of its own, whose opposite waits for a handler that runs.
    const id = cancellable && GObject.signal_connect(cancellable, 'cancelled', cancel);
    if (signal?.aborted || cancellable?.is_cancelled())
        cancel();
    return () => {
        if (id)
            GObject.signal_handler_disconnect(cancellable, id);
        signal?.removeEventListener('abort', cancel);
    };
}

// Those of one call. A time limit is here for what the library knows none for.
class Limits {
    constructor(name, options, timeout) {
        this.cancellable = options.cancellable;
        this._name = name;
        this._timeout = timeout;
        this._late = false;
        this._source = 0;
        this._unfollow = null;
        if (timeout < 0 && options.signal === null)
            return;

        this.cancellable = new Gio.Cancellable();
        countWrappers(1);
        if (timeout >= 0) {
            this._source = GLib.timeout_add(GLib.PRIORITY_DEFAULT, timeout, () => {
                this._source = 0;
                this._late = !this.cancellable.is_cancelled();
                this.cancellable.cancel();
                return GLib.SOURCE_REMOVE;
            });
        }
        try {
            this._unfollow = follow(this.cancellable, options);
        } catch (error) {
            this.release();
            throw error;
        }
    }

    release() {
        if (this._source !== 0)
            GLib.source_remove(this._source);
        this._source = 0;
        this._unfollow?.();
        this._unfollow = null;
    }

    // That it was the time limit which cancelled the call is known here only.
    explain(error) {
        if (!this._late || !(error instanceof GLib.Error) ||
            !error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.CANCELLED))
            return error;
        return new Gio.IOErrorEnum({
            code: Gio.IOErrorEnum.TIMED_OUT,
            message: `${this._name}: not done within ${this._timeout} ms`,
        });
    }
}

// Promises.

// For a number that may be left out the options can stand at once: no number is an object.
const NUMBERS = [orForever, orDefault, orNoFlags, orMinusOne, orEscapeKey];

function checkCount({name, parameters}, args) {
    const superfluous = args.slice(parameters.length).find(each => !isNothing(each));
    if (superfluous !== undefined)
        throw new TypeError(`${name}: one argument too many, ${describe(superfluous)}`);
}

function splitArguments({name, parameters}, args) {
    let n = parameters.findIndex((_, i) =>
        isObject(args[i]) && parameters.slice(i).every(each => NUMBERS.includes(each)));
    if (n < 0)
        n = parameters.length;
    checkCount({name, parameters: args.slice(0, n + 1)}, args);
    return {values: args.slice(0, n), options: readOptions(name, args[n])};
}

function readArguments(call, args) {
    const {values, options} = splitArguments(call, args);
    const {name, parameters} = call;
    let {timeout} = options;
    const position = parameters.findIndex(each => [orForever, orDefault].includes(each));
    if (position >= 0 && timeout !== null) {
        if (!isNothing(values[position]))
            throw new TypeError(`${name}: timeout is given twice`);
        values[position] = timeout;
        timeout = null;
    }
    // No property says how long the others may take.
    if (timeout === timeoutDefault)
        orForever(timeout);
    const converted = parameters.map((convert, i) => convert(values[i]));
    converted.forEach(value => checkNul(name, value));
    return {values: converted, limits: new Limits(name, options, timeout ?? -1)};
}

function promise(object, call, args) {
    const {stack} = new Error();
    return new Promise((resolve, reject) => {
        const {values, limits} = readArguments(call, args);
        const {result} = call;
        const {start, finish} = values.some(value => value instanceof Json.Node)
            ? call.forNodes
            : call.forText;

        try {
            start.call(object, ...values, limits.cancellable, (source, asyncResult) => {
                countWrappers(2);
                limits.release();
                try {
                    resolve(result(finish.call(source, asyncResult)));
                } catch (thrown) {
                    const error = limits.explain(thrown);
                    // Where the callback ran says nothing; who asked does.
                    error.stack = stack.split('\n').slice(2).join('\n');
                    reject(error);
                }
            });
        } catch (error) {
            limits.release();
            throw error;
        }
    });
}

function define(prototype, name, length, method) {
    Object.defineProperty(method, 'name', {value: name});
    Object.defineProperty(method, 'length', {value: length});
    prototype[name] = method;
}

function refusingNul(name, original) {
    return function (...args) {
        args.forEach(value => checkNul(name, value));
        return original.apply(this, args);
    };
}

function hasCallback(args) {
    const used = args.filter(arg => arg !== undefined);
    return typeof used[used.length - 1] === 'function';
}

function replaceTrio(prototype, call) {
    const {name, forNodes: {start}} = call;
    const original = prototype[name];
    define(prototype, `${name}_sync`, original.length, refusingNul(name, original));
    define(prototype, name, original.length, function (...args) {
        return promise(this, call, args);
    });

    const callingBack = refusingNul(name, start);
    define(prototype, `${name}_async`, start.length, function (...args) {
        return hasCallback(args) ? callingBack.apply(this, args) : promise(this, call, args);
    });
}

function getHalves(prototype, name) {
    return {start: prototype[`${name}_async`], finish: prototype[`${name}_finish`]};
}

function addPromises(prototype, operations) {
    const names = Object.getOwnPropertyNames(prototype)
        .filter(name => name.endsWith('_async'))
        .map(name => name.slice(0, -'_async'.length));

    // The originals of all trios before any of them is replaced.
    const calls = names.map(name => {
        const {parameters, trio, result} = operations[name] ?? {};
        return {
            name,
            // A cancellable and a callback come last.
            parameters: parameters ?? Array(prototype[`${name}_async`].length - 2).fill(required),
            forNodes: getHalves(prototype, name),
            forText: getHalves(prototype, trio ?? name),
            result: result ?? asIs,
        };
    });
    for (const call of calls)
        replaceTrio(prototype, call);
}

// Events.

// Whether there are no more events of the session, or nobody listens to them any more. Anything
// else is for the caller, a loop over something that was never begun too.
function isEnd(QMachine, listener, error) {
    const {MachineError, MonitorError} = QMachine;
    return error instanceof GLib.Error && listener.get_ended() &&
        (error.matches(MachineError, MachineError.EXITED) ||
         error.matches(MachineError, MachineError.NOT_RUNNING) ||
         error.matches(MonitorError, MonitorError.CLOSED));
}

const LISTEN = {name: 'listen', parameters: [toNames, toMatch]};
const EVENTS = {...LISTEN, name: 'events'};

// An async iterator over the events of a listener, whose queue is the only one, and is bounded.
class Events {
    // One that was made for this loop goes with it.
    constructor(QMachine, listener, options, isOwn) {
        this._QMachine = QMachine;
        this._isOwn = isOwn;
        this._listener = listener;
        this._options = options;
        this._timeout = orForever(options.timeout);
        this._cancellable = new Gio.Cancellable();
        // Settles when all calls of next () have; null when none is pending.
        this._last = null;
    }

    [Symbol.asyncIterator]() {
        return this;
    }

    // One wait at a time, so that an event cannot be taken for a loop that was left.
    next() {
        const taken = this._last === null ? this._take() : this._last.then(() => this._take());
        const last = taken.catch(() => null).then(() => {
            if (this._last === last)
                this._last = null;
        });
        this._last = last;
        // Not the one that is looked after above: if nobody awaits this, and it fails, GJS says so.
        return taken.then(result => result);
    }

    async _take() {
        const listener = this._listener;
        if (listener === null)
            return {done: true, value: undefined};
        // For this wait only: nobody tells when a loop is forgotten between two of them.
        const unfollow = follow(this._cancellable, this._options);
        try {
            const value = await listener.next_async(this._timeout, this._cancellable);
            return {done: false, value};
        } catch (error) {
            const isOver = this._listener === null || this._isLate(error) ||
                isEnd(this._QMachine, listener, error);
            this._listener = null;
            if (this._isOwn)
                listener.close();
            if (isOver)
                return {done: true, value: undefined};
            throw error;
        } finally {
            unfollow();
        }
    }

    _isLate(error) {
        return this._timeout >= 0 && error instanceof GLib.Error &&
            error.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT);
    }

    // Called when a loop is left early; somebody may also call it while next () waits. An event that
    // came before the wait was cancelled is taken: next () hands it out, and when this one is done
    // nothing is taken any more.
    async return(value) {
        const listener = this._listener;
        this._listener = null;
        this._cancellable.cancel();
        await this._last;
        if (this._isOwn)
            listener?.close();
        return {done: true, value};
    }
}

// By the program's handler, what is connected in its place.
const counting = new WeakMap();

function addCount(handler) {
    if (!counting.has(handler)) {
        counting.set(handler, function (source, event) {
            countWrappers(1);
            return handler.call(this, source, event);
        });
    }
    return counting.get(handler);
}

// Counts the events that go to handlers. GObject.signal_handlers_disconnect_by_func () and the like
// still find a handler by the program's own function.
function countEvents(prototype) {
    const find = prototype[Gi.signal_find_symbol];
    const others = [Gi.signals_block_symbol, Gi.signals_unblock_symbol,
        Gi.signals_disconnect_symbol];
    if (find === undefined || others.some(symbol => prototype[symbol] === undefined))
        return;

    for (const name of ['connect', 'connect_after']) {
        const original = prototype[name];
        prototype[name] = function (signal, handler) {
            const isEvent = typeof handler === 'function' && /^event(::|$)/.test(signal);
            return original.call(this, signal, isEvent ? addCount(handler) : handler);
        };
    }

    const withCount = match => ({...match, func: counting.get(match.func)});
    prototype[Gi.signal_find_symbol] = function (match) {
        const id = find.call(this, match);
        return id || !counting.has(match.func) ? id : find.call(this, withCount(match));
    };
    for (const symbol of others) {
        const original = prototype[symbol];
        prototype[symbol] = function (match) {
            const n = original.call(this, match);
            return counting.has(match.func) ? n + original.call(this, withCount(match)) : n;
        };
    }
}

function addEvents(QMachine) {
    for (const {prototype} of [QMachine.Machine, QMachine.Monitor]) {
        const {listen, listen_json: listenJson} = prototype;
        const listenTo = (source, names, match) => {
            const text = toMatch(match);
            const call = typeof text === 'string' ? listenJson : listen;
            return call.call(source, toNames(names), text);
        };
        prototype.listen = function (...args) {
            checkCount(LISTEN, args);
            return listenTo(this, ...args);
        };
        prototype.events = function (...args) {
            const {values, options} = splitArguments(EVENTS, args);
            orForever(options.timeout);
            return new Events(QMachine, listenTo(this, ...values), options, true);
        };
        countEvents(prototype);
    }

    const {prototype: listenerPrototype} = QMachine.EventListener;
    listenerPrototype[Symbol.asyncIterator] = function () {
        return new Events(QMachine, this, readOptions('listen'), false);
    };

    const {prototype} = QMachine.MonitorEvent;
    // Of the last event only: a WeakMap would keep the data of all that are not collected yet.
    let last = null;
    let lastData = null;
    Object.defineProperty(prototype, 'data', {
        configurable: true,
        enumerable: true,
        get() {
            if (this !== last) {
                lastData = parseJson(this.to_json()).data ?? null;
                last = this;
            }
            return lastData;
        },
    });

    const {matches, matches_json: matchesJson} = prototype;
    prototype.matches = function (match) {
        const text = toMatch(match);
        return typeof text === 'string' ? matchesJson.call(this, text) : matches.call(this, text);
    };
}

// Waiting for any of several things.

// What on_event () and its like make: adds itself to a set.
class Condition {
    constructor(addTo) {
        this.addTo = addTo;
    }
}

function addConditions(QMachine) {
    QMachine.on_event = (names, match) => new Condition(waits => waits.add_event(names, match));
    QMachine.on_run_state = runState => new Condition(waits => waits.add_run_state(runState));
    QMachine.on_exit = () => new Condition(waits => waits.add_exit());
    define(QMachine.Console.prototype, 'on_text', 3, function (pattern, flags, fromNow) {
        checkNul('on_text', required(pattern));
        return new Condition(waits =>
            waits.add_text(this, pattern, orNoFlags(flags), fromNow ?? false));
    });
    define(QMachine.GuestAgent.prototype, 'on_ready', 0, function () {
        return new Condition(waits => waits.add_agent(this));
    });
    define(QMachine.Job.prototype, 'on_end', 0, function () {
        return new Condition(waits => waits.add_job(this));
    });
}

function addWaits(QMachine) {
    const {prototype} = QMachine.WaitSet;
    const {add_event: addEvent, add_event_json: addEventJson} = prototype;
    define(prototype, 'add_event', 2, function (names, match) {
        const text = toMatch(match);
        const add = typeof text === 'string' ? addEventJson : addEvent;
        return add.call(this, toNames(names), text);
    });
    addConditions(QMachine);

    const {prototype: machinePrototype} = QMachine.Machine;
    define(machinePrototype, 'wait_set', 0, function (...conditions) {
        const wrong = conditions.findIndex(each => !(each instanceof Condition));
        if (wrong >= 0) {
            throw new TypeError('wait_set: a condition comes from on_event() and its like, not ' +
                `${describe(conditions[wrong])}`);
        }
        const waits = QMachine.WaitSet.new(this);
        conditions.forEach(each => each.addTo(waits));
        return waits;
    });
    // The options come last, if there are any.
    define(machinePrototype, 'wait_any', 0, async function (...args) {
        const last = args[args.length - 1];
        const hasOptions = args.length > 0 && !(last instanceof Condition);
        const waits = this.wait_set(...hasOptions ? args.slice(0, -1) : args);
        try {
            return await waits.next(...hasOptions ? [last] : []);
        } finally {
            waits.close();
        }
    });
}

// Errors.

function addErrorParts({CommandError}) {
    // Errors of this domain have a part of the library's own, which one does not that is made before
    // the library knows its domain. When such a one is freed, the process dies.
    CommandError.quark();
    const getters = {
        errorClass: CommandError.get_class_name,
        description: CommandError.get_description,
        command: CommandError.get_command_name,
        reply: error => {
            const text = CommandError.get_reply(error);
            return text === null ? null : parseJson(text);
        },
    };
    for (const [name, getter] of Object.entries(getters)) {
        Object.defineProperty(CommandError.prototype, name, {
            configurable: true,
            enumerable: false,
            get() {
                return getter(this);
            },
        });
    }
}

// As if it were a property, as in Python; the model changes, and the machine has always this one.
function addJobs({Machine: {prototype}}) {
    Object.defineProperty(prototype, 'jobs', {
        configurable: true,
        enumerable: true,
        get() {
            return this.get_jobs();
        },
    });
}

// A number, or null where the typelib says that there is none.
function addExitCode({prototype}) {
    for (const name of ['exit_code', 'exitCode']) {
        Object.defineProperty(prototype, name, {
            configurable: true,
            enumerable: true,
            get() {
                const [known, code] = this.get_exit_code();
                return known ? code : null;
            },
        });
    }
}

// The typelib's write () is given a text that was cut at its first NUL already.
function typeAnyText({Console: {prototype}}) {
    const {write_bytes_sync: writeSync, write_bytes_async: writeAsync, write} = prototype;
    define(prototype, 'write_sync', 2, function (text, cancellable) {
        return writeSync.call(this, toBytes(text), cancellable);
    });
    define(prototype, 'write_async', 3, function (text, ...rest) {
        return hasCallback([text, ...rest])
            ? writeAsync.call(this, toBytes(text), ...rest)
            : write.call(this, text, ...rest);
    });
    prototype.write_finish = prototype.write_bytes_finish;
}

const TEXT_SETTINGS = ['args', 'base_dir', 'binary', 'console_log', 'log_path', 'machine_type',
    'monitor_log', 'name', 'wrapper', 'wrapper_socket_dir'];

function replaceSetting(prototype, name) {
    const {[`dup_${name}`]: get, [`set_${name}`]: set} = prototype;
    const checked = refusingNul(name, set);
    define(prototype, `set_${name}`, 1, checked);
    const camelCase = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    for (const form of new Set([name, camelCase, name.replace('_', '-')])) {
        Object.defineProperty(prototype, form, {
            configurable: true,
            enumerable: true,
            get,
            set: checked,
        });
    }
}

// What has texts, and is no call that waits.
function checkTexts({Machine: {prototype}}) {
    for (const name of TEXT_SETTINGS)
        replaceSetting(prototype, name);
    for (const name of ['add_args', 'add_channel', 'add_console', 'add_fd', 'add_helper',
        'add_monitor_telnet', 'add_shared_directory', 'add_socket_path', 'add_tpm',
        'add_user_network', 'add_vhost_user_disk']) {
        const original = prototype[name];
        define(prototype, name, original.length, refusingNul(name, original));
    }
    const {_init: init} = prototype;
    define(prototype, '_init', init.length, function (...args) {
        Object.entries(args[0] ?? {}).forEach(([name, value]) => checkNul(name, value));
        return init.apply(this, args);
    });
}

// GLib only warns of a typelib whose library is not there, and then no class of it has a type.
function checkLibrary(QMachine) {
    try {
        void QMachine.Machine;
    } catch (error) {
        throw new Error('the typelib of QMachine was found, but not the library libqmachine-1.so.0 ' +
            'that it describes: run ldconfig, or name its directory in LD_LIBRARY_PATH ' +
            `(${error.message})`);
    }
}

function _init() {
    const QMachine = this;
    checkLibrary(QMachine);
    timeoutDefault = QMachine.TIMEOUT_DEFAULT;

    QMachine.parseJson = parseJson;
    QMachine.stringifyJson = stringifyJson;

    for (const [name, operations] of Object.entries(OPERATIONS))
        addPromises(QMachine[name].prototype, operations);
    addEvents(QMachine);
    addWaits(QMachine);
    addErrorParts(QMachine);

    addExitCode(QMachine.Machine);
    addExitCode(QMachine.Helper);
    addJobs(QMachine);
    typeAnyText(QMachine);
    checkTexts(QMachine);

    // For `finally`: whatever became of the machine, afterwards there is none.
    QMachine.Machine.prototype.close = async function (...args) {
        await this.kill(...args);
    };
}
