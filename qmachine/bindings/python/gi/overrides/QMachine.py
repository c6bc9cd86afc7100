# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python adds to the typelib of QMachine: values, defaults, `with`, `for` and `await`.

Nothing here changes what a call does. The complete form of the typelib goes on working: every
argument given by position, with JSON nodes where it has them. docs/python.md tells the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import gi
from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject, Json

from ._qmachine_calls import begin, blocking, finish, noted
from ._qmachine_compat import (AbnormalShutdown, ExecuteError, MonitorResponseError, QEMUMachine,
                               QEMUMachineAddDeviceError, QEMUMachineError, QEMUQtestMachine,
                               QMPConnectError, QMPError, QMPResponseError, QMPTimeoutError,
                               VMLaunchFailure)
from ._qmachine_errors import (CommandFailed, Exited, LaunchFailed, NotRunning, RunFailed, TimedOut,
                               checked)
from ._qmachine_help import show_doc_comments
from ._qmachine_loops import context_of_running_loop, give_up_takers_of_closed_loops
from ._qmachine_signals import let_handlers_run
from ._qmachine_trios import classes_with_trios, with_trios
from ._qmachine_values import (FILE_NAMES, check_texts, parse, to_match, to_milliseconds, to_names,
                               to_path, to_property, to_texts, with_properties)
from ._qmachine_waits import Condition, WithEnd, WithReady, WithText, on_event, on_exit, on_run_state

if TYPE_CHECKING:
    import datetime
    import logging
    from typing import Self

    FileName = str | bytes | os.PathLike[str]
    Timeout = int | datetime.timedelta | None

_QMachine = get_introspection_module('QMachine')
# This file is for one version of the interface, so a program need not name it.
gi.require_version('QMachine', _QMachine._version)

if _QMachine.Machine.__gtype__ == GObject.TYPE_NONE:
    raise ImportError('the typelib of QMachine was found, but not the library libqmachine-1.so.0 '
                      'that it describes: run ldconfig, or name its directory in LD_LIBRARY_PATH')

let_handlers_run(_QMachine)
show_doc_comments()


# -- events --

def _is(error: GLib.Error, code: Any) -> bool:
    quark = Gio.io_error_quark() if isinstance(code, Gio.IOErrorEnum) else type(code).quark()
    return error.matches(quark, code)


@override
class MonitorEvent(_QMachine.MonitorEvent):
    """Something that QEMU reported: `name`, `data`, and when."""

    _plain = _QMachine.MonitorEvent

    @property
    def name(self) -> str:
        """QEMU's name for it, such as 'STOP'."""
        return self.get_name()

    @property
    def data(self) -> Any:
        """What the event brings along: a dict, or None. `props.data` is the JSON node."""
        return parse(self.to_json()).get('data')

    @property
    def timestamp(self) -> int:
        """Microseconds since the epoch by the clock of QEMU's host, or -1."""
        return self.get_timestamp()

    @property
    def time(self) -> datetime.datetime | None:
        """The timestamp in UTC, or None."""
        import datetime
        if self.timestamp < 0:
            return None
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch + datetime.timedelta(microseconds=self.timestamp)

    def matches(self, match: Any = None) -> bool:
        """Whether the data holds what `match` holds: a mapping, a Json.Node, or None for anything.

        Raises TypeError for a match that is none of these.

        Example:
            event.matches({'device': 'n0'})
        """
        return _matches(self, to_match(match))

    def __repr__(self) -> str:
        return f'<QMachine.MonitorEvent {self.to_json()}>'


def _matches(event: MonitorEvent, match: Json.Node | str | None) -> bool:
    if isinstance(match, str):
        return _QMachine.MonitorEvent.matches_json(event, match)
    return _QMachine.MonitorEvent.matches(event, match)


