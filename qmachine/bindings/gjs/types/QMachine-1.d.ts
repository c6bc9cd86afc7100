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
    type FlagsAndOptions<Flags> =
        [flags?: Flags | null, ...limits: TimeoutAndOptions] |
        [options: Options];

    /** Numbers, of which the last may be left out, and options after them. */
    type InteractAndOptions =
        [input_fd?: number | null, output_fd?: number | null, escape_key?: number | null,
            lines?: number | null, options?: Options] |
        [input_fd: number | null | undefined, output_fd: number | null | undefined,
            escape_key: number | null | undefined, options: Options] |
        [input_fd: number | null | undefined, output_fd: number | null | undefined,
        options: Options] |
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

    namespace ConsoleInteractEnd {
        const $gtype: GObject.GType<ConsoleInteractEnd>;
    }

    /** Why a person has a console no more. */
    enum ConsoleInteractEnd {
        /** None: the call failed. */
        NONE = 0,
        /** The person pressed the escape key. */
        ESCAPE = 1,
        /** QEMU has ended, or was let go by {@link Machine.detach}. */
        EXITED = 2,
        /**
         * Nothing more comes from the person: the terminal was hung up, or what stands in its place
         * has ended.
         */
        INPUT_END = 3,
    }

    namespace DiskCache {
        const $gtype: GObject.GType<DiskCache>;
    }

    /** What is kept in memory of a disk, and when a write counts as done. */
    enum DiskCache {
        /** The host caches, and the guest says when its writes must be safe. */
        WRITEBACK = 0,
        /** The host does not cache (`O_DIRECT`); the guest says when its writes must be safe. */
        NONE = 1,
        /** The host caches, and each write is safe when it is done. */
        WRITETHROUGH = 2,
        /** The host does not cache, and each write is safe when it is done. */
        DIRECTSYNC = 3,
        /**
         * The host caches, and nothing is made safe, whatever the guest says: for disks that nobody
         * misses after a crash of the host.
         */
        UNSAFE = 4,
    }

    /** What can go wrong with a disk image. */
    class DiskImageError extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        /** `qemu-img` has failed: the message has its words. */
        static FAILED: number;

        /** An argument or a property cannot work: the message names it. Nothing was started. */
        static INVALID: number;

        /** There is no `qemu-img`. */
        static NO_PROGRAM: number;

        /** What would be made is there already. */
        static EXISTS: number;

        /** Another process has the image, such as a QEMU that runs. */
        static IN_USE: number;

        /** The image is of another format than was said. */
        static WRONG_FORMAT: number;

        /** The image is of its format, and damaged. */
        static CORRUPT: number;

        /** The file system is full, or takes no file of this size. */
        static NO_SPACE: number;

        /** The image would become smaller, and that was not allowed. */
        static WOULD_SHRINK: number;
        constructor(options: { message: string; code: number });

        /** The error domain {@link DiskImageError}. */
        static quark(): GLib.Quark;
    }

    namespace DiskRepair {
        const $gtype: GObject.GType<DiskRepair>;
    }

    /** What {@link DiskImage.check} repairs. */
    enum DiskRepair {
        /** Nothing: the image is looked at. */
        NONE = 0,
        /** Space that is taken, and that nothing uses. This cannot do harm. */
        LEAKS = 1,
        /** All that can be: what is repaired wrongly may cost data, so make a copy first. */
        ALL = 2,
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

    namespace ForwardProtocol {
        const $gtype: GObject.GType<ForwardProtocol>;
    }

    /** What goes through a {@link Forward}. */
    enum ForwardProtocol {
        /** TCP */
        TCP = 0,
        /** UDP */
        UDP = 1,
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

    /** What can become of a job. */
    class JobError extends GLib.Error {
        static $gtype: GObject.GType<GLib.Error>;

        /** The job has failed: the message has QEMU's words. */
        static FAILED: number;

        /** The job was cancelled. */
        static CANCELLED: number;

        /** QEMU knows the job no more, and nobody here has seen how it ended. */
        static GONE: number;

        /** A job of this type, or in this state, cannot do what was asked for. Nothing was sent. */
        static NOT_SUPPORTED: number;
        constructor(options: { message: string; code: number });

        /** The error domain {@link JobError}. */
        static quark(): GLib.Quark;
    }

    namespace JobStatus {
        const $gtype: GObject.GType<JobStatus>;
    }

    /** Where a job stands, in QEMU's words. */
    enum JobStatus {
        /** Not known yet, or one that this library has no name for. */
        UNDEFINED = 0,
        /** Made, and not begun. */
        CREATED = 1,
        /** At work. */
        RUNNING = 2,
        /** Paused, by request or after an I/O error. */
        PAUSED = 3,
        /** A mirror that has copied all, and keeps the copy up to date. */
        READY = 4,
        /** Paused, and ready otherwise. */
        STANDBY = 5,
        /** Done, and waiting for others of its transaction. */
        WAITING = 6,
        /** Done, and waiting for `job-finalize`. */
        PENDING = 7,
        /** Cancelled or failed, and cleaning up. */
        ABORTING = 8,
        /** Ended, well or not: {@link Job.error} says which. */
        CONCLUDED = 9,
    }

    namespace MachineDisplay {
        const $gtype: GObject.GType<MachineDisplay>;
    }

    /** Whether a machine has a graphics card, and where its screen is shown. */
    enum MachineDisplay {
        /** No graphics card, and no window: `-display none -vga none`. */
        NONE = 0,
        /**
         * A card, and nobody sees its screen but by {@link Machine.screenshot}: `-display none`.
         * The other values that follow have a card, too: the one that QEMU takes for the machine
         * type, unless the arguments name another one.
         */
        HEADLESS = 1,
        /**
         * For {@link Machine.open_display}: `-display dbus,p2p=yes`. Debian has it in the package
         * `qemu-system-modules-opengl`, and Debian 12 in `qemu-system-common`.
         */
        DBUS = 2,
        /** For {@link Machine.open_vnc}, at no address: `-display none -vnc none`. */
        VNC = 3,
        /**
         * A window of QEMU's own: `-display gtk`. Debian has it in the package `qemu-system-gui`.
         */
        GTK = 4,
        /** A window of QEMU's own, too: `-display sdl`. */
        SDL = 5,
        /**
         * No option: what {@link Machine.args} say, and where they say nothing, what QEMU does by
         * itself: it opens a window, or a VNC server that listens.
         */
        DEFAULT = 6,
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
         * as it can: for wrappers that close descriptors or run QEMU elsewhere. Behind a wrapper
         * QEMU reaches consoles, channels and qtest by a path in the run directory.
         */
        LISTEN = 1,
        /** No monitor. */
        NONE = 2,
        /**
         * QEMU's monitor is at its standard input and output, and its log at standard error: for
         * wrappers that run QEMU on another host and pass those on, such as `ssh HOST`. What needs
         * a descriptor or a socket of this host is refused.
         */
        STDIO = 3,
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

    namespace MouseButton {
        const $gtype: GObject.GType<MouseButton>;
    }

    /** What {@link Machine.click} presses. */
    enum MouseButton {
        /** The left one. */
        LEFT = 0,
        /** The middle one, or the wheel as a button. */
        MIDDLE = 1,
        /** The right one. */
        RIGHT = 2,
        /** The wheel, a step up. */
        WHEEL_UP = 3,
        /** The wheel, a step down. */
        WHEEL_DOWN = 4,
        /** The one at the side, which most programs take for "back". */
        SIDE = 5,
        /** The other one at the side, for "forward". */
        EXTRA = 6,
    }

    namespace PowerOffOutcome {
        const $gtype: GObject.GType<PowerOffOutcome>;
    }

    /** What became of a step of {@link Machine.power_off}. */
    enum PowerOffOutcome {
        /** It was over before. */
        NOT_REACHED = 0,
        /** It was not tried: the plan skips it, or it could not have helped. */
        SKIPPED = 1,
        /** QEMU, or the agent, said no. */
        REFUSED = 2,
        /** It was tried, and something came in between. */
        FAILED = 3,
        /** It was tried, and its limit passed. */
        TIMED_OUT = 4,
        /** The guest was off, or QEMU ended, as the step asked for. */
        WORKED = 5,
    }

    namespace PowerOffStep {
        const $gtype: GObject.GType<PowerOffStep>;
    }

    /** The steps of {@link Machine.power_off}, in their order. */
    enum PowerOffStep {
        /** None: QEMU ended by itself, or somebody else ended it. */
        NONE = 0,
        /** The guest agent was asked to shut the guest down. */
        AGENT = 1,
        /** The power button was pressed. */
        BUTTON = 2,
        /** QEMU was told to quit. */
        QUIT = 3,
        /** QEMU got SIGTERM. */
        TERM = 4,
        /** QEMU was killed. */
        KILL = 5,
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

    namespace WaitKind {
        const $gtype: GObject.GType<WaitKind>;
    }

    /** What a {@link WaitSet} waits for. */
    enum WaitKind {
        /** An event of QEMU's. */
        EVENT = 0,
        /** A text on a console. */
        TEXT = 1,
        /** A run state. */
        RUN_STATE = 2,
        /** A guest agent that answers. */
        AGENT = 3,
        /** The end of QEMU. */
        EXIT = 4,
        /** The end of a job. */
        JOB = 5,
    }

    /** The key that ends {@link Console.interact} if no other is wanted: Ctrl and ]. */
    const CONSOLE_ESCAPE_KEY: number;

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
     * The error domain {@link DiskImageError}.
     * @returns the quark of the domain
     */
    function disk_image_error_quark(): GLib.Quark;

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
     * The error domain {@link JobError}.
     * @returns the quark of the domain
     */
    function job_error_quark(): GLib.Quark;

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

    namespace DiskConvertFlags {
        const $gtype: GObject.GType<DiskConvertFlags>;
    }

    /** How {@link DiskImage.convert} writes. */
    enum DiskConvertFlags {
        /** Nothing special. */
        NONE = 0,
        /** The copy is compressed, where its format can do that. */
        COMPRESS = 1,
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
         * Takes away the pseudo-terminal of {@link Console.open_pty}, if there is one.
         *
         * Who has it open reads to the end of what was written and is hung up. What the guest wrote
         * is still in {@link Console.text}.
         */
        close_pty(): void;

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
         * Gets how many bytes the pseudo-terminal of {@link Console.open_pty} never got, since it
         * was made: the guest wrote more than a megabyte that nobody read, or was launched again.
         * @returns the number of bytes, 0 without a pseudo-terminal
         */
        get_pty_lost(): number;

        /**
         * Gives the console to a person at a terminal, and returns when the program has it again.
         *
         * That is when the person presses the escape key, when QEMU ends, when the terminal is hung
         * up or the input ends, or when the call is cancelled. There is no time limit. All bytes go
         * both ways as they are. To send the escape key itself, it is pressed twice within half a
         * second; after a single one the call ends half a second later, or with the next key, which
         * is dropped.
         *
         * A terminal as `input_fd` is made raw, and gets back the modes that it had at each end of
         * the call, when the program exits without one, and when it dies, whichever signal kills
         * it: a small process of this library guards it. While the program is stopped, it has its
         * old modes, too. It does not touch the terminal while it is in the background, and refuses
         * to begin there. A terminal can have one console at a time. Other descriptors work, too: a
         * pipe, a socket, a file; they stay as they are, and the call ends when all that came from
         * there is typed.
         *
         * The library sees all that the guest writes meanwhile as always: so do
         * {@link Console.text}, {@link Console.wait_for_text}, readers and the log.
         * {@link Console.write} may be called, and what it types is not mixed with a piece that the
         * person typed, but comes between two. Several persons may have a console: each sees all,
         * and what each types goes to the guest.
         *
         * A terminal that does not take what the guest writes makes nobody wait: it gets the last
         * megabyte when it does. A guest that reads nothing makes the person wait, but not for the
         * escape key: when it has taken nothing for a second, and 64 KiB wait for it, what is typed
         * is dropped. What the guest has not taken at the end is not typed. Its control characters
         * reach the terminal as they are. The size of the terminal's window is not told to the
         * guest: a serial line has no way.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for what is no escape key or number
         * of lines; {@link Gio.IOErrorEnum.BUSY} for a terminal that has a console;
         * {@link Gio.IOErrorEnum.PERMISSION_DENIED} in the background;
         * {@link Gio.IOErrorEnum.CANCELLED}; others of {@link Gio.IOErrorEnum} for a descriptor
         * that fails.
         */
        interact(...args: InteractAndOptions): Promise<ConsoleInteractEnd>;

        /** Blocks, and is else like {@link Console.interact}. */
        interact_sync(input_fd: number, output_fd: number, escape_key: number, lines: number,
            cancellable: Gio.Cancellable | null): ConsoleInteractEnd;

        /** Calls back, for interact_finish(), and is else like {@link Console.interact}. */
        interact_async(input_fd: number, output_fd: number, escape_key: number, lines: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.interact}. */
        interact_async(...args: InteractAndOptions): Promise<ConsoleInteractEnd>;
        interact_finish(result: Gio.AsyncResult): ConsoleInteractEnd;

        /**
         * Makes a pseudo-terminal with the console behind it, which a person may open with
         * `screen`, `picocom` or a terminal widget.
         *
         * It stays until {@link Console.close_pty} or the end of the console, over all launches,
         * whether somebody has it open or not: who opens it may leave, and come again. If there is
         * one already, its path is returned. It is raw from the beginning, and again when the last
         * one has left, and only for the user of the program.
         *
         * What the guest writes while nobody has it open, or who has does not read, is kept up to
         * the last megabyte, and until the next launch; {@link Console.get_pty_lost} counts what
         * was dropped. So it makes neither the guest nor the library wait. What a person types
         * while there is no guest is dropped. A guest that does not read makes who types wait.
         *
         * The program uses the console meanwhile as always, {@link Console.write} included. The
         * size of a window is not told to the guest.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for what is no number of
         * lines; others of {@link Gio.IOErrorEnum} where the system has no pseudo-terminal left.
         * @param lines how many lines that the guest wrote before come first, beside the one that
         * has not ended; -1 for all since a person had the console last
         * @returns the path, such as `/dev/pts/3`
         */
        open_pty(lines: number): string;

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
        wait_for_match(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
            Promise<ConsoleMatch>;

        /** Blocks, and is else like {@link Console.wait_for_match}. */
        wait_for_match_sync(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null): ConsoleMatch;

        /**
         * Calls back, for wait_for_match_finish(), and is else like {@link Console.wait_for_match}.
         */
        wait_for_match_async(pattern: string, flags: ConsoleMatchFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Console.wait_for_match}. */
        wait_for_match_async(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
            Promise<ConsoleMatch>;
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

        /** Text that matches, to be waited for together with other things. */
        on_text(pattern: string, flags?: ConsoleMatchFlags | null, fromNow?: boolean): Condition;
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
        wait_for_match(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
            Promise<ConsoleMatch>;

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
        wait_for_match_async(pattern: string, ...limits: FlagsAndOptions<ConsoleMatchFlags>):
            Promise<ConsoleMatch>;
        wait_for_match_finish(result: Gio.AsyncResult): ConsoleMatch;
    }

    namespace Disk {
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            cache: DiskCache;
            device: string | null;
            discard: boolean;
            format: string | null;
            name: string | null;
            overlay: boolean;
            overlay_dir: string | null;
            overlayDir: string | null;
            path: string | null;
            read_only: boolean;
            readOnly: boolean;
            serial: string | null;
        }
    }

    /**
     * A disk of a machine: an image, and how the guest sees it.
     *
     * {@link Machine.add_disk} adds it to a machine, before a launch or while QEMU runs. It becomes
     * two nodes of QEMU's block layer, and a device: `NAME`, which jobs take, over `NAME-file`.
     * With an overlay `NAME` is the overlay, and the image is `NAME-base` over `NAME-base-file`.
     *
     * Methods can be called from any thread.
     */
    class Disk extends GObject.Object {
        static $gtype: GObject.GType<Disk>;

        /** What is kept in memory, and when a write counts as done. */
        get cache(): DiskCache;
        set cache(val: DiskCache);

        /**
         * The device that shows the disk to the guest, as for QEMU's `-device`, which may have
         * options: `virtio-blk`, `scsi-hd,bus=scsi0.0`, `ide-hd`, `nvme`. `null` for none: a node
         * for jobs alone.
         */
        get device(): string | null;
        set device(val: string | null);

        /** Whether what the guest discards makes the image smaller. */
        get discard(): boolean;
        set discard(val: boolean);

        /**
         * The format of the image, in QEMU's words: `raw`, `qcow2`, `vmdk`, `vdi`, `vhdx`... It is
         * never guessed, since a guest writes what would be read for that.
         */
        get format(): string | null;
        set format(val: string | null);

        /**
         * The name of its node, which jobs and commands take, and of its device. `null` until the
         * disk is added: a free one such as `disk0` is chosen then. At most 20 letters, digits,
         * `-`, `.` and `_`, the first a letter.
         */
        get name(): string | null;
        set name(val: string | null);

        /**
         * Whether each launch begins with a fresh overlay, a qcow2 file in
         * {@link Disk.overlay_dir}, and the image is never written. The overlay is removed with the
         * run directory. The image must be raw or qcow2.
         */
        get overlay(): boolean;
        set overlay(val: boolean);

        /** Where the overlay is made. `null` for the run directory of the launch. */
        get overlay_dir(): string | null;
        set overlay_dir(val: string | null);

        /** Where the overlay is made. `null` for the run directory of the launch. */
        get overlayDir(): string | null;
        set overlayDir(val: string | null);

        /**
         * The image file, or a block device of this host. A relative path is made absolute when it
         * is set.
         */
        get path(): string | null;
        set path(val: string | null);

        /** Whether nobody can write to it. */
        get read_only(): boolean;
        set read_only(val: boolean);

        /** Whether nobody can write to it. */
        get readOnly(): boolean;
        set readOnly(val: boolean);

        /** What the guest sees as the serial number of the disk. `null` for none. */
        get serial(): string | null;
        set serial(val: string | null);
        constructor(properties?: Partial<Disk.ConstructorProps>);
        static ["new"](path: string, format: string): Disk;

        /**
         * Gets {@link Disk.device}.
         * @returns the value
         */
        dup_device(): string | null;

        /**
         * Gets {@link Disk.format}.
         * @returns the value
         */
        dup_format(): string | null;

        /**
         * Gets {@link Disk.name}.
         * @returns the value
         */
        dup_name(): string | null;

        /**
         * Gets {@link Disk.overlay_dir}.
         * @returns the value
         */
        dup_overlay_dir(): string | null;

        /**
         * Gets {@link Disk.path}.
         * @returns the value
         */
        dup_path(): string | null;

        /**
         * Gets {@link Disk.serial}.
         * @returns the value
         */
        dup_serial(): string | null;

        /**
         * Gets {@link Disk.cache}.
         * @returns the value
         */
        get_cache(): DiskCache;

        /**
         * Gets {@link Disk.discard}.
         * @returns the value
         */
        get_discard(): boolean;

        /**
         * Gets {@link Disk.overlay}.
         * @returns the value
         */
        get_overlay(): boolean;

        /**
         * Gets {@link Disk.read_only}.
         * @returns the value
         */
        get_read_only(): boolean;

        /**
         * Sets {@link Disk.cache}. A disk that was added stays as it was then.
         * @param cache the value
         */
        set_cache(cache: DiskCache): void;

        /**
         * Sets {@link Disk.device}. A disk that was added stays as it was then.
         * @param device the value
         */
        set_device(device: string | null): void;

        /**
         * Sets {@link Disk.discard}. A disk that was added stays as it was then.
         * @param discard the value
         */
        set_discard(discard: boolean): void;

        /**
         * Sets {@link Disk.format}. A disk that was added stays as it was then.
         * @param format the value
         */
        set_format(format: string): void;

        /**
         * Sets {@link Disk.name}. A disk that was added stays as it was then.
         * @param name the value
         */
        set_name(name: string | null): void;

        /**
         * Sets {@link Disk.overlay}. A disk that was added stays as it was then.
         * @param overlay the value
         */
        set_overlay(overlay: boolean): void;

        /**
         * Sets {@link Disk.overlay_dir}. A disk that was added stays as it was then.
         * @param overlay_dir the value
         */
        set_overlay_dir(overlay_dir: string | null): void;

        /**
         * Sets {@link Disk.path}. A disk that was added stays as it was then.
         * @param path the value
         */
        set_path(path: string): void;

        /**
         * Sets {@link Disk.read_only}. A disk that was added stays as it was then.
         * @param read_only the value
         */
        set_read_only(read_only: boolean): void;

        /**
         * Sets {@link Disk.serial}. A disk that was added stays as it was then.
         * @param serial the value
         */
        set_serial(serial: string | null): void;
    }

    /**
     * What a check of a disk image has found.
     *
     * {@link DiskImage.check} returns it. It never changes. After a repair {@link DiskCheck.leaks}
     * and {@link DiskCheck.corruptions} say what is left.
     */
    class DiskCheck extends GObject.Object {
        static $gtype: GObject.GType<DiskCheck>;

        /** How many places could not be checked. Never changes. */
        get check_errors(): number;

        /** How many places could not be checked. Never changes. */
        get checkErrors(): number;

        /**
         * Whether the image is in order now: nothing is damaged, and nothing leaks. Never changes.
         */
        get clean(): boolean;

        /** How many places are damaged. Never changes. */
        get corruptions(): number;

        /** How many damaged places were repaired. Never changes. */
        get corruptions_fixed(): number;

        /** How many damaged places were repaired. Never changes. */
        get corruptionsFixed(): number;

        /** All that `qemu-img` has said, as JSON. Never changes. */
        get json(): string | null;

        /**
         * How many clusters are taken and not used. They cost space, and do no harm. Never changes.
         */
        get leaks(): number;

        /** How many leaks were repaired. Never changes. */
        get leaks_fixed(): number;

        /** How many leaks were repaired. Never changes. */
        get leaksFixed(): number;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets how many places could not be checked.
         * @returns a number
         */
        get_check_errors(): number;

        /**
         * Gets whether the image is in order now.
         * @returns `true` if so
         */
        get_clean(): boolean;

        /**
         * Gets how many places are damaged.
         * @returns a number
         */
        get_corruptions(): number;

        /**
         * Gets how many damaged places were repaired.
         * @returns a number
         */
        get_corruptions_fixed(): number;

        /**
         * Gets all that `qemu-img` has said.
         * @returns a text of JSON, `null` for an object that no call has returned
         */
        get_json(): string | null;

        /**
         * Gets how many clusters are taken and not used.
         * @returns a number of clusters
         */
        get_leaks(): number;

        /**
         * Gets how many leaks were repaired.
         * @returns a number
         */
        get_leaks_fixed(): number;
    }

    namespace DiskImage {
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            format: string | null;
            path: string | null;
            program: string;
        }
    }

    /**
     * The image of a disk, as a file that is made, copied, looked at and repaired while no machine
     * has it. `qemu-img`, a program of QEMU's, does the work.
     *
     * A format is always said, and never guessed: a guest that writes to a raw image could make it
     * begin like one of another format, and so have QEMU read any file of the host.
     *
     * Nothing is left behind: what a call has begun to make is removed if the call does not
     * succeed, and `qemu-img` ends with the call, and with the program that called. It runs in the
     * C locale, and what it writes is bounded.
     *
     * Methods can be called from any thread, several at once. {@link DiskImage.progress} is
     * notified in the thread-default main context of the thread that made the object.
     *
     * For a disk of a machine see {@link Disk}, and for what QEMU does with the disks of a machine
     * that runs {@link Job}.
     */
    class DiskImage extends GObject.Object {
        static $gtype: GObject.GType<DiskImage>;

        /** The format of the image, in QEMU's words: `raw`, `qcow2`, `vmdk`, `vdi`, `vhdx`... */
        get format(): string | null;
        set format(val: string | null);

        /**
         * The file, or a block device of this host. A relative path is made absolute when it is
         * set.
         */
        get path(): string | null;
        set path(val: string | null);

        /** The `qemu-img` that is run: a name that is looked for in `PATH`, or a path. */
        get program(): string;
        set program(val: string);

        /**
         * How much {@link DiskImage.convert} has done, the last one that was begun: 0.0 to 1.0.
         *
         * Notified in the main context of the thread that made the object, and not while a call
         * blocks that thread.
         */
        get progress(): number;
        constructor(properties?: Partial<DiskImage.ConstructorProps>);
        static ["new"](path: string, format: string): DiskImage;
        static new_for_machine(machine: Machine, path: string, format: string): DiskImage;

        /**
         * Looks whether the image is in order, and repairs it if it should.
         *
         * Leaks and damage are a result, not an error. An image that is in use is not checked.
         *
         * Errors: {@link Gio.IOErrorEnum.NOT_SUPPORTED} for a format that cannot be checked, such
         * as raw; {@link QMachine.DiskImageError.CORRUPT} for an image that is damaged too much to
         * be opened; those of {@link DiskImage.query_info}.
         */
        check(...limits: FlagsAndOptions<DiskRepair>): Promise<DiskCheck>;

        /** Blocks, and is else like {@link DiskImage.check}. */
        check_sync(repair: DiskRepair, timeout: number, cancellable: Gio.Cancellable |
            null): DiskCheck;

        /** Calls back, for check_finish(), and is else like {@link DiskImage.check}. */
        check_async(repair: DiskRepair, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.check}. */
        check_async(...limits: FlagsAndOptions<DiskRepair>): Promise<DiskCheck>;
        check_finish(result: Gio.AsyncResult): DiskCheck;

        /**
         * Copies what a guest sees of this image into a new one, maybe of another format, without
         * overlays.
         *
         * {@link DiskImage.progress} of this image follows. What is there is never written over,
         * but for a block device. When the call fails, is cancelled or takes too long, the program
         * is ended, and the unfinished copy removed. The image itself is only read; one with a
         * backing image of which it does not say the format is refused.
         *
         * Errors: those of {@link DiskImage.create}; {@link QMachine.DiskImageError.WRONG_FORMAT},
         * {@link QMachine.DiskImageError.CORRUPT}, {@link QMachine.DiskImageError.IN_USE} for what
         * is wrong with this image; {@link QMachine.DiskImageError.INVALID} for a backing image
         * without a format.
         */
        convert(copy: DiskImage, format_options?: FormatOptions | null,
            ...limits: FlagsAndOptions<DiskConvertFlags>): Promise<boolean>;

        /** Blocks, and is else like {@link DiskImage.convert}. */
        convert_sync(copy: DiskImage, options: string[] | null, flags: DiskConvertFlags,
            timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for convert_finish(), and is else like {@link DiskImage.convert}. */
        convert_async(copy: DiskImage, options: string[] | null, flags: DiskConvertFlags,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.convert}. */
        convert_async(copy: DiskImage, format_options?: FormatOptions | null,
            ...limits: FlagsAndOptions<DiskConvertFlags>): Promise<boolean>;
        convert_finish(result: Gio.AsyncResult): boolean;

        /**
         * Makes an empty image.
         *
         * What is there is never written over, but for a block device. When the call fails nothing
         * is left.
         *
         * Errors: {@link QMachine.DiskImageError.EXISTS}, {@link QMachine.DiskImageError.NO_SPACE},
         * {@link QMachine.DiskImageError.FAILED} and others of {@link DiskImageError}, with
         * `qemu-img`'s words; {@link Gio.IOErrorEnum.TIMED_OUT}, {@link Gio.IOErrorEnum.CANCELLED};
         * those of making a file.
         */
        create(size: bigint | number, format_options?: FormatOptions | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link DiskImage.create}. */
        create_sync(size: bigint | number, options: string[] | null, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for create_finish(), and is else like {@link DiskImage.create}. */
        create_async(size: bigint | number, options: string[] | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.create}. */
        create_async(size: bigint | number, format_options?: FormatOptions | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        create_finish(result: Gio.AsyncResult): boolean;

        /**
         * Makes an empty overlay over another image, of the same size: what is written goes into
         * the overlay.
         *
         * The image below must not change while there is an overlay. Its absolute path and its
         * format are written into the overlay. When the call fails nothing is left.
         *
         * Errors: those of {@link DiskImage.create}; {@link QMachine.DiskImageError.WRONG_FORMAT}
         * if the image below is of another format; {@link Gio.IOErrorEnum.NOT_FOUND} if it is not
         * there.
         */
        create_overlay(backing: string, backing_format: string, ...limits: TimeoutAndOptions):
            Promise<boolean>;

        /** Blocks, and is else like {@link DiskImage.create_overlay}. */
        create_overlay_sync(backing: string, backing_format: string, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /**
         * Calls back, for create_overlay_finish(), and is else like
         * {@link DiskImage.create_overlay}.
         */
        create_overlay_async(backing: string, backing_format: string, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.create_overlay}. */
        create_overlay_async(backing: string, backing_format: string, ...limits: TimeoutAndOptions):
            Promise<boolean>;
        create_overlay_finish(result: Gio.AsyncResult): boolean;

        /**
         * Gets {@link DiskImage.format}.
         * @returns the format
         */
        dup_format(): string | null;

        /**
         * Gets {@link DiskImage.path}.
         * @returns the path
         */
        dup_path(): string | null;

        /**
         * Gets {@link DiskImage.program}.
         * @returns a name or a path
         */
        dup_program(): string;

        /**
         * Gets {@link DiskImage.progress}.
         * @returns 0.0 to 1.0
         */
        get_progress(): number;

        /**
         * Asks what there is to know of the image: the members `virtual-size`, `actual-size`,
         * `backing-filename`, `full-backing-filename`, `backing-filename-format`, `snapshots`,
         * `format-specific` and others, in QEMU's words.
         *
         * The images below it are not looked at.
         *
         * Errors: {@link QMachine.DiskImageError.WRONG_FORMAT},
         * {@link QMachine.DiskImageError.CORRUPT}, {@link QMachine.DiskImageError.IN_USE} and
         * others of {@link DiskImageError}; {@link Gio.IOErrorEnum.NOT_FOUND};
         * {@link Gio.IOErrorEnum.TIMED_OUT}, {@link Gio.IOErrorEnum.CANCELLED}.
         */
        query_info<T = any>(...limits: TimeoutAndOptions): Promise<T>;

        /** Blocks, and is else like {@link DiskImage.query_info}. */
        query_info_sync(timeout: number, cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for query_info_finish(), and is else like {@link DiskImage.query_info}. */
        query_info_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.query_info}. */
        query_info_async<T = any>(...limits: TimeoutAndOptions): Promise<T>;
        query_info_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Like {@link DiskImage.query_info}, with a text of JSON.
         *
         * Errors: those of {@link DiskImage.query_info}.
         */
        query_info_json(...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link DiskImage.query_info_json}. */
        query_info_json_sync(timeout: number, cancellable: Gio.Cancellable | null): string;

        /**
         * Calls back, for query_info_json_finish(), and is else like
         * {@link DiskImage.query_info_json}.
         */
        query_info_json_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.query_info_json}. */
        query_info_json_async(...limits: TimeoutAndOptions): Promise<string>;
        query_info_json_finish(result: Gio.AsyncResult): string;

        /**
         * Changes the size of the image.
         *
         * Errors: {@link QMachine.DiskImageError.WOULD_SHRINK} for a smaller size without
         * `may_shrink`; those of {@link DiskImage.query_info}.
         */
        resize(size: bigint | number, may_shrink: boolean, ...limits: TimeoutAndOptions):
            Promise<boolean>;

        /** Blocks, and is else like {@link DiskImage.resize}. */
        resize_sync(size: bigint | number, may_shrink: boolean, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for resize_finish(), and is else like {@link DiskImage.resize}. */
        resize_async(size: bigint | number, may_shrink: boolean, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link DiskImage.resize}. */
        resize_async(size: bigint | number, may_shrink: boolean, ...limits: TimeoutAndOptions):
            Promise<boolean>;
        resize_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sets {@link DiskImage.format}, for the calls to come.
         * @param format the format
         */
        set_format(format: string): void;

        /**
         * Sets {@link DiskImage.path}, for the calls to come.
         * @param path the path
         */
        set_path(path: string): void;

        /**
         * Sets {@link DiskImage.program}, for the calls to come.
         * @param program a name that is looked for in `PATH`, or a path
         */
        set_program(program: string): void;
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

    /**
     * A port of a guest that the host has, too: what connects to a port of the host is connected to
     * that of the guest.
     *
     * {@link Machine.add_forward} makes one, before a launch or while the machine runs, and it is
     * there in each launch from then on, until {@link Machine.remove_forward}. Unless the program
     * asks for a certain port of the host, the kernel chooses a free one, so that any number of
     * machines can run at a time; {@link Forward.host_port} has it when the launch is done, and is
     * another one in the next launch.
     *
     * That somebody listens on the host does not say that a service does in the guest. QEMU takes
     * each connection, and ends it later when the guest refuses. {@link Forward.wait_ready} waits
     * for the service itself.
     *
     * A forward keeps no machine alive. All methods can be called from any thread; `notify` is
     * emitted in the main context of the machine.
     */
    class Forward extends GObject.Object {
        static $gtype: GObject.GType<Forward>;

        /**
         * The address to which a program of this host connects; `null` while
         * {@link Forward.host_port} is 0. Notified with that.
         */
        get address(): Gio.SocketAddress | null;

        /** The port of the guest. Never changes. */
        get guest_port(): number;

        /** The port of the guest. Never changes. */
        get guestPort(): number;

        /**
         * The IPv4 address at which the host listens; `0.0.0.0` for all of its own. Never changes.
         * That host is where QEMU runs: with a launcher to another one, `127.0.0.1` is that one's.
         */
        get host_address(): string | null;

        /**
         * The IPv4 address at which the host listens; `0.0.0.0` for all of its own. Never changes.
         * That host is where QEMU runs: with a launcher to another one, `127.0.0.1` is that one's.
         */
        get hostAddress(): string | null;

        /**
         * The port of the host; 0 while the forward is not open: before the launch, after the end
         * of the machine, and when it was removed.
         */
        get host_port(): number;

        /**
         * The port of the host; 0 while the forward is not open: before the launch, after the end
         * of the machine, and when it was removed.
         */
        get hostPort(): number;

        /** The id of the user network that it belongs to, as `-netdev` has it. Never changes. */
        get netdev(): string | null;

        /** What goes through it. Never changes. */
        get protocol(): ForwardProtocol;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets the address to which a program of this host connects: see {@link Forward.address}.
         * @returns an address, `null` while the forward is not open
         */
        dup_address(): Gio.SocketAddress | null;

        /**
         * Gets the port of the guest.
         * @returns a port; 0 for a forward that no machine has
         */
        get_guest_port(): number;

        /**
         * Gets the IPv4 address at which the host listens.
         * @returns an address; `null` for a forward that no machine has
         */
        get_host_address(): string | null;

        /**
         * Gets the port of the host: see {@link Forward.host_port}.
         * @returns a port, 0 while the forward is not open
         */
        get_host_port(): number;

        /**
         * Gets the id of the user network that it belongs to.
         * @returns the id; `null` for a forward that no machine has
         */
        get_netdev(): string | null;

        /**
         * Gets what goes through it.
         * @returns the protocol
         */
        get_protocol(): ForwardProtocol;

        /**
         * Makes a URI of what listens in the guest, such as `http://127.0.0.1:40123`.
         * @param scheme what is spoken there, such as `http`
         * @returns a URI, `null` while the forward is not open
         */
        make_uri(scheme: string): string | null;

        /**
         * Waits until the service in the guest is there, through its boot if need be.
         *
         * With a `pattern` it waits until the service says something that matches, within its first
         * 64 KiB, after the `request` if there is one. Without, it waits until the guest has taken
         * a connection; for UDP, which knows none, both are needed. It connects again and again, so
         * the service sees connections that end soon, maybe some of them late.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, whose message says how the last attempt went,
         * with the beginning of what the service said; {@link Gio.IOErrorEnum.CANCELLED};
         * {@link QMachine.MachineError.NOT_RUNNING} when the forward is not open, or is removed
         * meanwhile; {@link QMachine.MachineError.EXITED}, with how it ended, as soon as QEMU has;
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a machine behind a wrapper in the
         * monitor mode {@link QMachine.MonitorMode.STDIO}, where that host may be another one, for
         * a request without a pattern, for UDP without both, and for what is no time-out;
         * {@link GLib.RegexError} for what is no pattern.
         */
        wait_ready(pattern?: string | null, request?: string | Uint8Array | GLib.Bytes | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Forward.wait_ready}. */
        wait_ready_sync(pattern: string | null, request: GLib.Bytes | Uint8Array | null,
            timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_ready_finish(), and is else like {@link Forward.wait_ready}. */
        wait_ready_async(pattern: string | null, request: GLib.Bytes | Uint8Array | null,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Forward.wait_ready}. */
        wait_ready_async(pattern?: string | null, request?: string | Uint8Array | GLib.Bytes | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        wait_ready_finish(result: Gio.AsyncResult): boolean;
    }

    namespace GuestAgent {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * It is attached no more: it was closed, or the stream has ended. Not emitted for a
             * connection to an address that ends, since it is made again; {@link GuestAgent.state}
             * tells of that. Nor for an attempt to attach that failed or was given up.
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
     * A machine has one after {@link Machine.add_guest_agent}, which is attached with each launch.
     * Any other is attached to an address with {@link GuestAgent.attach}, or to a stream with
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
         * The channel to it of a machine's agent, which tells whether the guest has opened the
         * port; `null` for one that was made without a machine. Never changes.
         */
        get channel(): GuestChannel | null;

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
         * Gets the channel to a machine's agent.
         * @returns the channel, `null` for an agent that is not a machine's
         */
        dup_channel(): GuestChannel | null;

        /**
         * Runs a program in the guest, without a shell, and waits for its end.
         *
         * The agent gives its output when it has ended, and no more than the first 16 MiB of each
         * kind, cut off as {@link GuestExecResult.output_truncated} says. Other commands have their
         * turn meanwhile. An exit status other than 0 is no error. No call ends a program of a
         * guest: one whose call was given up goes on, and the library sees to it that the agent
         * frees its output. If the guest is frozen meanwhile its end is seen after the thaw.
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
         * the call fails or is given up. If the guest is frozen meanwhile it goes on after the
         * thaw. Errors: {@link CommandError} with the agent's words, such as that there is no such
         * file; {@link QMachine.MonitorError.TOO_LARGE} for one that is larger than
         * {@link GuestAgent.max_file_size}; otherwise those of {@link GuestAgent.command}.
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
         * turn, and closed also when the call fails or is given up; then a part is in it. If the
         * guest is frozen meanwhile it goes on after the thaw. Errors: those of
         * {@link GuestAgent.read_file}.
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

        /** That it answers, to be waited for together with other things. */
        on_ready(): Condition;
    }

    /**
     * A virtio-serial port of a guest: a stream of bytes between the program and a program in the
     * guest, which finds it as `/dev/virtio-ports/NAME` in Linux.
     *
     * A machine has one after {@link Machine.add_channel}; it stays the same over all launches.
     * With each launch it gets a new {@link GuestChannel.stream}, which is a
     * {@link Gio.SocketConnection} and the program's alone: the library neither reads nor writes. A
     * program that does not read holds up the guest's writer, and nobody else; a guest that does
     * not read holds up the program's writer once some hundred kilobytes wait. When QEMU ends, the
     * stream ends; if QEMU had not taken all that was written, a read says so once before, with
     * {@link Gio.IOErrorEnum.CONNECTION_CLOSED}.
     *
     * The stream is there before the guest is. What is written waits for the guest to open the
     * port, which {@link GuestChannel.open} tells; what the guest writes while the program does not
     * read waits, too. A guest that starts anew, or a program there that ends, closes the port; the
     * stream does not tell, and goes on when it is opened again.
     *
     * All methods can be called from any thread. Signals are emitted in the main context of the
     * machine.
     */
    class GuestChannel extends GObject.Object {
        static $gtype: GObject.GType<GuestChannel>;

        /**
         * The name that {@link Machine.add_channel} gave it, `null` for one that no machine has.
         * Never changes.
         */
        get name(): string | null;

        /**
         * Whether a program in the guest has opened the port. `false` when the machine does not
         * run, and for a machine whose monitor mode is NONE.
         */
        get open(): boolean;

        /**
         * The bytes of the launch that runs, `null` when there is none. It is new with every
         * launch. At the end it can still be read by who has a reference.
         *
         * Always `null` for the channel of a guest agent, whose bytes are the agent's.
         */
        get stream(): Gio.IOStream | null;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets the bytes of the launch that runs: see {@link GuestChannel.stream}.
         * @returns the stream, `null` if there is none
         */
        dup_stream(): Gio.IOStream | null;

        /**
         * Gets the name by which the guest finds the channel.
         * @returns the name, `null` for one that no machine has
         */
        get_name(): string | null;

        /**
         * Gets whether a program in the guest has opened the port: see {@link GuestChannel.open}.
         * @returns `true` if it has
         */
        get_open(): boolean;

        /**
         * Waits until a program in the guest has opened the port.
         *
         * Returns at once when it has already. Errors: {@link QMachine.MachineError.NOT_RUNNING}
         * when the machine does not run, or is detached meanwhile;
         * {@link QMachine.MachineError.EXITED} when it ends meanwhile;
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a machine without a monitor, and
         * for a `timeout` below -1; {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        wait_open(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link GuestChannel.wait_open}. */
        wait_open_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_open_finish(), and is else like {@link GuestChannel.wait_open}. */
        wait_open_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link GuestChannel.wait_open}. */
        wait_open_async(...limits: TimeoutAndOptions): Promise<boolean>;
        wait_open_finish(result: Gio.AsyncResult): boolean;
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

    namespace Helper {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * Its process has ended, and QEMU has not.
             *
             * {@link Helper.exit_kind} and {@link Helper.log} say how. It comes a quarter of a
             * second after the end, as a program that ends with QEMU may be faster than QEMU;
             * {@link Helper.running} is notified at once. A failed launch has its error instead.
             */
            died: () => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            start_timeout: number;
            startTimeout: number;
        }
    }

    /**
     * A process beside QEMU: a TPM, a server of files or of a disk, or any program that a guest
     * needs.
     *
     * A machine has one after {@link Machine.add_helper}, {@link Machine.add_tpm},
     * {@link Machine.add_shared_directory} or {@link Machine.add_vhost_user_disk}; it stays the
     * same over all launches. Its program is started anew with each launch, before QEMU, and ended
     * after QEMU: by SIGTERM, and by SIGKILL three seconds later. All that it starts ends with it,
     * also when the program that has the machine dies. A machine that is detached leaves it
     * running.
     *
     * A launch fails, with what the program said last, when the program cannot be started, ends, or
     * keeps QEMU waiting for longer than {@link Helper.start_timeout}. Later its end does not end
     * QEMU: `Helper::died` tells.
     *
     * All methods can be called from any thread. Signals are emitted in the main context of the
     * machine.
     */
    class Helper extends GObject.Object {
        static $gtype: GObject.GType<Helper>;

        /**
         * The program and its arguments as they were given, with the words that stand for what is
         * known at the launch. Never changes.
         */
        get argv(): string[];

        /**
         * The program and its arguments as they were in the last launch, `null` before the first.
         */
        get command_line(): string[] | null;

        /**
         * The program and its arguments as they were in the last launch, `null` before the first.
         */
        get commandLine(): string[] | null;

        /**
         * How its process ended in the last launch; {@link QMachine.ExitKind.NONE} before its end.
         * {@link Helper.get_exit_code} has the number.
         */
        get exit_kind(): ExitKind;

        /**
         * How its process ended in the last launch; {@link QMachine.ExitKind.NONE} before its end.
         * {@link Helper.get_exit_code} has the number.
         */
        get exitKind(): ExitKind;

        /**
         * What it wrote to its standard output and its standard error in the last launch, up to its
         * last 256 KiB. Changes are not notified.
         */
        get log(): string | null;

        /** The name by which messages speak of it, unique in its machine. Never changes. */
        get name(): string | null;

        /** The number of its process, 0 for none. */
        get pid(): number;

        /** Whether its process is there. */
        get running(): boolean;

        /** The path of its socket in the launch that is there; `null` for none. */
        get socket_path(): string | null;

        /** The path of its socket in the launch that is there; `null` for none. */
        get socketPath(): string | null;

        /**
         * How long the program may keep a launch waiting, in milliseconds: until it listens, and
         * then, from QEMU's connection, until QEMU has got on; -1 for no limit but the machine's
         * own. The default is 30 seconds. A change is for the launches to come.
         */
        get start_timeout(): number;
        set start_timeout(val: number);

        /**
         * How long the program may keep a launch waiting, in milliseconds: until it listens, and
         * then, from QEMU's connection, until QEMU has got on; -1 for no limit but the machine's
         * own. The default is 30 seconds. A change is for the launches to come.
         */
        get startTimeout(): number;
        set startTimeout(val: number);
        $signals: Helper.SignalSignatures;

        /** A program does not make one. */
        private constructor();
        connect<K extends keyof Helper.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Helper.SignalSignatures[K]>): number;
        connect_after<K extends keyof Helper.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Helper.SignalSignatures[K]>): number;

        /**
         * Gets the program and its arguments as they were given: see {@link Helper.argv}.
         * @returns the arguments
         */
        dup_argv(): string[];

        /**
         * Gets the program and its arguments as they were in the last launch.
         * @returns the arguments, `null` before the first launch
         */
        dup_command_line(): string[] | null;

        /**
         * Gets what it wrote in the last launch, up to its last 256 KiB; what is no UTF-8 is
         * replaced.
         * @returns the text, `null` before the first launch
         */
        dup_log(): string | null;

        /**
         * Gets the path of its socket in the launch that is there.
         * @returns the path, `null` for none
         */
        dup_socket_path(): string | null;

        /**
         * Gets with what its process ended in the last launch.
         * @returns `true` if that is known
         */
        get_exit_code(): [boolean, number];

        /**
         * Gets how its process ended in the last launch.
         * @returns the kind, {@link QMachine.ExitKind.NONE} before its end
         */
        get_exit_kind(): ExitKind;

        /**
         * Gets the name by which messages speak of it.
         * @returns the name, `null` for one that no machine has
         */
        get_name(): string | null;

        /**
         * Gets the number of its process.
         * @returns the number, 0 for none
         */
        get_pid(): number;

        /**
         * Gets whether its process is there.
         * @returns `true` if it is
         */
        get_running(): boolean;

        /**
         * Gets how long the program may keep a launch waiting: see {@link Helper.start_timeout}.
         * @returns milliseconds, -1 for no limit
         */
        get_start_timeout(): number;

        /**
         * Sets how long the program may keep a launch waiting: see {@link Helper.start_timeout}.
         * @param start_timeout milliseconds, -1 for no limit
         */
        set_start_timeout(start_timeout: number): void;

        /** The exit code of the last launch; `null` where there is none. */
        get exit_code(): number | null;

        /** The exit code of the last launch; `null` where there is none. */
        get exitCode(): number | null;
    }

    namespace Job {
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            update_interval: number;
            updateInterval: number;
        }
    }

    /**
     * Something that QEMU does in the background: a job of its block layer, a migration, or a dump
     * of the guest's memory.
     *
     * {@link Machine.start_job} starts one, {@link Machine.get_jobs} knows all that there are, also
     * those that somebody else has started. All have one face, though not all can do the same:
     * {@link Job.can_pause}, {@link Job.can_cancel} and {@link Job.can_complete} say what a job can
     * do now.
     *
     * A job that was started here stays with QEMU when it has ended, until the object has seen how:
     * so no error is lost. Then the object dismisses it, and keeps {@link Job.error}. One that
     * somebody else has started is theirs to dismiss.
     *
     * Properties are notified in the main context of the machine. QEMU tells of each change of
     * {@link Job.status}, and of the progress it does not tell: as long as somebody is connected to
     * `notify` of the progress, QEMU is asked every {@link Job.update_interval} milliseconds. So a
     * progress bar that is bound to {@link Job.progress} moves, and a job at which nobody looks
     * costs nothing.
     *
     * A job does not keep its machine alive. All methods can be called from any thread.
     */
    class Job extends GObject.Object {
        static $gtype: GObject.GType<Job>;

        /** Whether {@link Job.cancel} can do something now. */
        get can_cancel(): boolean;

        /** Whether {@link Job.cancel} can do something now. */
        get canCancel(): boolean;

        /** Whether it is ready, and ends its work by {@link Job.complete} only. */
        get can_complete(): boolean;

        /** Whether it is ready, and ends its work by {@link Job.complete} only. */
        get canComplete(): boolean;

        /** Whether {@link Job.pause} can do something now. */
        get can_pause(): boolean;

        /** Whether {@link Job.pause} can do something now. */
        get canPause(): boolean;

        /** Whether it is paused, and {@link Job.resume} lets it go on. */
        get can_resume(): boolean;

        /** Whether it is paused, and {@link Job.resume} lets it go on. */
        get canResume(): boolean;

        /** How much is done, mostly in bytes: QEMU's number of the last time when it was asked. */
        get current(): number;

        /** Whether it has ended, well or not: nothing changes any more. */
        get ended(): boolean;

        /**
         * Why it did not end well: a {@link JobError}. `null` as long as it has not ended, and for
         * one that did its work.
         */
        get error(): GLib.Error | null;

        /**
         * QEMU's name for the job: `migration` and `dump` for what is none in QEMU's words. Never
         * changes.
         */
        get id(): string;

        /**
         * What it does, in QEMU's words: `mirror`, `backup`, `commit`, `stream`, `create`,
         * `snapshot-save` and so on, or `migrate`, or `dump`. `null` for a job of somebody else's,
         * until QEMU has been asked.
         */
        get job_type(): string | null;

        /**
         * What it does, in QEMU's words: `mirror`, `backup`, `commit`, `stream`, `create`,
         * `snapshot-save` and so on, or `migrate`, or `dump`. `null` for a job of somebody else's,
         * until QEMU has been asked.
         */
        get jobType(): string | null;

        /**
         * How much is done, from 0.0 to 1.0; -1.0 while that is not known. It never falls, though
         * the whole may grow while the guest writes. It is 1.0 at the end only if the job has ended
         * well.
         */
        get progress(): number;

        /**
         * How fast it goes, in bytes a second, by the last two times when QEMU was asked; -1.0
         * while that is not known.
         */
        get rate(): number;

        /** Where it stands. */
        get status(): JobStatus;

        /**
         * How much there is to do, in the same unit as {@link Job.current}; 0 while that is not
         * known. It may grow.
         */
        get total(): number;

        /**
         * How often QEMU is asked for the progress while somebody follows it, in milliseconds; 0
         * for never.
         */
        get update_interval(): number;
        set update_interval(val: number);

        /**
         * How often QEMU is asked for the progress while somebody follows it, in milliseconds; 0
         * for never.
         */
        get updateInterval(): number;
        set updateInterval(val: number);

        /** A program does not make one. */
        private constructor();

        /**
         * Cancels the job, and waits until it has ended.
         *
         * If it has ended before, there is nothing to do. {@link Job.error} says how it ended: a
         * job may do its work, or fail, in the moment when it is cancelled. For a mirror that is
         * ready, too, this means that the copy is given up, and may miss what the guest wrote last.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.NOT_SUPPORTED}; {@link QMachine.MachineError.EXITED},
         * {@link QMachine.MachineError.NOT_RUNNING}; a {@link CommandError}; and that of cancelling
         * the call, which does not cancel the job.
         */
        cancel(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.cancel}. */
        cancel_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for cancel_finish(), and is else like {@link Job.cancel}. */
        cancel_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.cancel}. */
        cancel_async(...limits: TimeoutAndOptions): Promise<boolean>;
        cancel_finish(result: Gio.AsyncResult): boolean;

        /**
         * Ends a job that keeps a copy up to date, when it is ready, and waits until it has ended.
         *
         * A mirror lets the guest go on with the copy; a commit of the active layer, with the base.
         * If somebody else has completed it, this waits for the same end.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.FAILED} with QEMU's words, {@link QMachine.JobError.CANCELLED}
         * and {@link QMachine.JobError.GONE} for one that has ended otherwise;
         * {@link QMachine.JobError.NOT_SUPPORTED}; {@link QMachine.MachineError.EXITED},
         * {@link QMachine.MachineError.NOT_RUNNING}; a {@link CommandError}; and that of cancelling
         * the call, which does not cancel the job.
         */
        complete(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.complete}. */
        complete_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for complete_finish(), and is else like {@link Job.complete}. */
        complete_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.complete}. */
        complete_async(...limits: TimeoutAndOptions): Promise<boolean>;
        complete_finish(result: Gio.AsyncResult): boolean;

        /**
         * Gets why the job did not end well.
         * @returns a {@link JobError}
         */
        dup_error(): GLib.Error | null;

        /**
         * Gets {@link Job.job_type}.
         * @returns QEMU's name for the type
         */
        dup_job_type(): string | null;

        /**
         * Gets whether {@link Job.cancel} can do something now.
         * @returns `true` if so
         */
        get_can_cancel(): boolean;

        /**
         * Gets whether the job is ready, and ends its work by {@link Job.complete} only.
         * @returns `true` if so
         */
        get_can_complete(): boolean;

        /**
         * Gets whether {@link Job.pause} can do something now.
         * @returns `true` if so
         */
        get_can_pause(): boolean;

        /**
         * Gets whether the job is paused.
         * @returns `true` if so
         */
        get_can_resume(): boolean;

        /**
         * Gets how much is done: {@link Job.current}.
         * @returns a number, mostly of bytes
         */
        get_current(): number;

        /**
         * Gets whether the job has ended, well or not.
         * @returns `true` if nothing changes any more
         */
        get_ended(): boolean;

        /**
         * Gets QEMU's name for the job.
         * @returns the id; never changes
         */
        get_id(): string;

        /**
         * Gets how much is done: {@link Job.progress}.
         * @returns 0.0 to 1.0, or -1.0
         */
        get_progress(): number;

        /**
         * Gets how fast it goes: {@link Job.rate}.
         * @returns bytes a second, or -1.0
         */
        get_rate(): number;

        /**
         * Gets where the job stands, as far as QEMU has told.
         * @returns the status
         */
        get_status(): JobStatus;

        /**
         * Gets how much there is to do: {@link Job.total}.
         * @returns a number, mostly of bytes
         */
        get_total(): number;

        /**
         * Gets how often QEMU is asked for the progress while somebody follows it.
         * @returns milliseconds, 0 for never
         */
        get_update_interval(): number;

        /**
         * Pauses the job, and waits until it is paused.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.FAILED} with QEMU's words, {@link QMachine.JobError.CANCELLED}
         * and {@link QMachine.JobError.GONE} for one that has ended otherwise;
         * {@link QMachine.JobError.NOT_SUPPORTED}; {@link QMachine.MachineError.EXITED},
         * {@link QMachine.MachineError.NOT_RUNNING}; a {@link CommandError}; and that of cancelling
         * the call, which does not cancel the job.
         */
        pause(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.pause}. */
        pause_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for pause_finish(), and is else like {@link Job.pause}. */
        pause_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.pause}. */
        pause_async(...limits: TimeoutAndOptions): Promise<boolean>;
        pause_finish(result: Gio.AsyncResult): boolean;

        /**
         * Lets a job go on that is paused, and waits until it does.
         *
         * A job that QEMU has paused after an I/O error, as it does where a policy says `stop`,
         * tries again.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.FAILED} with QEMU's words, {@link QMachine.JobError.CANCELLED}
         * and {@link QMachine.JobError.GONE} for one that has ended otherwise;
         * {@link QMachine.JobError.NOT_SUPPORTED}; {@link QMachine.MachineError.EXITED},
         * {@link QMachine.MachineError.NOT_RUNNING}; a {@link CommandError}; and that of cancelling
         * the call, which does not cancel the job.
         */
        resume(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.resume}. */
        resume_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for resume_finish(), and is else like {@link Job.resume}. */
        resume_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.resume}. */
        resume_async(...limits: TimeoutAndOptions): Promise<boolean>;
        resume_finish(result: Gio.AsyncResult): boolean;

        /**
         * Sets how often QEMU is asked for the progress while somebody follows it.
         * @param update_interval milliseconds, up to an hour; 0 for never
         */
        set_update_interval(update_interval: number): void;

        /**
         * Waits until the job has ended.
         *
         * A mirror, and a commit of the active layer, do not end by themselves:
         * {@link Job.complete} ends them. The wait has nothing to do with what the job does: when
         * it is given up, the job goes on. When it has ended, QEMU may take up to two seconds
         * beyond the limit to forget it.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.FAILED} with QEMU's words, {@link QMachine.JobError.CANCELLED}
         * and {@link QMachine.JobError.GONE} for one that has ended otherwise;
         * {@link QMachine.MachineError.EXITED}, {@link QMachine.MachineError.NOT_RUNNING}; a
         * {@link CommandError}; and that of cancelling the call, which does not cancel the job.
         */
        wait(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.wait}. */
        wait_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_finish(), and is else like {@link Job.wait}. */
        wait_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.wait}. */
        wait_async(...limits: TimeoutAndOptions): Promise<boolean>;
        wait_finish(result: Gio.AsyncResult): boolean;

        /**
         * Waits until the job is ready, or has ended well.
         *
         * Ready is a mirror, or a commit of the active layer, that has copied all and keeps the
         * copy up to date. All other jobs end without that.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says where the job stands;
         * {@link QMachine.JobError.FAILED} with QEMU's words, {@link QMachine.JobError.CANCELLED}
         * and {@link QMachine.JobError.GONE} for one that has ended otherwise;
         * {@link QMachine.MachineError.EXITED}, {@link QMachine.MachineError.NOT_RUNNING}; a
         * {@link CommandError}; and that of cancelling the call, which does not cancel the job.
         */
        wait_ready(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Job.wait_ready}. */
        wait_ready_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for wait_ready_finish(), and is else like {@link Job.wait_ready}. */
        wait_ready_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Job.wait_ready}. */
        wait_ready_async(...limits: TimeoutAndOptions): Promise<boolean>;
        wait_ready_finish(result: Gio.AsyncResult): boolean;

        /** Its end, to be waited for together with other things. */
        on_end(): Condition;
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
            display: MachineDisplay;
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
            monitor_log: string | null;
            monitorLog: string | null;
            monitor_mode: MonitorMode;
            monitorMode: MonitorMode;
            name: string;
            shutdown_timeout: number;
            shutdownTimeout: number;
            wrapper: string[] | null;
            wrapper_shell: boolean;
            wrapperShell: boolean;
            wrapper_socket_dir: string | null;
            wrapperSocketDir: string | null;
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
         * the monitor, with the id `mon`; what {@link Machine.display} and the other settings ask
         * for. QEMU takes the last word where an option is given twice. `-daemonize` is refused.
         * Default: `null`, none.
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
         * Whether there is a graphics card, and where its screen is shown. Default:
         * {@link QMachine.MachineDisplay.NONE}.
         */
        get display(): MachineDisplay;
        set display(val: MachineDisplay);

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

        /**
         * The path of a file to which this library writes all that goes over the machine's monitor,
         * anew with every launch: a line for each message, with the time in UTC, `>` for one that
         * was sent or `<` for one that was received, and the JSON text. It is for people who look
         * for a fault: a secret in a command is in there, too. It stays, also when a launch fails,
         * and has no limit. An existing one must be a regular file, no symbolic link, and not the
         * monitor log of another machine that runs. A file that takes no more, on a disk that is
         * full, ends there, and the machine goes on. `null`, the default, for none.
         */
        get monitor_log(): string | null;
        set monitor_log(val: string | null);

        /**
         * The path of a file to which this library writes all that goes over the machine's monitor,
         * anew with every launch: a line for each message, with the time in UTC, `>` for one that
         * was sent or `<` for one that was received, and the JSON text. It is for people who look
         * for a fault: a secret in a command is in there, too. It stays, also when a launch fails,
         * and has no limit. An existing one must be a regular file, no symbolic link, and not the
         * monitor log of another machine that runs. A file that takes no more, on a disk that is
         * full, ends there, and the machine goes on. `null`, the default, for none.
         */
        get monitorLog(): string | null;
        set monitorLog(val: string | null);

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
         *
         * It is the library's, and another one for each launch. {@link Machine.add_socket_path}
         * gives a place for the program's own sockets, which is there before the launch.
         */
        get run_dir(): string | null;

        /**
         * The path of the directory of the launch, which holds its socket and its log; `null` while
         * there is none. It is removed when QEMU has ended, with all that is in it.
         *
         * It is the library's, and another one for each launch. {@link Machine.add_socket_path}
         * gives a place for the program's own sockets, which is there before the launch.
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
         * {@link QMachine.MonitorMode.LISTEN}, and one that runs QEMU on another host
         * {@link QMachine.MonitorMode.STDIO}. It may become QEMU, stay until QEMU has ended, or end
         * before; it may fork, make a session of its own, or change the user: whatever comes from
         * it ends with the launch. Default: `null`, none.
         */
        get wrapper(): string[] | null;
        set wrapper(val: string[] | null);

        /**
         * Whether the wrapper passes its arguments through a shell, as ssh does: it joins them with
         * blanks, and a shell takes them apart again.
         *
         * With this each word of QEMU's own command line is quoted for a POSIX shell where it has
         * to be, so that it arrives as it is. The wrapper's own words are not. Without a wrapper it
         * means nothing. Default: `false`.
         */
        get wrapper_shell(): boolean;
        set wrapper_shell(val: boolean);

        /**
         * Whether the wrapper passes its arguments through a shell, as ssh does: it joins them with
         * blanks, and a shell takes them apart again.
         *
         * With this each word of QEMU's own command line is quoted for a POSIX shell where it has
         * to be, so that it arrives as it is. The wrapper's own words are not. Without a wrapper it
         * means nothing. Default: `false`.
         */
        get wrapperShell(): boolean;
        set wrapperShell(val: boolean);

        /**
         * In the monitor mode {@link QMachine.MonitorMode.STDIO}: the directory on the host where
         * QEMU runs, in which it finds the sockets of this launch. With it consoles, channels, the
         * guest agent and qtest work there; without it they are refused.
         *
         * The library listens here, and QEMU connects there, under a name that is new with each
         * launch. The wrapper brings the one to the other: a word of it with `{here}` and `{far}`
         * stands there once for each socket, with the path on this host and that on the other:
         * `-R{far}:{here}` for ssh. One with `{far}` alone does, too: `--remove={far}` for
         * `qmachine-exec --follow`, which removes what is left there at the end. If no word has
         * `{here}`, the directory is one that both have under the same path, and the sockets are
         * made in it.
         *
         * An absolute path of letters, digits and `/._-+@`, and so short that the path of a socket
         * has at most 107 bytes: up to 56. Whoever may connect there can be taken for QEMU, so it
         * is for the wrapper to see to that; sshd lets only the same user do so. Default: `null`,
         * none.
         */
        get wrapper_socket_dir(): string | null;
        set wrapper_socket_dir(val: string | null);

        /**
         * In the monitor mode {@link QMachine.MonitorMode.STDIO}: the directory on the host where
         * QEMU runs, in which it finds the sockets of this launch. With it consoles, channels, the
         * guest agent and qtest work there; without it they are refused.
         *
         * The library listens here, and QEMU connects there, under a name that is new with each
         * launch. The wrapper brings the one to the other: a word of it with `{here}` and `{far}`
         * stands there once for each socket, with the path on this host and that on the other:
         * `-R{far}:{here}` for ssh. One with `{far}` alone does, too: `--remove={far}` for
         * `qmachine-exec --follow`, which removes what is left there at the end. If no word has
         * `{here}`, the directory is one that both have under the same path, and the sockets are
         * made in it.
         *
         * An absolute path of letters, digits and `/._-+@`, and so short that the path of a socket
         * has at most 107 bytes: up to 56. Whoever may connect there can be taken for QEMU, so it
         * is for the wrapper to see to that; sshd lets only the same user do so. Default: `null`,
         * none.
         */
        get wrapperSocketDir(): string | null;
        set wrapperSocketDir(val: string | null);
        $signals: Machine.SignalSignatures;
        constructor(properties?: Partial<Machine.ConstructorProps>);
        static ["new"](binary: string | null): Machine;
        static new_from_template(directory: string): Machine;
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
         * Gives the machine a channel to its guest, for the launches to come.
         *
         * The channel is there at once, and stays the same. With each launch QEMU gets a
         * virtio-serial bus for all channels, in front of the program's own arguments, and a port
         * for each. A machine without a bus for it, such as `none` or `microvm`, ends the launch
         * with QEMU's words.
         *
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} says that the name is none, being 1
         * to 64 characters of ASCII without blanks, commas, slashes and quotes; that the machine
         * has a channel of that name already; or that it has 64 channels.
         * @param name a name by which the guest finds it, such as `org.example.job.0`
         * @returns the channel, which the machine keeps, or `null` on failure
         */
        add_channel(name: string): GuestChannel;

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
         * Adds a disk, for every launch to come; and at once, if QEMU runs.
         *
         * {@link Disk.name} is set if it was not. If QEMU refuses the disk it is as if it had never
         * been added. Before a launch the call does not wait.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for an image that cannot be
         * opened, or does not begin like the format that was said, a bad name or one that is taken,
         * or an overlay over a format that has none; while QEMU runs those of
         * {@link Machine.command_json}, too.
         */
        add_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.add_disk}. */
        add_disk_sync(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for add_disk_finish(), and is else like {@link Machine.add_disk}. */
        add_disk_async(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.add_disk}. */
        add_disk_async(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
        add_disk_finish(result: Gio.AsyncResult): boolean;

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
         * Forwards a port of the host to one of the guest, in this launch, if the machine runs, and
         * in each one to come.
         *
         * Before the launch it returns at once; {@link Forward.host_port} is known when the launch
         * is done. While the machine runs it is known when this returns; during a launch, this
         * waits for its end. Without a `netdev`, and without a network made before, the machine
         * gets one, with a card, from the next launch on, as {@link Machine.add_user_network}
         * describes; it cannot get one while it runs. QEMU forwards to the first address that its
         * DHCP server gives, `10.0.2.15` unless the network's options say otherwise.
         *
         * Needs a monitor and a QEMU with user networks. A launch that cannot open a forward fails
         * with {@link QMachine.MachineError.LAUNCH_FAILED} and QEMU's words.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for what is no port, address,
         * id or time-out, for a storage daemon, and when the machine runs without the network;
         * {@link QMachine.CommandError.GENERIC_ERROR} with QEMU's words when it refuses, such as
         * for a port that is taken; {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link Gio.IOErrorEnum.CANCELLED}; those of {@link Machine.human_command}. After an error
         * there is no forward, and a machine that runs goes on.
         */
        add_forward(guest_port: number, host_port?: number | null, protocol?: ForwardProtocol |
            null,
            host_address?: string | null, netdev?: string | null, ...limits: TimeoutAndOptions):
            Promise<Forward>;

        /** Blocks, and is else like {@link Machine.add_forward}. */
        add_forward_sync(guest_port: number, host_port: number, protocol: ForwardProtocol,
            host_address: string | null, netdev: string | null, timeout: number,
            cancellable: Gio.Cancellable | null): Forward;

        /** Calls back, for add_forward_finish(), and is else like {@link Machine.add_forward}. */
        add_forward_async(guest_port: number, host_port: number, protocol: ForwardProtocol,
            host_address: string | null, netdev: string | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.add_forward}. */
        add_forward_async(guest_port: number, host_port?: number | null,
            protocol?: ForwardProtocol | null,
            host_address?: string | null, netdev?: string | null, ...limits: TimeoutAndOptions):
            Promise<Forward>;
        add_forward_finish(result: Gio.AsyncResult): Forward;

        /**
         * Gives the machine a channel to the agent of its guest, for the launches to come, and the
         * agent that is attached to it. Returns the same one when it is called again.
         *
         * The agent is there at once, and stays the same. With each launch it is attached, which
         * does not wait for the guest: {@link GuestAgent.wait_ready} does. At the end of the launch
         * it is closed, and `GuestAgent::closed` tells. Its signals are emitted in the main context
         * of the machine. Nobody else attaches it: {@link GuestAgent.attach} and
         * {@link GuestAgent.attach_stream} fail with {@link QMachine.MonitorError.BUSY}.
         *
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} says that the machine has a channel
         * `org.qemu.guest_agent.0` of the program's own, or as many channels as it can have.
         * @returns the guest agent, which the machine keeps, or `null` on failure
         */
        add_guest_agent(): GuestAgent;

        /**
         * Gives the machine a process beside QEMU, for the launches to come.
         *
         * These words, anywhere in an argument, stand for what is known at the launch:
         *
         * - `{fd}`: the number of a descriptor that the helper inherits, a socket that the library
         * has bound and that listens. QEMU can connect before the helper accepts, so nothing is
         * waited for.
         * - `{socket}`: the path of the socket. Where `argv` has no `{fd}` the helper binds it, and
         * QEMU is started when somebody listens there.
         * - `{run-dir}`: the directory of the launch, see {@link Machine.run_dir}, which goes away
         * with it.
         *
         * All other text stays as it is. In `qemu_args` a comma in a path is doubled, as QEMU wants
         * it. The program is looked for in `PATH`, and stays in the foreground: one that ends has
         * failed, also if it left something in the background. See {@link Helper} for when it is
         * started and ended.
         *
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} says that the name is none, being 1
         * to 64 letters, digits, dashes, dots and underscores of ASCII; that the machine has a
         * helper of that name already, or 64 of them; that `argv` is empty; or that QEMU is to use
         * a socket that the helper does not have. A program that is not there fails the launch.
         *
         * @param argv the program and its arguments
         * @param qemu_args what QEMU gets in front of the program's own arguments, so that it uses
         * the helper; `null` for nothing
         * @param name a name for messages; `null` for one like `helper0`
         * @returns the helper, which the machine keeps, or `null` on failure
         */
        add_helper(argv: string[], qemu_args: string[] | null, name: string | null): Helper;

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
         * Shows the guest a directory of this host, by the program `virtiofsd`, for the launches to
         * come.
         *
         * Linux has it after `mount -t virtiofs TAG /mnt`. The helper is called `share-` with the
         * tag behind it, the device is a `vhost-user-fs-pci`, and the guest's memory is shared: see
         * {@link Machine.add_vhost_user_disk}.
         *
         * There are two programs of that name; the call asks which one it is, which takes some
         * milliseconds. The one that came with QEMU before version 8 runs as root only and cannot
         * be `read_only`; that of its own, if this process is not root, has the rights of this
         * process and no sandbox. As root either one shuts itself into the directory.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} if `virtiofsd` is not
         * installed or cannot do what is wanted, `path` is no directory, `tag` is none or is taken,
         * or the machine is a storage daemon.
         * @param path an existing directory
         * @param tag by what the guest finds it: 1 to 36 letters, digits, dashes, dots and
         * underscores of ASCII
         * @param read_only whether the guest must not write
         * @returns the helper, which the machine keeps, or `null` on failure
         */
        add_shared_directory(path: string, tag: string, read_only: boolean): Helper;

        /**
         * Gets a path for a socket that the program and QEMU, or another program, share: that of a
         * chardev, of VNC, of a backend of vhost-user.
         *
         * It is short enough for a socket, and in a directory that nobody else may enter. The
         * directory is there from the first call on, in {@link Machine.base_dir} as it is then,
         * until the machine is gone; so the path is good in arguments, and for a server that
         * listens before the launch. It is not {@link Machine.run_dir}, which is another one for
         * each launch, and is the library's. The same name gives the same path.
         *
         * The library makes no socket. It removes one that nobody has any more, of a QEMU that was
         * killed, before each launch and after it, and all that is in the directory at the end of
         * the machine. What a QEMU that was detached uses stays, with the directory, for whoever
         * ends it.
         *
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} says that the name is none, that the
         * path would have more than the 107 bytes that a socket allows, or that there can be no
         * directory.
         *
         * @param name a name of up to 32 letters and digits, and `-`, `.` and `_` behind the first
         * @returns an absolute path, or `null` on failure
         */
        add_socket_path(name: string): string;

        /**
         * Gives the guest a TPM 2.0, by the program `swtpm`, for the launches to come.
         *
         * The device is what boards of the machine's {@link Machine.binary} have: `tpm-tis` for
         * x86, `tpm-tis-device` for Arm, RISC-V and LoongArch, `tpm-spapr` for POWER. Linux shows
         * it as `/dev/tpm0`. A directory can be in one launch at a time. The helper is called
         * `tpm`, and there can be one.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} if `swtpm` is not installed,
         * `state_dir` is no directory, the machine has a TPM already or is a storage daemon.
         * @param state_dir an existing directory for what the TPM remembers; `null` for a TPM that
         * is new in each launch
         * @returns the helper, which the machine keeps, or `null` on failure
         */
        add_tpm(state_dir: string | null): Helper;

        /**
         * Gives the machine a network of QEMU's own and a card on it, from the next launch on.
         *
         * The guest finds a DHCP server, a name server and a way to the networks of the host there,
         * and needs no right of the host's for that; nobody reaches it but by forwards. It is
         * `-netdev user,id=ID` with `-device CARD,netdev=ID`, before the machine's own arguments:
         * neither `-nodefaults` nor `-nic none` keeps it away, and like any network it takes the
         * place of the one that QEMU makes by default. For a board whose card is soldered on, or
         * for other options, write `-nic user,id=ID` into the arguments, and give that id to
         * {@link Machine.add_forward}.
         * @param card the model of the network card, and maybe options of it, as `-device` takes
         * them; `null` for `virtio-net`, QEMU's name for the virtio card that fits the target
         * @returns the id, for {@link Machine.add_forward}
         */
        add_user_network(card: string | null): string;

        /**
         * Gives the guest a disk that another process serves, the program `qemu-storage-daemon`,
         * for the launches to come.
         *
         * The helper is called `disk0`, `disk1` and so on, the device is a `vhost-user-blk-pci`.
         * QEMU does not know the image: its jobs and snapshots are for the disks of
         * {@link Machine.add_disk}.
         *
         * The helper reads and writes the guest's memory, which is shared for that: it becomes an
         * object `memory-backend-memfd` of the size that an option `-m` in {@link Machine.args}
         * says, 128 MiB without one. Arguments that choose the memory themselves, by
         * `memory-backend`, `-numa` or `-mem-path`, must say `share=on`, or the launch fails with
         * {@link QMachine.MachineError.INVALID_CONFIGURATION}.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} if `qemu-storage-daemon` is
         * not installed, there is no such file, the format is none, or the machine is a storage
         * daemon.
         * @param path an image, or a block device
         * @param format its format, such as `qcow2`; `null` for `raw`
         * @param read_only whether the guest must not write
         * @returns the helper, which the machine keeps, or `null` on failure
         */
        add_vhost_user_disk(path: string, format: string | null, read_only: boolean): Helper;

        /**
         * Moves the guest's pointer like {@link Machine.move_pointer}, and clicks there.
         *
         * The button is down for 50 ms, and up for 50 before that. A call that is given up leaves
         * no button down. Errors: those of {@link Machine.move_pointer}.
         */
        click(x: number, y: number, button?: MouseButton | null, n_clicks?: number | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.click}. */
        click_sync(x: number, y: number, button: MouseButton, n_clicks: number, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for click_finish(), and is else like {@link Machine.click}. */
        click_async(x: number, y: number, button: MouseButton, n_clicks: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.click}. */
        click_async(x: number, y: number, button?: MouseButton | null, n_clicks?: number | null,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        click_finish(result: Gio.AsyncResult): boolean;

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
         * Ends the last snapshot of a disk: what was written since goes into the image under it,
         * which is then the disk again.
         *
         * The guest goes on meanwhile. The file that {@link Machine.snapshot_disk} made is removed.
         * It is a job of QEMU's, `block-commit`, which is completed when it is ready.
         *
         * If it fails or is given up the guest sees the same disk, and the snapshot is there still.
         * The image under it has a part of what was written since, so it is no point in time any
         * more; a later commit makes it whole.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that the machine does not
         * have or that has no snapshot, or that another call is about to change; those of
         * {@link Machine.run_job}, with QEMU's words.
         */
        commit_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.commit_disk}. */
        commit_disk_sync(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for commit_disk_finish(), and is else like {@link Machine.commit_disk}. */
        commit_disk_async(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.commit_disk}. */
        commit_disk_async(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
        commit_disk_finish(result: Gio.AsyncResult): boolean;

        /**
         * Copies the library's `qmachine-exec` to where {@link Machine.wrapper} leads, and returns
         * its path there: with `--follow` behind it that belongs at the wrapper's end, so that
         * nothing is left when the connection ends.
         *
         * The wrapper is run as it is now, with a POSIX `sh` behind it, which gets the file on its
         * standard input; with {@link Machine.wrapper_shell} if that is set, and without the words
         * that stand for sockets. `sha256sum` must be there. The copy has its check sum in its name
         * and is checked and tried before it gets that; one that is there already stays. It is not
         * removed at the end: it is some ten kilobytes, and of use to all programs of that user.
         * What a connection that broke has brought is removed. The calling thread needs no main
         * loop.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a machine without a
         * wrapper, a wrapper that is not there, a relative `dir` and a `timeout` below -1;
         * {@link QMachine.MachineError.LAUNCH_FAILED} with the launcher's own words when it fails,
         * also for another processor than this one, which is named;
         * {@link Gio.IOErrorEnum.TIMED_OUT}; {@link Gio.IOErrorEnum.CANCELLED}; those of reading
         * the file here.
         */
        copy_supervisor(dir?: string | null, ...limits: TimeoutAndOptions): Promise<string>;

        /** Blocks, and is else like {@link Machine.copy_supervisor}. */
        copy_supervisor_sync(dir: string | null, timeout: number, cancellable: Gio.Cancellable |
            null): string;

        /**
         * Calls back, for copy_supervisor_finish(), and is else like
         * {@link Machine.copy_supervisor}.
         */
        copy_supervisor_async(dir: string | null, timeout: number, cancellable: Gio.Cancellable |
            null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.copy_supervisor}. */
        copy_supervisor_async(dir?: string | null, ...limits: TimeoutAndOptions): Promise<string>;
        copy_supervisor_finish(result: Gio.AsyncResult): string;

        /**
         * Deletes a snapshot from the images.
         *
         * It must be in one of them at least.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that can have no
         * snapshots, with its name, or where none has such a snapshot;
         * {@link QMachine.MachineError.NOT_RUNNING}; those of {@link Machine.run_job}, with QEMU's
         * words.
         */
        delete_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.delete_snapshot}. */
        delete_snapshot_sync(tag: string, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for delete_snapshot_finish(), and is else like
         * {@link Machine.delete_snapshot}.
         */
        delete_snapshot_async(tag: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.delete_snapshot}. */
        delete_snapshot_async(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
        delete_snapshot_finish(result: Gio.AsyncResult): boolean;

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
         * Gets the name of the node that the guest writes to.
         *
         * It is what jobs and commands of QEMU's take: {@link Disk.name}, and with a number behind
         * it after {@link Machine.snapshot_disk}.
         *
         * Any thread.
         * @param disk a disk that was added; its name counts
         * @returns the name; `null` if the machine has no such disk
         */
        dup_disk_node(disk: Disk): string | null;

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
         * Gets the file for what goes over the monitor: see {@link Machine.monitor_log}.
         * @returns an absolute path, `null` for none
         */
        dup_monitor_log(): string | null;

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
         * Gets where QEMU finds sockets of this host: see {@link Machine.wrapper_socket_dir}.
         * @returns an absolute path, `null` for nowhere
         */
        dup_wrapper_socket_dir(): string | null;

        /**
         * Gets how long a command may take: see {@link Machine.command_timeout}.
         * @returns milliseconds, -1 for as long as it takes
         */
        get_command_timeout(): number;

        /**
         * Gets where the screen is shown: see {@link Machine.display}.
         * @returns the display
         */
        get_display(): MachineDisplay;

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
         * Gets the jobs that there are, as a model that is kept current.
         *
         * It has those that were started here, and those that somebody else has started with QEMU's
         * commands. A job leaves it when QEMU has forgotten it; at the end of QEMU all do. It
         * changes in the main context of the machine, so a program without one sees in it what it
         * started itself.
         *
         * @returns a model of {@link Job}
         */
        get_jobs(): Gio.ListModel;

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
         * Gets whether the wrapper passes its arguments through a shell: see
         * {@link Machine.wrapper_shell}.
         * @returns `true` if so
         */
        get_wrapper_shell(): boolean;

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
         * Behind a wrapper in the monitor mode {@link QMachine.MonitorMode.STDIO} what is gone is
         * the wrapper, with all that came from it here. QEMU follows where `qmachine-exec --follow`
         * is in front of it and that host is reached; whether it did is not known here, and
         * {@link Machine.log} says so.
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
         * Lists the forwards that the machine has, in the order in which they were added: by
         * {@link Machine.add_forward}, or from the template that it was made of.
         * @returns the forwards
         */
        list_forwards(): Forward[];

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
         * Takes the guest back to a snapshot.
         *
         * The guest runs again if it ran before, and stays paused otherwise. Its disks are as they
         * were, too. A snapshot that is not whole is refused before anything is changed.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that can have no
         * snapshots, with its name, or that has no such snapshot;
         * {@link QMachine.MachineError.NOT_RUNNING}; those of {@link Machine.run_job}, with QEMU's
         * words.
         */
        load_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.load_snapshot}. */
        load_snapshot_sync(tag: string, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for load_snapshot_finish(), and is else like {@link Machine.load_snapshot}.
         */
        load_snapshot_async(tag: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.load_snapshot}. */
        load_snapshot_async(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
        load_snapshot_finish(result: Gio.AsyncResult): boolean;

        /**
         * Finds a channel that the machine has: by {@link Machine.add_channel}, or from the
         * template that it was made of.
         * @param name the name of a channel
         * @returns the channel, which the machine keeps, `null` for none of that name
         */
        lookup_channel(name: string): GuestChannel | null;

        /**
         * Finds a helper that the machine has.
         * @param name the name of a helper
         * @returns the helper, which the machine keeps, `null` for none of that name
         */
        lookup_helper(name: string): Helper | null;

        /**
         * Moves the guest to another machine on this host, while it runs.
         *
         * `target` is launched by this call, and waits for the guest then; or it was launched with
         * `-incoming defer` in its arguments. It needs the same devices as `self`, and the same
         * images by the same paths: this call copies no disk. QEMU hands over the locks of the
         * images.
         *
         * In the end `target` runs, or is paused as `self` was, and `self` is in
         * {@link QMachine.RunState.POSTMIGRATE}: end it then. If it fails, or the limit passes, or
         * the call is cancelled, the guest goes on in `self` as if nothing had been, and `target`
         * is ended. While it lasts {@link Machine.get_jobs} has a job that tells how far it is. The
         * launch of `target` ends with the limit, too, or with {@link Machine.launch_timeout} where
         * that is shorter.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a target that does not
         * wait for a guest, and for disks with an overlay of their own;
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link Gio.IOErrorEnum.BUSY} while the guest
         * is being saved or moved by another call; those of {@link Machine.launch} and of
         * {@link Job.wait}, with the last words of the target; both monitors must be on Unix
         * sockets.
         */
        migrate_to(target: Machine, ...limits: TimeoutAndOptions): Promise<MigrationResult>;

        /** Blocks, and is else like {@link Machine.migrate_to}. */
        migrate_to_sync(target: Machine, timeout: number, cancellable: Gio.Cancellable |
            null): MigrationResult;

        /** Calls back, for migrate_to_finish(), and is else like {@link Machine.migrate_to}. */
        migrate_to_async(target: Machine, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.migrate_to}. */
        migrate_to_async(target: Machine, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
        migrate_to_finish(result: Gio.AsyncResult): MigrationResult;

        /**
         * Moves the guest to a QEMU that waits for it elsewhere.
         *
         * Where the limit passes, or the call is cancelled, the migration is cancelled, and the
         * guest goes on here; unless it was done in that moment, which counts as good.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING}; {@link Gio.IOErrorEnum.BUSY} while the
         * guest is being saved or moved by another call; those of {@link Machine.start_job} and of
         * {@link Job.wait}.
         */
        migrate_to_uri(uri: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;

        /** Blocks, and is else like {@link Machine.migrate_to_uri}. */
        migrate_to_uri_sync(uri: string, timeout: number, cancellable: Gio.Cancellable |
            null): MigrationResult;

        /**
         * Calls back, for migrate_to_uri_finish(), and is else like {@link Machine.migrate_to_uri}.
         */
        migrate_to_uri_async(uri: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.migrate_to_uri}. */
        migrate_to_uri_async(uri: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
        migrate_to_uri_finish(result: Gio.AsyncResult): MigrationResult;

        /**
         * Moves the guest's pointer to a position on its first screen.
         *
         * That needs a pointing device that knows positions, such as `-device usb-tablet` or
         * `-device virtio-tablet-pci`, and a guest that uses it: a mouse knows movements only. The
         * size of the screen is asked for each time, since the guest may change it.
         *
         * Errors: {@link Gio.IOErrorEnum.NOT_SUPPORTED} where the guest's pointer knows no
         * position, and {@link QMachine.MonitorError.INVALID_COMMAND} for a position outside of the
         * screen; {@link CommandError} where QEMU refuses, as while the guest is paused; otherwise
         * those of {@link Machine.screenshot}.
         */
        move_pointer(x: number, y: number, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.move_pointer}. */
        move_pointer_sync(x: number, y: number, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /** Calls back, for move_pointer_finish(), and is else like {@link Machine.move_pointer}. */
        move_pointer_async(x: number, y: number, timeout: number, cancellable: Gio.Cancellable |
            null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.move_pointer}. */
        move_pointer_async(x: number, y: number, ...limits: TimeoutAndOptions): Promise<boolean>;
        move_pointer_finish(result: Gio.AsyncResult): boolean;

        /**
         * Opens a connection to QEMU's D-Bus display: screens, keyboard, pointers and clipboard of
         * the guest, as objects under `/org/qemu/Display1`.
         *
         * It is a connection of its own, peer to peer, with no bus and no address: the objects have
         * no name of a bus, which is `null`. QEMU serves one at a time: a later one takes the
         * objects over, and fails the call that opens another one just then. It is closed when QEMU
         * ends, and the signal `closed` of it is emitted in the thread-default main context of the
         * thread that made this call. QEMU's documentation of its D-Bus display lists the
         * interfaces.
         *
         * Errors: {@link CommandError} for a machine that was launched with another display;
         * {@link QMachine.MonitorError.INVALID_COMMAND} when no descriptor can pass, with a monitor
         * on TCP; those of `g_dbus_connection_new_sync ()` when QEMU does not let this user in;
         * otherwise those of {@link Machine.command}. A QEMU without D-Bus ends at the launch, with
         * its words.
         */
        open_display(...limits: TimeoutAndOptions): Promise<Gio.DBusConnection>;

        /** Blocks, and is else like {@link Machine.open_display}. */
        open_display_sync(timeout: number, cancellable: Gio.Cancellable | null): Gio.DBusConnection;

        /** Calls back, for open_display_finish(), and is else like {@link Machine.open_display}. */
        open_display_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.open_display}. */
        open_display_async(...limits: TimeoutAndOptions): Promise<Gio.DBusConnection>;
        open_display_finish(result: Gio.AsyncResult): Gio.DBusConnection;

        /**
         * Opens a connection to QEMU's VNC server, for a viewer: the server's first words, `RFB
         * 003.008`, are still to be read.
         *
         * Nothing listens for it. It is closed when QEMU ends.
         *
         * Errors: {@link Gio.IOErrorEnum.NOT_SUPPORTED} where there is no VNC server;
         * {@link QMachine.MonitorError.INVALID_COMMAND} when no descriptor can pass, with a monitor
         * on TCP; otherwise those of {@link Machine.command}.
         */
        open_vnc(skip_auth?: boolean | null, ...limits: TimeoutAndOptions):
            Promise<Gio.SocketConnection>;

        /** Blocks, and is else like {@link Machine.open_vnc}. */
        open_vnc_sync(skip_auth: boolean, timeout: number, cancellable: Gio.Cancellable |
            null): Gio.SocketConnection;

        /** Calls back, for open_vnc_finish(), and is else like {@link Machine.open_vnc}. */
        open_vnc_async(skip_auth: boolean, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.open_vnc}. */
        open_vnc_async(skip_auth?: boolean | null, ...limits: TimeoutAndOptions):
            Promise<Gio.SocketConnection>;
        open_vnc_finish(result: Gio.AsyncResult): Gio.SocketConnection;

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
         * Ends a machine as one who walks up to it would: presses the power button, and uses force
         * only if that does not help.
         *
         * The steps are those of the plan, in their order. Each has a limit of its own; the next
         * one follows when it has passed, or when QEMU or the agent refuses. The button is pressed
         * again at intervals, since a press is lost on a guest that has not booted far enough. A
         * guest whose processors do not run, being paused, suspended, crashed or migrated away,
         * hears nothing: it is not asked, nor waited for. A guest that is off while QEMU stays, as
         * with `-no-shutdown`, is not asked either. Then QEMU is ended at once by the next step.
         *
         * The result tells which step worked, and of the others why they did not. A call on a
         * stopped machine does nothing, and succeeds. Several calls at a time each go their own
         * way, and each of them returns when QEMU has ended.
         *
         * Unlike with {@link Machine.shutdown}, a cancelled call takes no further step: what the
         * guest and QEMU were asked for, they may still do.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT} when the last step did not help, or the plan
         * skips it: the message tells of each step, and QEMU still runs;
         * {@link Gio.IOErrorEnum.PERMISSION_DENIED} as for {@link Machine.kill};
         * {@link QMachine.MachineError.NOT_RUNNING} when the machine is detached meanwhile;
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        power_off(plan?: PowerOffPlan | null, options?: Options): Promise<PowerOffResult>;

        /** Blocks, and is else like {@link Machine.power_off}. */
        power_off_sync(plan: PowerOffPlan | null, cancellable: Gio.Cancellable |
            null): PowerOffResult;

        /** Calls back, for power_off_finish(), and is else like {@link Machine.power_off}. */
        power_off_async(plan: PowerOffPlan | null, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.power_off}. */
        power_off_async(plan?: PowerOffPlan | null, options?: Options): Promise<PowerOffResult>;
        power_off_finish(result: Gio.AsyncResult): PowerOffResult;

        /**
         * Lets the next launch be one that {@link Machine.save_template} can save.
         *
         * The guest's memory is a file in `directory` then, and what is written to disks with an
         * overlay goes there, too: a file system of memory, such as `/dev/shm`, is fastest. Without
         * a save all of that is removed when QEMU ends. A file that is there already is never
         * removed, and the launch is refused: it may be an image, or what a program left that died,
         * or another machine's that is to become a template there. Settings may be changed until
         * the launch; those of the launch count.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a directory that has a
         * template already, and from the launch for arguments that no template can have, and for a
         * file in the place of `ram`, or of the overlay of a disk; those of making the directory.
         * @param directory where the template will be; made if it is not there
         * @returns `true` if the next launch can be saved
         */
        prepare_template(directory: string): boolean;

        /**
         * Presses keys of the guest's keyboard together, and lets them go.
         *
         * They go down in their order, and up the other way around. The names are those of QEMU's
         * `QKeyCode`, such as `a`, `ret`, `esc`, `tab`, `up`, `f2`, `ctrl`, `shift`, `alt`,
         * `meta_l`, `minus`, `delete`, `kp_enter`. A call that is given up leaves no key down.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for what cannot be keys;
         * {@link CommandError} where QEMU refuses, as for a name that it does not know, which it
         * says, or while the guest is paused; otherwise those of {@link Machine.command}.
         */
        press_keys(keys: string, hold_time?: number | null, ...limits: TimeoutAndOptions):
            Promise<boolean>;

        /** Blocks, and is else like {@link Machine.press_keys}. */
        press_keys_sync(keys: string, hold_time: number, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for press_keys_finish(), and is else like {@link Machine.press_keys}. */
        press_keys_async(keys: string, hold_time: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.press_keys}. */
        press_keys_async(keys: string, hold_time?: number | null, ...limits: TimeoutAndOptions):
            Promise<boolean>;
        press_keys_finish(result: Gio.AsyncResult): boolean;

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
         * Takes a disk away, from the launches to come; and at once, if QEMU runs.
         *
         * A guest has to let go of its device: one without a kernel, or that is busy, may never do
         * it. Then the call ends at its limit, and the machine has the disk still.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that the machine does not
         * have; those of {@link Machine.command_json}.
         */
        remove_disk(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.remove_disk}. */
        remove_disk_sync(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for remove_disk_finish(), and is else like {@link Machine.remove_disk}. */
        remove_disk_async(disk: Disk, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.remove_disk}. */
        remove_disk_async(disk: Disk, ...limits: TimeoutAndOptions): Promise<boolean>;
        remove_disk_finish(result: Gio.AsyncResult): boolean;

        /**
         * Takes a forward away: nobody can connect any more, in this launch, if the machine runs,
         * nor in any to come.
         *
         * Connections that are there go on. The network that was made for it stays. Errors:
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a forward that is not this
         * machine's, or was removed, and for what is no time-out;
         * {@link QMachine.CommandError.GENERIC_ERROR} when QEMU does not do it;
         * {@link Gio.IOErrorEnum.TIMED_OUT} and {@link Gio.IOErrorEnum.CANCELLED}, after which
         * nobody knows whether it is still open, and it can be removed again; those of
         * {@link Machine.human_command}.
         */
        remove_forward(forward: Forward, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.remove_forward}. */
        remove_forward_sync(forward: Forward, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for remove_forward_finish(), and is else like {@link Machine.remove_forward}.
         */
        remove_forward_async(forward: Forward, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.remove_forward}. */
        remove_forward_async(forward: Forward, ...limits: TimeoutAndOptions): Promise<boolean>;
        remove_forward_finish(result: Gio.AsyncResult): boolean;

        /**
         * Launches the machine with the guest of a file.
         *
         * The machine needs the devices and the disks of the one that was saved. When the call
         * returns the guest runs, or is paused as it was when it was saved. The limit is that of
         * the launch, where {@link Machine.launch_timeout} is not shorter: one that takes longer
         * leaves nothing.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for disks with an overlay;
         * those of {@link Machine.launch}, with QEMU's words, and of the file, which cannot be a
         * FIFO.
         */
        restore_state(path: string, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.restore_state}. */
        restore_state_sync(path: string, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for restore_state_finish(), and is else like {@link Machine.restore_state}.
         */
        restore_state_async(path: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.restore_state}. */
        restore_state_async(path: string, ...limits: TimeoutAndOptions): Promise<boolean>;
        restore_state_finish(result: Gio.AsyncResult): boolean;

        /**
         * Starts a job, and returns when it has done its work.
         *
         * A job that becomes ready, such as a mirror, is completed then. If the limit passes, or
         * the call is cancelled, the job is cancelled too, where it can be: as with
         * {@link Machine.start_job}.
         *
         * Errors: those of {@link Machine.start_job} and of {@link Job.wait}.
         */
        run_job(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.run_job}. */
        run_job_sync(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for run_job_finish(), and is else like {@link Machine.run_job}. */
        run_job_async(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.run_job}. */
        run_job_async(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        run_job_finish(result: Gio.AsyncResult): boolean;

        /**
         * Saves the guest with its memory in its qcow2 images.
         *
         * All writable disks of the guest must be qcow2; the memory goes into the first of them.
         * The guest stands still meanwhile, and QEMU answers nothing else, so a limit that passes
         * ends the wait, and maybe not the work.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that can have no
         * snapshots, with its name; {@link QMachine.MachineError.NOT_RUNNING}; those of
         * {@link Machine.run_job}, with QEMU's words.
         */
        save_snapshot(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.save_snapshot}. */
        save_snapshot_sync(tag: string, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for save_snapshot_finish(), and is else like {@link Machine.save_snapshot}.
         */
        save_snapshot_async(tag: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.save_snapshot}. */
        save_snapshot_async(tag: string, ...limits: TimeoutAndOptions): Promise<boolean>;
        save_snapshot_finish(result: Gio.AsyncResult): boolean;

        /**
         * Saves the memory and the devices of the guest to a file.
         *
         * The guest stands still when it is done, in {@link QMachine.RunState.POSTMIGRATE}, and its
         * disks are as the file needs them: copy them, or end the machine, before it goes on.
         * {@link Machine.restore_state} goes on from the file, any number of times, also with a
         * later QEMU if the machine type is a versioned one. The file comes into being at `path`
         * only when it is whole; until then it is beside it, with a dot and six letters more in its
         * name, which nobody else has. If it fails the guest goes on.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for disks with an overlay
         * that ends with the machine; {@link QMachine.MachineError.NOT_RUNNING};
         * {@link Gio.IOErrorEnum.BUSY} while the guest is being saved or moved by another call;
         * those of {@link Job.wait}, and of the file, such as {@link Gio.IOErrorEnum.IS_DIRECTORY}.
         */
        save_state(path: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;

        /** Blocks, and is else like {@link Machine.save_state}. */
        save_state_sync(path: string, timeout: number, cancellable: Gio.Cancellable |
            null): MigrationResult;

        /** Calls back, for save_state_finish(), and is else like {@link Machine.save_state}. */
        save_state_async(path: string, timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.save_state}. */
        save_state_async(path: string, ...limits: TimeoutAndOptions): Promise<MigrationResult>;
        save_state_finish(result: Gio.AsyncResult): MigrationResult;

        /**
         * Saves the guest as it is now as a template, and ends the machine.
         *
         * The memory of the guest is not copied, so it takes some hundredths of a second. The
         * template is whole when the call returns; it has no manifest before, so a program that
         * dies in between leaves nothing that looks like one. It is valid until the host boots
         * anew, unless its file system is made safe by other means.
         *
         * If it fails before QEMU has saved the state, or is cancelled, or the limit passes, the
         * guest goes on. If only the manifest cannot be written, QEMU has ended, and the error says
         * that the guest is lost: its files are removed, and the machine cannot be launched again.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for what cannot be cloned,
         * with its name, and for a file in the place of `state` or `manifest.json`;
         * {@link QMachine.MachineError.NOT_RUNNING}; {@link Gio.IOErrorEnum.BUSY} while the guest
         * is being saved or moved by another call; those of {@link Job.wait}.
         */
        save_template(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.save_template}. */
        save_template_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /**
         * Calls back, for save_template_finish(), and is else like {@link Machine.save_template}.
         */
        save_template_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.save_template}. */
        save_template_async(...limits: TimeoutAndOptions): Promise<boolean>;
        save_template_finish(result: Gio.AsyncResult): boolean;

        /**
         * Takes a picture of a screen of the guest, as PNG.
         *
         * QEMU writes it into memory that this call gives it over the monitor, so no file is made,
         * and a QEMU that may write none can do it. The machine needs a graphics card, which the
         * default of {@link Machine.display} leaves out: then QEMU shows a text of its own, or has
         * no screen.
         *
         * Errors: {@link CommandError} where QEMU refuses, as without a screen or for a `device` it
         * does not know; {@link QMachine.MonitorError.TOO_LARGE} for more than 256 MiB of pixels;
         * {@link QMachine.MonitorError.INVALID_COMMAND} when no descriptor can pass, with a monitor
         * on TCP; otherwise those of {@link Machine.command}.
         */
        screenshot(device?: string | null, head?: number | null, ...limits: TimeoutAndOptions):
            Promise<GLib.Bytes>;

        /** Blocks, and is else like {@link Machine.screenshot}. */
        screenshot_sync(device: string | null, head: number, timeout: number,
            cancellable: Gio.Cancellable | null): GLib.Bytes;

        /** Calls back, for screenshot_finish(), and is else like {@link Machine.screenshot}. */
        screenshot_async(device: string | null, head: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.screenshot}. */
        screenshot_async(device?: string | null, head?: number | null,
            ...limits: TimeoutAndOptions):
            Promise<GLib.Bytes>;
        screenshot_finish(result: Gio.AsyncResult): GLib.Bytes;

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
         * Sets where the screen is shown: see {@link Machine.display}.
         * @param display the display
         */
        set_display(display: MachineDisplay): void;

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
         * Sets the file for what goes over the monitor: see {@link Machine.monitor_log}.
         * @param monitor_log the path of a file, `null` for none
         */
        set_monitor_log(monitor_log: string | null): void;

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
         * Sets whether the wrapper passes its arguments through a shell: see
         * {@link Machine.wrapper_shell}.
         * @param wrapper_shell whether it does
         */
        set_wrapper_shell(wrapper_shell: boolean): void;

        /**
         * Sets where QEMU finds sockets of this host: see {@link Machine.wrapper_socket_dir}.
         * @param dir a directory of the host where QEMU runs, `null` for none
         */
        set_wrapper_socket_dir(dir: string | null): void;

        /**
         * Ends QEMU: asks it over the monitor, and if it does not end within `timeout` milliseconds
         * uses SIGTERM, and SIGKILL five seconds later.
         *
         * A QEMU that refuses gets SIGTERM at once. A machine without a monitor, or whose monitor
         * is closed, is asked by SIGTERM, and killed after the time-out. One that has closed the
         * monitor itself, after `quit` or the event `SHUTDOWN`, is on its way out, and is waited
         * for. Does nothing when the machine is stopped. In any case QEMU is gone afterwards, and
         * what it left is cleaned up; only cancelling ends the waiting earlier, and then the
         * stopping still goes on, unless `cancellable` was cancelled before the call.
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
         * Keeps a disk as it is now: from here on what the guest writes goes into a new qcow2 file,
         * and the image under it is only read.
         *
         * The guest goes on meanwhile, and may be in the middle of writing: the image is what a
         * power cut would leave. A launch to come has the disk with the snapshot, and so have
         * clones. A disk can have 64 of them. Over one with {@link Disk.overlay} the file is a part
         * of that overlay: it is gone when QEMU ends.
         *
         * If it fails or is given up it is undone: the disk is as it was, and there is no file.
         * Only where QEMU does not answer any more may the file be kept, and then the message says
         * so.
         *
         * Errors: {@link QMachine.MachineError.NOT_RUNNING};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a disk that the machine does not
         * have or that is read-only, or that another call is about to change;
         * {@link Gio.IOErrorEnum.EXISTS} for a file that is there, and others of making one; those
         * of {@link Machine.command_json}, with QEMU's words, such as for a disk that a job has.
         */
        snapshot_disk(disk: Disk, path: string, ...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Machine.snapshot_disk}. */
        snapshot_disk_sync(disk: Disk, path: string, timeout: number, cancellable: Gio.Cancellable |
            null): boolean;

        /**
         * Calls back, for snapshot_disk_finish(), and is else like {@link Machine.snapshot_disk}.
         */
        snapshot_disk_async(disk: Disk, path: string, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.snapshot_disk}. */
        snapshot_disk_async(disk: Disk, path: string,
            ...limits: TimeoutAndOptions): Promise<boolean>;
        snapshot_disk_finish(result: Gio.AsyncResult): boolean;

        /**
         * Starts a job, and returns when QEMU has begun it.
         *
         * Where `job-id` is left out it gets one; `auto-dismiss` is off, so that QEMU keeps how it
         * ended until the object has seen it. A migration has its events switched on, and a dump is
         * detached.
         *
         * If the limit passes, or the call is cancelled, while QEMU is about to begin, the job is
         * cancelled too, where it can be; that takes up to ten seconds more if QEMU does not
         * answer, and QEMU does it yet when it goes on. A job that cannot be cancelled does its
         * work, and {@link Machine.get_jobs} has it until it has ended.
         *
         * Errors: those of {@link Machine.command}; {@link QMachine.MonitorError.INVALID_COMMAND}
         * for an `auto-dismiss` that is on.
         */
        start_job(command: string, args?: Arguments, ...limits: TimeoutAndOptions): Promise<Job>;

        /** Blocks, and is else like {@link Machine.start_job}. */
        start_job_sync(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null): Job;

        /** Calls back, for start_job_finish(), and is else like {@link Machine.start_job}. */
        start_job_async(command: string, args: Json.Node | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.start_job}. */
        start_job_async(command: string, args?: Arguments,
            ...limits: TimeoutAndOptions): Promise<Job>;
        start_job_finish(result: Gio.AsyncResult): Job;

        /**
         * Types a text on the guest's keyboard.
         *
         * The keys are those of a US keyboard: a guest that is set to another layout reads other
         * characters. A newline is the Enter key. What QEMU has, a guest that does not read yet, or
         * is slow, may still lose: a keyboard holds some 16 keys for it. A longer `interval` helps
         * there. Whether the text has come is to be seen on the screen only. A call that is given
         * up leaves no key down. Two calls at once type between each other.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a character that is not on a US
         * keyboard, and {@link QMachine.MonitorError.TOO_LARGE} for more than 64 KiB, before
         * anything is typed; {@link CommandError} where QEMU refuses, as while the guest is paused;
         * otherwise those of {@link Machine.command}. The message says how many characters were
         * typed before.
         */
        type_text(text: string, interval?: number | null, ...limits: TimeoutAndOptions):
            Promise<boolean>;

        /** Blocks, and is else like {@link Machine.type_text}. */
        type_text_sync(text: string, interval: number, timeout: number,
            cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for type_text_finish(), and is else like {@link Machine.type_text}. */
        type_text_async(text: string, interval: number, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Machine.type_text}. */
        type_text_async(text: string, interval?: number | null, ...limits: TimeoutAndOptions):
            Promise<boolean>;
        type_text_finish(result: Gio.AsyncResult): boolean;

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

        /** The jobs that there are, kept current. */
        get jobs(): Gio.ListModel<Job>;

        /** Kills QEMU if it still runs. Resolves when its process and its files are gone. */
        close(options?: Options): Promise<void>;

        /** A loop over the events from now on. It ends with the machine. */
        events(names?: Names, match?: Match, options?: Options): Events;

        /** Waits for whichever comes first, from now on. Options come last. */
        wait_any(...conditions: Condition[]): Promise<WaitResult>;
        wait_any(...args: [...Condition[], Options]): Promise<WaitResult>;

        /** Waits for these from now on, one after the other. */
        wait_set(...conditions: Condition[]): WaitSet;
    }

    /** What QEMU says of a migration that is done. It never changes. */
    class MigrationResult extends GObject.Object {
        static $gtype: GObject.GType<MigrationResult>;

        /** How long the guest stood still, in milliseconds. Never changes. */
        get downtime(): number;

        /** How long the migration took, in milliseconds. Never changes. */
        get total_time(): number;

        /** How long the migration took, in milliseconds. Never changes. */
        get totalTime(): number;

        /** How many bytes of memory were sent. Never changes. */
        get transferred(): number;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets {@link MigrationResult.downtime}. Any thread.
         * @returns milliseconds
         */
        get_downtime(): number;

        /**
         * Gets {@link MigrationResult.total_time}. Any thread.
         * @returns milliseconds
         */
        get_total_time(): number;

        /**
         * Gets {@link MigrationResult.transferred}. Any thread.
         * @returns bytes
         */
        get_transferred(): number;
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
        command<T = any>(command: string, args?: Arguments,
            ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<T>;

        /** Blocks, and is else like {@link Monitor.command}. */
        command_sync(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for command_finish(), and is else like {@link Monitor.command}. */
        command_async(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command}. */
        command_async<T = any>(command: string, args?: Arguments,
            ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<T>;
        command_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a command and waits for its answer, as texts.
         *
         * Nothing is lost on the way: the arguments are sent as they are, once they are known to be
         * valid JSON, and the result is what QEMU wrote. Otherwise like {@link Monitor.command}.
         */
        command_json(command: string, args?: string | null,
            ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<string>;

        /** Blocks, and is else like {@link Monitor.command_json}. */
        command_json_sync(command: string, args: string | null, flags: MonitorFlags,
            timeout: number, cancellable: Gio.Cancellable | null): string;

        /** Calls back, for command_json_finish(), and is else like {@link Monitor.command_json}. */
        command_json_async(command: string, args: string | null, flags: MonitorFlags,
            timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.command_json}. */
        command_json_async(command: string, args?: string | null,
            ...limits: FlagsAndOptions<MonitorFlags>):
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
        qmp<T = any>(command: string, args?: Arguments, ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<T>;

        /** Blocks, and is else like {@link Monitor.qmp}. */
        qmp_sync(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): Json.Node;

        /** Calls back, for qmp_finish(), and is else like {@link Monitor.qmp}. */
        qmp_async(command: string, args: Json.Node | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.qmp}. */
        qmp_async<T = any>(command: string, args?: Arguments,
            ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<T>;
        qmp_finish(result: Gio.AsyncResult): Json.Node;

        /**
         * Sends a QMP command and returns the whole reply, as texts.
         *
         * When QEMU refuses, that is a normal result with a member `error`. Otherwise like
         * {@link Monitor.command_json}.
         */
        qmp_json(command: string, args?: string | null, ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<string>;

        /** Blocks, and is else like {@link Monitor.qmp_json}. */
        qmp_json_sync(command: string, args: string | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null): string;

        /** Calls back, for qmp_json_finish(), and is else like {@link Monitor.qmp_json}. */
        qmp_json_async(command: string, args: string | null, flags: MonitorFlags, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Monitor.qmp_json}. */
        qmp_json_async(command: string, args?: string | null,
            ...limits: FlagsAndOptions<MonitorFlags>):
            Promise<string>;
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

    namespace PowerOffPlan {
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            agent: GuestAgent | null;
            agent_timeout: number;
            agentTimeout: number;
            button_interval: number;
            buttonInterval: number;
            button_timeout: number;
            buttonTimeout: number;
            kill_timeout: number;
            killTimeout: number;
            quit_timeout: number;
            quitTimeout: number;
            term_timeout: number;
            termTimeout: number;
        }
    }

    /**
     * The steps by which {@link Machine.power_off} ends a machine, each with a limit of its own.
     *
     * They are, in this order: the guest agent, if the plan has one; the power button; QEMU's
     * command `quit`; SIGTERM; SIGKILL. The first two ask the guest, which has time to write what
     * it must; the others end QEMU, and for the guest the power is cut. A limit of 0 skips its
     * step.
     *
     * A plan can serve any number of calls. Each looks at it once, when it is made.
     */
    class PowerOffPlan extends GObject.Object {
        static $gtype: GObject.GType<PowerOffPlan>;

        /** The guest agent that is asked to shut the guest down, `null` for none. */
        get agent(): GuestAgent | null;
        set agent(val: GuestAgent | null);

        /**
         * How long the guest may take to be off after its agent was asked, in milliseconds, the
         * wait for the agent included; 0 skips the step, -1 is no limit. Without an
         * {@link PowerOffPlan.agent} there is no such step. Default: 60000.
         */
        get agent_timeout(): number;
        set agent_timeout(val: number);

        /**
         * How long the guest may take to be off after its agent was asked, in milliseconds, the
         * wait for the agent included; 0 skips the step, -1 is no limit. Without an
         * {@link PowerOffPlan.agent} there is no such step. Default: 60000.
         */
        get agentTimeout(): number;
        set agentTimeout(val: number);

        /**
         * After what time the button is pressed again, in milliseconds; 0 for never. A press is
         * lost on a guest that has not booted far enough to hear it, and nobody is told. Default:
         * 10000.
         */
        get button_interval(): number;
        set button_interval(val: number);

        /**
         * After what time the button is pressed again, in milliseconds; 0 for never. A press is
         * lost on a guest that has not booted far enough to hear it, and nobody is told. Default:
         * 10000.
         */
        get buttonInterval(): number;
        set buttonInterval(val: number);

        /**
         * How long the guest may take to be off after the power button was pressed first, in
         * milliseconds; 0 skips the step, -1 is no limit. Default: 60000.
         */
        get button_timeout(): number;
        set button_timeout(val: number);

        /**
         * How long the guest may take to be off after the power button was pressed first, in
         * milliseconds; 0 skips the step, -1 is no limit. Default: 60000.
         */
        get buttonTimeout(): number;
        set buttonTimeout(val: number);

        /**
         * How long QEMU may take to be gone after SIGKILL, in milliseconds; 0 skips the step, so
         * that QEMU may still run at the end; -1 is no limit. Default: -1.
         */
        get kill_timeout(): number;
        set kill_timeout(val: number);

        /**
         * How long QEMU may take to be gone after SIGKILL, in milliseconds; 0 skips the step, so
         * that QEMU may still run at the end; -1 is no limit. Default: -1.
         */
        get killTimeout(): number;
        set killTimeout(val: number);

        /**
         * How long QEMU may take to end after the command `quit`, in milliseconds; 0 skips the
         * step, -1 is no limit, `Q_TIMEOUT_DEFAULT` is {@link Machine.shutdown_timeout}. Default:
         * `Q_TIMEOUT_DEFAULT`.
         */
        get quit_timeout(): number;
        set quit_timeout(val: number);

        /**
         * How long QEMU may take to end after the command `quit`, in milliseconds; 0 skips the
         * step, -1 is no limit, `Q_TIMEOUT_DEFAULT` is {@link Machine.shutdown_timeout}. Default:
         * `Q_TIMEOUT_DEFAULT`.
         */
        get quitTimeout(): number;
        set quitTimeout(val: number);

        /**
         * How long QEMU may take to end after SIGTERM, in milliseconds; 0 skips the step, -1 is no
         * limit. Default: 5000.
         */
        get term_timeout(): number;
        set term_timeout(val: number);

        /**
         * How long QEMU may take to end after SIGTERM, in milliseconds; 0 skips the step, -1 is no
         * limit. Default: 5000.
         */
        get termTimeout(): number;
        set termTimeout(val: number);
        constructor(properties?: Partial<PowerOffPlan.ConstructorProps>);
        static ["new"](): PowerOffPlan;

        /**
         * Gets the guest agent that is asked to shut the guest down.
         * @returns the agent, `null` for none
         */
        get_agent(): GuestAgent | null;

        /**
         * Gets how long the guest may take after its agent was asked, the wait for the agent
         * included: see {@link PowerOffPlan.agent_timeout}.
         * @returns milliseconds
         */
        get_agent_timeout(): number;

        /**
         * Gets after what time the button is pressed again: see
         * {@link PowerOffPlan.button_interval}.
         * @returns milliseconds
         */
        get_button_interval(): number;

        /**
         * Gets how long the guest may take after the power button was pressed: see
         * {@link PowerOffPlan.button_timeout}.
         * @returns milliseconds
         */
        get_button_timeout(): number;

        /**
         * Gets how long QEMU may take to be gone after SIGKILL: see
         * {@link PowerOffPlan.kill_timeout}.
         * @returns milliseconds
         */
        get_kill_timeout(): number;

        /**
         * Gets how long QEMU may take after the command `quit`: see
         * {@link PowerOffPlan.quit_timeout}.
         * @returns milliseconds
         */
        get_quit_timeout(): number;

        /**
         * Gets how long QEMU may take after SIGTERM: see {@link PowerOffPlan.term_timeout}.
         * @returns milliseconds
         */
        get_term_timeout(): number;

        /**
         * Sets the guest agent that is asked to shut the guest down.
         * @param agent a guest agent of the machine, `null` for none
         */
        set_agent(agent: GuestAgent | null): void;

        /**
         * Sets how long the guest may take after its agent was asked, the wait for the agent
         * included: see {@link PowerOffPlan.agent_timeout}.
         * @param agent_timeout milliseconds, 0 to skip the step, -1 for no limit
         */
        set_agent_timeout(agent_timeout: number): void;

        /**
         * Sets after what time the button is pressed again: see
         * {@link PowerOffPlan.button_interval}.
         * @param button_interval milliseconds, 0 for never
         */
        set_button_interval(button_interval: number): void;

        /**
         * Sets how long the guest may take after the power button was pressed: see
         * {@link PowerOffPlan.button_timeout}.
         * @param button_timeout milliseconds, 0 to skip the step, -1 for no limit
         */
        set_button_timeout(button_timeout: number): void;

        /**
         * Sets how long QEMU may take to be gone after SIGKILL: see
         * {@link PowerOffPlan.kill_timeout}.
         * @param kill_timeout milliseconds, 0 to skip the step, -1 for no limit
         */
        set_kill_timeout(kill_timeout: number): void;

        /**
         * Sets how long QEMU may take after the command `quit`: see
         * {@link PowerOffPlan.quit_timeout}.
         * @param quit_timeout milliseconds, 0 to skip the step, -1 for no limit,
         * `Q_TIMEOUT_DEFAULT`
         */
        set_quit_timeout(quit_timeout: number): void;

        /**
         * Sets how long QEMU may take after SIGTERM: see {@link PowerOffPlan.term_timeout}.
         * @param term_timeout milliseconds, 0 to skip the step, -1 for no limit
         */
        set_term_timeout(term_timeout: number): void;
    }

    /**
     * How {@link Machine.power_off} ended a machine.
     *
     * It tells by which step, and of the steps before why they did not. It never changes.
     */
    class PowerOffResult extends GObject.Object {
        static $gtype: GObject.GType<PowerOffResult>;

        /**
         * All of it as a text for people: how QEMU ended, and a line for each step. Never changes.
         */
        get description(): string;

        /** How long it took, in milliseconds. Never changes. */
        get elapsed(): number;

        /**
         * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
         * {@link PowerOffResult.exit_kind} has none. Never changes.
         */
        get exit_code(): number;

        /**
         * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
         * {@link PowerOffResult.exit_kind} has none. Never changes.
         */
        get exitCode(): number;

        /**
         * How QEMU ended; {@link QMachine.ExitKind.NONE} for a machine that had never been
         * launched. Never changes.
         */
        get exit_kind(): ExitKind;

        /**
         * How QEMU ended; {@link QMachine.ExitKind.NONE} for a machine that had never been
         * launched. Never changes.
         */
        get exitKind(): ExitKind;

        /**
         * Whether the guest shut down by itself, with the time that it took. Otherwise it was cut
         * off, as by a power failure. Never changes.
         */
        get guest_off(): boolean;

        /**
         * Whether the guest shut down by itself, with the time that it took. Otherwise it was cut
         * off, as by a power failure. Never changes.
         */
        get guestOff(): boolean;

        /** How many times the power button was pressed. Never changes. */
        get n_presses(): number;

        /** How many times the power button was pressed. Never changes. */
        get nPresses(): number;

        /**
         * Why, in QEMU's word, such as `guest-shutdown`: see {@link Machine.shutdown_reason}. Never
         * changes.
         */
        get shutdown_reason(): string | null;

        /**
         * Why, in QEMU's word, such as `guest-shutdown`: see {@link Machine.shutdown_reason}. Never
         * changes.
         */
        get shutdownReason(): string | null;

        /** The step by which QEMU ended. Never changes. */
        get step(): PowerOffStep;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets all of it as a text for people: see {@link PowerOffResult.description}.
         * @returns the text
         */
        get_description(): string;

        /**
         * Gets how long it took: see {@link PowerOffResult.elapsed}.
         * @returns milliseconds
         */
        get_elapsed(): number;

        /**
         * Gets QEMU's exit status, or minus the signal that killed it: see
         * {@link PowerOffResult.exit_code}.
         * @returns the code
         */
        get_exit_code(): number;

        /**
         * Gets how QEMU ended: see {@link PowerOffResult.exit_kind}.
         * @returns the kind
         */
        get_exit_kind(): ExitKind;

        /**
         * Gets whether the guest shut down by itself: see {@link PowerOffResult.guest_off}.
         * @returns `true` if it did
         */
        get_guest_off(): boolean;

        /**
         * Gets how many times the power button was pressed: see {@link PowerOffResult.n_presses}.
         * @returns the number
         */
        get_n_presses(): number;

        /**
         * Gets what became of a step.
         * @param step a step
         * @returns the outcome, {@link QMachine.PowerOffOutcome.NOT_REACHED} for what is no step
         */
        get_outcome(step: PowerOffStep): PowerOffOutcome;

        /**
         * Gets why a step did not work: what QEMU, or the agent, said, or the limit that passed.
         * @param step a step
         * @returns the reason, `null` for a step that worked or was not reached
         */
        get_reason(step: PowerOffStep): string | null;

        /**
         * Gets QEMU's word for why it ended: see {@link PowerOffResult.shutdown_reason}.
         * @returns the word, `null` if it said none
         */
        get_shutdown_reason(): string | null;

        /**
         * Gets by which step QEMU ended: see {@link PowerOffResult.step}.
         * @returns the step
         */
        get_step(): PowerOffStep;
    }

    namespace Shell {
        interface SignalSignatures extends GObject.Object.SignalSignatures {
            /**
             * A command that still runs wrote something: the next piece of its output, which has
             * been checked. All pieces together are the output of {@link Shell.run}, each byte
             * once.
             *
             * Emitted in the main context of the thread that made the object. When that does not
             * keep up with {@link Shell.max_output} bytes, the oldest pieces are left out here.
             */
            output: (bytes: GLib.Bytes) => void;
        }
        interface ConstructorProps extends GObject.Object.ConstructorProps {
            command_timeout: number;
            commandTimeout: number;
            max_output: bigint | number;
            maxOutput: bigint | number;
            open_timeout: number;
            openTimeout: number;
            prompt: string | null;
            user: string | null;
        }
    }

    /**
     * A shell in a guest, on a serial console or any other stream: it runs commands, and says what
     * they wrote and how they ended.
     *
     * {@link Shell.new} makes it for a console of a machine, {@link Shell.new_for_stream} for a
     * stream at whose other end a guest reads, as that of a virtio-serial port. {@link Shell.open}
     * waits for the guest's prompt, and logs in if it is asked to; {@link Shell.run} does that by
     * itself. The guest needs what busybox and Debian both have: a POSIX shell, `dd`, `md5sum` or
     * `cksum`, and `base64` or `od`; a terminal is set up with `stty`. Nothing is installed or
     * written there.
     *
     * The output comes in numbered pieces with a checksum. A piece that was damaged, by the
     * kernel's messages or whoever else writes to the same console, is sent again. So it is
     * complete and exact to the byte, whatever the prompt, the terminal's size or its settings are.
     *
     * Each command runs in a shell of its own, `sh -c`: `cd`, variables and `exit` hold for this
     * command only. Several commands are one with `;` or line ends between them. Standard output
     * and standard error come together, in the order in which they were written. The standard input
     * is empty, or what the call gives. A command is done when its shell has ended: processes that
     * it left in the background live on, and what they write then is thrown away.
     *
     * While the shell is open it has the terminal for itself, and nobody else should type there.
     * Calls on one shell are carried out one after the other, in the order in which they are made.
     * Shells on several consoles do not know of each other.
     *
     * All that comes from a guest is the guest's word: the checks are against accidents.
     *
     * All methods can be called from any thread, and the synchronous ones with or without a main
     * loop. The callback of the asynchronous ones runs in the thread-default main context of the
     * thread that made the call. Signals are emitted in that of the thread that made the object.
     */
    class Shell extends GObject.Object {
        static $gtype: GObject.GType<Shell>;

        /**
         * How long {@link Shell.run} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds, the wait
         * for earlier calls included; -1 for as long as it takes. Default: 60000.
         */
        get command_timeout(): number;
        set command_timeout(val: number);

        /**
         * How long {@link Shell.run} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds, the wait
         * for earlier calls included; -1 for as long as it takes. Default: 60000.
         */
        get commandTimeout(): number;
        set commandTimeout(val: number);

        /**
         * The console on which the guest has its shell; `null` for one on a stream. Never changes.
         */
        get console(): Console | null;

        /**
         * How much a command may write, in bytes. One that writes more is interrupted, and its call
         * fails with {@link QMachine.MonitorError.TOO_LARGE}. From 1 to 1073741824; default: 64
         * MiB.
         */
        get max_output(): number;
        set max_output(val: bigint | number);

        /**
         * How much a command may write, in bytes. One that writes more is interrupted, and its call
         * fails with {@link QMachine.MonitorError.TOO_LARGE}. From 1 to 1073741824; default: 64
         * MiB.
         */
        get maxOutput(): number;
        set maxOutput(val: bigint | number);

        /**
         * How long {@link Shell.open} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds; -1 for as
         * long as it takes. Default: 60000.
         */
        get open_timeout(): number;
        set open_timeout(val: number);

        /**
         * How long {@link Shell.open} with `Q_TIMEOUT_DEFAULT` may take, in milliseconds; -1 for as
         * long as it takes. Default: 60000.
         */
        get openTimeout(): number;
        set openTimeout(val: number);

        /**
         * A regular expression, as GLib has them, for what the last line of the console ends with
         * when the guest's own shell waits for a command; `null` where that is `#`, `$`, `%` or
         * `>`, or the same line comes again when Enter is pressed.
         */
        get prompt(): string | null;
        set prompt(val: string | null);

        /** Whether the shell was found and, as far as is known, is still there. */
        get ready(): boolean;

        /**
         * The stream at whose other end the guest has its shell; `null` for one on a console. Never
         * changes.
         */
        get stream(): Gio.IOStream | null;

        /**
         * Who logs in where the guest asks for it; `null` for nobody, who takes only a shell that
         * is there already. Default: `root`.
         */
        get user(): string | null;
        set user(val: string | null);
        $signals: Shell.SignalSignatures;
        constructor(properties?: Partial<Shell.ConstructorProps>);
        static ["new"](console: Console): Shell;
        static new_for_stream(stream: Gio.IOStream): Shell;
        connect<K extends keyof Shell.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Shell.SignalSignatures[K]>): number;
        connect_after<K extends keyof Shell.SignalSignatures>(signal: K,
            callback: GObject.SignalCallback<this, Shell.SignalSignatures[K]>): number;

        /**
         * Gets what the guest's own prompt is known by: see {@link Shell.prompt}.
         * @returns a regular expression, `null` for the usual ones
         */
        dup_prompt(): string | null;

        /**
         * Gets who logs in: see {@link Shell.user}.
         * @returns the user, `null` for nobody
         */
        dup_user(): string | null;

        /**
         * Gets how long a command may take: see {@link Shell.command_timeout}.
         * @returns milliseconds, -1 for none
         */
        get_command_timeout(): number;

        /**
         * Gets the console of the guest's shell.
         * @returns the console, `null` for one on a stream
         */
        get_console(): Console | null;

        /**
         * Gets how much a command may write: see {@link Shell.max_output}.
         * @returns bytes, from 1 to 1073741824
         */
        get_max_output(): number;

        /**
         * Gets how long opening may take: see {@link Shell.open_timeout}.
         * @returns milliseconds, -1 for none
         */
        get_open_timeout(): number;

        /**
         * Gets whether the shell was found: see {@link Shell.ready}.
         * @returns `true` if it was
         */
        get_ready(): boolean;

        /**
         * Gets the stream of the guest's shell.
         * @returns the stream, `null` for one on a console
         */
        get_stream(): Gio.IOStream | null;

        /**
         * Waits until the guest has a shell for us, and logs in if it asks who is there.
         *
         * Where nothing comes, Enter is pressed now and then. Does nothing if the shell is open
         * already.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, which says whether nothing at all came, or
         * quotes the last lines; {@link Gio.IOErrorEnum.PERMISSION_DENIED} if the login was
         * refused, or a user or a password is asked for and there is none;
         * {@link Gio.IOErrorEnum.NOT_SUPPORTED} if the guest has not the programs that are needed,
         * which it names; {@link Gio.IOErrorEnum.CONNECTION_CLOSED} if the stream or the guest has
         * ended; {@link QMachine.MachineError.NOT_RUNNING}; {@link QMachine.MachineError.EXITED};
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for what is no time limit;
         * {@link Gio.IOErrorEnum.CANCELLED}.
         */
        open(...limits: TimeoutAndOptions): Promise<boolean>;

        /** Blocks, and is else like {@link Shell.open}. */
        open_sync(timeout: number, cancellable: Gio.Cancellable | null): boolean;

        /** Calls back, for open_finish(), and is else like {@link Shell.open}. */
        open_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Shell.open}. */
        open_async(...limits: TimeoutAndOptions): Promise<boolean>;
        open_finish(result: Gio.AsyncResult): boolean;

        /**
         * Runs a command in the guest, and waits until it has ended.
         *
         * Opens the shell first if it is not open, within the same time. The command runs in a
         * shell of its own: see {@link Shell}. `command` and `input` are at most 1 MiB each; NUL
         * cannot be in a command.
         *
         * A command whose time is over, or that is given up, gets an interrupt, as by Ctrl-C. One
         * that lives on then is in the way of the next call at first: that asks again, and leaves
         * it behind. Without a controlling terminal in the guest, or where its shell ignores
         * interrupts, nothing can be interrupted.
         *
         * A guest that panics, begins anew or goes away ends the call soon. Any exit status is a
         * success here; {@link ShellResult.check} makes an error of one that is not 0.
         *
         * Errors: those of {@link Shell.open}; {@link Gio.IOErrorEnum.TIMED_OUT};
         * {@link Gio.IOErrorEnum.CONNECTION_CLOSED} if the guest ended or began anew;
         * {@link Gio.IOErrorEnum.BROKEN_PIPE} if the command's shell was killed;
         * {@link QMachine.MonitorError.TOO_LARGE} for more output than {@link Shell.max_output}, or
         * a command or an input of more than 1 MiB; {@link Gio.IOErrorEnum.FAILED} for a line on
         * which everything is damaged again and again.
         */
        run(command: string, input?: string | Uint8Array | GLib.Bytes | null,
            ...limits: TimeoutAndOptions): Promise<ShellResult>;

        /** Blocks, and is else like {@link Shell.run}. */
        run_sync(command: string, input: GLib.Bytes | Uint8Array | null, timeout: number,
            cancellable: Gio.Cancellable | null): ShellResult;

        /** Calls back, for run_finish(), and is else like {@link Shell.run}. */
        run_async(command: string, input: GLib.Bytes | Uint8Array | null, timeout: number,
            cancellable: Gio.Cancellable | null, callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link Shell.run}. */
        run_async(command: string, input?: string | Uint8Array | GLib.Bytes | null,
            ...limits: TimeoutAndOptions): Promise<ShellResult>;
        run_finish(result: Gio.AsyncResult): ShellResult;

        /**
         * Sets how long a command may take: see {@link Shell.command_timeout}.
         * @param command_timeout milliseconds, -1 for none
         */
        set_command_timeout(command_timeout: number): void;

        /**
         * Sets how much a command may write: see {@link Shell.max_output}.
         * @param max_output bytes, from 1 to 1073741824
         */
        set_max_output(max_output: bigint | number): void;

        /**
         * Sets how long opening may take: see {@link Shell.open_timeout}.
         * @param open_timeout milliseconds, -1 for none
         */
        set_open_timeout(open_timeout: number): void;

        /**
         * Sets the password of the user. It cannot be read.
         * @param password the password, `null` for none
         */
        set_password(password: string | null): void;

        /**
         * Sets what the guest's own prompt is known by: see {@link Shell.prompt}.
         * @param prompt a regular expression of {@link GLib.Regex}, `null` for the usual prompts
         */
        set_prompt(prompt: string | null): void;

        /**
         * Sets who logs in: see {@link Shell.user}.
         * @param user the user, `null` for nobody
         */
        set_user(user: string | null): void;

        /**
         * Goes on where the shell of a template was: its program waits in the clone, too, and need
         * not be set up anew.
         *
         * `source` says how it is spoken with, and must not have been used since the template was
         * saved. Its machine need not be there any more. Its settings are taken over. Does not
         * wait, and does not ask the guest: where that has no such program the next
         * {@link Shell.run} fails as one does whose shell was killed, and the one behind it opens
         * the shell.
         *
         * Any thread.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} if `self` is open, or
         * `source` is not or has a call under way or a command that was given up.
         * @param source the shell that was open on that console when the template was saved
         * @returns `true` if it is open
         */
        take_over(source: Shell): boolean;
    }

    /**
     * What a command in a guest wrote, and with which status it ended.
     *
     * {@link Shell.run} returns it. It never changes.
     */
    class ShellResult extends GObject.Object {
        static $gtype: GObject.GType<ShellResult>;

        /** The command. Never changes. */
        get command(): string;

        /**
         * The exit status of the command, 0 to 255: 128 and the number of the signal for one that a
         * signal killed. Never changes.
         */
        get exit_status(): number;

        /**
         * The exit status of the command, 0 to 255: 128 and the number of the signal for one that a
         * signal killed. Never changes.
         */
        get exitStatus(): number;

        /**
         * What the command wrote to its standard output and its standard error, byte for byte.
         * Never changes.
         */
        get output(): GLib.Bytes;

        /**
         * The output as text, without the line ends at its end. Bytes that are not UTF-8 are
         * replaced by U+FFFD, and so is NUL. Never changes.
         */
        get text(): string;

        /** A program does not make one. */
        private constructor();

        /**
         * Takes a command for failed whose exit status is not 0.
         *
         * Errors: {@link Gio.IOErrorEnum.FAILED}, which names the command and its status, and
         * quotes the last lines of its output.
         * @returns `true` if the exit status is 0
         */
        check(): boolean;

        /**
         * Gets the command.
         * @returns the command
         */
        get_command(): string;

        /**
         * Gets the exit status of the command: see {@link ShellResult.exit_status}.
         * @returns 0 to 255
         */
        get_exit_status(): number;

        /**
         * Gets what the command wrote, byte for byte.
         * @returns the bytes, maybe none
         */
        get_output(): GLib.Bytes;

        /**
         * Gets the output as text: see {@link ShellResult.text}.
         * @returns valid UTF-8
         */
        get_text(): string;
    }

    /**
     * What came, of the things that a {@link WaitSet} waits for.
     *
     * {@link WaitSet.next} returns it. It never changes.
     */
    class WaitResult extends GObject.Object {
        static $gtype: GObject.GType<WaitResult>;

        /** The event, of the kind {@link QMachine.WaitKind.EVENT}. Never changes. */
        get event(): MonitorEvent | null;

        /**
         * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
         * {@link WaitResult.exit_kind} has none. Never changes.
         */
        get exit_code(): number;

        /**
         * The exit status of QEMU, or minus the number of the signal that killed it; 0 where
         * {@link WaitResult.exit_kind} has none. Never changes.
         */
        get exitCode(): number;

        /** How QEMU ended, of the kind {@link QMachine.WaitKind.EXIT}. Never changes. */
        get exit_kind(): ExitKind;

        /** How QEMU ended, of the kind {@link QMachine.WaitKind.EXIT}. Never changes. */
        get exitKind(): ExitKind;

        /** What sort of thing it was. Never changes. */
        get kind(): WaitKind;

        /** The text, of the kind {@link QMachine.WaitKind.TEXT}. Never changes. */
        get match(): ConsoleMatch | null;

        /**
         * Which of the things it was: what the call that added it returned, or in Python and
         * JavaScript the place among the conditions, from 1 on. Never changes.
         */
        get number(): number;

        /** The run state, of the kind {@link QMachine.WaitKind.RUN_STATE}. Never changes. */
        get run_state(): RunState;

        /** The run state, of the kind {@link QMachine.WaitKind.RUN_STATE}. Never changes. */
        get runState(): RunState;

        /** A program does not make one. */
        private constructor();

        /**
         * Gets the event: see {@link WaitResult.event}.
         * @returns the event, `null` of another kind
         */
        get_event(): MonitorEvent | null;

        /**
         * Gets QEMU's exit status, or minus the signal that killed it: see
         * {@link WaitResult.exit_code}.
         * @returns the code
         */
        get_exit_code(): number;

        /**
         * Gets how QEMU ended: see {@link WaitResult.exit_kind}.
         * @returns the kind of its end, {@link QMachine.ExitKind.NONE} of another kind
         */
        get_exit_kind(): ExitKind;

        /**
         * Gets what sort of thing it was: see {@link WaitResult.kind}.
         * @returns the kind
         */
        get_kind(): WaitKind;

        /**
         * Gets the text: see {@link WaitResult.match}.
         * @returns the match, `null` of another kind
         */
        get_match(): ConsoleMatch | null;

        /**
         * Gets which of the things it was: see {@link WaitResult.number}.
         * @returns the number
         */
        get_number(): number;

        /**
         * Gets the run state: see {@link WaitResult.run_state}.
         * @returns the run state, {@link QMachine.RunState.UNKNOWN} of another kind
         */
        get_run_state(): RunState;
    }

    /**
     * Several things that may happen to a machine, for one who waits for whichever comes first.
     *
     * They are events of QEMU, texts on consoles, run states, guest agents that answer, and the end
     * of QEMU. Each call that adds one returns its number, and {@link WaitSet.next} tells which of
     * them came. What comes first is told first, and nothing is lost: what came second is what the
     * next call returns, and what comes between two calls is kept. Each thing has its own listener
     * or reader, so the set takes nothing away from anybody else.
     *
     * A set is for one machine and for one launch of it: the one that is there when it is first
     * used while the machine runs, or else the next one. When QEMU has ended, all that came before
     * is told first. Then the end is told, if it was added; and after that, or if it was not, each
     * call fails with {@link QMachine.MachineError.EXITED}, which says how QEMU ended. For the next
     * launch there is a new set.
     *
     * It is bounded: of each thing that has come it keeps one, and behind that as many events as
     * {@link Monitor.event_backlog} says, the last 64 run states, and the console's text. It keeps
     * its machine alive, until it is dropped. All methods can be called from any thread; if several
     * calls wait at a time, each thing goes to one of them.
     */
    class WaitSet extends GObject.Object {
        static $gtype: GObject.GType<WaitSet>;

        /** The machine whose events, run states and end are waited for. Never changes. */
        get machine(): Machine;

        /** It takes new() to make one. */
        private constructor();
        static ["new"](machine: Machine): WaitSet;

        /**
         * Waits until a guest agent answers, once: see {@link GuestAgent.wait_ready}.
         *
         * It must be attached when it is waited for. Errors:
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} when the set has 1024 things;
         * {@link QMachine.MonitorError.CLOSED} when it was closed.
         * @param agent a guest agent
         * @returns its number, from 1 on; 0 with an error
         */
        add_agent(agent: GuestAgent): number;

        /**
         * Waits for an event from now on: see {@link Machine.listen}.
         *
         * Errors: {@link QMachine.MonitorError.INVALID_COMMAND} for a `match` that is no JSON
         * object; {@link QMachine.MachineError.INVALID_CONFIGURATION} when the set has 1024 things;
         * {@link QMachine.MonitorError.CLOSED} when it was closed.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match, or `null` for anything
         * @returns its number, from 1 on; 0 with an error
         */
        add_event(names?: Names, match?: Match): number;

        /**
         * Waits for an event from now on, like {@link WaitSet.add_event}, by a match that is JSON
         * text.
         * @param names names of events; `null` or none for any
         * @param match what the event's data must match, as JSON text, or `null` for anything
         * @returns its number, from 1 on; 0 with an error
         */
        add_event_json(names: string[] | null, match: string | null): number;

        /**
         * Waits for the end of QEMU, which is told after all else, once.
         *
         * Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} when the set has 1024 things;
         * {@link QMachine.MonitorError.CLOSED} when it was closed.
         * @returns its number, from 1 on; 0 with an error
         */
        add_exit(): number;

        /**
         * Waits for the end of a job, once, however it ends: see {@link Job.wait}.
         *
         * {@link Job.dup_error} tells whether it has done its work. A job that has ended already is
         * told, too. Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION} for a job of
         * another machine, and when the set has 1024 things; {@link QMachine.MonitorError.CLOSED}
         * when it was closed.
         * @param job a job of the machine
         * @returns its number, from 1 on; 0 with an error
         */
        add_job(job: Job): number;

        /**
         * Waits for a run state: that which is there now, and each time when it is entered again.
         *
         * A state that passes is told, too, as far as the library hears of it: see
         * {@link Machine.run_state}. Errors: {@link QMachine.MachineError.INVALID_CONFIGURATION}
         * for what is no run state that can be waited for, and when the set has 1024 things;
         * {@link QMachine.MonitorError.CLOSED} when it was closed.
         * @param run_state a run state
         * @returns its number, from 1 on; 0 with an error
         */
        add_run_state(run_state: RunState): number;

        /**
         * Waits for a text on a console, with a reader of its own: see
         * {@link Console.create_reader}.
         *
         * Errors: of the domain of {@link GLib.Regex} for an expression that is none;
         * {@link QMachine.MachineError.INVALID_CONFIGURATION} for a console of another machine, for
         * unknown `flags`, and when the set has 1024 things; {@link QMachine.MonitorError.CLOSED}
         * when it was closed.
         * @param console a console of the machine
         * @param pattern a regular expression of {@link GLib.Regex}; `^` and `$` match at line ends
         * @param flags which matches count
         * @param from_now whether text that is there already does not count
         * @returns its number, from 1 on; 0 with an error
         */
        add_text(console: Console, pattern: string, flags: ConsoleMatchFlags,
            from_now: boolean): number;

        /**
         * Waits for nothing any more, and forgets what has come.
         *
         * Calls that wait fail with {@link QMachine.MonitorError.CLOSED}. To drop the last
         * reference does the same; this is for languages in which nobody knows when that is.
         */
        close(): void;

        /**
         * Gets the machine whose events, run states and end are waited for.
         * @returns the machine
         */
        get_machine(): Machine;

        /**
         * Waits for what comes first, of all that was added, and has not been told yet.
         *
         * Errors: {@link Gio.IOErrorEnum.TIMED_OUT}, also for a `timeout` of 0: the message says
         * what was waited for, and of each how it stands: the events that came instead, the
         * console's last lines, the run state; {@link QMachine.MachineError.EXITED} when QEMU has
         * ended and the end was not added, or has been told: the message says how, with its last
         * words; {@link QMachine.MachineError.NOT_RUNNING} when the machine was not launched, or is
         * detached meanwhile; {@link QMachine.MachineError.INVALID_CONFIGURATION} for an empty set
         * or a `timeout` below -1; {@link QMachine.MonitorError.CLOSED} when the set was closed;
         * {@link Gio.IOErrorEnum.CANCELLED}. An error of one of the things, such as one of
         * {@link MonitorError} when only the monitor is gone, is told once, and the others go on.
         */
        next(...limits: TimeoutAndOptions): Promise<WaitResult>;

        /** Blocks, and is else like {@link WaitSet.next}. */
        next_sync(timeout: number, cancellable: Gio.Cancellable | null): WaitResult;

        /** Calls back, for next_finish(), and is else like {@link WaitSet.next}. */
        next_async(timeout: number, cancellable: Gio.Cancellable | null,
            callback: Gio.AsyncReadyCallback<this>): void;

        /** Without a callback it is {@link WaitSet.next}. */
        next_async(...limits: TimeoutAndOptions): Promise<WaitResult>;
        next_finish(result: Gio.AsyncResult): WaitResult;

        /**
         * Puts back what was taken, for who was given it and cannot use it: it is told again, and
         * first.
         *
         * A closed set forgets it.
         * @param result what was taken from it
         */
        put_back(result: WaitResult): void;
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
