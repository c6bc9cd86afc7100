# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a type checker must not complain of, and what it must know."""
import asyncio
import datetime
import logging
import pathlib
from typing import Dict, List, Optional, Tuple, TypedDict

from typing_extensions import assert_type

import gi
gi.require_version('QMachine', '1')
from gi.repository import Gio, GLib, GObject, Json, QMachine


class Drive(TypedDict):
    driver: str
    filename: str


class MyMachine(QMachine.Machine):
    pass


def make(path: pathlib.Path) -> None:
    machine = QMachine.Machine(path, ('-kernel', path), wrapper=[b'strace', path], name='one',
                               kind=QMachine.MachineKind.STORAGE_DAEMON, launch_timeout=None,
                               monitor_address=('127.0.0.1', 0), log_path=path)
    machine.add_args('-S', path)
    machine.add_args(['-m', '1G'])
    machine.args = ['-m', path]
    machine.command_timeout = None
    machine.monitor_address = path
    machine.machine_type = None
    machine.props.args = ['-S']
    machine.set_args(('-S', b'-m'))
    assert_type(machine.args, List[str])
    assert_type(machine.binary, Optional[str])
    assert_type(machine.command_timeout, int)
    assert_type(machine.props.pid, int)
    assert_type(machine.exit_code, Optional[int])
    assert_type(machine.get_exit_code(), Tuple[bool, int])
    assert_type(machine.state, QMachine.MachineState)
    assert_type(machine.run_state.value_nick, str)
    assert_type(machine.monitor, QMachine.Monitor)
    assert_type(machine.log_bytes, Optional[GLib.Bytes])
    assert_type(QMachine.MonitorFlags.NONE | QMachine.MonitorFlags.OUT_OF_BAND,
                QMachine.MonitorFlags)
    assert_type(QMachine.MachineError.quark(), int)
    machine.shutdown_timeout = datetime.timedelta(seconds=5)
    machine.set_launch_timeout(None)
    with MyMachine() as mine:
        assert_type(mine, MyMachine)
        mine.wait(datetime.timedelta(minutes=1))


def consoles(machine: QMachine.Machine, path: pathlib.Path) -> None:
    console = machine.add_console()
    machine.add_console('log', device='serial1').log_path = path
    assert_type(machine.dup_consoles(), List[QMachine.Console])
    assert_type(console.log_path, Optional[str])
    assert_type(console.name, Optional[str])
    console.set_log_path(b'log')
    match = console.wait_for_match(r'(?<name>\w+): (\d+)', QMachine.ConsoleMatchFlags.COMPLETE,
                                   datetime.timedelta(seconds=5))
    assert_type(match, QMachine.ConsoleMatch)
    assert_type(match['name'], Optional[str])
    assert_type(match[2], Optional[str])
    assert_type(match.groups(), Tuple[Optional[str], ...])
    assert_type(str(match), str)
    assert_type(match.n_groups, int)
    print(match.before, match.props.text)
    reader = console.create_reader(from_now=True)
    assert_type(reader.take_text(), str)
    reader.wait_for_match('x', timeout=None)
    assert_type(console.interact(), QMachine.ConsoleInteractEnd)
    assert_type(console.interact(0, 1, escape_key=-1, lines=10), QMachine.ConsoleInteractEnd)
    assert_type(console.open_pty(lines=0), str)
    assert_type(console.get_pty_lost(), int)
    console.close_pty()
    reader.wait_for_match_async('x', callback=lambda reader, result: print(
        reader.wait_for_match_finish(result).text, reader.take_text()))


def screen(machine: QMachine.Machine) -> None:
    machine.display = QMachine.MachineDisplay.DBUS
    assert_type(machine.screenshot(), GLib.Bytes)
    assert_type(machine.click(1, 2, n_clicks=2), bool)
    assert_type(machine.open_display(timeout=5000), Gio.DBusConnection)
    assert_type(machine.type_text('x', interval=5), bool)


