// SPDX-License-Identifier: LGPL-2.1-or-later

// What the override of GJS adds to the typelib or replaces in it. make-types.py puts it into the
// types of the typelib: a member here stands in place of the one of that name there. A promise form
// that is not here takes what the typelib takes, and the options.

// -- types --

/** What has a place in JSON. A type of your own is one if it is declared by `type`. */
type PlainValue = null | boolean | number | bigint | string |
    readonly PlainValue[] | PlainObject | {toJSON(): unknown};

/** A plain object. A member that is undefined is left out. */
type PlainObject = {readonly [member: string]: PlainValue | undefined};

/** What a command takes: a plain object, a node for what JSON-GLib made of one, or nothing. */
type Arguments = PlainObject | Json.Node | null;

/** What must be in an event. */
type Match = PlainObject | Json.Node | null;

/** The name of an event, several names, or `null` for any. */
type Names = string | Iterable<string> | null;

/** GJS 1.74 has no AbortSignal: any object will do that has this. */
interface AbortSignalLike {
    readonly aborted: boolean;
    addEventListener(type: 'abort', listener: () => void): void;
    removeEventListener(type: 'abort', listener: () => void): void;
}

interface CallOptions {
    /** Milliseconds; -1 and `null` are no limit. The call ends with TIMED_OUT. */
    timeout?: number | null;
    /** The call ends with CANCELLED when this is cancelled, or was before. */
    cancellable?: Gio.Cancellable | null;
    /** The call ends with CANCELLED when this is aborted, or was before. */
    signal?: AbortSignalLike | null;
}

/** What may follow the parameters of a promise form. */
type Options = CallOptions | Gio.Cancellable | null;

/** The same behind a time limit, which must not be given twice. */
type OptionsWithoutTimeout = CallOptions & {timeout?: undefined} | Gio.Cancellable | null;

/** A time limit, options in its place, or both. */
type TimeoutAndOptions =
    [timeout?: number | null, options?: OptionsWithoutTimeout] |
    [timeout: null | undefined, options?: Options] |
    [options: Options];

/** Flags before that. */
type FlagsAndOptions<Flags> =
    [flags?: Flags | null, ...limits: TimeoutAndOptions] |
    [options: Options];

/** Numbers, of which the last may be left out, and options after them. */
type InteractAndOptions =
    [input_fd?: number | null, output_fd?: number | null, escape_key?: number | null,
        lines?: number | null, options?: Options] |
    [input_fd: number | null | undefined, output_fd: number | null | undefined,
        escape_key: number | null | undefined, options: Options] |
    [input_fd: number | null | undefined, output_fd: number | null | undefined, options: Options] |
    [input_fd: number | null | undefined, options: Options] |
    [options: Options];

/** The options of a format of disk images, NAME=VALUE each, or an object. */
type FormatOptions = readonly string[] | {
    /** `true` is `on`, and `false` is `off`. */
    readonly [name: string]: string | number | bigint | boolean;
};

/** A loop over events: `for await (const event of ...)`. */
interface Events extends AsyncIterableIterator<MonitorEvent> {
    next(): Promise<IteratorResult<MonitorEvent, undefined>>;
    return<T = undefined>(value?: T): Promise<IteratorReturnResult<T>>;
    [Symbol.asyncIterator](): Events;
}

/** JSON.parse(), but an integer that a Number cannot hold exactly is a BigInt. */
function parseJson<T = any>(text: string): T;

/** JSON.stringify(), but a BigInt is an integer, and what has no place in JSON is refused. */
function stringifyJson(value: PlainValue): string;

/** Something that a machine's wait_set() and wait_any() take. */
interface Condition {
    addTo(waits: WaitSet): number;
}

/** An event, from now on. */
function on_event(names?: Names, match?: Match): Condition;

/** A run state: the present one, and each time when it is entered. */
function on_run_state(runState: RunState): Condition;

/** The end of QEMU, after all that came before. */
function on_exit(): Condition;

// -- members --

class CommandError {
    /** QEMU's name for the class of the error, such as `DeviceNotFound`. */
    readonly errorClass: string | null;
    /** QEMU's text, untouched. */
    readonly description: string | null;
    /** The name of the command that QEMU refused. */
    readonly command: string | null;
    /** The whole reply: `{error: {class: ..., desc: ...}}`. */
    readonly reply: any;
}

class Helper {
    /** The exit code of the last launch; `null` where there is none. */
    get exit_code(): number | null;
    /** The exit code of the last launch; `null` where there is none. */
    get exitCode(): number | null;
}

class Machine {
    /** The exit code; `null` where there is none. */
    get exit_code(): number | null;
    /** The exit code; `null` where there is none. */
    get exitCode(): number | null;

    /** The jobs that there are, kept current. */
    get jobs(): Gio.ListModel<Job>;

