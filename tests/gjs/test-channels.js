// SPDX-License-Identifier: LGPL-2.1-or-later

// Channels to a guest, the agent of a machine and paths for sockets, on a PC that nobody boots.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import QMachine from 'gi://QMachine?version=1';

import {check, equal, newMachine, refuses, runTests, throws, until} from './harness.js';

const {GuestAgentState, MachineError} = QMachine;

const tests = {};

function newPc() {
    return newMachine('qemu-system-x86_64',
        ['-accel', 'tcg', '-nodefaults', '-m', '32', '-S', '-machine', 'pc']);
}

tests['a channel has a stream with each launch'] = async () => {
    const vm = newPc();
    const channel = vm.add_channel('org.example.job.0');
    equal(channel.name, 'org.example.job.0');
    equal(channel.stream, null);
    let notified = 0;
    channel.connect('notify::stream', () => notified++);
    await vm.launch();
    const {stream} = channel;
    check(stream instanceof Gio.SocketConnection, `${stream}`);
    equal(channel.open, false);
    const late = await channel.wait_open(1).catch(error => error);
    check(late.matches(Gio.IOErrorEnum, Gio.IOErrorEnum.TIMED_OUT), `${late}`);
    const waiting = channel.wait_open({timeout: null}).catch(error => error);
    await vm.shutdown();
    const ended = await waiting;
    check(ended.matches(MachineError, MachineError.EXITED), `${ended}`);
    equal(stream.get_input_stream().read_bytes(1, null).get_size(), 0);
    await until(() => notified === 2);
    equal(channel.stream, null);
};

tests['a name is checked'] = async () => {
    const vm = newPc();
    vm.add_channel('one');
    for (const name of ['one', '', 'a,b'])
        throws(() => vm.add_channel(name), MachineError, MachineError.INVALID_CONFIGURATION);
    for (const call of [() => vm.add_channel('a\0b'), () => vm.add_socket_path('a\0b')])
        await refuses('NUL', async () => call());
};

tests['a machine has one agent'] = async () => {
    const vm = newPc();
    const agent = vm.add_guest_agent();
    equal(vm.add_guest_agent() === agent, true);
    equal(agent.channel.name, 'org.qemu.guest_agent.0');
    await vm.launch();
    equal(agent.state, GuestAgentState.WAITING);
    const error = await agent.wait_ready(1000).catch(caught => caught);
    check(error.message.includes('has not opened the port'), error.message);
    await vm.shutdown();
    equal(agent.state, GuestAgentState.CLOSED);
};

tests['a path is there before the launch'] = async () => {
    // Its directory is there until it is collected, or the program ends.
    const vm = new QMachine.Machine({
        binary: 'qemu-system-x86_64',
        args: ['-machine', 'none', '-accel', 'tcg'],
    });
    const path = vm.add_socket_path('own');
    equal(vm.add_socket_path('own'), path);
    vm.add_args(['-chardev', `socket,id=own,path=${path},server=on,wait=off`]);
    await vm.launch();
    check(GLib.file_test(path, GLib.FileTest.EXISTS), path);
    await vm.shutdown();
    check(!GLib.file_test(path, GLib.FileTest.EXISTS), path);
};

await runTests(tests);
