// SPDX-License-Identifier: LGPL-2.1-or-later

// Made by `tests/run --types --write`: change tests/types/overlay.d.ts, or the library.

declare module 'gi://QMachine?version=1' {

import type Gio from 'gi://Gio?version=2.0';
import type GLib from 'gi://GLib?version=2.0';
import type GObject from 'gi://GObject?version=2.0';
import type Json from 'gi://Json?version=1.0';

namespace QMachine {
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
    type FlagsAndOptions =
        [flags?: MonitorFlags | null, ...limits: TimeoutAndOptions] |
        [options: Options];

    /** The same with those of a match. */
    type MatchFlagsAndOptions =
        [flags?: ConsoleMatchFlags | null, ...limits: TimeoutAndOptions] |
        [options: Options];

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

    /**
     * QEMU's own error replies.
     *
     * The message is the name of the command, a colon, a space, and QEMU's text, untouched. From C,
     * {@link CommandError.get_class_name} and its siblings give each part.
     */
    class CommandError extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        /** QEMU's `GenericError`: the text says what. */
        static GENERIC_ERROR: number;

        /** QEMU's `CommandNotFound`. */
        static COMMAND_NOT_FOUND: number;

        /** QEMU's `DeviceNotActive`. */
        static DEVICE_NOT_ACTIVE: number;

        /** QEMU's `DeviceNotFound`. */
        static DEVICE_NOT_FOUND: number;

        /** QEMU's `KVMMissingCap`. */
        static KVM_MISSING_CAP: number;

        /** A class this library does not know; the message ends with its name in brackets. */
        static UNKNOWN_CLASS: number;
        constructor(options: { message: string; code: number });

        /**
         * Gets QEMU's name for the class of the error, known to this library or not.
         * @param error an error of the domain {@link CommandError}
         */
        static get_class_name(error: GLib.Error): string | null;

        /**
         * Gets the name of the command that QEMU refused.
         * @param error an error of the domain {@link CommandError}
         */
        static get_command_name(error: GLib.Error): string | null;

        /**
         * Gets QEMU's text, untouched. It is for people: do not parse it.
         * @param error an error of the domain {@link CommandError}
         */
        static get_description(error: GLib.Error): string | null;

        /**
         * Gets the whole reply as QEMU sent it.
         * @param error an error of the domain {@link CommandError}
         */
        static get_reply(error: GLib.Error): string | null;

        /** The error domain {@link CommandError}. */
        static quark(): GLib.Quark;

        /** QEMU's name for the class of the error, such as `DeviceNotFound`. */
        readonly errorClass: string | null;

        /** QEMU's text, untouched. */
        readonly description: string | null;

        /** The name of the command that QEMU refused. */
        readonly command: string | null;

        /** The whole reply: `{error: {class: ..., desc: ...}}`. */
        readonly reply: any;
    }

    namespace ExitKind {
        const $gtype: GObject.GType<ExitKind>;
    }

    /** How a process ended. */
    enum ExitKind {
        /** It has not ended, or there was none. */
        NONE = 0,
        /** It exited, with a status. */
        EXITED = 1,
        /** A signal killed it. */
        SIGNALED = 2,
        /** It ended, and nobody can tell how: somebody else took its exit status. */
        UNKNOWN = 3,
    }

    namespace GuestAgentState {
        const $gtype: GObject.GType<GuestAgentState>;
    }

    /** Where the connection to a guest agent stands. */
    enum GuestAgentState {
        /** Not attached, or closed. */
        CLOSED = 0,
        /** Connecting to the address, for the first time or again. */
        CONNECTING = 1,
        /**
         * Connected, and the agent is asked for a sign of life again and again: it may not be
         * installed, or not have started yet, or be busy.
         */
        WAITING = 2,
        /** The agent answers. */
        READY = 3,
    }

    namespace GuestShutdownMode {
        const $gtype: GObject.GType<GuestShutdownMode>;
    }

    /** What a guest does when its agent is asked to shut it down. */
    enum GuestShutdownMode {
        /** Shut down, and switch off. */
        POWERDOWN = 0,
        /** Shut down, and stop. */
        HALT = 1,
        /** Shut down, and start again. */
        REBOOT = 2,
    }

    /** What can go wrong with a machine as a process. */
    class MachineError extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        /** The machine runs or is being launched or stopped already. */
        static ALREADY_LAUNCHED: number;

        /** The machine does not run, or has no monitor. */
        static NOT_RUNNING: number;

        /** A setting cannot work: the message names it. Nothing was started. */
        static INVALID_CONFIGURATION: number;

        /**
         * QEMU could not be started, or ended before its monitor was ready. The message holds its
         * exit status, its command line and its last words.
         */
        static LAUNCH_FAILED: number;

        /** QEMU ended while the call waited for something else. */
        static EXITED: number;

        /** QEMU is gone, but force was needed, or it died by a signal when it was asked to quit. */
        static ABNORMAL_SHUTDOWN: number;
        constructor(options: { message: string; code: number });