@override
@with_properties
@with_trios
class EventListener(_QMachine.EventListener):
    """The events of a machine or a monitor from a moment on, for one who waits for them.

    A loop over it, `for` or `async for`, ends with the session; `with` closes it.

    Example:
        with vm.listen('BLOCK_JOB_COMPLETED') as listener:
            vm.command('block-commit', device='d0')
            event = listener.next(timeout=60000)
    """

    _plain = _QMachine.EventListener

    def pop(self) -> MonitorEvent | None:
        """Takes the oldest event, if there is one; it does not wait, and raises nothing."""
        give_up_takers_of_closed_loops()
        return blocking(self, 'pop')

    def _is_end(self, error: GLib.Error) -> bool:
        errors = (_QMachine.MachineError.EXITED, _QMachine.MachineError.NOT_RUNNING,
                  _QMachine.MonitorError.CLOSED)
        return self.get_ended() and any(_is(error, code) for code in errors)

    def __iter__(self) -> Events:
        return Events(self, -1)

    def __aiter__(self) -> Events:
        return Events(self, -1)

    def __enter__(self) -> EventListener:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()


class Events:
    """The events of a listener, one by one, for `for` and `async for`."""

    def __init__(self, listener: EventListener, timeout: Timeout) -> None:
        self._listener = listener
        self._timeout = to_milliseconds(timeout)

    def _is_end(self, error: GLib.Error) -> bool:
        return _is(error, Gio.IOErrorEnum.TIMED_OUT) or self._listener._is_end(error)

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> MonitorEvent:
        try:
            return self._listener.next(self._timeout)
        except GLib.Error as error:
            if not self._is_end(error):
                raise
        raise StopIteration

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> MonitorEvent:
        try:
            return await self._listener.next_async(self._timeout)
        except GLib.Error as error:
            if not self._is_end(error):
                raise
        raise StopAsyncIteration


class EventSource:
    """What a machine and a monitor have in common."""

    def listen(self, names: Sequence[str] | str | None = None, match: Any = None) -> EventListener:
        """Listens from now on to the events of these names whose data holds what `match`
        holds, in a queue of its own.

        Raises TypeError for a match that is no mapping, Json.Node or None, or a GLib.Error:
        QMachine.MonitorError.INVALID_COMMAND.

        Example:
            for event in vm.listen(['STOP', 'RESUME']):
                print(event.name)
        """
        names, match = to_names(names), to_match(match)
        form = 'listen_json' if isinstance(match, str) else 'listen'
        with context_of_running_loop():
            return blocking(self, form, names, match)

    def pop_event(self) -> MonitorEvent | None:
        """Takes the oldest event that nobody has taken, if there is one; it does not wait, and
        raises nothing."""
        give_up_takers_of_closed_loops()
        return blocking(self, 'pop_event')

    def pop_events(self) -> list[MonitorEvent]:
        """Takes all events that nobody has taken; it does not wait, and raises nothing.

        Example:
            names = [event.name for event in vm.pop_events()]
        """
        give_up_takers_of_closed_loops()
        return blocking(self, 'pop_events')

    def events(self, names: Sequence[str] | str | None = None, match: Any = None,
               timeout: Timeout = -1) -> Events:
        """Listens to events from now on, one by one, for `for` and `async for`.

        The loop ends when the session has ended and no event is left, or when none has come for
        the timeout.

        timeout: in milliseconds, or a datetime.timedelta; None is no limit. Left out, it is
        no limit.

        Raises what listen() does, and in the loop a GLib.Error where a session breaks.

        Example:
            for event in vm.events('STOP', timeout=5000):
                print(event.time)
        """
        timeout = to_milliseconds(timeout)
        return Events(self.listen(names, match), timeout)


# -- machines and monitors --