def guest(agent: QMachine.GuestAgent, path: pathlib.Path, node: Json.Node) -> None:
    agent.command_timeout = None
    agent.attach(path, timeout=datetime.timedelta(seconds=5))
    agent.connect('closed', lambda agent, error: print(agent.state, error and error.message))
    result = agent.exec(['cat', '-n'], None, GLib.Bytes.new(b'x'), timeout=5000)
    assert_type(result, QMachine.GuestExecResult)
    assert_type(result.props.exit_kind, QMachine.ExitKind)
    assert_type(result.get_output(), Optional[GLib.Bytes])
    assert_type(agent.freeze(60000), int)
    assert_type(agent.read_file(path), GLib.Bytes)
    assert_type(agent.command('guest-ping', node, -1, None), Json.Node)
    agent.thaw_async(callback=lambda agent, result: print(agent.thaw_finish(result) + 1))
    agent.shutdown(QMachine.GuestShutdownMode.REBOOT)


def logs(logger: logging.Logger) -> None:
    QMachine.log_to_python()
    QMachine.log_to_python(logger)
    QMachine.log_to_python(logging.LoggerAdapter(logger, {}))
    QMachine.log_to_glib()


def contexts() -> None:
    context, fd = QMachine.main_context_new_for_poll()
    assert_type(context, GLib.MainContext)
    assert_type(fd, int)


def command(machine: QMachine.Machine, node: Json.Node, names: List[str],
            options: Dict[str, int]) -> None:
    drive: Drive = {'driver': 'file', 'filename': 'disk'}
    machine.command('blockdev-add', node_name='disk', file=drive, cache={'direct': True})
    machine.command('x', {'a-b': [1, 2.5, None, {'c': 'd'}]}, timeout=5000)
    machine.command('x', self=1, command='y', name=names, options=options, pair=(1, 2))
    machine.command('x', options)
    machine.command('query-status')['status'].upper()
    assert_type(machine.command('x', node), Json.Node)
    assert_type(machine.command('x', node, timeout=5), Json.Node)
    assert_type(machine.command('x', None, -1, None), Json.Node)
    assert_type(machine.qmp('x', None, QMachine.TIMEOUT_DEFAULT), Json.Node)
    assert_type(machine.command_json('x', '{}'), str)
    machine.monitor.command('x', node, QMachine.MonitorFlags.NONE, -1, None)
    machine.monitor.command('x', flags=QMachine.MonitorFlags.OUT_OF_BAND, a=1)
    machine.command_with_fd('add-fd', {'fdset-id': 1}, 3)['fd']
    assert_type(machine.command_with_fd('add-fd', node, 3, 5000), Json.Node)
    if 'error' in machine.qmp('query-name'):
        return


def events(machine: QMachine.Machine, node: Json.Node) -> None:
    assert_type(machine.wait_event(), QMachine.MonitorEvent)
    machine.wait_event('STOP', {'id': 'd0'}, timeout=None)
    machine.wait_event(['STOP', 'RESUME'], node, 5)
    event = machine.pop_event()
    if event is not None:
        machine.put_back_event(event)
        machine.monitor.put_back_event(event)
        assert_type(event.time, Optional[datetime.datetime])
        assert_type(event.props.data, Optional[Json.Node])
        print(event.data['reason'], event.matches({'data': {}}))
    machine.listen_json(['STOP'], '{}').close()
    with machine.listen('STOP', {'a': 1}) as listener:
        for each in listener:
            assert_type(each, QMachine.MonitorEvent)
    assert_type([each.name for each in machine.events('STOP', timeout=0)], List[str])


def errors(machine: QMachine.Machine) -> None:
    try:
        machine.command('quit')
    except QMachine.CommandFailed as failed:
        print(failed.error_class, failed.reply['error'], failed.matches(1, 2))
    except QMachine.Exited as exited:
        assert_type(exited.exit_code, Optional[int])
        print(exited.message)
    except TimeoutError:
        pass
    except QMachine.MonitorResponseError as refused:
        assert_type(refused.error_class, Optional[str])


def on_launched(machine: QMachine.Machine, result: Gio.AsyncResult) -> None:
    assert_type(machine.launch_finish(result), bool)


def on_launched_with(source: GObject.Object, result: Gio.AsyncResult, number: int) -> None:
    print(source, result, number)


def on_event(machine: QMachine.Machine, event: QMachine.MonitorEvent, *more: str) -> None:
    print(machine, event, more)


def on_notify(machine: QMachine.Machine, spec: GObject.ParamSpec) -> None:
    print(machine, spec)


def on_exited(*_arguments: object) -> None:
    pass


