#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What worker.c is for C, for Python: a line on standard input is a round, its figures a line of
JSON on standard output."""

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time

BURST = 1000  # events that fit the backlog
N_WARM_UPS = 20


class Figures(dict):
    def start(self):
        self.cpu = time.process_time_ns()
        self.wall = time.perf_counter_ns()

    def stop(self, n):
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        self.update(wall=(wall - self.wall) / 1e3 / n, cpu=(cpu - self.cpu) / 1e3 / n)


class Library:
    """This library, as a program uses it."""

    def __init__(self, options):
        import gi
        gi.require_version('QMachine', '1')
        from gi.repository import GLib, QMachine
        self.machine = QMachine.Machine(
            options.binary, ['-machine', options.machine, '-accel', 'tcg', '-nodefaults'])
        self.loop = GLib.MainLoop()

    def launch(self):
        self.machine.launch()

    def stop(self):
        self.machine.shutdown()

    def ask(self, command, **arguments):
        return self.machine.command(command, **arguments)

    def storm(self, n_bursts, handle):
        received = 0

        def on_event(_machine, event):
            nonlocal received
            received += 1
            handle(event)

        def on_reply(machine, result):
            machine.command_json_finish(result)
            self.loop.quit()

        handler = self.machine.connect('event', on_event)
        for _ in range(n_bursts):
            self.machine.command_json_async('x-emit', json.dumps({'count': BURST}),
                                            callback=on_reply)
            self.loop.run()
        self.machine.disconnect(handler)
        assert received == n_bursts * BURST, received


class Peer:
    """A QEMU that was started with a socket pair, and nothing of this library."""

    def __init__(self, options):
        self.options = options

    def launch(self):
        ours, theirs = socket.socketpair()
        fd = theirs.fileno()
        self.process = subprocess.Popen(
            [self.options.binary, '-chardev', f'socket,id=mon,fd={fd}', '-qmp',
             'chardev:mon', '-display', 'none', '-vga', 'none', '-machine',
             self.options.machine, '-accel', 'tcg', '-nodefaults'],
            pass_fds=[fd], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        theirs.close()
        self.open(ours)
        assert 'QMP' in self.read()
        self.ask('qmp_capabilities')

    def read(self):
        return json.loads(self.read_line())

    def encode(self, command, arguments):
        message = {'execute': command}
        if arguments:
            message['arguments'] = arguments
        return json.dumps(message, separators=(',', ':')).encode()

    def ask(self, command, **arguments):
        self.write(self.encode(command, arguments))
        while True:
            reply = self.read()
            if 'return' in reply:
                return reply['return']

    def storm(self, n_bursts, handle):
        for _ in range(n_bursts):
            self.write(self.encode('x-emit', {'count': BURST}))
            n_events = 0
            while True:
                message = self.read()
                if 'event' not in message:
                    break
                n_events += 1
                handle(message)
            assert n_events == BURST, n_events

    def stop(self):
        self.ask('quit')
        self.process.wait()
        self.close()


class Plain(Peer):
    """Python's own socket and json, one line at a time."""

    def open(self, connection):
        self.socket = connection
        self.file = connection.makefile('rb')
        self.read_line = self.file.readline
        self.write = connection.sendall

    def close(self):
        self.file.close()
        self.socket.close()


class PyGObject(Peer):
    """GIO's streams through the typelib, with Python's json."""

    def open(self, connection):
        from gi.repository import Gio
        self.socket = Gio.Socket.new_from_fd(connection.detach())
        self.connection = self.socket.connection_factory_create_connection()
        self.input = Gio.DataInputStream.new(self.connection.get_input_stream())
        self.input.set_newline_type(Gio.DataStreamNewlineType.CR_LF)
        self.output = self.connection.get_output_stream()

    def read_line(self):
        return self.input.read_line_utf8(None)[0]

    def write(self, data):
        self.output.write_all(data)

    def close(self):
        self.connection.close(None)


class Asyncio:
    """asyncio's streams with json: what Python's own clients are built on, and no more."""

    def __init__(self, options):
        self.peer = Peer(options)
        self.peer.open = self.keep
        self.loop = asyncio.new_event_loop()
        self.peer.read = lambda: self.loop.run_until_complete(self.read())
        self.peer.write = lambda data: self.writer.write(data)

    def keep(self, connection):
        self.reader, self.writer = self.loop.run_until_complete(
            asyncio.open_unix_connection(sock=connection, limit=64 * 1024 * 1024))

    async def read(self):
        return json.loads(await self.reader.readline())

    def ask_many(self, command, n):
        self.loop.run_until_complete(self.keep_asking(self.peer.encode(command, None), n))

    async def keep_asking(self, text, n):
        for _ in range(n):
            self.writer.write(text)
            await self.read()

    async def rage(self, n_bursts, handle):
        text = self.peer.encode('x-emit', {'count': BURST})
        for _ in range(n_bursts):
            self.writer.write(text)
            n_events = 0
            while 'event' in (message := await self.read()):
                n_events += 1
                handle(message)
            assert n_events == BURST, n_events

    def launch(self):
        self.peer.launch()

    def ask(self, command, **arguments):
        return self.peer.ask(command, **arguments)

    def storm(self, n_bursts, handle):
        self.loop.run_until_complete(self.rage(n_bursts, handle))

    def stop(self):
        self.peer.ask('quit')
        self.peer.process.wait()
        self.writer.close()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def close(self):
        pass