@override
@with_properties
@with_trios
class Machine(EventSource, _QMachine.Machine):
    """A virtual machine: a QEMU that this program owns.

    `with` does not launch it, but ends it: asked to quit, and killed if that fails or an
    exception is under way. Settings are attributes, and keywords of the constructor; most are in
    force from the next launch on.

    Time limits are milliseconds, or a datetime.timedelta. Calls that fail raise a GLib.Error, in
    many cases one of CommandFailed, Exited, LaunchFailed, NotRunning and TimedOut. Each call x()
    that waits has a form x_async() that can be awaited. All can be called in any thread.

    Example:
        with QMachine.Machine('qemu-system-x86_64', ['-machine', 'none']) as vm:
            vm.launch()
            print(vm.command('query-status')['status'])
        print(vm.exit_code)
    """

    _plain = _QMachine.Machine

    def __init__(self, binary: str | None = None, args: Iterable[str] | None = None,
                 **properties: Any) -> None:
        """Makes a machine that is stopped.

        binary: a name that is looked for in PATH, or a path. args: several texts or paths. All
        other settings come by the names of their properties.

        Raises TypeError or ValueError for a setting that there is not, or that cannot be that.
        """
        if binary is not None:
            properties['binary'] = binary
        if args is not None:
            properties['args'] = args
        file_names = {name: properties.pop(name) for name in FILE_NAMES & properties.keys()}
        with context_of_running_loop():
            super().__init__(**{name: to_property(name, value)
                                for name, value in properties.items()})
        for name, value in file_names.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        state = self.get_state().value_nick
        pid = f', pid {self.get_pid()}' if self.get_pid() else ''
        return f'<QMachine.Machine {self.dup_name()}: {state}{pid}>'

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, kind: Any, *_exception: Any) -> None:
        if kind is not None:
            try:
                self.kill()
            except GLib.Error:  # nothing may hide the exception that is under way
                pass
            return
        try:
            self.shutdown()
        except BaseException:
            self.kill()
            raise

    async def __aenter__(self) -> Machine:
        return self

    async def __aexit__(self, kind: Any, *_exception: Any) -> None:
        if kind is not None:
            try:
                await self.kill_async()
            except GLib.Error:  # nothing may hide the exception that is under way
                pass
            return
        try:
            await self.shutdown_async()
        except BaseException:
            await self.kill_async()
            raise

    @property
    def exit_code(self) -> int | None:
        """The exit status of the last process, or minus the signal that killed it; None while
        there is none, and where `exit_kind` is UNKNOWN."""
        known, code = self.get_exit_code()
        return code if known else None

    def add_args(self, *args: Any) -> None:
        """Adds arguments for QEMU's command line: texts or paths, or one list of them.

        Raises TypeError for what is neither.

        Example:
            vm.add_args('-m', '1G')
        """
        if len(args) == 1 and not isinstance(args[0], (str, bytes, os.PathLike)):
            args = args[0]
        blocking(self, 'add_args', to_texts(args, 'args'))

    def add_fd(self, fd: int, fdset: int, opaque: str | None = None,
               opts: str | None = None) -> bool:
        """Hands a descriptor to QEMU with each launch, in a set: `/dev/fdset/N` opens it there.

        The descriptor is duplicated at once. opaque: a text to find it by. opts: more options of
        QEMU's `-add-fd`.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            with open('disk.img', 'rb') as file:
                vm.add_fd(file.fileno(), 3)
            vm.add_args('-blockdev', 'driver=file,node-name=d0,filename=/dev/fdset/3')
        """
        return blocking(self, 'add_fd', fd, fdset, opaque, opts)

    def pass_fd(self, fd: int) -> int:
        """Hands a descriptor to QEMU with each launch, and returns its number there.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            vm.add_args('-serial', f'pipe:/dev/fd/{vm.pass_fd(fd)}')
        """
        return blocking(self, 'pass_fd', fd)

    @property
    def jobs(self) -> Gio.ListModel:
        """The jobs that there are, as a Gio.ListModel of QMachine.Job that is kept current.

        Example:
            print(*(f'{job.id}: {job.progress:.0%}' for job in vm.jobs))
        """
        return self.get_jobs()

    def add_disk(self, disk: Disk | FileName, format: str | None = None, *,
                 timeout: Timeout = _QMachine.TIMEOUT_DEFAULT,
                 cancellable: Gio.Cancellable | None = None, **settings: Any) -> Disk:
        """Adds a disk, for every launch to come, and at once if QEMU runs. Returns the QMachine.Disk.

        disk: one, or a path, with its format and the properties of a QMachine.Disk as keywords:
        overlay, read_only, cache, discard, serial, device, name, overlay_dir.

        timeout: in milliseconds, or a datetime.timedelta; None is no limit. Left out, it is
        `command_timeout`. Before a launch the call does not wait.

        Raises a GLib.Error of QMachine.MachineError.INVALID_CONFIGURATION, also for an image that
        does not begin like the format that was said; while QEMU runs what command() raises.

        Example:
            vm.add_disk('debian.qcow2', 'qcow2', overlay=True)
        """
        disk = Disk._of(disk, format, settings)
        blocking(self, 'add_disk', disk, to_milliseconds(timeout), cancellable)
        return disk

    def add_disk_async(self, disk: Disk | FileName, format: str | None = None,
                       timeout: Timeout = _QMachine.TIMEOUT_DEFAULT,
                       cancellable: Gio.Cancellable | None = None, callback: Any = None,
                       *user_data: Any, **settings: Any) -> Any:
        """Begins add_disk(), without blocking.

        Where asyncio runs it returns an awaitable for what add_disk() returns. With a callback it
        calls callback(source, result, *user_data) in the main context, where
        add_disk_finish(result) returns it.

        timeout: in milliseconds, or a datetime.timedelta; None is no limit. Left out, it is
        `command_timeout`.

        Raises what add_disk() does, where it is awaited or finished.
        """
        disk = Disk._of(disk, format, settings)

        def the_disk(_added: bool) -> Disk:
            return disk

        return begin(self, 'add_disk', (disk, to_milliseconds(timeout)), cancellable,
                     noted(callback, the_disk), user_data, convert=the_disk)

    def add_disk_finish(self, result: Gio.AsyncResult) -> Disk:
        """Returns what add_disk() returns, for a call that add_disk_async() has begun.

        Raises what add_disk() does.
        """
        return finish(self, 'add_disk', 'add_disk', result)

    def add_console(self, name: str | None = None, device: str | None = None) -> Console:
        """Gives the machine a console for the launches to come, and returns it.

        name: its name, 'console' if none is given; the console that has it already is moved.
        device: a QEMU device that takes a chardev, such as 'isa-serial', 'serialN' for the serial
        port of that number, or None for the first serial port that no console has. The first
        console is `vm.console`, too.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            console = vm.add_console()
            vm.launch()
            console.wait_for_text('login: ', timeout=30000)
        """
        return blocking(self, 'add_console', name, device)

    def add_channel(self, name: str) -> GuestChannel:
        """Gives the machine a channel to its guest for the launches to come, and returns it.

        name: by which the guest finds it, in Linux as /dev/virtio-ports/NAME.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            channel = vm.add_channel('org.example.job.0')
            vm.launch()
            channel.wait_open(timeout=60000)
            channel.stream.get_output_stream().write_all(b'hello')
        """
        return blocking(self, 'add_channel', name)

    def add_helper(self, argv: Any, qemu_args: Any = None, name: str | None = None) -> Helper:
        """Gives the machine a process beside QEMU for the launches to come, and returns it.

        argv: the program and its arguments, as texts or paths. In them '{fd}' stands for the number
        of a listening socket that it inherits, '{socket}' for the path of the socket, '{run-dir}'
        for the directory of the launch. qemu_args: what QEMU gets to use it, with the same words.
        name: for messages, such as 'helper0' if none is given.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            helper = vm.add_helper(['my-server', '--listen-fd={fd}'],
                                   ['-chardev', 'socket,id=server,path={socket}'])
            helper.connect('died', lambda helper: print(helper.log))
        """
        return blocking(self, 'add_helper', to_texts(argv, 'argv'),
                        None if qemu_args is None else to_texts(qemu_args, 'qemu_args'), name)

    def add_tpm(self, state_dir: FileName | None = None) -> Helper:
        """Gives the guest a TPM 2.0 for the launches to come, by swtpm, and returns the helper.

        state_dir: a directory for what it remembers; None for a TPM that is new in each launch.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION, also if swtpm is not
        installed.

        Example:
            vm.add_tpm()
        """
        return blocking(self, 'add_tpm',
                        None if state_dir is None else to_path(state_dir, 'state_dir'))

    def add_shared_directory(self, path: FileName, tag: str, read_only: bool = False) -> Helper:
        """Shows the guest a directory for the launches to come, by virtiofsd; returns the helper.

        tag: by what the guest finds it: `mount -t virtiofs TAG /mnt`. read_only: whether the guest
        must not write, which only some virtiofsd can see to.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION, also if virtiofsd is not
        installed.

        Example:
            vm.add_shared_directory('/srv/results', 'results')
        """
        return blocking(self, 'add_shared_directory', to_path(path, 'path'), tag, read_only)

    def add_vhost_user_disk(self, path: FileName, format: str | None = None,
                            read_only: bool = False) -> Helper:
        """Gives the guest a disk that qemu-storage-daemon serves; returns the helper.

        path: an image, or a block device. format: such as 'qcow2'; 'raw' if none is given.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION, also if
        qemu-storage-daemon is not installed.

        Example:
            vm.add_vhost_user_disk('data.img')
        """
        return blocking(self, 'add_vhost_user_disk', to_path(path, 'path'), format, read_only)

    def add_guest_agent(self) -> GuestAgent:
        """Gives the machine the agent of its guest, attached with each launch, and returns it.

        It is the same one when it is called again.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            agent = vm.add_guest_agent()
            vm.launch()
            agent.wait_ready(timeout=60000)
        """
        return blocking(self, 'add_guest_agent')

    def add_socket_path(self, name: str) -> str:
        """Returns a short path for a socket, in a directory that the machine has until its end.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION.

        Example:
            vm.add_args('-vnc', f'unix:{vm.add_socket_path("vnc")}')
        """
        return blocking(self, 'add_socket_path', name)


    def wait_set(self, *conditions: Condition) -> WaitSet:
        """Makes a set that waits for whichever of these comes first, from now on.

        A condition is made by on_event(), on_run_state(), on_exit(), a console's on_text(), a
        guest agent's on_ready() or a job's on_end(). They have the numbers from 1 on, in their order.

        Raises a GLib.Error for a condition that cannot be waited for, or TypeError.

        Example:
            with vm.wait_set(QMachine.on_event('STOP'), QMachine.on_exit()) as waits:
                vm.command('stop')
                print(waits.next(timeout=5000).event.name)
        """
        waits = WaitSet(self)
        for condition in conditions:
            if not isinstance(condition, Condition):
                raise TypeError('a condition comes from on_event() and its like, not '
                                f'{condition!r}')
            condition.add_to(waits)
        return waits

    def wait_any(self, *conditions: Condition, timeout: Timeout = -1,
                 cancellable: Gio.Cancellable | None = None) -> WaitResult:
        """Waits for whichever of these comes first, from now on: see wait_set().

        What came before the call, or second, is for one who makes a wait_set() in time.

        timeout: in milliseconds, or a datetime.timedelta; None is no limit. Left out, it is
        no limit.

        Raises what wait_set() and WaitSet.next() do: TimedOut, NotRunning, Exited (QEMU ended, and
        that was not waited for) or a GLib.Error.

        Example:
            result = vm.wait_any(vm.console.on_text('login: '), QMachine.on_exit(), timeout=60000)
            if result.number == 1:
                vm.console.write('root\\n')
        """
        with self.wait_set(*conditions) as waits:
            return waits.next(timeout, cancellable)

    def wait_any_async(self, *conditions: Condition, timeout: Timeout = -1,
                       cancellable: Gio.Cancellable | None = None) -> Any:
        """Begins wait_any(), and returns an awaitable for what it returns, where asyncio runs.

        timeout: in milliseconds, or a datetime.timedelta; None is no limit. Left out, it is
        no limit.

        Raises what wait_any() does, where it is awaited.

        Example:
            waiting = vm.wait_any_async(QMachine.on_event('STOP'), timeout=5000)
            await vm.command_async('stop')
            print((await waiting).event.name)
        """
        # The call keeps the set, which goes with it.
        return self.wait_set(*conditions).next_async(timeout, cancellable)


