# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with the interface of QEMU's own Python class, for programs written for that.

Seconds, plain dicts for events, exceptions of its own; all the work is done by QMachine.Machine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._qmachine_compat_console import ConsoleSocket
from ._qmachine_compat_errors import (AbnormalShutdown, MonitorResponseError,
                                      QEMUMachineAddDeviceError, QEMUMachineError,
                                      VMLaunchFailure)
from ._qmachine_compat_places import ROOM, OwnDirectory, fits, short_base
from ._qmachine_compat_session import Session, event_matches, milliseconds
from ._qmachine_values import to_path, to_texts

if TYPE_CHECKING:
    import logging
    import socket

# What the library puts before all else by itself.
NO_DISPLAY = ['-display', 'none', '-vga', 'none']


def _log() -> logging.Logger:
    import logging
    return logging.getLogger('qemu.machine.machine')


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


class Process:
    """What programs ask of the subprocess.Popen that is not there."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.args = machine.command_line
        self.pid = machine.get_pid()

    @property
    def returncode(self) -> int | None:
        return self._machine.exit_code

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self._machine.is_running():  # else the number may be another process's
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int | None:
        from gi.repository import GLib
        try:
            self._machine.wait(milliseconds(timeout))
        except GLib.Error as error:
            import subprocess
            raise subprocess.TimeoutExpired(self.args, timeout) from error
        return self.returncode


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
        self._qmp_set = True
        self._machine: str | None = None
        base = self._base_temp_dir  # without the machine, which has to end without a collection
        self._temp_place = OwnDirectory(self, 'qemu-machine-', lambda: base)
        self._short_place = OwnDirectory(self, 'qm-', short_base)
        self._console: ConsoleSocket | None = None
        self._console_set = False
        self._launched = False
        self._quit_issued = False
        self._user_killed = False
        self._popen: Process | None = None

        self.machine = QMachine.Machine(binary=self._binary, wrapper=self._wrapper,
                                        base_dir=self._base_temp_dir)
        if name is not None:
            self.machine.props.name = name
        self._qmp = Session(self.machine, self._name)
        self._events = self._qmp.cache

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
                     [*self._wrapper, self._binary, *self._own_base_args(), *self._args])

    @property
    def _base_args(self) -> list[str]:
        """What comes before `_args`, for a class that overrides it. The library adds monitor and
        console by itself."""
        return [*NO_DISPLAY, *self._machine_args()]

    def _machine_args(self) -> list[str]:
        return [] if self._machine is None else ['-machine', self._machine]

    def _own_base_args(self) -> list[str]:
        """Those of `_base_args` that the library does not add by itself."""
        return self._split_base_args()[1]

    def _split_base_args(self) -> tuple[bool, list[str]]:
        """Whether NO_DISPLAY is in front, and what is behind it."""
        args = to_texts(self._base_args, '_base_args')
        if args[:len(NO_DISPLAY)] == NO_DISPLAY:
            return True, args[len(NO_DISPLAY):]
        return False, args

    @property
    def binary(self) -> str:
        return self._binary

    @property
    def _subp(self) -> Process | None:
        return self._popen

    @property
    def _qmp_connection(self) -> Session:
        return self._qmp

    @property
    def args(self) -> list[str]:
        return self._args

    def add_args(self, *args: str) -> None:
        self._args.extend(to_texts(args, 'args'))

    def set_machine(self, machine_type: str | None) -> None:
        self._machine = machine_type

    def set_qmp_monitor(self, enabled: bool = True) -> None:
        self._qmp_set = enabled

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
        self._console_set = True

    @property
    def temp_dir(self) -> str:
        """A directory of this machine. It is made when it is asked for, and gone after the
        shutdown; a launch after that makes it again, where it was."""
        return self._temp_place.path

    @property
    def _temp_dir(self) -> str | None:
        """None where the ancestor has made none."""
        return self.temp_dir if self._launched else self._temp_place.known

    @property
    def sock_dir(self) -> str:
        """Where sockets have room."""
        if self._sock_dir:
            return self._sock_dir
        path = self.temp_dir
        return path if fits(os.path.join(path, 'x' * ROOM)) else self._short_place.path

    def _socket_path(self, kind: str) -> str:
        """For a socket of this machine, in the directory for these unless it has no room there."""
        path = os.path.join(self.sock_dir, f'{self._name}.{kind}')
        return path if fits(path) else os.path.join(self._short_place.path, kind)

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
        no_display, own = self._split_base_args()
        props.args = [*own, *to_texts(self._args, 'args')]
        props.display = (QMachine.MachineDisplay.NONE if no_display
                         else QMachine.MachineDisplay.DEFAULT)
        props.log_path = (os.path.join(self._log_dir, f'{props.name}.log') if self._log_dir
                          else None)
        props.console_log = self._console_log if self._console_set else None
        props.launch_timeout = milliseconds(self._qmp_timer)
        props.shutdown_timeout = -1  # each shutdown has its own
        props.monitor_mode = (QMachine.MonitorMode.INHERIT if self._qmp_set
                              else QMachine.MonitorMode.NONE)
        address = self._monitor_address or self._chosen_address()
        if isinstance(address, (tuple, list)):
            host, port = address
            address = Gio.InetSocketAddress.new_from_string(
                '127.0.0.1' if host in ('localhost', '') else host, int(port))
            if address is None:
                raise QEMUMachineError(f'{host} is no numeric address')
        elif isinstance(address, (str, os.PathLike)):
            address = Gio.UnixSocketAddress.new(os.fspath(address))
        props.monitor_address = address

    def _chosen_address(self) -> str | None:
        """Where the monitor's socket is; None for the directory of the launch, if it has room."""
        path = os.path.join(self._base_temp_dir, 'qmachine-123456', f'{self._name}.monitor')
        return None if not self._sock_dir and fits(path) else self._socket_path('monitor')

    def _prepare_launch(self) -> None:
        """What comes before a launch, whatever a class overrides."""

    def _complete_launch(self) -> None:
        """What comes when QEMU runs, whatever a class overrides."""
        self._popen = Process(self.machine)

    def launch(self) -> None:
        from gi.repository import GLib, QMachine

        if self.machine.is_running():
            raise QEMUMachineError('the machine was launched already')
        if self._launched:
            self._clean_up()  # after one that ended by itself
        for place in (self._temp_place, self._short_place):
            if place.known is not None:
                _ = place.path  # the arguments may name it
        self._close_console()
        self._events.clear()
        self._launched = True
        self._quit_issued = self._user_killed = False
        try:
            self._pre_launch()
            self._prepare_launch()
            self._configure()
            self._launch()
            self._complete_launch()
            self._post_launch()
        except BaseException as error:
            if isinstance(error, GLib.Error) and error.matches(
                    QMachine.MachineError.quark(), QMachine.MachineError.ALREADY_LAUNCHED):
                raise QEMUMachineError(error.message) from error
            self._end(self._kill)
            if not isinstance(error, Exception) or isinstance(error, QEMUMachineError):
                raise
            reason = error.message if isinstance(error, GLib.Error) else repr(error)
            command = ' '.join(map(str, self._qemu_full_args))
            raise VMLaunchFailure(self.exitcode(), command, self.get_log(), reason) from error

    def _launch(self) -> None:
        try:
            self.machine.launch()
        finally:
            _log().debug('launch: %s', ' '.join(map(str, self._qemu_full_args)))

    def _clean_up(self) -> None:
        """After the end of QEMU."""
        try:
            if self._launched:
                self._launched = False
                self._log_death()
                self._post_shutdown()
        finally:
            self._remove_what_is_left()

    def _remove_what_is_left(self) -> None:
        if self._console is not None:
            self._console.join()
        self._temp_place.remove()
        self._short_place.remove()

    def _log_death(self) -> None:
        code = self.exitcode()
        if code is None or code >= 0 or (self._user_killed and code == -signal.SIGKILL):
            return
        if code == -signal.SIGTERM and not self._qmp_set:
            return  # which is how one without a monitor is asked
        _log().warning('QEMU was killed by signal %d: %s', -code,
                       ' '.join(map(str, self._qemu_full_args)))

    def _crash(self) -> str | None:
        """How QEMU ended, if nobody had asked it to and it did not shut down."""
        code = self.exitcode()
        if code is None or code == 0 or self._quit_issued:
            return None
        if code < 0:
            if code == -signal.SIGTERM and not self._qmp_set:
                return None
            return f'signal {-code} has killed QEMU'
        if (self.machine.shutdown_reason or '').startswith('host-'):
            return None
        return f'QEMU has exited with status {code}'

    def _close_qemu_log_file(self) -> None:
        """The log is the library's, which has closed it when QEMU has ended."""

    def _kill(self) -> None:
        self._user_killed = True
        self.machine.kill()

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
        used, which is an AbnormalShutdown. So is a QEMU that has crashed, unless wait() was told
        before. A hard one is force from the beginning, and fine."""
        if hard:
            self._end(self._kill)
            return
        launched = self._launched
        with _after(timeout, self._kill):
            self._end(self.machine.shutdown)
        crash = self._crash() if launched else None
        if crash is not None:
            raise AbnormalShutdown(crash)

    def kill(self) -> None:
        self.shutdown(hard=True)

    def wait(self, timeout: float | None = 30.0) -> None:
        """Waits until QEMU has ended. If it has not after `timeout` seconds, it is killed, and
        that is an AbnormalShutdown; None waits for as long as it takes."""
        from gi.repository import Gio, GLib

        if not self._launched:
            return
        try:
            self.machine.wait(milliseconds(timeout))
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise QEMUMachineError(error.message) from error
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
        if isinstance(args_dict, bool):  # where older releases have conv_keys
            args_dict, conv_keys = None, args_dict
        if args_dict is not None and args:
            raise TypeError('arguments come as one dict or as keywords, not as both')
        if args_dict is None:
            args_dict = args
            if conv_keys is not False:
                args_dict = {name.replace('_', '-'): value for name, value in args.items()}
        reply = self._qmp.exchange(cmd, args_dict)
        if cmd == 'quit' and 'return' in reply:
            self._quit_issued = True
        return reply

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
        return event_matches(event, match)

    def get_qmp_event(self, wait: float | bool = False) -> dict[str, Any] | None:
        """Takes the oldest event: True waits for it, a number waits for so many seconds."""
        return self._qmp.pull_event(wait)

    def clear_qmp_events(self) -> None:
        self._qmp.clear_events()

    def get_qmp_events(self, wait: float | bool = False) -> list[dict[str, Any]]:
        """Takes all events; waits only if there is none."""
        return self._qmp.get_events(wait)

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
        if not self._console_set or not self.machine.is_running():
            raise QEMUMachineError('there is no console: set_console() and launch() come first')
        if self._console is None:
            self._console = ConsoleSocket(self.machine.props.console)
        return self._console.socket

    @property
    def console_file(self) -> Any:
        return self.console_socket.makefile('rb', buffering=0)

    def _close_console(self) -> None:
        if self._console is not None:
            self._console.close()
            self._console = None