class QemuQmp:
    """Python's own client of QMP, qemu.qmp, as its pages use it."""

    def __init__(self, options):
        from qemu.qmp import QMPClient
        self.options = options
        self.loop = asyncio.new_event_loop()
        self.client = QMPClient()
        self.directory = tempfile.TemporaryDirectory(prefix='bench-')

    def launch(self):
        self.loop.run_until_complete(self.start())

    async def start(self):
        path = f'{self.directory.name}/monitor'
        await self.client.start_server(path)
        self.process = subprocess.Popen(
            [self.options.binary, '-chardev', f'socket,id=mon,path={path}', '-qmp',
             'chardev:mon', '-display', 'none', '-vga', 'none', '-machine',
             self.options.machine, '-accel', 'tcg', '-nodefaults'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await self.client.accept()

    def ask(self, command, **arguments):
        return self.loop.run_until_complete(self.client.execute(command, arguments or None))

    def ask_many(self, command, n):
        self.loop.run_until_complete(self.keep_asking(command, n))

    async def keep_asking(self, command, n):
        for _ in range(n):
            await self.client.execute(command)

    def storm(self, n_bursts, handle):
        self.loop.run_until_complete(self.rage(n_bursts, handle))

    async def rage(self, n_bursts, handle):
        async def watch(listener):
            n_left = n_bursts * BURST
            async for event in listener:
                handle(event)
                n_left -= 1
                if n_left == 0:
                    break

        with self.client.listener() as listener:
            watching = asyncio.ensure_future(watch(listener))
            for _ in range(n_bursts):
                await self.client.execute('x-emit', {'count': BURST})
            await watching

    def stop(self):
        self.ask('quit')
        self.process.wait()
        self.loop.run_until_complete(self.end())
        self.loop.close()
        self.directory.cleanup()

    async def end(self):
        try:
            await self.client.disconnect()
        except EOFError:  # QEMU was the first to hang up
            pass


def make(options):
    name = options.peer.split('-')[0]
    return {'library': Library, 'python': Plain, 'pygobject': PyGObject,
            'asyncio': Asyncio, 'qemu.qmp': QemuQmp}[name](options)


def launch(options, figures):
    cpu = time.process_time_ns()
    client = make(options)
    start = time.perf_counter_ns()
    client.launch()
    middle = time.perf_counter_ns()
    client.stop()
    figures.update({'launch': (middle - start) / 1e3,
                    'shutdown': (time.perf_counter_ns() - middle) / 1e3,
                    'cpu': (time.process_time_ns() - cpu) / 1e3})


def commands(options, figures):
    client = make(options)
    client.launch()
    for _ in range(N_WARM_UPS):
        client.ask('query-status')
    figures.start()
    if hasattr(client, 'ask_many'):
        client.ask_many('query-status', options.count)
    else:
        for _ in range(options.count):
            client.ask('query-status')
    figures.stop(options.count)
    client.stop()


def commands_await(options, figures):
    """The library's calls awaited in asyncio's loop, where the peers are a reader and a writer."""
    client = make(options)

    async def ask_many(n):
        for _ in range(n):
            await client.machine.command_async('query-status')

    async def run():
        await client.machine.launch_async()
        await ask_many(N_WARM_UPS)
        figures.start()
        await ask_many(options.count)
        figures.stop(options.count)
        await client.machine.shutdown_async()

    asyncio.run(run())


def schema(options, figures):
    client = make(options)
    client.launch()
    client.ask('query-status')
    figures.start()
    for _ in range(options.count):
        assert len(client.ask('query-qmp-schema')) > 100
    figures.stop(options.count)
    client.stop()


def events(options, figures):
    client = make(options)
    client.launch()
    handle = {
        'unread': lambda event: None,
        'name': lambda event: event.get_name(),
        'dict': (lambda event: event.data['len']) if isinstance(client, Library)
        else (lambda event: event['data']['len']),
    }[options.peer.split('-')[1]]
    n_bursts = options.count // BURST
    client.storm(1, handle)
    figures.start()
    client.storm(n_bursts, handle)
    figures.stop(n_bursts * BURST)
    client.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--work', required=True)
    parser.add_argument('--peer', required=True)
    parser.add_argument('--binary', default='qemu-system-x86_64')
    parser.add_argument('--machine', default='none')
    parser.add_argument('--count', type=int, default=1000)
    options = parser.parse_args()
    play = {'launch': launch, 'commands': commands, 'schema': schema, 'events': events}[options.work]
    if options.peer == 'library-await':
        play = commands_await
    for _line in sys.stdin:
        figures = Figures()
        play(options, figures)
        print(json.dumps(figures), flush=True)


main()