class Connection:
    """What a monitor and a guest agent have in common: `with` closes it."""

    def __init__(self, **properties: Any) -> None:
        """Makes one that is not attached; settings come by the names of their properties.

        Raises TypeError or ValueError for a setting that there is not, or that cannot be that.
        """
        with context_of_running_loop():
            super().__init__(**{name: to_property(name, value)
                                for name, value in properties.items()})

    def __repr__(self) -> str:
        return f'<QMachine.{self._plain.__name__}: {self.props.state.value_nick}>'

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: Any) -> None:
        await self.close_async()


@override
@with_properties
@with_trios
class Monitor(EventSource, Connection, _QMachine.Monitor):
    """A QMP session on any server. `with` does not attach it, but closes it.

    Example:
        with QMachine.Monitor(attach_timeout=5000) as monitor:
            monitor.attach('/run/qemu.sock')
            print(monitor.command('query-status'))
    """

    _plain = _QMachine.Monitor


@override
@with_properties
@with_trios
class Console(WithText, _QMachine.Console):
    """The guest's console, as text and as bytes.

    Example:
        vm.console.wait_for_text('login: ', timeout=30000)
        vm.console.write('root\\n')
    """

    _plain = _QMachine.Console

    def open_pty(self, lines: int = -1) -> str:
        """Makes a pseudo-terminal with the console behind it, and returns its path.

        A person opens it with `screen` or `picocom`, leaves, and comes again; it stays over all
        launches until close_pty(). lines: how many lines from before come first; -1 for all that
        came since a person had the console last.

        Raises a GLib.Error: QMachine.MachineError.INVALID_CONFIGURATION, or one of the system.

        Example:
            print('screen', vm.console.open_pty())
        """
        return blocking(self, 'open_pty', lines)


