# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with the interface of QEMU's own Python class, for programs written for that.

Seconds, plain dicts for events, exceptions of its own; all the work is done by QMachine.Machine.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._qmachine_values import parse, to_path, to_texts

if TYPE_CHECKING:
    import socket

EVENTS_KEPT = 16384  # of those that a wait for another event came across


# -- exceptions --

class QEMUMachineError(Exception):
    """Something is wrong with a machine."""


class QEMUMachineAddDeviceError(QEMUMachineError):
    """A device was asked for that cannot be added."""


class AbnormalShutdown(QEMUMachineError):
    """QEMU is gone, but did not end as it was asked to."""


class VMLaunchFailure(QEMUMachineError):
    """QEMU could not be launched."""

    def __init__(self, exitcode: int | None, command: str, output: str | None,
                 reason: str = '') -> None:
        super().__init__(exitcode, command, output, reason)
        self.exitcode = exitcode
        self.command = command
        self.output = output
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or (f'QEMU did not launch: exit code {self.exitcode}\n'
                               f'command: {self.command}\noutput: {self.output}')


class QMPError(Exception):
    """Something went wrong with the monitor."""


class QMPConnectError(QMPError):
    """The monitor is gone."""


class QMPTimeoutError(QMPError, TimeoutError):
    """What was waited for did not come in time."""


class MonitorResponseError(QMPError):
    """QEMU refused a command."""

    def __init__(self, reply: Any) -> None:
        try:
            self.desc = reply['error']['desc']
            self.error_class = reply['error'].get('class')
        except (KeyError, TypeError):
            self.desc = str(reply)
            self.error_class = None
        super().__init__(self.desc)
        self.reply = reply


# By the names of younger releases.
QMPResponseError = MonitorResponseError
ExecuteError = MonitorResponseError


# -- time --

def _milliseconds(seconds: float | None) -> int:
    """For a setting of the library: None is no limit."""
    return -1 if seconds is None else max(0, round(seconds * 1000))


@contextlib.contextmanager
def _after(seconds: float | None, function: Any) -> Iterator[None]:
    """Calls the function if the block takes longer, and not after it; None is no limit."""
    timer = threading.Timer(seconds or 0, function)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if timer.is_alive():
            timer.join()


class _Deadline:
    """A limit for a wait as a whole, in seconds: None and True are none, False is 0."""

    def __init__(self, seconds: float | bool | None) -> None:
        endless = seconds is None or seconds is True
        self.polls = not endless and not seconds
        self._end = None if endless else time.monotonic() + float(seconds)

    def left(self) -> float | None:
        return None if self._end is None else max(0.0, self._end - time.monotonic())


# -- events --

def _event_matches(event: Any, match: Any) -> bool:
    if match is None:
        return True
    if not isinstance(match, dict) or not isinstance(event, dict):
        return type(event) is type(match) and event == match or (
            not isinstance(event, bool) and not isinstance(match, bool) and event == match)
    return all(name in event and _event_matches(event[name], wanted)
               for name, wanted in match.items())