        /** The error domain {@link MachineError}. */
        static quark(): GLib.Quark;
    }

    namespace MachineKind {
        const $gtype: GObject.GType<MachineKind>;
    }

    /** What sort of program a machine runs. */
    enum MachineKind {
        /** a virtual machine, such as `qemu-system-x86_64` */
        SYSTEM = 0,
        /**
         * `qemu-storage-daemon`: block devices and their exports, with a monitor and without a
         * guest; so it has no run state, and consoles, qtest, added descriptors and human monitors
         * are refused
         */
        STORAGE_DAEMON = 1,
    }

    namespace MachineState {
        const $gtype: GObject.GType<MachineState>;
    }

    /** Where the life of a machine stands. */
    enum MachineState {
        /** There is no process. */
        STOPPED = 0,
        /** QEMU is being started. */
        LAUNCHING = 1,
        /** QEMU runs. */
        RUNNING = 2,
        /** QEMU was told to end. */
        STOPPING = 3,
    }

    /** What can go wrong with a monitor session. */
    class MonitorError extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        /** The session is closed, by either side, or was never open. */
        static CLOSED: number;

        /** The peer sent something that is not QMP. The session is closed. */
        static PROTOCOL: number;

        /**
         * The peer refused the capabilities asked for, or is a QEMU older than 2.12. The session is
         * closed.
         */
        static NEGOTIATION: number;

        /**
         * A message is over the limit the error names. One that came closes the session; one to be
         * sent is refused, and the session goes on.
         */
        static TOO_LARGE: number;

        /**
         * The monitor cannot take the request now: it is in use already, or too many commands wait.
         * Nothing was sent.
         */
        static BUSY: number;

        /**
         * The command's name or arguments are not something QMP can carry. Nothing was sent, and
         * the session goes on.
         */
        static INVALID_COMMAND: number;
        constructor(options: { message: string; code: number });

        /** The error domain {@link MonitorError}. */
        static quark(): GLib.Quark;
    }

    namespace MonitorMode {
        const $gtype: GObject.GType<MonitorMode>;
    }

    /** How a machine's monitor is wired. */
    enum MonitorMode {
        /**
         * The library listens and is connected before QEMU starts; QEMU inherits the listening
         * socket.
         */
        INHERIT = 0,
        /**
         * QEMU listens at {@link Machine.monitor_address} itself, and the library connects as soon
         * as it can: for wrappers that close descriptors or run QEMU elsewhere.
         */
        LISTEN = 1,
        /** No monitor. */
        NONE = 2,
    }

    namespace MonitorState {
        const $gtype: GObject.GType<MonitorState>;
    }

    /** Where a monitor's session stands. */
    enum MonitorState {
        /** No session: never attached, or closed. */
        CLOSED = 0,
        /** Connecting to the address. */
        CONNECTING = 1,
        /** Connected; the greeting or the answer to the capabilities is awaited. */
        NEGOTIATING = 2,
        /** Commands can be sent. */
        RUNNING = 3,
    }

    namespace RunState {
        const $gtype: GObject.GType<RunState>;
    }

    /** QEMU's run states. */
    enum RunState {
        /** Not known, or one this library has no name for. */
        UNKNOWN = 0,
        /** Stopped by a debugger. */
        DEBUG = 1,
        /** Waiting for an incoming migration. */
        INMIGRATE = 2,
        /** Stopped by an internal error. */
        INTERNAL_ERROR = 3,
        /** Stopped by an I/O error. */
        IO_ERROR = 4,
        /** Paused. */
        PAUSED = 5,
        /** Paused after a migration went out. */
        POSTMIGRATE = 6,
        /** Not started yet. */
        PRELAUNCH = 7,
        /** Paused to finish a migration. */
        FINISH_MIGRATE = 8,
        /** Paused to load a snapshot. */
        RESTORE_VM = 9,
        /** The guest runs. */
        RUNNING = 10,
        /** Paused to save a snapshot. */
        SAVE_VM = 11,
        /** The guest has shut down. */
        SHUTDOWN = 12,
        /** The guest is suspended. */
        SUSPENDED = 13,
        /** Stopped by a watchdog. */
        WATCHDOG = 14,
        /** Stopped by a panic of the guest. */
        GUEST_PANICKED = 15,
        /** Paused for a checkpoint. */
        COLO = 16,
    }

    /** The major version the program is compiled against. */
    const MAJOR_VERSION: number;

    /** The micro version the program is compiled against. */
    const MICRO_VERSION: number;

    /** The minor version the program is compiled against. */
    const MINOR_VERSION: number;

    /**
     * A time limit of a call: the one that a property sets for all calls of its kind, such as
     * {@link Machine.command_timeout}.
     */
    const TIMEOUT_DEFAULT: number;

    /**
     * Gets QEMU's name for the class of the error, known to this library or not.
     * @param error an error of the domain {@link CommandError}
     * @returns the class, `null` where a language binding made a copy of the error with the message
     * alone, as Python's does
     */
    function command_error_get_class_name(error: GLib.Error): string | null;

    /**
     * Gets the name of the command that QEMU refused.
     * @param error an error of the domain {@link CommandError}
     * @returns the name, `null` where a language binding made a copy of the error with the message
     * alone, as Python's does
     */
    function command_error_get_command_name(error: GLib.Error): string | null;

    /**
     * Gets QEMU's text, untouched. It is for people: do not parse it.
     * @param error an error of the domain {@link CommandError}
     * @returns the text, `null` where a language binding made a copy of the error with the message
     * alone, as Python's does
     */
    function command_error_get_description(error: GLib.Error): string | null;

    /**
     * Gets the whole reply as QEMU sent it.
     * @param error an error of the domain {@link CommandError}
     * @returns JSON text, `null` where a language binding made a copy of the error with the message
     * alone, as Python's does
     */
    function command_error_get_reply(error: GLib.Error): string | null;

    /**
     * The error domain {@link CommandError}.
     * @returns the quark of the domain
     */
    function command_error_quark(): GLib.Quark;

    /**
     * Gets the major version of the library that the program runs with.
     * @returns the version; {@link MAJOR_VERSION} is that of the headers
     */
    function get_major_version(): number;

    /**
     * Gets the micro version of the library that the program runs with.
     * @returns the version; {@link MICRO_VERSION} is that of the headers
     */
    function get_micro_version(): number;

    /**
     * Gets the minor version of the library that the program runs with.
     * @returns the version; {@link MINOR_VERSION} is that of the headers
     */
    function get_minor_version(): number;

    /**
     * The error domain {@link MachineError}.
     * @returns the quark of the domain
     */
    function machine_error_quark(): GLib.Quark;

    /**
     * Makes a main context for a loop that is not one of GLib's, such as asyncio's or libuv's.
     *
     * The loop watches `fd` for being readable. Whenever it is, the loop calls
     * {@link GLib.MainContext.iteration} without blocking, until that returns `false`; the
     * descriptor cannot be read any more then. It belongs to the context: it must be neither read
     * nor closed, and is closed with the context.
     *
     * This serves all of this library: an object that is made, or a call that is begun, while the
     * context is the thread's default ({@link GLib.MainContext.push_thread_default}) has its
     * signals and its result there. It does not serve what else may be attached to the context, a
     * time-out or a descriptor, of which `fd` does not tell.
     * @returns the context
     */
    function main_context_new_for_poll(): [GLib.MainContext, number];

    /**
     * The error domain {@link MonitorError}.
     * @returns the quark of the domain
     */
    function monitor_error_quark(): GLib.Quark;

    /**
     * Lets the run-time of a language look at its signals while a call of this library blocks.
     *
     * The function is asked in the main thread of the process, by each call that blocks there: some
     * ten times a second, when a signal came, and before the call fails. Where it returns `true`
     * the call is cancelled, as by a {@link Gio.Cancellable}, and returns when it has ended. It is
     * never called by a call that it makes itself. Python's override sets one, so that Ctrl-C and
     * other signals are handled at once; a program in C has no use for it.
     *
     * Set it before another thread can be in a call, and not from `func`.
     * @param func asked while a call blocks, `null` for none
     */
    function set_interrupt_func(func: InterruptFunc | null): void;

    interface InterruptFunc {
        (user_data: null): boolean;
    }

    namespace ConsoleMatchFlags {
        const $gtype: GObject.GType<ConsoleMatchFlags>;
    }

    /** Which matches of an expression count. */
    enum ConsoleMatchFlags {
        /** Any match, as soon as it is there. */
        NONE = 0,
        /**
         * Only a match that more output of the guest could not change or make longer; when the
         * guest has ended, any. What comes from a guest comes in pieces, and `\w+` matches the
         * first letter of a word. An expression that could always match more, such as one that ends
         * in `(?s).*`, matches at the end only.
         */
        COMPLETE = 1,
    }

    namespace MonitorFlags {
        const $gtype: GObject.GType<MonitorFlags>;
    }

    /** How a command is sent. */
    enum MonitorFlags {
        /** In turn with all other commands. */
        NONE = 0,
        /**
         * Out of band, overtaking what QEMU works on. Only where the monitor was attached with
         * {@link Monitor.out_of_band}, and only for commands that allow it.
         */
        OUT_OF_BAND = 1,
    }

    namespace Console {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * The guest wrote something: any piece of it, not a line.
             *
             * Emitted in the context of the machine. When that does not keep up with more than a
             * megabyte, the oldest pieces are left out here, but not from {@link Console.dup_text}.
             */
            output: (text: string) => void;
            /**
             * The guest wrote something: any piece of it, as it came, before `Console::output` of
             * it.
             *
             * Emitted in the context of the machine, and bounded like `Console::output`.
             */
            "output-bytes": (bytes: GLib.Bytes) => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            log_path: string | null;
            logPath: string | null;
        }
    }

    /**
     * The guest's serial console, as text and as bytes.
     *
     * A machine has one after {@link Machine.add_console}; it stays the same over all launches.
     * What the guest writes is read at once, whether somebody looks at it or not, so neither the
     * guest nor QEMU ever waits for the program. The last megabyte is kept. Bytes that are not
     * UTF-8 are replaced by U+FFFD, and so is NUL; a character that comes in pieces is put
     * together. Control characters stay as they are: the guest chooses them, so they are not fit
     * for a terminal without a look. Who needs what the guest wrote byte for byte has
     * {@link Console.bytes}, `Console::output-bytes` and {@link Console.write_bytes}.
     *
     * All methods can be called from any thread. Signals are emitted in the main context of the
     * machine.
     */
    class Console extends GObject.Object {
        static $gtype: GObject.GType<Console>;

        /**
         * What the guest wrote since the last launch, byte for byte; of more than a megabyte the
         * end. Notified like {@link Console.text}.
         */
        get bytes(): GLib.Bytes;

        /**
         * The path of a file to which QEMU writes all that the guest writes, anew with each launch;
         * `null` for none. A relative one is made absolute when it is set. It takes effect with the
         * next launch. For the machine's first console {@link Machine.console_log} stands in where
         * this is `null`.
         */
        get log_path(): string | null;
        set log_path(val: string | null);

        /**
         * The path of a file to which QEMU writes all that the guest writes, anew with each launch;
         * `null` for none. A relative one is made absolute when it is set. It takes effect with the
         * next launch. For the machine's first console {@link Machine.console_log} stands in where
         * this is `null`.
         */
        get logPath(): string | null;
        set logPath(val: string | null);

        /**
         * The name that {@link Machine.add_console} gave it, `null` for one that no machine has.
         * Never changes.
         */
        get name(): string | null;

        /**
         * What the guest wrote since the last launch; of more than a megabyte the end. Notified in
         * the context of the machine, after each `Console::output` and when a launch begins anew.
         */
        get text(): string;
        $signals: Console.SignalSignatures;

        /** A program does not make one. */
        private constructor();
        connect<K extends keyof Console.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Console.SignalSignatures[K]>): number;
        connect_after<K extends keyof Console.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Console.SignalSignatures[K]>): number;

        /**
         * Makes a reader of the console's text with a position of its own.
         * @param from_now begins at the end of the text that is there, and not at its beginning
         * @returns a new reader
         */
        create_reader(from_now: boolean): ConsoleReader;

        /**
         * Gets what the guest wrote since the last launch, byte for byte; of more than a megabyte
         * the end.
         *
         * Can be read while the machine runs and after its end, until the next launch.
         * @returns the bytes
         */
        dup_bytes(): GLib.Bytes;

        /**
         * Gets the file for what the guest writes: see {@link Console.log_path}.
         * @returns an absolute path, `null` for none
         */
        dup_log_path(): string | null;

        /**
         * Gets what the guest wrote since the last launch; of more than a megabyte the end.
         *
         * Can be read while the machine runs and after its end, until the next launch.
         * @returns the text
         */
        dup_text(): string;

        /**
         * Gets the name of the console.
         * @returns the name, `null` for one that no machine has
         */
        get_name(): string | null;

        /**
         * Sets the file for what the guest writes: see {@link Console.log_path}.
         * @param log_path the path of a file, `null` for none
         */
        set_log_path(log_path: string | null): void;

        /**
         * Waits until the guest has written something that matches, and returns its groups, too.
         *
         * Otherwise like {@link Console.wait_for_text}, with its place and its errors.
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} is also that of `flags` that there
         * are not.
         */
        wait_for_match(pattern: string, ...limits: MatchFlagsAndOptions): Promise<ConsoleMatch>;

        /** Blocks, and is else like {@link Console.wait_for_match}. */
        wait_for_match_sync(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null): ConsoleMatch;

        /**
         * Calls back, for wait_for_match_finish(), and is else like {@link Console.wait_for_match}.
         */
        wait_for_match_async(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.wait_for_match}. */
        wait_for_match_async(pattern: string,
            ...limits: MatchFlagsAndOptions): Promise<ConsoleMatch>;
        wait_for_match_finish(result: Gio.AsyncResult): ConsoleMatch;

        /**
         * Waits until the guest has written something that matches.
         *
         * Text that came before the call counts, if it came after the end of the last match that a
         * call on the console had; so a program can wait for one thing after the other and misses
         * none. A call that waits already goes on from where it began, whatever others find, and
         * moves nobody who began after it. Who looks for something else beside the program takes a
         * {@link ConsoleReader}. {@link Console.wait_for_match} returns groups and the text before,
         * too.
         *
         * All that {@link Console.text} has can match. It is searched in a thread of its own. When
         * that took long the next search waits a moment, ten times as long; at the end of `timeout`
         * it has a second to look at the rest.
         *
         * The message of an error names `pattern` and the limit, or how QEMU ended with its last
         * words, and quotes the last 20 lines of the console, with `?` for control characters.
         *
         * Errors: those of {@link GLib.Regex} for a bad `pattern`;
         * {@link Gio.IOErrorEnum.TIMED_OUT}; {@link Gio.IOErrorEnum.CANCELLED};
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED} as soon
         * as QEMU has ended; {@link QMachine.MachineError.INVALID_CONFIGURATION} for a `timeout`
         * below -1.
         */
        wait_for_text(pattern: string, ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Console.wait_for_text}. */
        wait_for_text_sync(pattern: string, timeout: number, cancellable: Gio.Cancellable |
            null): string;

        /**
         * Calls back, for wait_for_text_finish(), and is else like {@link Console.wait_for_text}.
         */
        wait_for_text_async(pattern: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.wait_for_text}. */
        wait_for_text_async(pattern: string, ...limits: TimeoutAndOptions): Promise<string>;
        wait_for_text_finish(result: Gio.AsyncResult): string;

        /**
         * Types something on the console.
         *
         * Waits until the socket to QEMU has taken all of it: a guest that does not read makes it
         * wait once the socket is full. There is no time limit but `cancellable`. What several
         * threads write is not mixed. Python and JavaScript type a NUL in `text` as any other
         * character; in C and Vala it is its end, and {@link Console.write_bytes} types one.
         * Errors: {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED};
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        write(text: string | Uint8Array | GLib.Bytes, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Console.write}. */
        write_sync(text: string | Uint8Array | GLib.Bytes, cancellable: Gio.Cancellable | null):
            boolean;

        /** Calls back, for write_finish(), and is else like {@link Console.write}. */
        write_async(text: string | Uint8Array | GLib.Bytes, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.write}. */
        write_async(text: string | Uint8Array | GLib.Bytes, options?: Options): Promise<boolean>;
        write_finish(result: Gio.AsyncResult): boolean;

        /**
         * Types bytes on the console, of any value.
         *
         * Otherwise like {@link Console.write}, with its errors.
         */
        write_bytes(bytes: string | Uint8Array | GLib.Bytes, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Console.write_bytes}. */
        write_bytes_sync(bytes: GLib.Bytes | Uint8Array, cancellable: Gio.Cancellable |
            null): boolean;

        /** Calls back, for write_bytes_finish(), and is else like {@link Console.write_bytes}. */
        write_bytes_async(bytes: GLib.Bytes | Uint8Array, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.write_bytes}. */
        write_bytes_async(bytes: string | Uint8Array | GLib.Bytes,
            options?: Options): Promise<boolean>;
        write_bytes_finish(result: Gio.AsyncResult): boolean;
    }

    /**
     * Text of a console that an expression matched, with its groups and the text before it.
     *
     * {@link Console.wait_for_match} and {@link ConsoleReader.wait_for_match} return it. It never
     * changes. In Python `match[1]`, `match['name']` and `str (match)` read it, too.
     */
    class ConsoleMatch extends GObject.Object {
        static $gtype: GObject.GType<ConsoleMatch>;

        /** The text before the match, from where the reader was. Never changes. */
        get before(): string;

        /** How many groups the expression has. Never changes. */
        get n_groups(): number;

        /** How many groups the expression has. Never changes. */
        get nGroups(): number;

        /** The text that matched. Never changes. */
        get text(): string;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets the text before the match.
         *
         * It begins where the reader was, or where the console's last match ended. What the console
         * does not keep any more is missing at its beginning.
         * @returns the text
         */
        get_before(): string;

        /**
         * Gets what a group matched.
         * @param number which group, from 1 on; 0 is the whole match
         * @returns the text, or `null` if the group took no part in the match or there is none of
         * that number
         */
        get_group(number: number): string | null;

        /**
         * Gets how many groups the expression has, the named ones among them.
         * @returns the number
         */
        get_n_groups(): number;

        /**
         * Gets what a group with a name matched.
         * @param name the name of a group, such as `version` in `(?<version>\d+)`
         * @returns the text, or `null` if the group took no part in the match or there is none of
         * that name
         */
        get_named_group(name: string): string | null;

        /**
         * Gets the text that matched.
         * @returns the text
         */
        get_text(): string;
    }

    /**
     * A reader of a console's text with a position of its own.
     *
     * {@link Console.create_reader} makes one. Each match moves the position of its reader to the
     * end of the match, and that of nobody else: a watcher for a panic and a program that logs in
     * read the same text without knowing of each other. A reader that is not used costs nothing,
     * since it keeps a place and no text. When the next launch begins it is at the beginning of
     * that guest's text.
     */
    class ConsoleReader extends GObject.Object {
        static $gtype: GObject.GType<ConsoleReader>;

        /** A program does not make one. */
        private constructor();

        /**
         * Takes the text from the reader's position to its end, where the reader is then. Does not
         * wait.
         * @returns the text, maybe empty
         */
        take_text(): string;

        /**
         * Waits until the guest has written something that matches, from the position of the reader
         * on.
         *
         * Several calls may wait on one reader; each begins where the reader is when it is made.
         * All else is as for {@link Console.wait_for_match}, with its errors.
         */
        wait_for_match(pattern: string, ...limits: MatchFlagsAndOptions): Promise<ConsoleMatch>;

        /** Blocks, and is else like {@link ConsoleReader.wait_for_match}. */
        wait_for_match_sync(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null): ConsoleMatch;

        /**
         * Calls back, for wait_for_match_finish(), and is else like
         * {@link ConsoleReader.wait_for_match}.
         */
        wait_for_match_async(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link ConsoleReader.wait_for_match}. */
        wait_for_match_async(pattern: string,
            ...limits: MatchFlagsAndOptions): Promise<ConsoleMatch>;
        wait_for_match_finish(result: Gio.AsyncResult): ConsoleMatch;
    }

    /**
     * The events of a machine or a monitor, from a moment on, for one who waits for them.
     *
     * {@link Machine.listen} and {@link Monitor.listen} make one. It has a queue of its own: nobody
     * else takes its events, and it takes nobody else's, neither those that
     * {@link Machine.wait_event} finds nor another listener's. So there can be any number at a
     * time.
     *
     * It belongs to one session: to that which is there when it is made, or else to the next one,
     * so it can be made before a launch. When the session has ended, the events that are left can
     * still be taken. The queue is bounded like the backlog, by {@link Monitor.event_backlog}. A
     * listener keeps no machine and no monitor alive, and one that is dropped, or closed, costs
     * nothing more.
     *
     * All methods can be called from any thread.
     */
    class EventListener extends GObject.Object {
        static $gtype: GObject.GType<EventListener>;

        /**
         * Whether the session has ended, or the listener was closed: there is nothing more to come
         * than what is in the queue. Not notified.
         */
        get ended(): boolean;

        /** How many events had to make room for newer ones. Not notified. */
        get events_dropped(): number;

        /** How many events had to make room for newer ones. Not notified. */
        get eventsDropped(): number;

        /** A program does not make one. */
        private constructor();

        /**
         * Listens no more, and forgets the events of the queue.
         *
         * Calls that wait fail with {@link QMachine.MonitorError.CLOSED}. To drop the last
         * reference does the same; this is for languages in which nobody knows when that is.
         */
        close(): void;

        /**
         * Gets whether the session has ended, or the listener was closed: there is nothing more to
         * come than what is in the queue.
         * @returns `true` after the end
         */
        get_ended(): boolean;

        /**
         * Gets how many events had to make room for newer ones.
         * @returns the number
         */
        get_events_dropped(): number;

        /**
         * Takes the oldest event of the queue, waiting for one if need be.
         *
         * If several calls wait, each event is for the one that has waited longest. Errors:
         * {@link Gio.IOErrorEnum.TIMED_OUT}, also for a `timeout` of 0;
         * {@link Gio.IOErrorEnum.CANCELLED}; {@link QMachine.MonitorError.INVALID_COMMAND} for a
         * `timeout` below -1; when the session has ended and the queue is empty,
         * {@link QMachine.MachineError.EXITED} of a machine, and of a monitor the reason; and
         * {@link QMachine.MachineError.NOT_RUNNING} or {@link QMachine.MonitorError.CLOSED} when no
         * session has begun, or the listener was closed.
         */
        next(...limits: TimeoutAndOptions): Promise<MonitorEvent>;

        /** Blocks, and is else like {@link EventListener.next}. */
        next_sync(timeout: number, cancellable: Gio.Cancellable | null): MonitorEvent;

        /** Calls back, for next_finish(), and is else like {@link EventListener.next}. */
        next_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link EventListener.next}. */
        next_async(...limits: TimeoutAndOptions): Promise<MonitorEvent>;
        next_finish(result: Gio.AsyncResult): MonitorEvent;

        /**
         * Takes the oldest event of the queue. Does not wait.
         * @returns the event, or `null` if there is none
         */
        pop(): MonitorEvent | null;

        /**
         * Puts an event back to the beginning of the queue, for who was given it and cannot use it.
         *
         * A call that waits gets it. A closed listener forgets it.
         * @param event an event that was taken from it
         */
        put_back(event: MonitorEvent): void;

        /** A loop over the events, which does not close the listener. */
        [Symbol.asyncIterator](): Events;
    }

    namespace GuestAgent {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * It is attached no more: it was closed, or the stream has ended. Not emitted for a
             * connection to an address that ends, since it is made again; {@link GuestAgent.state}
             * tells of that.
             *
             * Emitted in the main context of the thread that made the object.
             */
            closed: (error: GLib.Error | null) => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            attach_timeout: number;
            attachTimeout: number;
            command_timeout: number;
            commandTimeout: number;
            max_file_size: bigint | number;
            maxFileSize: bigint | number;
            max_message_size: bigint | number;
            maxMessageSize: bigint | number;
        }
    }

    /**
     * The connection to a guest agent, `qemu-ga`: a program in the guest that carries out commands
     * there.
     *
     * It is attached to an address with {@link GuestAgent.attach}, or to a stream with
     * {@link GuestAgent.attach_stream}: to the socket of QEMU's at whose other end the guest has a
     * serial port. An agent may be there or not, may come later, and may go. The library asks it
     * for a sign of life until it has one, which {@link GuestAgent.ready} says, and again after
     * each call that took too long; what came before that is thrown away, so that no late answer is
     * taken for another's. Calls wait for it within their time.
     *
     * All that comes from a guest is the guest's word, and the guest need not be a friend: it is
     * checked and bounded as what comes from QEMU is, and still it is for the program to judge.
     *
     * All methods can be called from any thread, and the synchronous ones with or without a main
     * loop: they never run handlers of the program. The callback of the asynchronous ones runs in
     * the thread-default main context of the thread that made the call. Signals are emitted in that
     * of the thread that made the object.
     *
     * Dropping the last reference ends the connection, and thaws before what is frozen.
     */
    class GuestAgent extends GObject.Object {
        static $gtype: GObject.GType<GuestAgent>;

        /**
         * How long {@link GuestAgent.attach} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds; -1
         * for as long as it takes. Default: 30000.
         */
        get attach_timeout(): number;
        set attach_timeout(val: number);

        /**
         * How long {@link GuestAgent.attach} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds; -1
         * for as long as it takes. Default: 30000.
         */
        get attachTimeout(): number;
        set attachTimeout(val: number);

        /**
         * How long a call with `Q_TIMEOUT_DEFAULT` may take, in milliseconds, the wait for the
         * agent included; -1 for as long as it takes. Default: 10000.
         */
        get command_timeout(): number;
        set command_timeout(val: number);

        /**
         * How long a call with `Q_TIMEOUT_DEFAULT` may take, in milliseconds, the wait for the
         * agent included; -1 for as long as it takes. Default: 10000.
         */
        get commandTimeout(): number;
        set commandTimeout(val: number);

        /**
         * Whether a command to freeze was sent, and neither refused nor taken back by a thaw that
         * was answered. The library will thaw what is frozen. `false` when it is closed.
         */
        get frozen(): boolean;

        /**
         * The largest file, in bytes, that {@link GuestAgent.read_file} reads; a file of a guest
         * need not have an end. From 1 to 2147483647; default: 256 MiB.
         */
        get max_file_size(): number;
        set max_file_size(val: bigint | number);

        /**
         * The largest file, in bytes, that {@link GuestAgent.read_file} reads; a file of a guest
         * need not have an end. From 1 to 2147483647; default: 256 MiB.
         */
        get maxFileSize(): number;
        set maxFileSize(val: bigint | number);

        /**
         * The longest message, in bytes, that is taken from the guest. The call that waits for a
         * longer one fails with {@link QMachine.MonitorError.TOO_LARGE}, and the rest of it is
         * thrown away. Looked at when a connection is made. At least 1024; default: 64 MiB.
         */
        get max_message_size(): number;
        set max_message_size(val: bigint | number);

        /**
         * The longest message, in bytes, that is taken from the guest. The call that waits for a
         * longer one fails with {@link QMachine.MonitorError.TOO_LARGE}, and the rest of it is
         * thrown away. Looked at when a connection is made. At least 1024; default: 64 MiB.
         */
        get maxMessageSize(): number;
        set maxMessageSize(val: bigint | number);

        /**
         * Whether the agent answers. After a call that was given up, or took too long, it is
         * `false` until the agent has answered again.
         */
        get ready(): boolean;

        /** Where the connection stands. */
        get state(): GuestAgentState;
        $signals: GuestAgent.SignalSignatures;
        constructor(properties?: Partial<GuestAgent.ConstructorProps>);
        static ["new"](): GuestAgent;
        connect<K extends keyof GuestAgent.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, GuestAgent.SignalSignatures[K]>): number;
        connect_after<K extends keyof GuestAgent.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, GuestAgent.SignalSignatures[K]>): number;

        /**
         * Connects to a guest agent, or to the channel at whose other end one may be.
         *
         * It is done when the connection is there. Whether an agent answers shows later, in
         * {@link GuestAgent.ready}: a guest may still be starting, or have no agent, and of a
         * channel of QEMU's one end is open all the same. Commands wait for it.
         *
         * A connection that ends later is made again, for as long as it takes, until
         * {@link GuestAgent.close}.
         *
         * Errors: those of connecting, of the domain of GIO;
         * {@link Gio.IOErrorEnum.FILENAME_TOO_LONG} for a path of more than 106 bytes;
         * {@link QMachine.MonitorError.BUSY} when it is attached already;
         * {@link QMachine.MonitorError.CLOSED} when it is closed meanwhile;
         * {@link QMachine.MonitorError.INVALID_COMMAND} for what is no time-out;
         * {@link Gio.IOErrorEnum.TIMED_OUT}; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        attach(address: Gio.SocketAddress, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.attach}. */
        attach_sync(address: Gio.SocketAddress, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /** Calls back, for attach_finish(), and is else like {@link GuestAgent.attach}. */
        attach_async(address: Gio.SocketAddress, timeout: number, cancellable: Gio.Cancellable |
            null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.attach}. */
        attach_async(address: Gio.SocketAddress, ...limits: TimeoutAndOptions): Promise<boolean>;
        attach_finish(result: Gio.AsyncResult): boolean;

        /**
         * Uses a connection that is there already.
         *
         * The stream is the agent's from now on, and is closed with it. When it ends,
         * `GuestAgent::closed` tells, since nobody can make it again. Otherwise like
         * {@link GuestAgent.attach}. Errors: {@link QMachine.MonitorError.BUSY} when it is attached
         * already; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        attach_stream(stream: Gio.IOStream, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.attach_stream}. */
        attach_stream_sync(stream: Gio.IOStream, cancellable: Gio.Cancellable | null): boolean;

        /**
         * Calls back, for attach_stream_finish(), and is else like
         * {@link GuestAgent.attach_stream}.
         */
        attach_stream_async(stream: Gio.IOStream, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.attach_stream}. */
        attach_stream_async(stream: Gio.IOStream, options?: Options): Promise<boolean>;
        attach_stream_finish(result: Gio.AsyncResult): boolean;

        /**
         * Ends the connection; calls that wait fail with {@link QMachine.MonitorError.CLOSED}.
         *
         * If the guest's file systems are {@link GuestAgent.frozen}, they are thawed first, and
         * nothing else is waited for. Does nothing when there is no connection. It can be attached
         * again.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT} and {@link Gio.IOErrorEnum.CANCELLED} when the
         * agent did not thaw them in time: then it is closed all the same, and the thaw was sent,
         * but nobody knows whether it was heard; {@link QMachine.MonitorError.CLOSED} when the
         * connection ended before the answer.
         */
        close(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.close}. */
        close_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for close_finish(), and is else like {@link GuestAgent.close}. */
        close_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.close}. */
        close_async(...limits: TimeoutAndOptions): Promise<boolean>;
        close_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sends a command, when the agent is ready, and waits for its answer.
         *
         * One command is on its way at a time; others wait for their turn. A call that is cancelled
         * or takes too long is not undone: the agent may carry it out all the same. Its late answer
         * is thrown away.
         *
         * `guest-shutdown` and the commands that suspend have no answer but an error. They have
         * succeeded when the agent goes on answering, the connection ends, or the guest says
         * nothing for 5 seconds; they return an empty object. A guest that is frozen by a command
         * is thawed when it is closed or dropped, and not before: {@link GuestAgent.freeze} has a
         * limit.
         *
         * Errors: {@link CommandError} when the agent refuses;
         * {@link QMachine.MonitorError.INVALID_COMMAND} and {@link QMachine.MonitorError.TOO_LARGE}
         * for input that cannot be sent; {@link QMachine.MonitorError.BUSY} when 1024 commands, or
         * 256 MiB, wait; {@link QMachine.MonitorError.PROTOCOL} and
         * {@link QMachine.MonitorError.TOO_LARGE} for what is no answer;
         * {@link Gio.IOErrorEnum.TIMED_OUT}, whose message says whether the agent has answered
         * anything at all; {@link Gio.IOErrorEnum.CANCELLED}; {@link QMachine.MonitorError.CLOSED}
         * when it is not attached, is closed meanwhile, or the connection ends before the answer.
         */
        command<T = any>(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link GuestAgent.command}. */
        command_sync(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for command_finish(), and is else like {@link GuestAgent.command}. */
        command_async(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.command}. */
        command_async<T = any>(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<T>;
        command_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a command and waits for its answer, as texts.
         *
         * Otherwise like {@link GuestAgent.command}, with its errors.
         */
        command_json(command: string, args?: string | null, ...limits: TimeoutAndOptions):
            Promise<string>;

        /** Blocks, and is else like {@link GuestAgent.command_json}. */
        command_json_sync(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /**
         * Calls back, for command_json_finish(), and is else like {@link GuestAgent.command_json}.
         */
        command_json_async(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.command_json}. */
        command_json_async(command: string, args?: string | null, ...limits: TimeoutAndOptions):
            Promise<string>;
        command_json_finish(result: Gio.AsyncResult): string;

        /**
         * Runs a program in the guest, without a shell, and waits for its end.
         *
         * The agent gives its output when it has ended, and no more than the first 16 MiB of each
         * kind, cut off as {@link GuestExecResult.output_truncated} says. Other commands have their
         * turn meanwhile. An exit status other than 0 is no error. No call ends a program of a
         * guest: one whose call was given up goes on.
         *
         * Errors: {@link CommandError} when it cannot be started;
         * {@link QMachine.MonitorError.TOO_LARGE} for more than some 48 MiB of input; otherwise
         * those of {@link GuestAgent.command}.
         */
        exec(argv: string[], env?: string[] | null, input?: string | Uint8Array | GLib.Bytes | null,
            ...limits: TimeoutAndOptions): Promise<GuestExecResult>;

        /** Blocks, and is else like {@link GuestAgent.exec}. */
        exec_sync(argv: string[], env: string[] | null, input: GLib.Bytes | Uint8Array | null,
            timeout: number, cancellable: Gio.Cancellable | null): GuestExecResult;

        /** Calls back, for exec_finish(), and is else like {@link GuestAgent.exec}. */
        exec_async(argv: string[], env: string[] | null, input: GLib.Bytes | Uint8Array | null,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.exec}. */
        exec_async(argv: string[], env?: string[] | null, input?: string | Uint8Array | GLib.Bytes |
            null,
            ...limits: TimeoutAndOptions): Promise<GuestExecResult>;
        exec_finish(result: Gio.AsyncResult): GuestExecResult;

        /**
         * Freezes the guest's file systems, as for a copy of its disks.
         *
         * Each writes what it holds back, and then every program of the guest that writes waits.
         * The library thaws them, if {@link GuestAgent.thaw} has not done so, `limit` after they
         * were frozen; when the call fails, or is given up, and they may be frozen all the same;
         * before {@link GuestAgent.close}; and when the last reference is dropped, which waits for
         * that for up to 5 seconds. It says so again and again, on a new connection, too, until the
         * agent has answered. A program that is killed thaws nothing: a guest with Linux stays
         * frozen then until somebody sends `guest-fsfreeze-thaw`, for which it is enough to attach
         * another one.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for what is no limit; otherwise
         * those of {@link GuestAgent.command}.
         */
        freeze(limit: number, ...limits: TimeoutAndOptions): Promise<number>;

        /** Blocks, and is else like {@link GuestAgent.freeze}. */
        freeze_sync(limit: number, timeout: number, cancellable: Gio.Cancellable | null): number;

        /** Calls back, for freeze_finish(), and is else like {@link GuestAgent.freeze}. */
        freeze_async(limit: number, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.freeze}. */
        freeze_async(limit: number, ...limits: TimeoutAndOptions): Promise<number>;
        freeze_finish(result: Gio.AsyncResult): number;

        /**
         * Gets how long connecting may take, in milliseconds: see
         * {@link GuestAgent.attach_timeout}.
         * @returns milliseconds, -1 for none
         */
        get_attach_timeout(): number;

        /**
         * Gets how long a call may take, in milliseconds: see {@link GuestAgent.command_timeout}.
         * @returns milliseconds, -1 for none
         */
        get_command_timeout(): number;

        /**
         * Gets whether the guest's file systems are frozen, or may be so: see
         * {@link GuestAgent.frozen}.
         * @returns `true` if they may be frozen
         */
        get_frozen(): boolean;

        /**
         * Gets the largest file, in bytes, that is read: see {@link GuestAgent.max_file_size}.
         * @returns bytes
         */
        get_max_file_size(): number;

        /**
         * Gets the longest message, in bytes, that is taken from the guest: see
         * {@link GuestAgent.max_message_size}.
         * @returns bytes
         */
        get_max_message_size(): number;

        /**
         * Gets whether the agent answers.
         * @returns `true` if it does
         */
        get_ready(): boolean;

        /**
         * Gets where the connection stands.
         * @returns the state
         */
        get_state(): GuestAgentState;

        /**
         * Reads a file of the guest's.
         *
         * It is read in pieces, between which other commands have their turn, and closed also when
         * the call fails or is given up. Errors: {@link CommandError} with the agent's words, such
         * as that there is no such file; {@link QMachine.MonitorError.TOO_LARGE} for one that is
         * larger than {@link GuestAgent.max_file_size}; otherwise those of
         * {@link GuestAgent.command}.
         */
        read_file(path: string, ...limits: TimeoutAndOptions): Promise<GLib.Bytes>;

        /** Blocks, and is else like {@link GuestAgent.read_file}. */
        read_file_sync(path: string, timeout: number, cancellable: Gio.Cancellable |
            null): GLib.Bytes;

        /** Calls back, for read_file_finish(), and is else like {@link GuestAgent.read_file}. */
        read_file_async(path: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.read_file}. */
        read_file_async(path: string, ...limits: TimeoutAndOptions): Promise<GLib.Bytes>;
        read_file_finish(result: Gio.AsyncResult): GLib.Bytes;

        /**
         * Sets how long connecting may take, in milliseconds: see
         * {@link GuestAgent.attach_timeout}.
         * @param attach_timeout milliseconds, -1 for none
         */
        set_attach_timeout(attach_timeout: number): void;

        /**
         * Sets how long a call may take, in milliseconds: see {@link GuestAgent.command_timeout}.
         * @param command_timeout milliseconds, -1 for none
         */
        set_command_timeout(command_timeout: number): void;

        /**
         * Sets the largest file, in bytes, that is read: see {@link GuestAgent.max_file_size}.
         * @param max_file_size bytes, from 1 to 2147483647
         */
        set_max_file_size(max_file_size: bigint | number): void;

        /**
         * Sets the longest message, in bytes, that is taken from the guest: see
         * {@link GuestAgent.max_message_size}.
         * @param max_message_size bytes, at least 1024
         */
        set_max_message_size(max_message_size: bigint | number): void;

        /**
         * Asks the guest to shut down.
         *
         * The agent answers only when it cannot do that. The call has succeeded when the agent goes
         * on answering, which it does for a moment; when the connection ends; or when the guest
         * says nothing for 5 seconds. So it tells that the guest was asked, and not that it has
         * ended: {@link Machine.wait} waits for that. Errors: those of {@link GuestAgent.command}.
         */
        shutdown(mode: GuestShutdownMode, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.shutdown}. */
        shutdown_sync(mode: GuestShutdownMode, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /** Calls back, for shutdown_finish(), and is else like {@link GuestAgent.shutdown}. */
        shutdown_async(mode: GuestShutdownMode, timeout: number, cancellable: Gio.Cancellable |
            null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.shutdown}. */
        shutdown_async(mode: GuestShutdownMode, ...limits: TimeoutAndOptions): Promise<boolean>;
        shutdown_finish(result: Gio.AsyncResult): boolean;

        /**
         * Thaws the guest's file systems.
         *
         * Does nothing, with 0, to a guest that is not frozen. Errors: those of
         * {@link GuestAgent.command}.
         */
        thaw(...limits: TimeoutAndOptions): Promise<number>;

        /** Blocks, and is else like {@link GuestAgent.thaw}. */
        thaw_sync(timeout: number, cancellable: Gio.Cancellable | null): number;

        /** Calls back, for thaw_finish(), and is else like {@link GuestAgent.thaw}. */
        thaw_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.thaw}. */
        thaw_async(...limits: TimeoutAndOptions): Promise<number>;
        thaw_finish(result: Gio.AsyncResult): number;

        /**
         * Waits until the agent answers.
         *
         * Returns at once when it is {@link GuestAgent.ready}. Errors:
         * {@link Gio.IOErrorEnum.TIMED_OUT}, whose message says whether the agent has answered
         * anything at all; {@link Gio.IOErrorEnum.CANCELLED}; {@link QMachine.MonitorError.CLOSED}
         * when it is not attached, is closed meanwhile, or the connection ends before the answer.
         */
        wait_ready(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.wait_ready}. */
        wait_ready_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_ready_finish(), and is else like {@link GuestAgent.wait_ready}. */
        wait_ready_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.wait_ready}. */
        wait_ready_async(...limits: TimeoutAndOptions): Promise<boolean>;
        wait_ready_finish(result: Gio.AsyncResult): boolean;

        /**
         * Writes a file of the guest, and makes it if it is not there.
         *
         * What was in it is gone. It is written in pieces, between which other commands have their
         * turn, and closed also when the call fails or is given up; then a part is in it. Errors:
         * those of {@link GuestAgent.read_file}.
         */
        write_file(path: string, contents: string | Uint8Array | GLib.Bytes,
            ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestAgent.write_file}. */
        write_file_sync(path: string, contents: GLib.Bytes | Uint8Array, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for write_file_finish(), and is else like {@link GuestAgent.write_file}. */
        write_file_async(path: string, contents: GLib.Bytes | Uint8Array, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestAgent.write_file}. */
        write_file_async(path: string, contents: string | Uint8Array | GLib.Bytes,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        write_file_finish(result: Gio.AsyncResult): boolean;
    }

    /**
     * How a program in a guest ended, and what it wrote.
     *
     * {@link GuestAgent.exec} returns it. It never changes.
     */
    class GuestExecResult extends GObject.Object {
        static $gtype: GObject.GType<GuestExecResult>;

        /** What the program wrote to its standard error. Never changes. */
        get error_output(): GLib.Bytes | null;

        /** What the program wrote to its standard error. Never changes. */
        get errorOutput(): GLib.Bytes | null;

        /** Whether the agent kept a part of the standard error only: 16 MiB. Never changes. */
        get error_output_truncated(): boolean;

        /** Whether the agent kept a part of the standard error only: 16 MiB. Never changes. */
        get errorOutputTruncated(): boolean;

        /** How the program ended: `UNKNOWN` if the agent does not say. Never changes. */
        get exit_kind(): ExitKind;

        /** How the program ended: `UNKNOWN` if the agent does not say. Never changes. */
        get exitKind(): ExitKind;

        /**
         * The exit status of a program that has exited: 0 to 255 in Linux, any number in Windows;
         * -1 for one that ended otherwise. Never changes.
         */
        get exit_status(): number;

        /**
         * The exit status of a program that has exited: 0 to 255 in Linux, any number in Windows;
         * -1 for one that ended otherwise. Never changes.
         */
        get exitStatus(): number;

        /** What the program wrote to its standard output. Never changes. */
        get output(): GLib.Bytes | null;

        /** Whether the agent kept a part of the standard output only: 16 MiB. Never changes. */
        get output_truncated(): boolean;

        /** Whether the agent kept a part of the standard output only: 16 MiB. Never changes. */
        get outputTruncated(): boolean;

        /**
         * The signal that killed the program, or in Windows the number of its exception; 0 for one
         * that ended otherwise. Never changes.
         */
        get term_signal(): number;

        /**
         * The signal that killed the program, or in Windows the number of its exception; 0 for one
         * that ended otherwise. Never changes.
         */
        get termSignal(): number;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets what the program wrote to its standard error.
         * @returns the bytes, maybe none, `null` for a result that no call has returned
         */
        get_error_output(): GLib.Bytes | null;

        /**
         * Gets whether the agent kept a part of the standard error only.
         * @returns `true` if there was more
         */
        get_error_output_truncated(): boolean;

        /**
         * Gets how the program ended.
         * @returns the kind
         */
        get_exit_kind(): ExitKind;

        /**
         * Gets the exit status of a program that has exited.
         * @returns the status, -1 if it ended otherwise
         */
        get_exit_status(): number;

        /**
         * Gets what the program wrote to its standard output.
         * @returns the bytes, maybe none, `null` for a result that no call has returned
         */
        get_output(): GLib.Bytes | null;

        /**
         * Gets whether the agent kept a part of the standard output only.
         * @returns `true` if there was more
         */
        get_output_truncated(): boolean;

        /**
         * Gets the signal that killed the program.
         * @returns the number, 0 if it ended otherwise
         */
        get_term_signal(): number;
    }

    namespace Machine {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * QEMU reported an event. The detail is the event's name: `event::SHUTDOWN`.
             *
             * Emitted for every event, in order, whether or not somebody also waits for it, in the
             * main context of the machine. If that does not keep up with more than
             * {@link Monitor.event_backlog} events, the oldest are left out and counted in
             * {@link Monitor.signals_dropped}.
             */
            event: (event: MonitorEvent) => void;
            /**
             * QEMU has ended: the process is reaped, the log kept, the exit code known.
             *
             * Emitted once for each launch that succeeded, after all events, in the main context of
             * the machine; but not after {@link Machine.detach}.
             */
            exited: () => void;
            /**
             * QEMU, or what stands in front of it, has written a line to its standard output or
             * standard error: each line of {@link Machine.log} once, as it comes, also of a launch
             * that fails.
             *
             * Emitted in the main context of the machine, before `Machine::exited`. A line without
             * an end comes at QEMU's; one of more than 64 KiB comes in pieces. If the context does
             * not keep up with more than 4096 lines or a megabyte, the oldest are left out here,
             * but not from the log.
             */
            "log-line": (line: string) => void;
            /**
             * An interrupt line changed that was asked for with the qtest command
             * `irq_intercept_in` or `irq_intercept_out`.
             *
             * Emitted in the main context of the machine. If that does not keep up with more than
             * 65536, the oldest are left out.
             */
            "qtest-irq": (irq: number, raised: boolean) => void;
            [key: `event::${string}`]: (event: MonitorEvent) => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            args: string[] | null;
            base_dir: string | null;
            baseDir: string | null;
            binary: string | null;
            command_timeout: number;
            commandTimeout: number;
            console_log: string | null;
            consoleLog: string | null;
            enable_qtest: boolean;
            enableQtest: boolean;
            exit_with_parent: boolean;
            exitWithParent: boolean;
            kind: MachineKind;
            launch_timeout: number;
            launchTimeout: number;
            log_path: string | null;
            logPath: string | null;
            machine_type: string | null;
            machineType: string | null;
            monitor_address: Gio.SocketAddress | null;
            monitorAddress: Gio.SocketAddress | null;
            monitor_mode: MonitorMode;
            monitorMode: MonitorMode;
            name: string;
            shutdown_timeout: number;
            shutdownTimeout: number;
            wrapper: string[] | null;
        }
    }

    /**
     * A virtual machine: a QEMU process with its monitor.
     *
     * Set it up, {@link Machine.launch} it, talk to it with {@link Machine.command}, listen to
     * `Machine::event`, and end it with {@link Machine.shutdown}. A machine that has stopped can be
     * launched again; what is set applies to the next launch.
     *
     * Every call that takes time has two forms: one that blocks, and one that takes a callback. All
     * can be used from any thread. The blocking ones work with and without a main loop, and never
     * run a handler of the program while they wait. The callback of the others runs in the
     * thread-default main context of the thread that made the call. Signals are emitted in the
     * thread-default main context of the thread that made the machine; there, replies and events
     * come in the order in which QEMU sent them.
     *
     * Dropping the last reference kills QEMU, if it still runs, and leaves nothing behind. A QEMU
     * that a signal killed which this library did not send is reported by a warning of the log
     * domain {@link QMachine.Machine}, with its command line; otherwise the library writes debug
     * messages only.
     */
    class Machine extends GObject.Object {
        static $gtype: GObject.GType<Machine>;

        /**
         * Arguments for QEMU, after those that the library adds itself: `-chardev` and `-qmp` for
         * the monitor, with the id `mon`; `-display none -vga none`; and what the other settings
         * ask for. QEMU takes the last word where an option is given twice. `-daemonize` is
         * refused. Default: `null`, none.
         */
        get args(): string[] | null;
        set args(val: string[] | null);

        /**
         * Where the directory for a launch is made, with its socket and its log. `null` for the
         * user's run-time directory, and `/var/tmp` where there is none or its path is too long. A
         * socket's path is limited to 107 bytes, so a long one is refused.
         */
        get base_dir(): string | null;
        set base_dir(val: string | null);

        /**
         * Where the directory for a launch is made, with its socket and its log. `null` for the
         * user's run-time directory, and `/var/tmp` where there is none or its path is too long. A
         * socket's path is limited to 107 bytes, so a long one is refused.
         */
        get baseDir(): string | null;
        set baseDir(val: string | null);

        /**
         * QEMU's binary: a path, or a name that is looked up in `PATH`. A launch without one is
         * refused. For `qemu-storage-daemon` see {@link Machine.kind}.
         */
        get binary(): string | null;
        set binary(val: string | null);

        /**
         * The command line of the last launch: wrapper, binary and all arguments; `null` before the
         * first launch, and after one that failed before there was a command line.
         */
        get command_line(): string[] | null;

        /**
         * The command line of the last launch: wrapper, binary and all arguments; `null` before the
         * first launch, and after one that failed before there was a command line.
         */
        get commandLine(): string[] | null;

        /**
         * How long a command may take, in milliseconds; -1 for as long as it takes. Applies to a
         * running machine at once; see {@link Monitor.command_timeout}. Default: -1.
         */
        get command_timeout(): number;
        set command_timeout(val: number);

        /**
         * How long a command may take, in milliseconds; -1 for as long as it takes. Applies to a
         * running machine at once; see {@link Monitor.command_timeout}. Default: -1.
         */
        get commandTimeout(): number;
        set commandTimeout(val: number);

        /** The first console, after {@link Machine.add_console}; `null` before. */
        get console(): Console | null;

        /**
         * The path of a file to which QEMU writes all that the guest writes on the console, anew
         * with every launch; `null`, the default, for none. It stays, and has no limit. Only with
         * {@link Machine.add_console}.
         */
        get console_log(): string | null;
        set console_log(val: string | null);

        /**
         * The path of a file to which QEMU writes all that the guest writes on the console, anew
         * with every launch; `null`, the default, for none. It stays, and has no limit. Only with
         * {@link Machine.add_console}.
         */
        get consoleLog(): string | null;
        set consoleLog(val: string | null);

        /**
         * Whether QEMU is launched with a qtest server, for {@link Machine.qtest}. It adds the
         * server and never an accelerator: many builds of QEMU have no `qtest` accelerator, and
         * only the clock needs it. Default: `false`.
         */
        get enable_qtest(): boolean;
        set enable_qtest(val: boolean);

        /**
         * Whether QEMU is launched with a qtest server, for {@link Machine.qtest}. It adds the
         * server and never an accelerator: many builds of QEMU have no `qtest` accelerator, and
         * only the clock needs it. Default: `false`.
         */
        get enableQtest(): boolean;
        set enableQtest(val: boolean);

        /**
         * How the last process ended; {@link QMachine.ExitKind.NONE} before its end. It stays until
         * the next launch. {@link Machine.get_exit_code} has the number.
         */
        get exit_kind(): ExitKind;

        /**
         * How the last process ended; {@link QMachine.ExitKind.NONE} before its end. It stays until
         * the next launch. {@link Machine.get_exit_code} has the number.
         */
        get exitKind(): ExitKind;

        /**
         * Whether QEMU is killed when this process ends, in whichever way. Without it, QEMU and its
         * directory outlive a program that ends while a machine runs, or that lets it go by
         * {@link Machine.detach}; dropping the object of a running machine still kills. A program
         * that is itself killed by a signal leaves the directory of the launch behind, with the log
         * in it; another one that launches a machine in the same {@link Machine.base_dir} later
         * than a minute after that removes it. Default: `true`.
         */
        get exit_with_parent(): boolean;
        set exit_with_parent(val: boolean);

        /**
         * Whether QEMU is killed when this process ends, in whichever way. Without it, QEMU and its
         * directory outlive a program that ends while a machine runs, or that lets it go by
         * {@link Machine.detach}; dropping the object of a running machine still kills. A program
         * that is itself killed by a signal leaves the directory of the launch behind, with the log
         * in it; another one that launches a machine in the same {@link Machine.base_dir} later
         * than a minute after that removes it. Default: `true`.
         */
        get exitWithParent(): boolean;
        set exitWithParent(val: boolean);

        /**
         * What sort of program the binary is, and so which options it is given. Default:
         * {@link QMachine.MachineKind.SYSTEM}.
         */
        get kind(): MachineKind;
        set kind(val: MachineKind);

        /**
         * How long a launch may take until the monitor is ready, in milliseconds; -1 for as long as
         * it takes. Default: 60000.
         */
        get launch_timeout(): number;
        set launch_timeout(val: number);

        /**
         * How long a launch may take until the monitor is ready, in milliseconds; -1 for as long as
         * it takes. Default: 60000.
         */
        get launchTimeout(): number;
        set launchTimeout(val: number);

        /**
         * Where the monitor of the launch listens, for another process that attaches later: the
         * address that was chosen, with the port that was free for a port of 0, or the socket in
         * the directory of the launch. It stays until the next launch; `null` before the first one,
         * and without a monitor.
         */
        get listen_address(): Gio.SocketAddress | null;

        /**
         * Where the monitor of the launch listens, for another process that attaches later: the
         * address that was chosen, with the port that was free for a port of 0, or the socket in
         * the directory of the launch. It stays until the next launch; `null` before the first one,
         * and without a monitor.
         */
        get listenAddress(): Gio.SocketAddress | null;

        /**
         * What QEMU wrote to its standard output and standard error, as text; `null` before the
         * first launch. It is read anew each time. Not notified.
         */
        get log(): string | null;

        /** Like {@link Machine.log}, as QEMU wrote it, also where it is not UTF-8. Not notified. */
        get log_bytes(): GLib.Bytes | null;

        /** Like {@link Machine.log}, as QEMU wrote it, also where it is not UTF-8. Not notified. */
        get logBytes(): GLib.Bytes | null;

        /**
         * The path of a file to which QEMU's standard output and standard error go, anew with every
         * launch. It stays, also when a launch fails. An existing one must be a regular file, no
         * symbolic link, and not the log of another machine that runs. `null` for one in the
         * directory of the launch, which goes away with it; {@link Machine.dup_log} has its content
         * in either case.
         *
         * QEMU itself writes a line into it which is not part of what the property log has, when
         * its monitor waits for this library.
         */
        get log_path(): string | null;
        set log_path(val: string | null);

        /**
         * The path of a file to which QEMU's standard output and standard error go, anew with every
         * launch. It stays, also when a launch fails. An existing one must be a regular file, no
         * symbolic link, and not the log of another machine that runs. `null` for one in the
         * directory of the launch, which goes away with it; {@link Machine.dup_log} has its content
         * in either case.
         *
         * QEMU itself writes a line into it which is not part of what the property log has, when
         * its monitor waits for this library.
         */
        get logPath(): string | null;
        set logPath(val: string | null);

        /**
         * QEMU's machine type, such as `q35` or `none`, with options behind a comma if need be;
         * `null`, the default, for QEMU's own.
         */
        get machine_type(): string | null;
        set machine_type(val: string | null);

        /**
         * QEMU's machine type, such as `q35` or `none`, with options behind a comma if need be;
         * `null`, the default, for QEMU's own.
         */
        get machineType(): string | null;
        set machineType(val: string | null);

        /**
         * The monitor of the launch; it stays after the end until the next launch. `null` before
         * the first one, and with the monitor mode {@link QMachine.MonitorMode.NONE}.
         */
        get monitor(): Monitor | null;

        /**
         * Where the monitor listens: a Unix or a TCP address, `null` for a socket in the directory
         * of the launch. The mode {@link QMachine.MonitorMode.LISTEN} needs one. A path may have
         * 106 bytes on Linux: a {@link Gio.UnixSocketAddress} cuts a longer one to 107 without
         * telling, so those are refused. Port 0, a free one, is for the mode
         * {@link QMachine.MonitorMode.INHERIT}. Whoever can reach the address while the monitor is
         * free controls the machine. Default: `null`.
         */
        get monitor_address(): Gio.SocketAddress | null;
        set monitor_address(val: Gio.SocketAddress | null);

        /**
         * Where the monitor listens: a Unix or a TCP address, `null` for a socket in the directory
         * of the launch. The mode {@link QMachine.MonitorMode.LISTEN} needs one. A path may have
         * 106 bytes on Linux: a {@link Gio.UnixSocketAddress} cuts a longer one to 107 without
         * telling, so those are refused. Port 0, a free one, is for the mode
         * {@link QMachine.MonitorMode.INHERIT}. Whoever can reach the address while the monitor is
         * free controls the machine. Default: `null`.
         */
        get monitorAddress(): Gio.SocketAddress | null;
        set monitorAddress(val: Gio.SocketAddress | null);

        /** How the monitor is wired. Default: {@link QMachine.MonitorMode.INHERIT}. */
        get monitor_mode(): MonitorMode;
        set monitor_mode(val: MonitorMode);

        /** How the monitor is wired. Default: {@link QMachine.MonitorMode.INHERIT}. */
        get monitorMode(): MonitorMode;
        set monitorMode(val: MonitorMode);

        /**
         * A name for file names: no slashes. By default `qemu-PID-N`, of the program's process id
         * and a number that counts up; `null` does not change it.
         */
        get name(): string;
        set name(val: string | null);

        /**
         * The id of QEMU's process, or of the wrapper's while QEMU's own is not known, as with the
         * monitor mode {@link QMachine.MonitorMode.LISTEN}; 0 while there is none.
         */
        get pid(): number;

        /**
         * The path of the directory of the launch, which holds its socket and its log; `null` while
         * there is none. It is removed when QEMU has ended, with all that is in it.
         */
        get run_dir(): string | null;

        /**
         * The path of the directory of the launch, which holds its socket and its log; `null` while
         * there is none. It is removed when QEMU has ended, with all that is in it.
         */
        get runDir(): string | null;

        /**
         * QEMU's run state, as last heard: known when the launch is done, and kept up to date by
         * events, by each answer to `query-status`, and by asking ten times a second while a
         * migration is under way or awaited, which changes it in silence. Events such as `STOP`
         * make the library ask, so the property follows them a round trip later. After the end it
         * is {@link QMachine.RunState.SHUTDOWN}, or {@link QMachine.RunState.UNKNOWN} where QEMU
         * did not say that it shuts down. Changes that come faster than the context of the machine
         * turns are notified as one. {@link QMachine.RunState.UNKNOWN} without a monitor, and for a
         * storage daemon.
         */
        get run_state(): RunState;

        /**
         * QEMU's run state, as last heard: known when the launch is done, and kept up to date by
         * events, by each answer to `query-status`, and by asking ten times a second while a
         * migration is under way or awaited, which changes it in silence. Events such as `STOP`
         * make the library ask, so the property follows them a round trip later. After the end it
         * is {@link QMachine.RunState.SHUTDOWN}, or {@link QMachine.RunState.UNKNOWN} where QEMU
         * did not say that it shuts down. Changes that come faster than the context of the machine
         * turns are notified as one. {@link QMachine.RunState.UNKNOWN} without a monitor, and for a
         * storage daemon.
         */
        get runState(): RunState;

        /**
         * QEMU's own word for the run state, such as `running`, also where this library has no name
         * for it; `null` while it is not known.
         */
        get run_state_name(): string | null;

        /**
         * QEMU's own word for the run state, such as `running`, also where this library has no name
         * for it; `null` while it is not known.
         */
        get runStateName(): string | null;

        /**
         * Whether there is a process: from the beginning of a launch until the process is reaped.
         */
        get running(): boolean;

        /**
         * Why QEMU shut down, in QEMU's word, such as `guest-shutdown` or `host-qmp-quit`; `null`
         * while it has not said. It stays until the next launch.
         */
        get shutdown_reason(): string | null;

        /**
         * Why QEMU shut down, in QEMU's word, such as `guest-shutdown` or `host-qmp-quit`; `null`
         * while it has not said. It stays until the next launch.
         */
        get shutdownReason(): string | null;

        /**
         * How long {@link Machine.shutdown} waits for QEMU to end when asked before it uses force,
         * in milliseconds; -1 for as long as it takes. Counts as it is when the call is made, also
         * for a machine that was launched before it was set. Default: 30000.
         */
        get shutdown_timeout(): number;
        set shutdown_timeout(val: number);

        /**
         * How long {@link Machine.shutdown} waits for QEMU to end when asked before it uses force,
         * in milliseconds; -1 for as long as it takes. Counts as it is when the call is made, also
         * for a machine that was launched before it was set. Default: 30000.
         */
        get shutdownTimeout(): number;
        set shutdownTimeout(val: number);

        /** Where the life of the machine stands. */
        get state(): MachineState;

        /**
         * A command that is put in front of the binary, such as `strace -f` or `ssh host`.
         *
         * It must pass on its descriptors; a wrapper that does not needs the monitor mode
         * {@link QMachine.MonitorMode.LISTEN}. It may become QEMU, stay until QEMU has ended, or
         * end before; it may fork, make a session of its own, or change the user: whatever comes
         * from it ends with the launch. Default: `null`, none.
         */
        get wrapper(): string[] | null;
        set wrapper(val: string[] | null);
        $signals: Machine.SignalSignatures;
        constructor(properties?: Partial<Machine.ConstructorProps>);
        static ["new"](binary: string | null): Machine;
        connect<K extends keyof Machine.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Machine.SignalSignatures[K]>): number;
        connect_after<K extends keyof Machine.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Machine.SignalSignatures[K]>): number;

        /**
         * Adds to {@link Machine.args}, for the next launch.
         *
         * @param args more arguments
         */
        add_args(args: string[]): void;

        /**
         * Gives the machine a console, for the launches to come; any number of them, each with a
         * name of its own. With a name that a console has already it moves that one.
         *
         * The console is there at once, and stays the same, so handlers can be connected before the
         * guest writes its first word. The first one is {@link Machine.console}. QEMU's chardev has
         * its name, too. Serial ports before the last one that no console has lead nowhere.
         *
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} says that the name is none, being a
         * letter followed by letters, digits, `-`, `.` and `_`, or that another console has the
         * serial port.
         *
         * @param name a name for it, `null` for `console`
         * @param device a QEMU device that takes a chardev, such as `virtconsole`; `serialN` for
         * the serial port of that number, from 0 to 63; `null` for the first serial port that no
         * console has
         * @returns the console, which the machine keeps, or `null` on failure
         */
        add_console(name: string | null, device: string | null): Console;

        /**
         * Hands a descriptor to QEMU with every launch to come, as part of an fdset.
         *
         * It has the same number there, so other arguments can refer to it as well;
         * {@link Machine.pass_fd} is for those that need no fdset. A duplicate is kept: the caller
         * may close its own at once. {@link QMachine.MachineError.INVALID_CONFIGURATION} says that
         * `fd` is not open, is one of the first three, or has a number that is handed over already.
         *
         * @param fd a descriptor above 2, which stays the caller's
         * @param fdset the number of the fdset, 0 or more
         * @param opaque any text to find it by in `query-fdsets`
         * @param opts more of QEMU's own options to `-add-fd`, as they are
         * @returns `true` if the descriptor is good
         */
        add_fd(fd: number, fdset: number, opaque: string | null, opts: string | null): boolean;

        /**
         * Adds a human monitor that telnet clients can connect to, for every launch to come.
         *
         * Whoever can reach the port controls the machine. A port that is taken makes the launch
         * fail, with QEMU's words. {@link QMachine.MachineError.INVALID_CONFIGURATION} says that
         * `port` is out of range.
         * @param host a host name or address of this host
         * @param port a TCP port, from 1 to 65535
         * @returns `true` if the monitor will be there
         */
        add_monitor_telnet(host: string, port: number): boolean;

        /**
         * Sends a QMP command and waits for its answer.
         *
         * Waits for as long as QEMU takes, unless {@link Machine.command_timeout} sets a limit. A
         * call that is cancelled or takes too long is not undone: QEMU may carry it out all the
         * same. The machine goes on.
         *
         * In a {@link Json.Node} a number above 2^63-1 appears as the negative one with the same 64
         * bits; {@link Machine.command_json} keeps it.
         *
         * Errors: {@link CommandError} when QEMU refuses;
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED} when QEMU
         * ends before it answers, with how it ended and its last words;
         * {@link QMachine.MonitorError.CLOSED} when only its monitor is gone;
         * {@link QMachine.MonitorError.INVALID_COMMAND}, {@link QMachine.MonitorError.TOO_LARGE}
         * and {@link QMachine.MonitorError.BUSY} when nothing was sent;
         * {@link QMachine.MonitorError.PROTOCOL} and {@link QMachine.MonitorError.TOO_LARGE} when
         * what came broke the session; {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        command<T = any>(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Machine.command}. */
        command_sync(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for command_finish(), and is else like {@link Machine.command}. */
        command_async(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.command}. */
        command_async<T = any>(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<T>;
        command_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a QMP command and waits for its answer, as texts.
         *
         * Nothing is lost on the way: the arguments are sent as they are, once they are known to be
         * valid JSON, and the result is what QEMU wrote. Otherwise like {@link Machine.command}.
         */
        command_json(command: string, args?: string | null, ...limits: TimeoutAndOptions):
            Promise<string>;

        /** Blocks, and is else like {@link Machine.command_json}. */
        command_json_sync(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /** Calls back, for command_json_finish(), and is else like {@link Machine.command_json}. */
        command_json_async(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.command_json}. */
        command_json_async(command: string, args?: string | null, ...limits: TimeoutAndOptions):
            Promise<string>;
        command_json_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a command, as text, together with a descriptor and waits for its answer.
         *
         * Like {@link Machine.command_with_fd}, but exact for every number. Errors: those of it.
         */
        command_json_with_fd(command: string, args: string | null | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Machine.command_json_with_fd}. */
        command_json_with_fd_sync(command: string, args: string | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /**
         * Calls back, for command_json_with_fd_finish(), and is else like
         * {@link Machine.command_json_with_fd}.
         */
        command_json_with_fd_async(command: string, args: string | null, fd: number,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.command_json_with_fd}. */
        command_json_with_fd_async(command: string, args: string | null | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<string>;
        command_json_with_fd_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a QMP command together with a descriptor, such as `getfd` or `add-fd`, and waits
         * for its answer.
         *
         * One command with a descriptor is on its way at a time; a later one, and what comes behind
         * it, waits for its turn. The descriptor is duplicated at once. Errors:
         * {@link QMachine.MonitorError.INVALID_COMMAND} also when it is not open, when the system
         * does not let it pass, or when the monitor is not on a Unix socket;
         * {@link QMachine.MonitorError.BUSY} also when a descriptor was sent alone and no command
         * since; otherwise like {@link Machine.command}.
         */
        command_with_fd<T = any>(command: string, args: Arguments | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Machine.command_with_fd}. */
        command_with_fd_sync(command: string, args: Json.Node | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /**
         * Calls back, for command_with_fd_finish(), and is else like
         * {@link Machine.command_with_fd}.
         */
        command_with_fd_async(command: string, args: Json.Node | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.command_with_fd}. */
        command_with_fd_async<T = any>(command: string, args: Arguments | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<T>;
        command_with_fd_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Lets QEMU go: it lives on, and this object is that of a stopped machine.
         *
         * The monitor is closed, so that somebody else, in this process or another, can attach a
         * {@link Monitor} at {@link Machine.listen_address}, which stays known here until the next
         * launch. If it is the default one, the directory of the launch stays, with the socket and
         * the log in it, and whoever ends QEMU may remove it. The console and qtest end, the exit
         * code is never known, `Machine::exited` is not emitted, and calls that wait fail with
         * {@link QMachine.MachineError.NOT_RUNNING}.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING}, also for a machine that is about to
         * stop; {@link QMachine.MachineError.INVALID_CONFIGURATION} when QEMU would end with this
         * process; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        detach(options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.detach}. */
        detach_sync(cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for detach_finish(), and is else like {@link Machine.detach}. */
        detach_async(cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.detach}. */
        detach_async(options?: Options): Promise<boolean>;
        detach_finish(result: Gio.AsyncResult): boolean;

        /**
         * Gets the arguments for QEMU: see {@link Machine.args}.
         * @returns the arguments, `null` for none
         */
        dup_args(): string[] | null;

        /**
         * Gets where the directory for a launch is made: see {@link Machine.base_dir}.
         * @returns an absolute path, `null` for the default
         */
        dup_base_dir(): string | null;

        /**
         * Gets QEMU's binary: see {@link Machine.binary}.
         * @returns the binary, `null` before it is set
         */
        dup_binary(): string | null;

        /**
         * Gets the command line of the last launch: wrapper, binary and all arguments.
         * @returns the arguments, `null` before the first launch and after one that failed before
         * there was a command line
         */
        dup_command_line(): string[] | null;

        /**
         * Gets the first console, which is there after {@link Machine.add_console}.
         * @returns the console, `null` if the machine has none
         */
        dup_console(): Console | null;

        /**
         * Gets the file for what the guest writes on the console: see {@link Machine.console_log}.
         * @returns an absolute path, `null` for none
         */
        dup_console_log(): string | null;

        /**
         * Gets all consoles, in the order in which they were added.
         * @returns the consoles, maybe none
         */
        dup_consoles(): Console[];

        /**
         * Gets the address at which the monitor of the launch can be found.
         * @returns the address, `null` before the first launch and for a machine without a monitor
         */
        dup_listen_address(): Gio.SocketAddress | null;

        /**
         * Gets the text that QEMU wrote to its standard output and standard error, in the order in
         * which it wrote it, but for the line that says it waits for its monitor's client, who is
         * the library.
         *
         * Can be read while QEMU runs and until the next launch; of a longer log the last 16 MiB.
         * Bytes that are not UTF-8 are replaced by U+FFFD; {@link Machine.dup_log_bytes} keeps
         * them.
         *
         * @returns the log, `null` before the first launch and after one whose settings were
         * refused
         */
        dup_log(): string | null;

        /**
         * Gets the log as QEMU wrote it, where {@link Machine.dup_log} replaces what is not UTF-8.
         * @returns the log, `null` before the first launch and after one whose settings were
         * refused
         */
        dup_log_bytes(): GLib.Bytes | null;

        /**
         * Gets the file for what QEMU writes: see {@link Machine.log_path}.
         * @returns an absolute path, `null` for one in the directory of the launch
         */
        dup_log_path(): string | null;

        /**
         * Gets QEMU's machine type: see {@link Machine.machine_type}.
         * @returns the machine type, `null` for QEMU's own
         */
        dup_machine_type(): string | null;

        /**
         * Gets the monitor of the launch.
         *
         * It stays after the end, closed but with the events that nobody took, until the next
         * launch makes a new one.
         * @returns the monitor, `null` before the first launch and for machines without one
         */
        dup_monitor(): Monitor | null;

        /**
         * Gets where the monitor listens: see {@link Machine.monitor_address}.
         * @returns the address, `null` for a socket in the directory of the launch
         */
        dup_monitor_address(): Gio.SocketAddress | null;

        /**
         * Gets the name for file names: see {@link Machine.name}.
         * @returns the name
         */
        dup_name(): string;

        /**
         * Gets the path of the directory of the launch, which holds its socket and its log.
         * @returns the path, `null` while there is none
         */
        dup_run_dir(): string | null;

        /**
         * Gets QEMU's word for its run state, also for states that this library has no name for.
         * @returns the word, `null` before it is known
         */
        dup_run_state_name(): string | null;

        /**
         * Gets QEMU's word for why it shut down, such as `guest-shutdown` or `host-qmp-quit`.
         * @returns the reason, `null` while there is none
         */
        dup_shutdown_reason(): string | null;

        /**
         * Gets the command in front of the binary: see {@link Machine.wrapper}.
         * @returns the wrapper, `null` for none
         */
        dup_wrapper(): string[] | null;

        /**
         * Gets how long a command may take: see {@link Machine.command_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_command_timeout(): number;

        /**
         * Gets whether QEMU is launched with a qtest server: see {@link Machine.enable_qtest}.
         * @returns `true` if so
         */
        get_enable_qtest(): boolean;

        /**
         * Gets the exit code, which stays until the next launch.
         *
         * There is none before the first end, while QEMU runs, and when somebody else took it:
         * {@link Machine.exit_kind} tells these apart. In Python and JavaScript `machine.exit_code`
         * is the number, or `None` and `null`.
         *
         * @returns `true` if there is one
         */
        get_exit_code(): [boolean, number];

        /**
         * Gets how the last process ended.
         * @returns how, {@link QMachine.ExitKind.NONE} before the first end and while QEMU runs
         */
        get_exit_kind(): ExitKind;

        /**
         * Gets whether QEMU is killed when this process ends: see {@link Machine.exit_with_parent}.
         * @returns `true` if so
         */
        get_exit_with_parent(): boolean;

        /**
         * Gets what sort of program the binary is: see {@link Machine.kind}.
         * @returns the kind
         */
        get_kind(): MachineKind;

        /**
         * Gets how long a launch may take: see {@link Machine.launch_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_launch_timeout(): number;

        /**
         * Gets how the monitor is wired: see {@link Machine.monitor_mode}.
         * @returns the mode
         */
        get_monitor_mode(): MonitorMode;

        /**
         * Gets the id of QEMU's process, or of the wrapper's while QEMU's own is not known; 0 while
         * there is none.
         * @returns the process id, or 0
         */
        get_pid(): number;

        /**
         * Gets QEMU's run state, as last heard.
         * @returns the run state
         */
        get_run_state(): RunState;

        /**
         * Gets how long a shutdown waits before it uses force: see
         * {@link Machine.shutdown_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_shutdown_timeout(): number;

        /**
         * Gets whether the machine is stopped, being launched, running, or being stopped.
         * @returns the state
         */
        get_state(): MachineState;

        /**
         * Runs a command of QEMU's human monitor.
         *
         * The text is for people, and changes from release to release. What the human monitor
         * complains about is part of it. Errors: {@link QMachine.CommandError.COMMAND_NOT_FOUND}
         * from a QEMU without one, such as a storage daemon; otherwise like
         * {@link Machine.command}.
         */
        human_command(line: string, ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Machine.human_command}. */
        human_command_sync(line: string, timeout: number, cancellable: Gio.Cancellable |
            null): string;

        /**
         * Calls back, for human_command_finish(), and is else like {@link Machine.human_command}.
         */
        human_command_async(line: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.human_command}. */
        human_command_async(line: string, ...limits: TimeoutAndOptions): Promise<string>;
        human_command_finish(result: Gio.AsyncResult): string;

        /**
         * Gets whether there is a QEMU process: being launched, running, or being stopped.
         * @returns `true` while there is a process
         */
        is_running(): boolean;

        /**
         * Kills QEMU, its wrapper, and all other processes that came from them, and waits until
         * none is left.
         *
         * Does nothing when the machine is stopped, or when `cancellable` was cancelled before the
         * call.
         *
         * Errors: {@link Gio.IOErrorEnum.PERMISSION_DENIED} for a process of another user, which a
         * set-user-ID program made; it is named, the machine stays
         * {@link QMachine.MachineState.STOPPING}, and can be killed again.
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        kill(options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.kill}. */
        kill_sync(cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for kill_finish(), and is else like {@link Machine.kill}. */
        kill_async(cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.kill}. */
        kill_async(options?: Options): Promise<boolean>;
        kill_finish(result: Gio.AsyncResult): boolean;

        /**
         * Starts QEMU and negotiates with its monitor.
         *
         * Takes at most {@link Machine.launch_timeout} milliseconds. When it fails, for whichever
         * reason, no process, file or descriptor is left, the log says what QEMU said, and the
         * machine can be launched again. Log, exit code and events of the launch before are gone in
         * any case.
         *
         * Errors: {@link QMachine.MachineError.ALREADY_LAUNCHED};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} names the setting that cannot work;
         * {@link QMachine.MachineError.LAUNCH_FAILED} when QEMU ended first: the message holds its
         * exit status, its command line and its last words; {@link QMachine.MonitorError.PROTOCOL}
         * when what answered is no QMP server; in the mode {@link QMachine.MonitorMode.LISTEN}
         * those of connecting, of the domain of GIO; {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link Gio.IOErrorEnum.CANCELLED}, also when the machine is told to stop meanwhile.
         */
        launch(options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.launch}. */
        launch_sync(cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for launch_finish(), and is else like {@link Machine.launch}. */
        launch_async(cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.launch}. */
        launch_async(options?: Options): Promise<boolean>;
        launch_finish(result: Gio.AsyncResult): boolean;

        /**
         * Listens to events from now on, in a queue of its own.
         *
         * From the next launch on, if the machine does not run: made before a launch it misses
         * none. See {@link MonitorEvent.matches} for the rule of `match`. What a listener has is
         * not taken from the backlog, where {@link Machine.wait_event} finds it as well.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON
         * object.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match, or `null` for anything
         * @returns the listener
         */
        listen(names?: Names, match?: Match): EventListener;

        /**
         * Listens to events from now on, by a match that is text.
         *
         * Like {@link Machine.listen}, but numbers are compared exactly, as they are written.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON
         * object, or has a member twice.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match as the text of a JSON object, or `null` for
         * anything
         * @returns the listener
         */
        listen_json(names: string[] | null, match: string | null): EventListener;

        /**
         * Hands a descriptor to QEMU, and to what stands in front of it, with every launch to come.
         *
         * It is for the options that take a descriptor by its number: `-netdev socket,fd=`,
         * `-chardev socket,fd=`, `-incoming fd:`, those of vhost and tap devices, and paths such as
         * `/dev/fd/N`. The number is the one that `fd` has here. A duplicate is kept, so the caller
         * may close its own; but then the next descriptor that is opened may get the same number
         * and is refused, so all that are to be passed should be open together. The library's own
         * descriptors keep out of the way. {@link QMachine.MachineError.INVALID_CONFIGURATION} says
         * that `fd` is not open, is one of the first three, or has a number that is handed over
         * already.
         *
         * @param fd a descriptor above 2, which stays the caller's
         * @returns the number that the descriptor has in QEMU, or -1 on failure
         */
        pass_fd(fd: number): number;

        /**
         * Takes the oldest event of this launch that nobody has taken. Does not wait.
         *
         * Events stay there after the end until the next launch.
         *
         * @returns the event, or `null` if there is none
         */
        pop_event(): MonitorEvent | null;

        /**
         * Takes all events of this launch that nobody has taken, oldest first. Does not wait.
         * @returns the events, maybe none
         */
        pop_events(): MonitorEvent[];

        /**
         * Puts an event back as the oldest one, for who was given it and cannot use it.
         *
         * A call of {@link Machine.wait_event} that waits for such an event gets it. Put it back
         * before the next launch.
         * @param event an event that was taken from it
         */
        put_back_event(event: MonitorEvent): void;

        /**
         * Sends a QMP command and returns the whole reply.
         *
         * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
         * {@link Machine.command}.
         */
        qmp<T = any>(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Machine.qmp}. */
        qmp_sync(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for qmp_finish(), and is else like {@link Machine.qmp}. */
        qmp_async(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.qmp}. */
        qmp_async<T = any>(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<T>;
        qmp_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a QMP command and returns the whole reply, as texts.
         *
         * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
         * {@link Machine.command_json}.
         */
        qmp_json(command: string, args?: string | null,
            ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Machine.qmp_json}. */
        qmp_json_sync(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /** Calls back, for qmp_json_finish(), and is else like {@link Machine.qmp_json}. */
        qmp_json_async(command: string, args: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.qmp_json}. */
        qmp_json_async(command: string, args?: string | null,
            ...limits: TimeoutAndOptions): Promise<string>;
        qmp_json_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a line to QEMU's qtest server and waits for the answer.
         *
         * Lines that tell of interrupts are not answers: see `Machine::qtest-irq`. `clock_step`
         * needs QEMU's `qtest` accelerator, which the program asks for itself, in
         * {@link Machine.args}, where its QEMU has one.
         *
         * Errors: {@link QMachine.CommandError.GENERIC_ERROR} with the whole line when the answer
         * is not `OK`; {@link QMachine.MonitorError.INVALID_COMMAND} when `line` is not one line;
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED};
         * {@link QMachine.MonitorError.BUSY} when 65536 lines wait;
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        qtest(line: string, ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Machine.qtest}. */
        qtest_sync(line: string, timeout: number, cancellable: Gio.Cancellable | null): string;

        /** Calls back, for qtest_finish(), and is else like {@link Machine.qtest}. */
        qtest_async(line: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.qtest}. */
        qtest_async(line: string, ...limits: TimeoutAndOptions): Promise<string>;
        qtest_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a descriptor alone; the next command that asks for one, such as `getfd`, takes it.
         *
         * The command after it is answered before anything else is sent;
         * {@link Machine.command_with_fd} does both in one. Errors:
         * {@link QMachine.MonitorError.INVALID_COMMAND} when the descriptor is not open, or the
         * monitor is not on a Unix socket; {@link QMachine.MonitorError.BUSY} when one was sent
         * already and no command since; otherwise like {@link Machine.command}.
         */
        send_fd(fd: number, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.send_fd}. */
        send_fd_sync(fd: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for send_fd_finish(), and is else like {@link Machine.send_fd}. */
        send_fd_async(fd: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.send_fd}. */
        send_fd_async(fd: number, options?: Options): Promise<boolean>;
        send_fd_finish(result: Gio.AsyncResult): boolean;

        /**
         * Opens a file and sends its descriptor, like {@link Machine.send_fd}.
         *
         * It is opened for reading and writing, and where that is not allowed for reading, in the
         * thread that makes the call. {@link QMachine.MonitorError.INVALID_COMMAND} also says that
         * it cannot be opened.
         */
        send_file(path: string, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.send_file}. */
        send_file_sync(path: string, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for send_file_finish(), and is else like {@link Machine.send_file}. */
        send_file_async(path: string, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.send_file}. */
        send_file_async(path: string, options?: Options): Promise<boolean>;
        send_file_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sets the arguments for QEMU: see {@link Machine.args}.
         * @param args arguments for QEMU; they replace those that were added, `null` for none
         */
        set_args(args: string[] | null): void;

        /**
         * Sets where the directory for a launch is made: see {@link Machine.base_dir}.
         * @param base_dir a directory, `null` for the default
         */
        set_base_dir(base_dir: string | null): void;

        /**
         * Sets QEMU's binary: see {@link Machine.binary}.
         * @param binary a path, or a name that is looked up in `PATH`, `null` for none yet
         */
        set_binary(binary: string | null): void;

        /**
         * Sets how long a command may take: see {@link Machine.command_timeout}.
         * @param command_timeout milliseconds, -1 for as long as it takes
         */
        set_command_timeout(command_timeout: number): void;

        /**
         * Sets the file for what the guest writes on the console: see {@link Machine.console_log}.
         * @param console_log the path of a file, `null` for none
         */
        set_console_log(console_log: string | null): void;

        /**
         * Sets whether QEMU is launched with a qtest server: see {@link Machine.enable_qtest}.
         * @param enable_qtest whether to
         */
        set_enable_qtest(enable_qtest: boolean): void;

        /**
         * Sets whether QEMU is killed when this process ends: see {@link Machine.exit_with_parent}.
         * @param exit_with_parent whether to
         */
        set_exit_with_parent(exit_with_parent: boolean): void;

        /**
         * Sets what sort of program the binary is: see {@link Machine.kind}.
         * @param kind the kind
         */
        set_kind(kind: MachineKind): void;

        /**
         * Sets how long a launch may take: see {@link Machine.launch_timeout}.
         * @param launch_timeout milliseconds, -1 for as long as it takes
         */
        set_launch_timeout(launch_timeout: number): void;

        /**
         * Sets the file for what QEMU writes: see {@link Machine.log_path}.
         * @param log_path the path of a file, `null` for one in the directory of the launch
         */
        set_log_path(log_path: string | null): void;

        /**
         * Sets QEMU's machine type: see {@link Machine.machine_type}.
         * @param machine_type a machine type, such as `q35`, with options behind a comma if need
         * be, `null` for QEMU's own
         */
        set_machine_type(machine_type: string | null): void;

        /**
         * Sets where the monitor listens: see {@link Machine.monitor_address}.
         * @param monitor_address a Unix or a TCP address, `null` for a socket in the directory of
         * the launch
         */
        set_monitor_address(monitor_address: Gio.SocketAddress | null): void;

        /**
         * Sets how the monitor is wired: see {@link Machine.monitor_mode}.
         * @param monitor_mode the mode
         */
        set_monitor_mode(monitor_mode: MonitorMode): void;

        /**
         * Sets the name for file names: see {@link Machine.name}.
         * @param name a name without slashes; `null` changes nothing
         */
        set_name(name: string | null): void;

        /**
         * Sets how long a shutdown waits before it uses force: see
         * {@link Machine.shutdown_timeout}.
         * @param shutdown_timeout milliseconds, -1 for as long as it takes
         */
        set_shutdown_timeout(shutdown_timeout: number): void;

        /**
         * Sets the command in front of the binary: see {@link Machine.wrapper}.
         * @param wrapper a command and its arguments, `null` for none
         */
        set_wrapper(wrapper: string[] | null): void;

        /**
         * Ends QEMU: asks it over the monitor, and if it does not end within `timeout` milliseconds
         * uses SIGTERM, and SIGKILL five seconds later.
         *
         * A QEMU that refuses gets SIGTERM at once. A machine without a monitor, or whose monitor
         * is closed, is asked by SIGTERM, and killed after the time-out. Does nothing when the
         * machine is stopped. In any case QEMU is gone afterwards, and what it left is cleaned up;
         * only cancelling ends the waiting earlier, and then the stopping still goes on, unless
         * `cancellable` was cancelled before the call.
         *
         * Errors: {@link QMachine.MachineError.ABNORMAL_SHUTDOWN} when force was needed, or a
         * signal killed QEMU meanwhile; {@link QMachine.MachineError.INVALID_CONFIGURATION} for a
         * `timeout` that is none; {@link Gio.IOErrorEnum.PERMISSION_DENIED} as for
         * {@link Machine.kill}; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        shutdown(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.shutdown}. */
        shutdown_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for shutdown_finish(), and is else like {@link Machine.shutdown}. */
        shutdown_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.shutdown}. */
        shutdown_async(...limits: TimeoutAndOptions): Promise<boolean>;
        shutdown_finish(result: Gio.AsyncResult): boolean;

        /**
         * Waits until QEMU has ended, without doing anything about it.
         *
         * {@link Machine.get_exit_code} says how it ended. When it has ended already, the call
         * returns at once.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING} when no process was started, or the
         * machine is detached meanwhile; {@link QMachine.MachineError.INVALID_CONFIGURATION} for a
         * `timeout` below -1; {@link Gio.IOErrorEnum.TIMED_OUT}; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        wait(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.wait}. */
        wait_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_finish(), and is else like {@link Machine.wait}. */
        wait_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.wait}. */
        wait_async(...limits: TimeoutAndOptions): Promise<boolean>;
        wait_finish(result: Gio.AsyncResult): boolean;

        /**
         * Takes the oldest event that fits, waiting for one if need be.
         *
         * Events that came before the call count, as long as nobody took them and they are among
         * the last {@link Monitor.event_backlog}; those that do not fit stay where they are. See
         * {@link MonitorEvent.matches} for the rule of `match`; an event of more than 1 MiB does
         * not match any. If several calls wait for the same event, each of them gets it.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, also for a `timeout` of 0;
         * {@link Gio.IOErrorEnum.CANCELLED}; {@link QMachine.MonitorError.INVALID_COMMAND} for a
         * `timeout` below -1 and a `match` that is no JSON object;
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED} as soon
         * as QEMU has ended; {@link MonitorError} when only its monitor is gone, with the reason.
         */
        wait_event(names?: Names, match?: Match,
            ...limits: TimeoutAndOptions): Promise<MonitorEvent>;

        /** Blocks, and is else like {@link Machine.wait_event}. */
        wait_event_sync(names: string[] | null, match: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): MonitorEvent;

        /** Calls back, for wait_event_finish(), and is else like {@link Machine.wait_event}. */
        wait_event_async(names: string[] | null, match: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.wait_event}. */
        wait_event_async(names?: Names, match?: Match,
            ...limits: TimeoutAndOptions): Promise<MonitorEvent>;
        wait_event_finish(result: Gio.AsyncResult): MonitorEvent;

        /**
         * Takes the oldest event that fits, by a match that is text, waiting for one if need be.
         *
         * Like {@link Machine.wait_event}, but numbers are compared exactly, as they are written: a
         * {@link Json.Node} cannot tell 2^64-1 from -1.
         *
         * Errors: those of {@link Machine.wait_event};
         * {@link QMachine.MonitorError.INVALID_COMMAND} also for a `match` that has a member twice.
         */
        wait_event_json(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
            Promise<MonitorEvent>;

        /** Blocks, and is else like {@link Machine.wait_event_json}. */
        wait_event_json_sync(names: string[] | null, match: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): MonitorEvent;

        /**
         * Calls back, for wait_event_json_finish(), and is else like
         * {@link Machine.wait_event_json}.
         */
        wait_event_json_async(names: string[] | null, match: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.wait_event_json}. */
        wait_event_json_async(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
            Promise<MonitorEvent>;
        wait_event_json_finish(result: Gio.AsyncResult): MonitorEvent;

        /** The exit code; `null` where there is none. */
        get exit_code(): number | null;

        /** The exit code; `null` where there is none. */
        get exitCode(): number | null;

        /** Kills QEMU if it still runs. Resolves when its process and its files are gone. */
        close(options?: Options): Promise<void>;

        /** A loop over the events from now on. It ends with the machine. */
        events(names?: Names, match?: Match, options?: Options): Events;
    }

    namespace Monitor {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * The session is over; emitted once for each session that was running, after its
             * events, in the main context of the monitor. The end is wanted after
             * {@link Monitor.close}, after the command `quit` and after the event `SHUTDOWN`.
             */
            closed: (error: GLib.Error | null) => void;
            /**
             * The peer reported an event. The detail is the event's name: `event::SHUTDOWN`.
             *
             * Emitted for every event, in order, whether or not somebody also waits for it, in the
             * main context of the monitor. If that does not keep up with more than
             * {@link Monitor.event_backlog} events, the oldest are left out and counted in
             * {@link Monitor.signals_dropped}.
             */
            event: (event: MonitorEvent) => void;
            [key: `event::${string}`]: (event: MonitorEvent) => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            attach_retry: boolean;
            attachRetry: boolean;
            attach_timeout: number;
            attachTimeout: number;
            command_timeout: number;
            commandTimeout: number;
            event_backlog: number;
            eventBacklog: number;
            max_message_size: bigint | number;
            maxMessageSize: bigint | number;
            out_of_band: boolean;
            outOfBand: boolean;
        }
    }

    /**
     * One QMP session: on the monitor of a running QEMU, of a storage daemon, or on any stream.
     *
     * A {@link Machine} makes its own monitor. Alone, a monitor is attached to an address with
     * {@link Monitor.attach}, or to a stream with {@link Monitor.attach_stream}; it takes the
     * greeting and negotiates, and then carries commands and events until {@link Monitor.close} or
     * the end of the peer.
     *
     * All methods can be called from any thread, and the synchronous ones with or without a main
     * loop: they never run handlers of the program. The callback of the asynchronous ones runs in
     * the thread-default main context of the thread that made the call. Signals are emitted in that
     * of the thread that made the monitor, or the machine of it, and there replies and events come
     * in the order in which the peer sent them.
     *
     * Dropping the last reference closes the session.
     */
    class Monitor extends GObject.Object {
        static $gtype: GObject.GType<Monitor>;

        /**
         * Whether {@link Monitor.attach} goes on trying, until {@link Monitor.attach_timeout},
         * while nobody listens at the address or the peer hangs up before the session is
         * negotiated, before or after its greeting, as happens with a QEMU that is still starting
         * or is being replaced. What is no QMP, and a peer that refuses to negotiate, fail at once.
         * Default: `false`.
         */
        get attach_retry(): boolean;
        set attach_retry(val: boolean);

        /**
         * Whether {@link Monitor.attach} goes on trying, until {@link Monitor.attach_timeout},
         * while nobody listens at the address or the peer hangs up before the session is
         * negotiated, before or after its greeting, as happens with a QEMU that is still starting
         * or is being replaced. What is no QMP, and a peer that refuses to negotiate, fail at once.
         * Default: `false`.
         */
        get attachRetry(): boolean;
        set attachRetry(val: boolean);

        /**
         * How long attaching may take, greeting and negotiation included, in milliseconds; -1 for
         * as long as it takes. Default: 30000.
         */
        get attach_timeout(): number;
        set attach_timeout(val: number);

        /**
         * How long attaching may take, greeting and negotiation included, in milliseconds; -1 for
         * as long as it takes. Default: 30000.
         */
        get attachTimeout(): number;
        set attachTimeout(val: number);

        /** The names of the capabilities that the peer offers; `null` before the greeting. */
        get capabilities(): string[] | null;

        /**
         * How long to wait for the reply to a command, in milliseconds; -1 for as long as it takes.
         * A millisecond for every 100 bytes of the command is added: QEMU reads slowly. A command
         * that took too long fails with {@link Gio.IOErrorEnum.TIMED_OUT} and the session goes on.
         * Default: -1.
         */
        get command_timeout(): number;
        set command_timeout(val: number);

        /**
         * How long to wait for the reply to a command, in milliseconds; -1 for as long as it takes.
         * A millisecond for every 100 bytes of the command is added: QEMU reads slowly. A command
         * that took too long fails with {@link Gio.IOErrorEnum.TIMED_OUT} and the session goes on.
         * Default: -1.
         */
        get commandTimeout(): number;
        set commandTimeout(val: number);

        /**
         * How many events are kept for {@link Monitor.pop_event} and {@link Monitor.wait_event},
         * and as many again that wait for a signal handler; but of each no more than 64 MiB. The
         * oldest make room for newer ones; a limit that is lowered takes effect with the next
         * event. From 1 to 1048576; default: 1024.
         */
        get event_backlog(): number;
        set event_backlog(val: number);

        /**
         * How many events are kept for {@link Monitor.pop_event} and {@link Monitor.wait_event},
         * and as many again that wait for a signal handler; but of each no more than 64 MiB. The
         * oldest make room for newer ones; a limit that is lowered takes effect with the next
         * event. From 1 to 1048576; default: 1024.
         */
        get eventBacklog(): number;
        set eventBacklog(val: number);

        /**
         * How many events of this session nobody took from the backlog before they had to make
         * room. Not notified.
         */
        get events_dropped(): number;

        /**
         * How many events of this session nobody took from the backlog before they had to make
         * room. Not notified.
         */
        get eventsDropped(): number;

        /**
         * What the peer said of itself: the text of the greeting's `QMP` member; `null` before the
         * greeting.
         */
        get greeting(): string | null;

        /**
         * The longest message, in bytes, that is taken from the peer; a longer one closes the
         * session with {@link QMachine.MonitorError.TOO_LARGE}. Looked at when a session begins. At
         * least 1024; default: 64 MiB.
         */
        get max_message_size(): number;
        set max_message_size(val: bigint | number);

        /**
         * The longest message, in bytes, that is taken from the peer; a longer one closes the
         * session with {@link QMachine.MonitorError.TOO_LARGE}. Looked at when a session begins. At
         * least 1024; default: 64 MiB.
         */
        get maxMessageSize(): number;
        set maxMessageSize(val: bigint | number);

        /**
         * Whether to negotiate out-of-band commands when attaching, for
         * {@link QMachine.MonitorFlags.OUT_OF_BAND}. Every command then carries an id. A peer that
         * does not offer them is refused with {@link QMachine.MonitorError.NEGOTIATION}. Looked at
         * when a session begins; the monitor that a machine makes does without. Default: `false`.
         */
        get out_of_band(): boolean;
        set out_of_band(val: boolean);

        /**
         * Whether to negotiate out-of-band commands when attaching, for
         * {@link QMachine.MonitorFlags.OUT_OF_BAND}. Every command then carries an id. A peer that
         * does not offer them is refused with {@link QMachine.MonitorError.NEGOTIATION}. Looked at
         * when a session begins; the monitor that a machine makes does without. Default: `false`.
         */
        get outOfBand(): boolean;
        set outOfBand(val: boolean);

        /**
         * How many events of this session never reached a signal handler, because the context in
         * which they are emitted did not keep up. Not notified.
         */
        get signals_dropped(): number;

        /**
         * How many events of this session never reached a signal handler, because the context in
         * which they are emitted did not keep up. Not notified.
         */
        get signalsDropped(): number;

        /** Where the session stands. */
        get state(): MonitorState;

        /**
         * The peer's version, such as `7.2.22`; `null` before the greeting, and if that does not
         * say.
         */
        get version(): string | null;
        $signals: Monitor.SignalSignatures;
        constructor(properties?: Partial<Monitor.ConstructorProps>);
        static ["new"](): Monitor;
        connect<K extends keyof Monitor.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;
        connect_after<K extends keyof Monitor.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Monitor.SignalSignatures[K]>): number;

        /**
         * Connects to a QMP server and negotiates.
         *
         * Blocks for at most {@link Monitor.attach_timeout} milliseconds. A QEMU monitor serves one
         * client at a time: while another one is connected no greeting comes, and the call fails
         * with {@link Gio.IOErrorEnum.TIMED_OUT}. With {@link Monitor.attach_retry} a server that
         * is still starting is waited for. After a failure the monitor can be attached again.
         *
         * Other errors: {@link Gio.IOErrorEnum.FILENAME_TOO_LONG} for a path of more than 106
         * bytes, of which {@link Gio.UnixSocketAddress} keeps 107 without telling; those of
         * connecting, of the domain of GIO; {@link QMachine.MonitorError.BUSY} when the monitor is
         * attached already, or is that of a machine which runs;
         * {@link QMachine.MonitorError.CLOSED} when the peer hangs up, or the monitor is closed
         * meanwhile; {@link QMachine.MonitorError.PROTOCOL} and
         * {@link QMachine.MonitorError.TOO_LARGE} for what is no QMP;
         * {@link QMachine.MonitorError.NEGOTIATION}; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        attach(address: Gio.SocketAddress, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Monitor.attach}. */
        attach_sync(address: Gio.SocketAddress, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for attach_finish(), and is else like {@link Monitor.attach}. */
        attach_async(address: Gio.SocketAddress, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.attach}. */
        attach_async(address: Gio.SocketAddress, options?: Options): Promise<boolean>;
        attach_finish(result: Gio.AsyncResult): boolean;

        /**
         * Takes the greeting from a stream and negotiates.
         *
         * The stream is the monitor's from now on, and is closed with it, or when negotiating
         * fails. {@link Monitor.attach_retry} does not apply. Otherwise like
         * {@link Monitor.attach}.
         */
        attach_stream(stream: Gio.IOStream, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Monitor.attach_stream}. */
        attach_stream_sync(stream: Gio.IOStream, cancellable: Gio.Cancellable | null): boolean;

        /**
         * Calls back, for attach_stream_finish(), and is else like {@link Monitor.attach_stream}.
         */
        attach_stream_async(stream: Gio.IOStream, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.attach_stream}. */
        attach_stream_async(stream: Gio.IOStream, options?: Options): Promise<boolean>;
        attach_stream_finish(result: Gio.AsyncResult): boolean;

        /**
         * Closes the session; commands that wait fail with {@link QMachine.MonitorError.CLOSED},
         * and so does an {@link Monitor.attach} that is under way.
         *
         * The peer goes on and can be attached to again. Does nothing when there is no session.
         * Errors: {@link Gio.IOErrorEnum.CANCELLED}.
         */
        close(options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Monitor.close}. */
        close_sync(cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for close_finish(), and is else like {@link Monitor.close}. */
        close_async(cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.close}. */
        close_async(options?: Options): Promise<boolean>;
        close_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sends a command and waits for its answer.
         *
         * Waits for as long as QEMU takes, unless {@link Monitor.command_timeout} sets a limit. A
         * call that is cancelled or takes too long is not undone: QEMU may carry it out all the
         * same. The session goes on.
         *
         * In a {@link Json.Node} a number above 2^63-1 appears as the negative one with the same 64
         * bits; {@link Monitor.command_json} keeps it.
         *
         * Errors: {@link CommandError} when QEMU refuses; {@link QMachine.MonitorError.CLOSED};
         * {@link QMachine.MonitorError.INVALID_COMMAND} and {@link QMachine.MonitorError.TOO_LARGE}
         * for input that cannot be sent; {@link QMachine.MonitorError.BUSY} when 65536 commands
         * wait, or 256 MiB are not sent yet; {@link QMachine.MonitorError.PROTOCOL} and
         * {@link QMachine.MonitorError.TOO_LARGE} when the peer breaks the session meanwhile;
         * {@link Gio.IOErrorEnum.TIMED_OUT}; {@link Gio.IOErrorEnum.CANCELLED}.
         */
        command<T = any>(command: string, args?: Arguments, ...limits: FlagsAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Monitor.command}. */
        command_sync(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for command_finish(), and is else like {@link Monitor.command}. */
        command_async(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command}. */
        command_async<T = any>(command: string, args?: Arguments,
            ...limits: FlagsAndOptions): Promise<T>;
        command_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a command and waits for its answer, as texts.
         *
         * Nothing is lost on the way: the arguments are sent as they are, once they are known to be
         * valid JSON, and the result is what QEMU wrote. Otherwise like {@link Monitor.command}.
         */
        command_json(command: string, args?: string | null, ...limits: FlagsAndOptions):
            Promise<string>;

        /** Blocks, and is else like {@link Monitor.command_json}. */
        command_json_sync(command: string, args: string | null, flags: MonitorFlags,
            timeout: number, cancellable: Gio.Cancellable | null): string;

        /** Calls back, for command_json_finish(), and is else like {@link Monitor.command_json}. */
        command_json_async(command: string, args: string | null, flags: MonitorFlags,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command_json}. */
        command_json_async(command: string, args?: string | null, ...limits: FlagsAndOptions):
            Promise<string>;
        command_json_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a command, as text, together with a descriptor and waits for its answer.
         *
         * Like {@link Monitor.command_with_fd}, but exact for every number. Errors: those of it.
         */
        command_json_with_fd(command: string, args: string | null | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Monitor.command_json_with_fd}. */
        command_json_with_fd_sync(command: string, args: string | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /**
         * Calls back, for command_json_with_fd_finish(), and is else like
         * {@link Monitor.command_json_with_fd}.
         */
        command_json_with_fd_async(command: string, args: string | null, fd: number,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command_json_with_fd}. */
        command_json_with_fd_async(command: string, args: string | null | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<string>;
        command_json_with_fd_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a command together with a descriptor and waits for its answer.
         *
         * One command with a descriptor is on its way at a time; a later one, and what comes behind
         * it, waits for its turn. The descriptor is duplicated at once. Errors:
         * {@link QMachine.MonitorError.INVALID_COMMAND} also when it is not open, when the system
         * does not let it pass, or when the monitor is not on a Unix socket;
         * {@link QMachine.MonitorError.BUSY} also when a descriptor was sent alone and no command
         * since; otherwise like {@link Monitor.command}.
         */
        command_with_fd<T = any>(command: string, args: Arguments | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Monitor.command_with_fd}. */
        command_with_fd_sync(command: string, args: Json.Node | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /**
         * Calls back, for command_with_fd_finish(), and is else like
         * {@link Monitor.command_with_fd}.
         */
        command_with_fd_async(command: string, args: Json.Node | null, fd: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command_with_fd}. */
        command_with_fd_async<T = any>(command: string, args: Arguments | undefined, fd: number,
            ...limits: TimeoutAndOptions): Promise<T>;
        command_with_fd_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Gets the names of the capabilities that the peer offers.
         *
         * It stays after the session until the next one begins.
         * @returns the names, `null` before the greeting
         */
        dup_capabilities(): string[] | null;

        /**
         * Gets the text of the greeting's `QMP` member, in which the peer says what it is.
         *
         * It stays after the session until the next one begins.
         * @returns JSON text, `null` before the greeting
         */
        dup_greeting(): string | null;

        /**
         * Gets the peer's version, such as `7.2.22`.
         *
         * It stays after the session until the next one begins.
         * @returns the version, `null` before the greeting and if that does not say
         */
        dup_version(): string | null;

        /**
         * Gets whether attaching goes on trying: see {@link Monitor.attach_retry}.
         * @returns `true` if so
         */
        get_attach_retry(): boolean;

        /**
         * Gets how long attaching may take: see {@link Monitor.attach_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_attach_timeout(): number;

        /**
         * Gets how long to wait for the reply to a command: see {@link Monitor.command_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_command_timeout(): number;

        /**
         * Gets how many events are kept: see {@link Monitor.event_backlog}.
         * @returns their number
         */
        get_event_backlog(): number;

        /**
         * Gets how many events of this session had to make room in the backlog before anybody took
         * them.
         * @returns their number
         */
        get_events_dropped(): number;

        /**
         * Gets the longest message, in bytes, that is taken from the peer: see
         * {@link Monitor.max_message_size}.
         * @returns bytes
         */
        get_max_message_size(): number;

        /**
         * Gets whether out-of-band commands are negotiated: see {@link Monitor.out_of_band}.
         * @returns `true` if so
         */
        get_out_of_band(): boolean;

        /**
         * Gets how many events of this session never reached a signal handler.
         * @returns their number
         */
        get_signals_dropped(): number;

        /**
         * Gets the state of the session.
         * @returns the state
         */
        get_state(): MonitorState;

        /**
         * Listens to events from now on, in a queue of its own.
         *
         * From the next attaching on, if the monitor is closed: made before that it misses none.
         * See {@link MonitorEvent.matches} for the rule of `match`. What a listener has is not
         * taken from the backlog, where {@link Monitor.wait_event} finds it as well.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON
         * object.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match, or `null` for anything
         * @returns the listener
         */
        listen(names?: Names, match?: Match): EventListener;

        /**
         * Listens to events from now on, by a match that is text.
         *
         * Like {@link Monitor.listen}, but numbers are compared exactly, as they are written.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON
         * object, or has a member twice.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match as the text of a JSON object, or `null` for
         * anything
         * @returns the listener
         */
        listen_json(names: string[] | null, match: string | null): EventListener;

        /**
         * Takes the oldest event that nobody has taken. Does not wait.
         *
         * Events stay there after the session until the next one begins.
         * @returns the event, or `null` if there is none
         */
        pop_event(): MonitorEvent | null;

        /**
         * Takes all events that nobody has taken, oldest first. Does not wait.
         * @returns the events, maybe none
         */
        pop_events(): MonitorEvent[];

        /**
         * Puts an event back as the oldest one, for who was given it and cannot use it.
         *
         * A call of {@link Monitor.wait_event} that waits for such an event gets it. Put it back
         * before the next session begins.
         * @param event an event that was taken from it
         */
        put_back_event(event: MonitorEvent): void;

        /**
         * Sends a command and returns the whole reply.
         *
         * When the peer refuses, that is a normal result with a member `error`. Otherwise like
         * {@link Monitor.command}.
         */
        qmp<T = any>(command: string, args?: Arguments, ...limits: FlagsAndOptions): Promise<T>;

        /** Blocks, and is else like {@link Monitor.qmp}. */
        qmp_sync(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for qmp_finish(), and is else like {@link Monitor.qmp}. */
        qmp_async(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.qmp}. */
        qmp_async<T = any>(command: string, args?: Arguments,
            ...limits: FlagsAndOptions): Promise<T>;
        qmp_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a QMP command and returns the whole reply, as texts.
         *
         * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
         * {@link Monitor.command_json}.
         */
        qmp_json(command: string, args?: string | null,
            ...limits: FlagsAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Monitor.qmp_json}. */
        qmp_json_sync(command: string, args: string | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /** Calls back, for qmp_json_finish(), and is else like {@link Monitor.qmp_json}. */
        qmp_json_async(command: string, args: string | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.qmp_json}. */
        qmp_json_async(command: string, args?: string | null,
            ...limits: FlagsAndOptions): Promise<string>;
        qmp_json_finish(result: Gio.AsyncResult): string;

        /**
         * Sends a descriptor alone; the next command that asks for one, such as `getfd`, takes it.
         *
         * The command after it is answered before anything else is sent;
         * {@link Monitor.command_with_fd} does both in one. Errors:
         * {@link QMachine.MonitorError.INVALID_COMMAND} when the descriptor is not open, or the
         * monitor is not on a Unix socket; {@link QMachine.MonitorError.BUSY} when one was sent
         * already and no command since; otherwise like {@link Monitor.command}.
         */
        send_fd(fd: number, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Monitor.send_fd}. */
        send_fd_sync(fd: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for send_fd_finish(), and is else like {@link Monitor.send_fd}. */
        send_fd_async(fd: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.send_fd}. */
        send_fd_async(fd: number, options?: Options): Promise<boolean>;
        send_fd_finish(result: Gio.AsyncResult): boolean;

        /**
         * Opens a file and sends its descriptor, like {@link Monitor.send_fd}.
         *
         * It is opened for reading and writing, and where that is not allowed for reading, in the
         * thread that makes the call. {@link QMachine.MonitorError.INVALID_COMMAND} also says that
         * it cannot be opened.
         */
        send_file(path: string, options?: Options): Promise<boolean>;

        /** Blocks, and is else like {@link Monitor.send_file}. */
        send_file_sync(path: string, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for send_file_finish(), and is else like {@link Monitor.send_file}. */
        send_file_async(path: string, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.send_file}. */
        send_file_async(path: string, options?: Options): Promise<boolean>;
        send_file_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sets whether attaching goes on trying: see {@link Monitor.attach_retry}.
         * @param attach_retry whether to
         */
        set_attach_retry(attach_retry: boolean): void;

        /**
         * Sets how long attaching may take: see {@link Monitor.attach_timeout}.
         * @param attach_timeout milliseconds, -1 for as long as it takes
         */
        set_attach_timeout(attach_timeout: number): void;

        /**
         * Sets how long to wait for the reply to a command: see {@link Monitor.command_timeout}.
         * @param command_timeout milliseconds, -1 for as long as it takes
         */
        set_command_timeout(command_timeout: number): void;

        /**
         * Sets how many events are kept: see {@link Monitor.event_backlog}.
         * @param event_backlog how many, from 1 to 1048576
         */
        set_event_backlog(event_backlog: number): void;

        /**
         * Sets the longest message, in bytes, that is taken from the peer: see
         * {@link Monitor.max_message_size}.
         * @param max_message_size bytes, at least 1024
         */
        set_max_message_size(max_message_size: bigint | number): void;

        /**
         * Sets whether out-of-band commands are negotiated: see {@link Monitor.out_of_band}.
         * @param out_of_band whether to
         */
        set_out_of_band(out_of_band: boolean): void;

        /**
         * Takes the oldest event that fits, waiting for one if need be.
         *
         * Events that came before the call count, as long as nobody took them and they are among
         * the last {@link Monitor.event_backlog}; those that do not fit stay where they are. See
         * {@link MonitorEvent.matches} for the rule of `match`; an event of more than 1 MiB does
         * not match any. If several calls wait for the same event, each of them gets it.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, also for a `timeout` of 0;
         * {@link Gio.IOErrorEnum.CANCELLED}; {@link QMachine.MonitorError.INVALID_COMMAND} for a
         * `timeout` below -1 and a `match` that is no JSON object; {@link MonitorError} as soon as
         * the session ends, with its reason.
         */
        wait_event(names?: Names, match?: Match,
            ...limits: TimeoutAndOptions): Promise<MonitorEvent>;

        /** Blocks, and is else like {@link Monitor.wait_event}. */
        wait_event_sync(names: string[] | null, match: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): MonitorEvent;

        /** Calls back, for wait_event_finish(), and is else like {@link Monitor.wait_event}. */
        wait_event_async(names: string[] | null, match: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.wait_event}. */
        wait_event_async(names?: Names, match?: Match,
            ...limits: TimeoutAndOptions): Promise<MonitorEvent>;
        wait_event_finish(result: Gio.AsyncResult): MonitorEvent;

        /**
         * Takes the oldest event that fits, by a match that is text, waiting for one if need be.
         *
         * Like {@link Monitor.wait_event}, but numbers are compared exactly, as they are written: a
         * {@link Json.Node} cannot tell 2^64-1 from -1.
         *
         * Errors: those of {@link Monitor.wait_event};
         * {@link QMachine.MonitorError.INVALID_COMMAND} also for a `match` that has a member twice.
         */
        wait_event_json(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
            Promise<MonitorEvent>;

        /** Blocks, and is else like {@link Monitor.wait_event_json}. */
        wait_event_json_sync(names: string[] | null, match: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): MonitorEvent;

        /**
         * Calls back, for wait_event_json_finish(), and is else like
         * {@link Monitor.wait_event_json}.
         */
        wait_event_json_async(names: string[] | null, match: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.wait_event_json}. */
        wait_event_json_async(names?: Names, match?: string | null, ...limits: TimeoutAndOptions):
            Promise<MonitorEvent>;
        wait_event_json_finish(result: Gio.AsyncResult): MonitorEvent;

        /** A loop over the events from now on. It ends with the session. */
        events(names?: Names, match?: Match, options?: Options): Events;
    }

    /**
     * Something QEMU told without being asked.
     *
     * An event never changes, so that it can be read from any thread. It keeps its text as it came;
     * the tree that {@link MonitorEvent.get_data} returns is made when it is first asked for.
     */
    class MonitorEvent extends GObject.Object {
        static $gtype: GObject.GType<MonitorEvent>;

        /**
         * The data of the event, `null` for none. It is made when it is read: keep it in a
         * variable.
         */
        get data(): any;

        /** The event's name, such as `SHUTDOWN`. */
        get name(): string;

        /** When it happened by QEMU's clock, in microseconds since the epoch; -1 if unknown. */
        get timestamp(): number;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets what the event brings along, by its `data` member.
         *
         * The tree is immutable and the same at each call. In a {@link Json.Node} an unsigned value
         * above 2^63-1 is a negative integer, its two's complement: in C, cast it to `guint64` to
         * have it back. What {@link MonitorEvent.to_json} returns is exact for every number.
         *
         * @returns the data, or `null` if the event has none
         */
        get_data(): Json.Node | null;
        get_data(...args: never[]): any;

        /**
         * Gets the event's name, such as `SHUTDOWN`.
         * @returns the name
         */
        get_name(): string;

        /**
         * Gets when the event happened, by the clock of QEMU's host.
         * @returns microseconds since the epoch (UTC), or -1 if QEMU did not know or did not say
         */
        get_timestamp(): number;

        /**
         * Finds out whether the event's data holds at least what `match` holds.
         *
         * An object in `match` asks for members that must be there and match in turn; others may be
         * there as well. So `{"device": "d0"}` matches an event whose data has that member and
         * more. A null in `match` accepts anything, but as a member it must be there. Arrays match
         * if they are of the same length and each element matches. Numbers are equal if their
         * values are, whether they are written as integers or not; strings and booleans must be the
         * same.
         *
         * An event without data is taken for one with an empty object. An integer of `match` above
         * 2^63-1 is what the node says of it: the negative one with the same 64 bits in a node of
         * this library and in what JSON-GLib 1.6 parsed, 2^63-1 in what JSON-GLib 1.10 parsed. Use
         * {@link MonitorEvent.matches_json} for such numbers.
         *
         * @param match what the event's data should hold, or `null` for anything
         * @returns whether the event matches
         */
        matches(match?: Match): boolean;

        /**
         * Finds out whether the event's data holds at least what `match` holds, by its text.
         *
         * The rule is that of {@link MonitorEvent.matches}; but numbers are compared exactly, as
         * they are written: a {@link Json.Node} cannot tell 2^64-1 from -1.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON or
         * has a member twice.
         * @param match what the event's data should hold as JSON text, or `null` for anything
         * @returns whether the event matches; `FALSE` with `error` set if `match` cannot be read
         */
        matches_json(match: string | null): boolean;

        /**
         * Gets the whole event as QEMU sent it, to the byte.
         * @returns a JSON object with `event`, and `timestamp` and `data` where the event has them
         */
        to_json(): string;
    }

    const __name__: string;

    const __version__: string;
}

export default QMachine;

}

declare module 'gi://QMachine' {
    import QMachine from 'gi://QMachine?version=1';
    export default QMachine;
}

interface GjsGiImports {
    QMachine: typeof import('gi://QMachine?version=1').default;
}