@override
@with_properties
class ConsoleMatch(_QMachine.ConsoleMatch):
    """Text of a console that an expression matched. `str(match)` is that text.

    Example:
        match = vm.console.wait_for_match(r'(?<name>\\w+): (\\d+)')
        print(match['name'], match[2], match.before)
    """

    _plain = _QMachine.ConsoleMatch

    def __str__(self) -> str:
        return self.get_text()

    def __repr__(self) -> str:
        return f'<QMachine.ConsoleMatch {self.get_text()!r}>'

    def __getitem__(self, group: int | str) -> str | None:
        """The text of a group by its number, of which 0 is the whole, or by its name; None where it
        took no part. Raises IndexError for a number that there is not."""
        if isinstance(group, str):
            check_texts([group], 'group')
            return self.get_named_group(group)
        if not isinstance(group, int):
            raise TypeError(f'group must be a number or a name, not {group!r}')
        if not 0 <= group <= self.get_n_groups():
            raise IndexError(f'no such group: {group}')
        return self.get_group(group)

    def groups(self) -> tuple[str | None, ...]:
        """The texts of all groups, without the whole. Raises nothing."""
        return tuple(self.get_group(n) for n in range(1, self.get_n_groups() + 1))


@override
@with_properties
@with_trios
class GuestAgent(WithReady, Connection, _QMachine.GuestAgent):
    """The agent in a guest. `with` does not attach it, but closes it, which thaws a frozen guest.

    Example:
        with QMachine.GuestAgent(command_timeout=5000) as agent:
            agent.attach('/run/vm/agent')
            agent.wait_ready(timeout=60000)
            print(agent.exec(['uname', '-r']).output.get_data())
    """

    _plain = _QMachine.GuestAgent


