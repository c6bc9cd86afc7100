// SPDX-License-Identifier: LGPL-2.1-or-later

// What worker.c is for C, for GJS: a line on standard input is a round, its figures a line of JSON
// on standard output.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

const BURST = 1000; // events that fit the backlog
const N_WARM_UPS = 20;

const options = {binary: 'qemu-system-x86_64', machine: 'none', count: '1000'};
for (let i = 0; i < System.programArgs.length; i += 2)
    options[System.programArgs[i].slice(2)] = System.programArgs[i + 1];
const count = Number(options.count);

// GJS does not show a process's own clock.
function getCpu() {
    let nanoseconds = 0;
    const tasks = Gio.File.new_for_path('/proc/self/task').enumerate_children('standard::name',
        Gio.FileQueryInfoFlags.NONE, null);
    for (let info = tasks.next_file(null); info !== null; info = tasks.next_file(null)) {
        try {
            const [, text] = GLib.file_get_contents(`/proc/self/task/${info.get_name()}/schedstat`);
            nanoseconds += Number(new TextDecoder().decode(text).split(' ')[0]);
        } catch (error) {
            // A thread of the engine's that has just ended.
            if (!(error instanceof GLib.Error))
                throw error;
        }
    }
    tasks.close(null);
    return nanoseconds / 1000;
}

class Figures {
    start() {
        this._cpu = getCpu();
        this._wall = GLib.get_monotonic_time();
    }

    stop(n) {
        this.wall = (GLib.get_monotonic_time() - this._wall) / n;
        this.cpu = (getCpu() - this._cpu) / n;
    }
}

const machineArgs = ['-machine', options.machine, '-accel', 'tcg', '-nodefaults'];

class Library {
    constructor(QMachine) {
        this.machine = new QMachine.Machine({binary: options.binary, args: machineArgs});
    }

    launch() {
        return this.machine.launch();
    }

    stop() {
        return this.machine.shutdown();
    }

    ask(command, args = null) {
        return this.machine.command(command, args);
    }

    async storm(nBursts, handle) {
        let received = 0;
        const id = this.machine.connect('event', (_machine, event) => {
            received++;
            handle(event);
        });
        for (let i = 0; i < nBursts; i++)
            await this.machine.command('x-emit', {count: BURST});
        this.machine.disconnect(id);
        if (received !== nBursts * BURST)
            throw new Error(`${received} events`);
    }
}

// GIO's streams through the typelib, with JSON of JavaScript: what a program has without a library.
class Plain {
    async launch() {
        // GJS has no socketpair (): QEMU is the one that connects.
        const path = `${GLib.get_tmp_dir()}/bench-${GLib.uuid_string_random()}`;
        const listener = new Gio.SocketListener();
        listener.add_address(Gio.UnixSocketAddress.new(path), Gio.SocketType.STREAM,
            Gio.SocketProtocol.DEFAULT, null);
        this.process = Gio.Subprocess.new([options.binary, '-chardev',
            `socket,id=mon,path=${path}`, '-qmp', 'chardev:mon', '-display', 'none',
            '-vga', 'none', ...machineArgs], Gio.SubprocessFlags.NONE);
        [this.connection] = listener.accept(null);
        GLib.unlink(path);
        this.input = Gio.DataInputStream.new(this.connection.get_input_stream());
        this.input.set_newline_type(Gio.DataStreamNewlineType.CR_LF);
        this.output = this.connection.get_output_stream();
        await this.read();
        await this.ask('qmp_capabilities');
    }

    read() {
        return new Promise((resolve, reject) => {
            this.input.read_line_async(GLib.PRIORITY_DEFAULT, null, (input, result) => {
                try {
                    const [line] = input.read_line_finish_utf8(result);
                    resolve(JSON.parse(line));
                } catch (error) {
                    reject(error);
                }
            });
        });
    }

    write(command, args) {
        const message = args === null ? {execute: command} : {execute: command, arguments: args};
        this.output.write_all(JSON.stringify(message), null);
    }

    async ask(command, args = null) {
        this.write(command, args);
        for (;;) {
            const message = await this.read();
            if ('return' in message)
                return message.return;
        }
    }

    async storm(nBursts, handle) {
        for (let i = 0; i < nBursts; i++) {
            this.write('x-emit', {count: BURST});
            let n = 0;
            for (let message = await this.read(); 'event' in message; message = await this.read()) {
                n++;
                handle(message);
            }
            if (n !== BURST)
                throw new Error(`${n} events`);
        }
    }

    async stop() {
        await this.ask('quit');
        this.process.wait(null);
        this.connection.close(null);
    }
}

async function make() {
    if (!options.peer.startsWith('library'))
        return new Plain();
    const {default: QMachine} = await import('gi://QMachine?version=1');
    return new Library(QMachine);
}

const works = {
    async launch(figures) {
        const client = await make();
        const cpu = getCpu();
        const start = GLib.get_monotonic_time();
        await client.launch();
        const middle = GLib.get_monotonic_time();
        await client.stop();
        figures.launch = middle - start;
        figures.shutdown = GLib.get_monotonic_time() - middle;
        figures.cpu = getCpu() - cpu;
    },

    async commands(figures) {
        const client = await make();
        await client.launch();
        for (let i = 0; i < N_WARM_UPS; i++)
            await client.ask('query-status');
        figures.start();
        for (let i = 0; i < count; i++)
            await client.ask('query-status');
        figures.stop(count);
        await client.stop();
    },

    async schema(figures) {
        const client = await make();
        await client.launch();
        figures.start();
        for (let i = 0; i < count; i++)
            await client.ask('query-qmp-schema');
        figures.stop(count);
        await client.stop();
    },

    async events(figures) {
        const client = await make();
        await client.launch();
        const handle = options.peer.endsWith('-object') ? event => event.data.len : () => {};
        const nBursts = count / BURST;
        await client.storm(1, handle);
        figures.start();
        await client.storm(nBursts, handle);
        figures.stop(nBursts * BURST);
        await client.stop();
    },
};

// In Gio before GLib 2.80.
const UnixInputStream = await import('gi://GioUnix')
    .then(module => module.default.InputStream, () => Gio.UnixInputStream);
const input = Gio.DataInputStream.new(new UnixInputStream({fd: 0}));

// GJS turns the main loop while a module awaits. A loop of the program's own, begun after the module
// has awaited something, would hold up all promises.
try {
    // Blocking: between two rounds there is nothing to be done.
    while (input.read_line_utf8(null)[0] !== null) {
        const figures = new Figures();
        await works[options.work](figures);
        const {wall, cpu, launch, shutdown} = figures;
        print(JSON.stringify({wall, cpu, launch, shutdown}));
    }
} catch (error) {
    logError(error);
    System.exit(1);
}
