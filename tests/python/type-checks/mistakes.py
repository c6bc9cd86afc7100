# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a type checker must find: each marked line, with words that match, and no other."""
import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, QMachine

ARGS = ['-machine', 'none']


def on_event(machine: QMachine.Machine, event: QMachine.MonitorEvent) -> None:
    print(machine, event)


def on_launched(machine: QMachine.Machine, result: Gio.AsyncResult, number: int) -> None:
    print(machine.launch_finish(result), number)


def make() -> QMachine.Machine:
    QMachine.Machine('qemu-system-x86_64', ARGS, machin_type='q35')  # mistake: machin_type
    QMachine.Machine(5, ARGS)  # mistake: "int"|\[5\]
    QMachine.Machine(monitor_mode=QMachine.MonitorState.CLOSED)  # mistake: MonitorState
    QMachine.Machine().add_args(5)  # mistake: add_args
    return QMachine.Machine('qemu-system-x86_64', ARGS)


def set_up(machine: QMachine.Machine) -> None:
    machine.pid = 4711  # mistake: pid
    machine.launch_timeout = '5'  # mistake: str|Literal
    machine.command_timeout = 0.5  # mistake: float
    machine.props.name = 5  # mistake: "int"|\[5\]
    machine.bianry = 'qemu'  # mistake: bianry
    if machine.state == QMachine.MachineState.RUNING:  # mistake: RUNING
        machine.kill()


def run(machine: QMachine.Machine) -> int:
    machine.lunch()  # mistake: lunch
    machine.launch(timeout=5)  # mistake: timeout|overload
    machine.command('device_add', driver=b'e1000')  # mistake: bytes|b"e1000"
    machine.command('device_add', ['e1000'])  # mistake: overload
    machine.command_json('query-status')['status']  # mistake: str|__getitem__
    machine.wait_event('STOP', 5000)  # mistake: int|5000
    machine.listen_json('STOP')  # mistake: str|STOP
    machine.set_args('-S')  # mistake: str|-S
    machine.console.wait_for_text(b'login:')  # mistake: bytes|b"login:"
    machine.console.wait_for_match('login:', 5000.5)  # mistake: float
    machine.console.wait_for_match('login:').group(1)  # mistake: group
    print(machine.console.wait_for_match('login:')[1] + 'x')  # mistake: None|[Oo]perator
    for event in machine.events('STOP'):
        print(event.nmae)  # mistake: nmae
    try:
        machine.shutdown()
    except QMachine.CommandFailed as error:
        print(error.errorclass)  # mistake: errorclass
    except GLib.Error as error:
        print(error.message)
    return machine.exit_code  # mistake: None|Optional


def connect(machine: QMachine.Machine) -> None:
    machine.connect('exited', on_launched)  # mistake: connect
    machine.connect('exitedd', lambda machine: None)  # mistake: connect|lambda
    machine.connect('log-line', lambda machine, line: line + 1)  # mistake: [Oo]pera|overload
    machine.launch_async(None, on_event)  # mistake: launch_async
    machine.launch_async(None, on_launched, 'one')  # mistake: str|Literal


async def wait(machine: QMachine.Machine) -> None:
    await machine.launch()  # mistake: bool
    reply = machine.command_json_async('query-status')
    print(reply.strip())  # mistake: strip
    event = await machine.wait_event_async('STOP')
    print(event['event'])  # mistake: MonitorEvent|__getitem__


def ask(monitor: QMachine.Monitor, old: QMachine.QEMUMachine) -> None:
    monitor.attach(4444)  # mistake: int|4444
    monitor.command('query-status', flags='out-of-band')  # mistake: str|Literal|overload
    old.shutdown(timeout='30')  # mistake: str|Literal
    print(old.event_wait('STOP')['data'])  # mistake: None|Optional


def ask_guest(agent: QMachine.GuestAgent) -> None:
    agent.write_file('/etc/motd', 5)  # mistake: int


def wait_for_any(machine: QMachine.Machine) -> None:
    machine.wait_any('STOP')  # mistake: str|Literal
    machine.power_off(5000)  # mistake: int|5000