@override
@with_properties
class Helper(_QMachine.Helper):
    """A process beside QEMU, of a machine.

    Example:
        helper = vm.add_helper(['my-server', '--listen-fd={fd}'])
        helper.start_timeout = 5000
    """

    _plain = _QMachine.Helper

    @property
    def exit_code(self) -> int | None:
        """The exit status in the last launch, or minus the signal that killed it; None while it
        has not ended, and where `exit_kind` is UNKNOWN."""
        known, code = self.get_exit_code()
        return code if known else None


def _set_up(init: Callable[..., None], owner: Any, **settings: Any) -> None:
    """A file's name goes by way of a method, since it need not be UTF-8."""
    names = {name: settings.pop(name) for name in FILE_NAMES & settings.keys()}
    with context_of_running_loop():
        init(**{name: to_property(name, value) for name, value in settings.items()})
    for name, value in names.items():
        setattr(owner, name, value)


@override
@with_properties
class Disk(_QMachine.Disk):
    """A disk of a machine: an image, and how the guest sees it.

    Example:
        disk = QMachine.Disk('debian.qcow2', 'qcow2', overlay=True)
        vm.add_disk(disk)

    One that a machine has already, such as a clone, is found by its name alone:
        vm.snapshot_disk(QMachine.Disk(name='disk0'), 'since.qcow2')
    """

    _plain = _QMachine.Disk

    def __init__(self, path: FileName | None = None, format: str | None = None,
                 **settings: Any) -> None:
        said = {name: value for name, value in (('path', path), ('format', format))
                if value is not None}
        _set_up(super().__init__, self, **said, **settings)

    @classmethod
    def _of(cls, disk: Any, format: str | None, settings: dict[str, Any]) -> Disk:
        if isinstance(disk, _QMachine.Disk):
            if format is not None or settings:
                raise TypeError('the settings of a disk that is there are its properties')
            return disk
        if format is None:
            raise TypeError(f'say the format of {disk!r}: it is not guessed')
        return cls(disk, format, **settings)

    def __repr__(self) -> str:
        return f'<QMachine.Disk {self.name!r} {self.format} {self.path!r}>'