def callbacks(machine: QMachine.Machine, monitor: QMachine.Monitor) -> None:
    machine.launch_async(None, on_launched)
    machine.launch_async(callback=on_launched)
    machine.launch_async(None, on_launched_with, 5)
    machine.launch_async(None, lambda machine, result: print(machine.launch_finish(result)))
    machine.command_async('x', callback=lambda machine, result: print(result), a=1)
    machine.command_async('x', None, -1, None, on_launched_with, 5)
    machine.connect('event', on_event)
    machine.connect('event::STOP', on_event, 'one', 'two')
    machine.connect('event::STOP', lambda machine, event: print(event.name))
    machine.connect('notify::run-state', on_notify)
    machine.connect('exited', on_exited)
    machine.connect('qtest-irq', lambda machine, irq, raised: print(irq + 1, raised))
    machine.console.connect('output', lambda console, text: console.write(text.upper()))
    monitor.connect('closed', lambda monitor, error: print(error and error.message))
    machine.disconnect(machine.connect('exited', lambda machine: None))
    QMachine.set_interrupt_func(lambda: False)
    QMachine.set_interrupt_func(None)


async def awaited(machine: QMachine.Machine, node: Json.Node) -> None:
    async with QMachine.Monitor() as monitor:
        assert_type(await monitor.attach_async('/path'), bool)
    assert_type(await machine.launch_async(), bool)
    waiting = asyncio.create_task(machine.wait_event_async('STOP'))
    print((await machine.command_async('query-status', a=1))['status'])
    assert_type(await machine.command_async('query-status', node), Json.Node)
    assert_type(await asyncio.wait_for(waiting, 5), QMachine.MonitorEvent)
    texts = await asyncio.gather(machine.console.wait_for_text_async('login: ', 5000),
                                 machine.qtest_async('readb 0'))
    print(*texts)
    reader = machine.console.create_reader(False)
    assert_type(await reader.wait_for_match_async('x', timeout=datetime.timedelta(1)),
                QMachine.ConsoleMatch)
    agent = QMachine.GuestAgent.new()
    assert_type(await agent.exec_async(('true',)), QMachine.GuestExecResult)
    async for event in machine.events():
        assert_type(event, QMachine.MonitorEvent)
    async for event in machine.listen():
        print(event)


def end(machine: QMachine.Machine, agent: QMachine.GuestAgent) -> None:
    plan = QMachine.PowerOffPlan(agent=agent, button_timeout=datetime.timedelta(seconds=5))
    result = machine.power_off(plan)
    assert_type(result, QMachine.PowerOffResult)
    assert_type(result.get_reason(QMachine.PowerOffStep.BUTTON), Optional[str])


async def wait_for_any(machine: QMachine.Machine, agent: QMachine.GuestAgent) -> None:
    text = machine.console.on_text('login: ')
    came = await machine.wait_any_async(text, agent.on_ready(), QMachine.on_exit(), timeout=5000)
    assert_type(came, QMachine.WaitResult)
    assert_type(came.match, Optional[QMachine.ConsoleMatch])
    job = machine.start_job('block-commit', device='disk')
    with machine.wait_set(QMachine.on_event('STOP', {'x': 1}), job.on_end()) as waits:
        assert_type(waits.add_job(job), int)
        assert_type(waits.next().number, int)


def old(path: pathlib.Path) -> None:
    class Own(QMachine.QEMUMachine):
        def _pre_launch(self) -> None:
            self._args.append('-S')
            super()._pre_launch()

        @property
        def _base_args(self) -> List[str]:
            return [*super()._base_args, '-nodefaults']

        def end(self) -> None:
            if self._popen is not None:
                self._popen.terminate()
            self._qmp.cmd('quit')

    with Own('qemu', ['-kernel', path], name='one', log_dir='/tmp') as vm:
        assert_type(vm.machine, QMachine.Machine)
        vm.launch()
        vm.qmp('query-status', conv_keys=False)['return']
        vm.cmd('device_add', driver='e1000', id='n0')['status']
        for event in vm.get_qmp_events(wait=1.0):
            print(event['event'])
        vm.console_socket.sendall(b'x')
        assert_type(vm.exitcode(), Optional[int])
    print(QMachine.QEMUQtestMachine('qemu', name='two').qtest('clock_step'))