class _EventCache:
    """The events of a machine as dicts, in order, for any number of threads that wait: one of
    them takes new events from the machine, and keeps for the others what it is not after."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._changed = threading.Condition()
        self._events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._someone_takes = False

    def clear(self) -> None:
        with self._changed:
            self._events.clear()

    def _keep_what_is_there(self) -> None:
        self._events.extend(parse(event.to_json()) for event in self._machine.pop_events())

    def _find(self, wanted: Sequence[tuple[str | None, Any]]) -> dict[str, Any] | None:
        for event in self._events:
            if any((name is None or event['event'] == name) and _event_matches(event, match)
                   for name, match in wanted):
                self._events.remove(event)
                return event
        return None

    def take_all(self) -> list[dict[str, Any]]:
        with self._changed:
            if not self._someone_takes:
                self._keep_what_is_there()
            events = list(self._events)
            self._events.clear()
            return events

    def take(self, wanted: Sequence[tuple[str | None, Any]],
             timeout: float | bool | None) -> dict[str, Any] | None:
        """The oldest event that fits; None if there is none and the time-out is 0."""
        deadline = _Deadline(timeout)
        with self._changed:
            while True:
                if not self._someone_takes:
                    self._keep_what_is_there()
                event = self._find(wanted)
                if event is not None or deadline.polls:
                    return event
                left = deadline.left()
                if left == 0:
                    raise QMPTimeoutError(
                        f'no event of {[name for name, _match in wanted]} within {timeout} s')
                if self._someone_takes:
                    self._changed.wait(left)
                else:
                    self._take_next(left)

    def _take_next(self, seconds: float | None) -> None:
        from gi.repository import Gio, GLib

        self._someone_takes = True
        self._changed.release()
        try:
            event = self._machine.wait_event(timeout=_milliseconds(seconds))
        except GLib.Error as error:
            event = None
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise QMPConnectError(error.message) from error
        finally:
            self._changed.acquire()
            self._someone_takes = False
            self._changed.notify_all()
        if event is not None:
            self._events.append(parse(event.to_json()))


# -- the machine --

class QEMUMachine:
    """A machine with the methods, units and exceptions of QEMU's Python class.

    `machine` is the QMachine.Machine that does the work.
    """

    def __init__(self, binary: str, args: Sequence[str] | None = (),
                 wrapper: Sequence[str] | None = (), name: str | None = None,
                 base_temp_dir: str = '/var/tmp', monitor_address: Any = None,
                 drain_console: Any = False, console_log: str | None = None,
                 log_dir: str | None = None, qmp_timer: float | None = 30.0, *,
                 test_dir: str | None = None, socket_scm_helper: str | None = None,
                 sock_dir: str | None = None) -> None:
        # Descriptors need no helper program, and the console is always drained.
        del drain_console, socket_scm_helper
        from gi.repository import QMachine

        self._binary = to_path(binary, 'binary')
        self._args = to_texts(args or (), 'args')
        self._wrapper = to_texts(wrapper or (), 'wrapper')
        self._base_temp_dir = test_dir or base_temp_dir
        self._monitor_address = monitor_address
        self._console_log = console_log
        self._log_dir = log_dir
        self._sock_dir = sock_dir
        self._qmp_timer = qmp_timer
        self._qmp_monitor = True
        self._machine_type: str | None = None
        self._temp_dir: str | None = None
        self._remove_temp_dir: Any = None
        self._console: _ConsoleSocket | None = None
        self._has_console = False
        self._launched = False

        self.machine = QMachine.Machine(binary=self._binary, wrapper=self._wrapper,
                                        base_dir=self._base_temp_dir)
        if name is not None:
            self.machine.props.name = name
        self._events = _EventCache(self.machine)

    def __enter__(self) -> QEMUMachine:
        return self

    def __exit__(self, kind: Any, *_exception: Any) -> None:
        if kind is None:
            self.shutdown()
            return
        try:
            self.kill()
        except Exception:  # nothing may hide the exception that is under way
            pass

    # -- what programs have of their own --

    def _pre_launch(self) -> None:
        """Comes before each launch, for a class that overrides it: `_args` can still be changed."""

    def _post_launch(self) -> None:
        """Comes when QEMU runs and its monitor, if it has one, can be used."""

    def _post_shutdown(self) -> None:
        """Comes once after the end of QEMU, or of a launch that failed."""

    # -- settings --

    @property
    def _name(self) -> str:
        return self.machine.props.name

    @_name.setter
    def _name(self, name: str) -> None:
        self.machine.props.name = name

    @property
    def _qemu_full_args(self) -> tuple[str, ...]:
        return tuple(self.machine.command_line or
                     [*self._wrapper, self._binary, *self._args])

    @property
    def args(self) -> list[str]:
        return self._args

    def add_args(self, *args: str) -> None:
        self._args.extend(to_texts(args, 'args'))

    def set_machine(self, machine_type: str | None) -> None:
        self._machine_type = machine_type

    def set_qmp_monitor(self, enabled: bool = True) -> None:
        self._qmp_monitor = enabled

    def add_monitor_null(self) -> None:
        self._args.extend(['-monitor', 'null'])

    def add_monitor_telnet(self, ip: str, port: int) -> None:
        self._wrap(self.machine.add_monitor_telnet, ip, int(port))

    def add_fd(self, fd: int, fdset: int, opaque: str, opts: str = '') -> QEMUMachine:
        self._wrap(self.machine.add_fd, fd, fdset, opaque, opts or None)
        return self

    def set_console(self, device_type: str | None = None, console_index: int = 0) -> None:
        if console_index < 0:
            raise QEMUMachineAddDeviceError(f'{console_index} is no number of a console')
        self.machine.add_console(None, device_type or f'serial{console_index}')
        self._has_console = True

    @property
    def temp_dir(self) -> str:
        """A directory of this machine. It is made when it is asked for, and gone after the
        shutdown; a launch after that makes it again, where it was."""
        if self._temp_dir is None:
            import tempfile
            self._temp_dir = tempfile.mkdtemp(prefix='qemu-machine-', dir=self._base_temp_dir)
        elif self._remove_temp_dir is None:
            os.mkdir(self._temp_dir, 0o700)
        if self._remove_temp_dir is None:
            import shutil
            import weakref
            self._remove_temp_dir = weakref.finalize(self, shutil.rmtree, self._temp_dir, True)
        return self._temp_dir

    @property
    def sock_dir(self) -> str:
        return self._sock_dir or self.temp_dir

    @property
    def log_dir(self) -> str:
        return self._log_dir or self.temp_dir

    # -- life --

    def _wrap(self, function: Any, *arguments: Any) -> Any:
        from gi.repository import GLib
        try:
            return function(*arguments)
        except GLib.Error as error:
            raise QEMUMachineError(error.message) from error

    def _configure(self) -> None:
        from gi.repository import Gio, QMachine

        props = self.machine.props
        props.args = to_texts(self._args, 'args')
        props.machine_type = self._machine_type
        props.log_path = (os.path.join(self._log_dir, f'{props.name}.log') if self._log_dir
                          else None)
        props.console_log = self._console_log if self._has_console else None
        props.launch_timeout = _milliseconds(self._qmp_timer)
        props.shutdown_timeout = -1  # each shutdown has its own
        props.monitor_mode = (QMachine.MonitorMode.INHERIT if self._qmp_monitor
                              else QMachine.MonitorMode.NONE)
        address = self._monitor_address
        if isinstance(address, (tuple, list)):
            host, port = address
            address = Gio.InetSocketAddress.new_from_string(
                '127.0.0.1' if host in ('localhost', '') else host, int(port))
            if address is None:
                raise QEMUMachineError(f'{host} is no numeric address')
        elif isinstance(address, (str, os.PathLike)):
            address = Gio.UnixSocketAddress.new(os.fspath(address))
        props.monitor_address = address

    def launch(self) -> None:
        from gi.repository import GLib, QMachine

        if self.machine.is_running():
            raise QEMUMachineError('the machine was launched already')
        if self._temp_dir is not None:
            _ = self.temp_dir  # the arguments may name it
        self._close_console()
        self._events.clear()
        self._launched = True
        try:
            self._pre_launch()
            self._configure()
            self.machine.launch()
            self._post_launch()
        except BaseException as error:
            if isinstance(error, GLib.Error) and error.matches(
                    QMachine.MachineError.quark(), QMachine.MachineError.ALREADY_LAUNCHED):
                raise QEMUMachineError(error.message) from error
            self._end(self.machine.kill)
            if not isinstance(error, Exception) or isinstance(error, QEMUMachineError):
                raise
            reason = error.message if isinstance(error, GLib.Error) else repr(error)
            command = ' '.join(map(str, self._qemu_full_args))
            raise VMLaunchFailure(self.exitcode(), command, self.get_log(), reason) from error

    def _clean_up(self) -> None:
        """After the end of QEMU."""
        try:
            if self._launched:
                self._launched = False
                self._post_shutdown()
        finally:
            self._remove_what_is_left()

    def _remove_what_is_left(self) -> None:
        if self._console is not None:
            self._console.join()
        if self._remove_temp_dir is not None:
            self._remove_temp_dir()
            self._remove_temp_dir = None

    def _end(self, end: Any) -> None:
        from gi.repository import GLib
        try:
            end()
        except GLib.Error as error:
            raise AbnormalShutdown(error.message) from error
        finally:
            if not self.machine.is_running():
                self._clean_up()

    def shutdown(self, hard: bool = False, timeout: float | None = 30) -> None:
        """Ends QEMU: it has `timeout` seconds, None for as long as it takes, before force is
        used, which is an AbnormalShutdown. A hard one is force from the beginning, and fine."""
        if hard:
            self._end(self.machine.kill)
            return
        with _after(timeout, self.machine.kill):
            self._end(self.machine.shutdown)

    def kill(self) -> None:
        self.shutdown(hard=True)

    def wait(self, timeout: float | None = 30.0) -> None:
        """Waits until QEMU has ended. If it has not after `timeout` seconds, it is killed, and
        that is an AbnormalShutdown; None waits for as long as it takes."""
        from gi.repository import Gio, GLib

        if not self.machine.is_running():
            return
        try:
            self.machine.wait(_milliseconds(timeout))
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise
            self.kill()
            raise AbnormalShutdown(f'QEMU did not end within {timeout} s') from error
        self._clean_up()

    def is_running(self) -> bool:
        return self.machine.is_running()

    def exitcode(self) -> int | None:
        """The exit status, minus the signal that killed QEMU, or None while there is neither."""
        return self.machine.exit_code

    def get_pid(self) -> int | None:
        return self.machine.get_pid() if self.machine.is_running() else None

    def get_log(self) -> str | None:
        return self.machine.log

    # -- QMP --

    def qmp(self, cmd: str, args_dict: Any = None, conv_keys: bool | None = None,
            **args: Any) -> dict[str, Any]:
        """Sends a command and returns the whole reply. In keywords, "_" becomes "-"."""
        from gi.repository import GLib

        if isinstance(args_dict, bool):  # where older releases have conv_keys
            args_dict, conv_keys = None, args_dict
        if args_dict is not None and args:
            raise TypeError('arguments come as one dict or as keywords, not as both')
        try:
            if args_dict is not None:
                return self.machine.qmp(cmd, args_dict)
            if conv_keys is not False:
                args = {name.replace('_', '-'): value for name, value in args.items()}
            return self.machine.qmp(cmd, args)
        except GLib.Error as error:
            raise QMPConnectError(error.message) from error

    def command(self, cmd: str, args_dict: Any = None, conv_keys: bool | None = None,
                **args: Any) -> Any:
        """Sends a command and returns what it returned, or raises MonitorResponseError."""
        reply = self.qmp(cmd, args_dict, conv_keys, **args)
        if 'error' in reply:
            raise MonitorResponseError(reply)
        return reply['return']

    cmd = command

    def send_fd_scm(self, fd: int | str | None = None, file_path: str | None = None) -> int:
        """Sends a descriptor, or the file at a path, for `getfd`. Older releases take either as
        the first argument."""
        if isinstance(fd, str) and file_path is None:
            fd, file_path = (int(fd), None) if fd.isdecimal() else (None, fd)
        if (fd is None) == (file_path is None):
            raise ValueError('either a descriptor or a path')
        if fd is not None:
            self._wrap(self.machine.send_fd, fd)
        else:
            self._wrap(self.machine.send_file, os.fspath(file_path))
        return 0

    # -- events --

    @staticmethod
    def event_match(event: Any, match: Any = None) -> bool:
        """Whether the event holds at least what `match` holds; a None accepts anything."""
        return _event_matches(event, match)

    def get_qmp_event(self, wait: float | bool = False) -> dict[str, Any] | None:
        """Takes the oldest event: True waits for it, a number waits for so many seconds."""
        return self._events.take([(None, None)], wait)

    def clear_qmp_events(self) -> None:
        self._events.take_all()

    def get_qmp_events(self, wait: float | bool = False) -> list[dict[str, Any]]:
        """Takes all events; waits only if there is none."""
        events = self._events.take_all()
        if not events and wait:
            first = self._events.take([(None, None)], wait)
            events = [first, *self._events.take_all()]
        return events

    def event_wait(self, name: str, timeout: float | None = 60.0,
                   match: Any = None) -> dict[str, Any] | None:
        """Takes the oldest event of that name that matches. With a time-out of 0 it may be None,
        otherwise QMPTimeoutError is raised after so many seconds in all; None waits on."""
        return self.events_wait([(name, match)], timeout)

    def events_wait(self, events: Sequence[tuple[str, Any]],
                    timeout: float | None = 60.0) -> dict[str, Any] | None:
        """Like event_wait(), for the first of several."""
        return self._events.take(list(events), timeout)

    # -- the console --

    @property
    def console_socket(self) -> socket.socket:
        """A socket that is connected with the guest's console, until QEMU ends."""
        if not self._has_console or not self.machine.is_running():
            raise QEMUMachineError('there is no console: set_console() and launch() come first')
        if self._console is None:
            self._console = _ConsoleSocket(self.machine.props.console)
        return self._console.socket

    @property
    def console_file(self) -> Any:
        return self.console_socket.makefile('rb', buffering=0)

    def _close_console(self) -> None:
        if self._console is not None:
            self._console.close()
            self._console = None