@override
@with_properties
@with_trios
class DiskImage(_QMachine.DiskImage):
    """The image of a disk, which is made, copied, looked at and repaired while no machine has it.

    Example:
        image = QMachine.DiskImage('data.qcow2', 'qcow2')
        image.create(20 << 30)
    """

    _plain = _QMachine.DiskImage

    def __init__(self, path: FileName, format: str, *, program: FileName = 'qemu-img') -> None:
        _set_up(super().__init__, self, path=path, format=format, program=program)

    def __repr__(self) -> str:
        return f'<QMachine.DiskImage {self.format} {self.path!r}>'


@override
@with_properties
class DiskCheck(_QMachine.DiskCheck):
    """What a check of a disk image has found. It never changes."""

    _plain = _QMachine.DiskCheck

    def __repr__(self) -> str:
        return (f'<QMachine.DiskCheck leaks={self.leaks} corruptions={self.corruptions} '
                f'check_errors={self.check_errors}>')


@override
@with_properties
@with_trios
class Job(WithEnd, _QMachine.Job):
    """Something that QEMU does in the background: a job, a migration, or a dump of the memory.

    Example:
        job = vm.start_job('blockdev-backup', device='disk', target='copy', sync='full')
        job.connect('notify::progress', lambda job, _: print(f'{job.progress:.0%}'))
    """

    _plain = _QMachine.Job

    def __repr__(self) -> str:
        done = '' if self.progress < 0 else f' {self.progress:.0%}'
        return f'<QMachine.Job {self.id!r} {self.job_type} {self.status.value_nick}{done}>'


@override
@with_properties
class GuestExecResult(_QMachine.GuestExecResult):
    """How a program in a guest ended, and what it wrote.

    Example:
        result = agent.exec(['cat', '/etc/hostname'])
        print(result.exit_status, result.output.get_data())
    """

    _plain = _QMachine.GuestExecResult


@override
@with_properties
class ShellResult(_QMachine.ShellResult):
    """What a command in a guest wrote, and how it ended.

    Example:
        result = shell.run('cat /etc/hostname')
        result.check()
        print(result.text)
    """

    _plain = _QMachine.ShellResult

    def check(self) -> bool:
        """Returns True for an exit status of 0. Raises RunFailed for any other."""
        checked(self)
        return True

    def __repr__(self) -> str:
        size = self.output.get_size()
        return (f'<QMachine.ShellResult {self.command!r}: exit status {self.exit_status}, '
                f'{size} bytes>')


@override
@with_properties
class PowerOffPlan(_QMachine.PowerOffPlan):
    """The steps by which Machine.power_off() ends a machine, each with a limit of its own.

    Limits are milliseconds, or a datetime.timedelta; 0 skips a step, and None is no limit.

    Example:
        plan = QMachine.PowerOffPlan(button_timeout=30000, agent=agent)
        print(vm.power_off(plan).description)
    """

    _plain = _QMachine.PowerOffPlan

    def __init__(self, **properties: Any) -> None:
        """Makes one with the defaults of its properties, but for those that are given.

        Raises TypeError or ValueError for a setting that there is not, or that cannot be that.
        """
        super().__init__(**{name: to_property(name, value) for name, value in properties.items()})


@override
@with_properties
class MigrationResult(_QMachine.MigrationResult):
    """What QEMU says of a migration that is done: times in milliseconds, and bytes.

    Example:
        result = vm.migrate_to(target)
        print(result.downtime, result.total_time, result.transferred)
    """

    _plain = _QMachine.MigrationResult