    get name(): string;
    set name(val: string | null);

    /** Kills QEMU if it still runs. Resolves when its process and its files are gone. */
    close(options?: Options): Promise<void>;
    command<T = any>(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<T>;
    command_json(command: string, args?: string | null, ...limits: TimeoutAndOptions):
        Promise<string>;
    command_json_with_fd(command: string, args: string | null | undefined, fd: number,
        ...limits: TimeoutAndOptions): Promise<string>;
    command_with_fd<T = any>(command: string, args: Arguments | undefined, fd: number,
        ...limits: TimeoutAndOptions): Promise<T>;
    /** A loop over the events from now on. It ends with the machine. */
    events(names?: Names, match?: Match, options?: Options): Events;
    add_forward(guest_port: number, host_port?: number | null, protocol?: ForwardProtocol | null,
        host_address?: string | null, netdev?: string | null, ...limits: TimeoutAndOptions):
        Promise<Forward>;
    remove_forward(forward: Forward, ...limits: TimeoutAndOptions): Promise<boolean>;
    add_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
    remove_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
    snapshot_disk(disk: Disk, path: string, ...limits: TimeoutAndOptions): Promise<boolean>;
    commit_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
    save_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
    load_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
    delete_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
    save_state(path: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
    restore_state(path: string, ...limits: TimeoutAndOptions): Promise<boolean>;
    copy_supervisor(dir?: string | null, ...limits: TimeoutAndOptions): Promise<string>;
    save_template(...limits: TimeoutAndOptions): Promise<boolean>;
    migrate_to(target: Machine, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
    migrate_to_uri(uri: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
    start_job(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<Job>;
    run_job(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<boolean>;
    screenshot(device?: string | null, head?: number | null, ...limits: TimeoutAndOptions):
        Promise<GLib.Bytes>;
    type_text(text: string, interval?: number | null, ...limits: TimeoutAndOptions):
        Promise<boolean>;
    press_keys(keys: string, hold_time?: number | null, ...limits: TimeoutAndOptions):
        Promise<boolean>;
    move_pointer(x: number, y: number, ...limits: TimeoutAndOptions): Promise<boolean>;
    click(x: number, y: number, button?: MouseButton | null, n_clicks?: number | null,
        ...limits: TimeoutAndOptions): Promise<boolean>;
    open_display(...limits: TimeoutAndOptions): Promise<Gio.DBusConnection>;
    open_vnc(skip_auth?: boolean | null, ...limits: TimeoutAndOptions):
        Promise<Gio.SocketConnection>;
    human_command(line: string, ...limits: TimeoutAndOptions): Promise<string>;
    listen(names?: Names, match?: Match): EventListener;
    qmp<T = any>(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<T>;
    qmp_json(command: string, args?: string | null, ...limits: TimeoutAndOptions): Promise<string>;
    power_off(plan?: PowerOffPlan | null, options?: Options): Promise<PowerOffResult>;
    qtest(line: string, ...limits: TimeoutAndOptions): Promise<string>;
    shutdown(...limits: TimeoutAndOptions): Promise<boolean>;
    wait(...limits: TimeoutAndOptions): Promise<boolean>;
    /** Waits for whichever comes first, from now on. Options come last. */
    wait_any(...conditions: Condition[]): Promise<WaitResult>;
    wait_any(...args: [...Condition[], Options]): Promise<WaitResult>;
    wait_event(names?: Names, match?: Match, ...limits: TimeoutAndOptions): Promise<MonitorEvent>;
    wait_event_json(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
        Promise<MonitorEvent>;
    /** Waits for these from now on, one after the other. */
    wait_set(...conditions: Condition[]): WaitSet;
}

class Monitor {
    command<T = any>(command: string, args?: Arguments, ...limits: FlagsAndOptions<MonitorFlags>):
        Promise<T>;
    command_json(command: string, args?: string | null, ...limits: FlagsAndOptions<MonitorFlags>):
        Promise<string>;
    command_json_with_fd(command: string, args: string | null | undefined, fd: number,
        ...limits: TimeoutAndOptions): Promise<string>;
    command_with_fd<T = any>(command: string, args: Arguments | undefined, fd: number,
        ...limits: TimeoutAndOptions): Promise<T>;
    /** A loop over the events from now on. It ends with the session. */
    events(names?: Names, match?: Match, options?: Options): Events;
    listen(names?: Names, match?: Match): EventListener;
    qmp<T = any>(command: string, args?: Arguments, ...limits: FlagsAndOptions<MonitorFlags>):
        Promise<T>;
    qmp_json(command: string, args?: string | null, ...limits: FlagsAndOptions<MonitorFlags>):
        Promise<string>;
    wait_event(names?: Names, match?: Match, ...limits: TimeoutAndOptions): Promise<MonitorEvent>;
    wait_event_json(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
        Promise<MonitorEvent>;
}

class Job {
    /** Its end, to be waited for together with other things. */
    on_end(): Condition;
    wait(...limits: TimeoutAndOptions): Promise<boolean>;
    wait_ready(...limits: TimeoutAndOptions): Promise<boolean>;
    complete(...limits: TimeoutAndOptions): Promise<boolean>;
    cancel(...limits: TimeoutAndOptions): Promise<boolean>;
    pause(...limits: TimeoutAndOptions): Promise<boolean>;
    resume(...limits: TimeoutAndOptions): Promise<boolean>;
}

class DiskImage {
    create(size: bigint | number, format_options?: FormatOptions | null,
        ...limits: TimeoutAndOptions): Promise<boolean>;
    create_overlay(backing: string, backing_format: string, ...limits: TimeoutAndOptions):
        Promise<boolean>;
    convert(copy: DiskImage, format_options?: FormatOptions | null,
        ...limits: FlagsAndOptions<DiskConvertFlags>): Promise<boolean>;
    query_info<T = any>(...limits: TimeoutAndOptions): Promise<T>;
    query_info_json(...limits: TimeoutAndOptions): Promise<string>;
    check(...limits: FlagsAndOptions<DiskRepair>): Promise<DiskCheck>;
    resize(size: bigint | number, may_shrink: boolean, ...limits: TimeoutAndOptions):
        Promise<boolean>;
}

class EventListener {
    next(...limits: TimeoutAndOptions): Promise<MonitorEvent>;
    /** A loop over the events, which does not close the listener. */
    [Symbol.asyncIterator](): Events;
}

class MonitorEvent {
    /**
     * The data of the event, `null` for none. It is made when it is read: keep it in a variable.
     */
    get data(): any;
    matches(match?: Match): boolean;
}

class WaitSet {
    add_event(names?: Names, match?: Match): number;
    next(...limits: TimeoutAndOptions): Promise<WaitResult>;
}

class Console {
    interact(...args: InteractAndOptions): Promise<ConsoleInteractEnd>;
    /** Text that matches, to be waited for together with other things. */
    on_text(pattern: string, flags?: ConsoleMatchFlags | null, fromNow?: boolean): Condition;
    wait_for_match(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
        Promise<ConsoleMatch>;
    wait_for_text(pattern: string, ...limits: TimeoutAndOptions): Promise<string>;
    write(text: string | Uint8Array | GLib.Bytes, options?: Options): Promise<boolean>;
    write_bytes(bytes: string | Uint8Array | GLib.Bytes, options?: Options): Promise<boolean>;
    write_sync(text: string | Uint8Array | GLib.Bytes, cancellable: Gio.Cancellable | null):
        boolean;
    write_async(text: string | Uint8Array | GLib.Bytes, cancellable: Gio.Cancellable | null,
        callback: Gio.AsyncReadyCallback<this>): void;
}

class ConsoleReader {
    wait_for_match(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
        Promise<ConsoleMatch>;
}

class Forward {
    wait_ready(pattern?: string | null, request?: string | Uint8Array | GLib.Bytes | null,
        ...limits: TimeoutAndOptions): Promise<boolean>;
}

class GuestChannel {
    wait_open(...limits: TimeoutAndOptions): Promise<boolean>;
}

class GuestAgent {
    attach(address: Gio.SocketAddress, ...limits: TimeoutAndOptions): Promise<boolean>;
    close(...limits: TimeoutAndOptions): Promise<boolean>;
    command<T = any>(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<T>;
    command_json(command: string, args?: string | null, ...limits: TimeoutAndOptions):
        Promise<string>;
    exec(argv: string[], env?: string[] | null, input?: string | Uint8Array | GLib.Bytes | null,
        ...limits: TimeoutAndOptions): Promise<GuestExecResult>;
    /** That it answers, to be waited for together with other things. */
    on_ready(): Condition;
    freeze(limit: number, ...limits: TimeoutAndOptions): Promise<number>;
    read_file(path: string, ...limits: TimeoutAndOptions): Promise<GLib.Bytes>;
    shutdown(mode: GuestShutdownMode, ...limits: TimeoutAndOptions): Promise<boolean>;
    thaw(...limits: TimeoutAndOptions): Promise<number>;
    wait_ready(...limits: TimeoutAndOptions): Promise<boolean>;
    write_file(path: string, contents: string | Uint8Array | GLib.Bytes,
        ...limits: TimeoutAndOptions): Promise<boolean>;
}

class Shell {
    open(...limits: TimeoutAndOptions): Promise<boolean>;
    run(command: string, input?: string | Uint8Array | GLib.Bytes | null,
        ...limits: TimeoutAndOptions): Promise<ShellResult>;
}
