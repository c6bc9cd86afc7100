#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the page about the lifecycle shows in Python. The argument is a directory for sockets."""
import sys

import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, QMachine


def detach(path: str) -> None:
    # snippet: detach
    machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'],
                               exit_with_parent=False, monitor_address=path)
    machine.launch()
    machine.detach()

    monitor = QMachine.Monitor()
    monitor.attach(path)
    monitor.command('quit')
    # end of snippet
    print('detached' if machine.exit_code is None else machine.exit_code)


def share_socket() -> None:
    machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
    # snippet: socket
    path = machine.add_socket_path('own')
    machine.add_args('-chardev', f'socket,id=own,path={path},server=on,wait=off')
    machine.launch()
    stream = Gio.SocketClient.new().connect(Gio.UnixSocketAddress.new(path))
    # end of snippet
    print('connected' if stream else 'not connected')
    machine.shutdown()


def end() -> None:
    # snippet: end
    machine = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg'])
    machine.launch()
    machine.shutdown()
    print('exit code:', machine.exit_code)
    print('reason:', machine.shutdown_reason)
    # end of snippet


def power_off(machine: QMachine.Machine) -> None:
    # snippet: power-off
    plan = QMachine.PowerOffPlan(button_timeout=5000, quit_timeout=10000)
    result = machine.power_off(plan)
    if result.guest_off:
        print('the guest has shut down')
    else:
        print('not by the button:', result.get_reason(QMachine.PowerOffStep.BUTTON))
    # end of snippet


def run_storage_daemon() -> None:
    # snippet: storage-daemon
    daemon = QMachine.Machine('qemu-storage-daemon', kind=QMachine.MachineKind.STORAGE_DAEMON)
    daemon.add_args('--blockdev', 'driver=null-co,read-zeroes=on,node-name=disk')
    daemon.launch()
    print('node:', daemon.command('query-named-block-nodes')[0]['node-name'])
    daemon.shutdown()
    # end of snippet


detach(f'{sys.argv[1]}/vm.sock')
share_socket()
end()
deaf = QMachine.Machine('qemu-system-x86_64', ['-machine', 'none', '-accel', 'tcg', '-S'])
deaf.launch()
power_off(deaf)
run_storage_daemon()