@override
@with_properties
class PowerOffResult(_QMachine.PowerOffResult):
    """How Machine.power_off() ended a machine. `str(result)` tells of each step.

    Example:
        result = vm.power_off()
        print(result.step, result.guest_off, result.get_reason(QMachine.PowerOffStep.BUTTON))
    """

    _plain = _QMachine.PowerOffResult

    def __str__(self) -> str:
        return self.get_description()


@override
@with_properties
class WaitResult(_QMachine.WaitResult):
    """What came, of the things that a WaitSet waits for.

    Example:
        result = waits.next(timeout=5000)
        print(result.number, result.event, result.match)
    """

    _plain = _QMachine.WaitResult


@override
@with_properties
@with_trios
class WaitSet(_QMachine.WaitSet):
    """Several things that may happen to a machine, for one who waits for whichever comes first.

    Machine.wait_set() makes one. Nothing is lost: next() gives one thing after the other, in the
    order in which they came. `with` closes it.

    Example:
        with vm.wait_set(vm.console.on_text('login: '), QMachine.on_exit()) as waits:
            print(waits.next(timeout=60000).number)
    """

    _plain = _QMachine.WaitSet

    def __new__(cls, machine: Machine) -> WaitSet:
        return _QMachine.WaitSet.new(machine)

    def __init__(self, machine: Machine) -> None:
        """Makes one that waits for nothing yet. Raises TypeError for what is no machine."""

    def __enter__(self) -> WaitSet:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()

    def add_event(self, names: Sequence[str] | str | None = None, match: Any = None) -> int:
        """Waits for an event too, from now on, and returns its number.

        Raises TypeError for a match that is no mapping, Json.Node or None, or a GLib.Error.

        Example:
            number = waits.add_event('DEVICE_DELETED', {'device': 'n0'})
        """
        names, match = to_names(names), to_match(match)
        form = 'add_event_json' if isinstance(match, str) else 'add_event'
        return blocking(self, form, names, match)


def _complete(plain: Any) -> None:
    """For a class of the library that needs nothing else of Python's."""
    members = {'_plain': plain, '__module__': __name__}
    cls = with_trios(type(plain)(plain.__name__, (plain,), members))
    globals()[plain.__name__] = override(with_properties(cls))
    __all__.append(plain.__name__)


# -- the log --

def log_to_python(logger: logging.Logger | logging.LoggerAdapter[Any] | None = None) -> None:
    """Sends what the library logs to `logger`, from now on; None is logging.getLogger('QMachine').

    That is a warning when QEMU crashes, and debug lines. It is logged in the thread in which it
    comes up, in many cases the library's own, in which no machine gets on meanwhile: a logger's
    handler must not call a machine, nor wait for one that does. A second call replaces the logger,
    and log_to_glib() ends it.

    Raises TypeError for what is no logger.

    Example:
        logging.basicConfig(level=logging.DEBUG)
        QMachine.log_to_python()
    """
    from ._qmachine_log import set_logger, to_logger
    set_logger(to_logger(logger))


def log_to_glib() -> None:
    """Undoes log_to_python(): GLib writes what the library logs to stderr, as it did before.

    Raises nothing, and does nothing where log_to_python() was not called.
    """
    from ._qmachine_log import set_logger
    set_logger(None)


__all__ = [
    'AbnormalShutdown', 'CommandFailed', 'Condition', 'Console', 'ConsoleMatch', 'Disk',
    'DiskCheck', 'DiskImage', 'EventListener', 'ExecuteError', 'Exited', 'GuestAgent',
    'GuestExecResult', 'Helper', 'Job', 'LaunchFailed', 'Machine', 'MigrationResult', 'Monitor',
    'MonitorEvent', 'MonitorResponseError', 'NotRunning', 'PowerOffPlan', 'PowerOffResult',
    'QEMUMachine', 'QEMUMachineAddDeviceError', 'QEMUMachineError', 'QEMUQtestMachine',
    'QMPConnectError', 'QMPError', 'QMPResponseError', 'QMPTimeoutError', 'RunFailed',
    'ShellResult', 'TimedOut', 'VMLaunchFailure', 'WaitResult', 'WaitSet', 'log_to_glib', 'log_to_python', 'on_event',
    'on_exit', 'on_run_state',
]

for _name in classes_with_trios():
    if _name not in __all__:
        _complete(getattr(_QMachine, _name))