class QEMUQtestMachine(QEMUMachine):
    """A machine with a qtest server."""

    def __init__(self, binary: str, args: Sequence[str] | None = (),
                 wrapper: Sequence[str] | str | None = (), name: str | None = None,
                 base_temp_dir: str = '/var/tmp', qmp_timer: float | None = 30.0,
                 **settings: Any) -> None:
        if isinstance(wrapper, str):  # older releases have the name here
            wrapper, name = (), wrapper
        super().__init__(binary, args, wrapper, name, base_temp_dir, qmp_timer=qmp_timer,
                         **settings)
        self.machine.props.enable_qtest = True

    def qtest(self, cmd: str) -> str:
        """Sends a line to the qtest server and returns its answer, a line as well."""
        return self._wrap(self.machine.qtest, cmd) + '\n'


class _ConsoleSocket:
    """A socket pair: one end is the program's, the other is carried to and from the console of
    the library in a thread of its own."""

    BACKLOG = 1 << 20  # bytes that the program has not read, beyond what the socket takes

    def __init__(self, console: Any) -> None:
        import socket
        self._console = console
        self.socket, self._far = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name='qmachine-console', daemon=True)
        self._thread.start()

    def _run(self) -> None:
        import asyncio
        with contextlib.suppress(RuntimeError):  # the interpreter is about to end
            asyncio.run(self._carry())

    async def _carry(self) -> None:
        import asyncio
        reader, writer = await asyncio.open_connection(sock=self._far)
        typing = asyncio.ensure_future(self._type(reader))
        try:
            await self._show(writer)
        finally:
            typing.cancel()
            await asyncio.wait([typing])
            writer.close()

    async def _show(self, writer: Any) -> None:
        from gi.repository import GLib
        while True:
            try:
                # All that has come since the last time.
                text = await self._console.wait_for_text_async('(?s).+')
            except GLib.Error:
                return  # QEMU has ended
            if writer.transport.is_closing():
                return
            if writer.transport.get_write_buffer_size() < self.BACKLOG:
                writer.write(text.encode())

    async def _type(self, reader: Any) -> None:
        import codecs
        from gi.repository import GLib
        decoder = codecs.getincrementaldecoder('utf-8')('replace')
        while True:
            keys = await reader.read(4096)
            if not keys:
                return
            try:
                await self._console.write_async(decoder.decode(keys))
            except (GLib.Error, RuntimeError):
                return  # as above

    def join(self) -> None:
        self._thread.join(5)

    def close(self) -> None:
        self.socket.close()

    def __del__(self) -> None:
        self.close()
