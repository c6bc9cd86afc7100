# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python raises for the library's errors: each is the GLib.Error it was, and says more."""

from __future__ import annotations

import errno
from functools import cache
from typing import Any

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

_QMachine = get_introspection_module('QMachine')


class CommandFailed(GLib.Error):
    """QEMU refused a command.

    Domain, code and message are those of the typelib's own error: `except GLib.Error` and
    `matches()` work as they do without this class.
    """

    command: str
    error_class: str  # QEMU's own name, such as 'GenericError'
    description: str  # QEMU's text, for people
    reply: dict[str, Any]

    def __init__(self, command: str, reply: dict[str, Any]) -> None:
        error = reply['error']
        self.command = command
        self.error_class = error['class']
        self.description = error['desc']
        self.reply = reply

        known = _error_codes()
        message = f'{command}: {self.description}'
        if self.error_class not in known:
            message += f' [{self.error_class}]'
        super().__init__(message, GLib.quark_to_string(_QMachine.CommandError.quark()),
                         known.get(self.error_class, int(_QMachine.CommandError.UNKNOWN_CLASS)))

    def __repr__(self) -> str:
        return f'QMachine.CommandFailed({self.command!r}, {self.reply!r})'

    def __reduce__(self) -> tuple[Any, ...]:
        return CommandFailed, (self.command, self.reply)


def _error_codes() -> dict[str, int]:
    codes = _QMachine.CommandError
    return {
        'GenericError': int(codes.GENERIC_ERROR),
        'CommandNotFound': int(codes.COMMAND_NOT_FOUND),
        'DeviceNotActive': int(codes.DEVICE_NOT_ACTIVE),
        'DeviceNotFound': int(codes.DEVICE_NOT_FOUND),
        'KVMMissingCap': int(codes.KVM_MISSING_CAP),
    }


class _Failure(GLib.Error):
    def __init__(self, error: GLib.Error, _owner: Any = None) -> None:
        super().__init__(error.message, error.domain, error.code)

    def __reduce__(self) -> tuple[Any, ...]:
        error = GLib.Error(self.message, self.domain, self.code)
        return type(self), (error,), {**self.__dict__}


class TimedOut(_Failure, TimeoutError):
    """It was not done in time. Also a TimeoutError, whose `errno` is ETIMEDOUT."""

    def __init__(self, error: GLib.Error, owner: Any = None) -> None:
        super().__init__(error, owner)
        self.errno = errno.ETIMEDOUT
        self.strerror = error.message

    def __str__(self) -> str:
        return GLib.Error.__str__(self)


class NotRunning(_Failure):
    """There is no machine that runs, or nothing yet to listen to."""


class _Ended(_Failure):
    """With what the machine knew then, where the call was one of a machine's."""

    def __init__(self, error: GLib.Error, owner: Any = None) -> None:
        super().__init__(error, owner)
        is_machine = isinstance(owner, _QMachine.Machine)
        self.exit_code: int | None = owner.exit_code if is_machine else None
        self.command_line: list[str] | None = owner.dup_command_line() if is_machine else None
        self.log: str | None = owner.dup_log() if is_machine else None


class Exited(_Ended):
    """QEMU has ended; the message says how, with its last words."""


class LaunchFailed(_Ended):
    """QEMU, or what stands in front of it, ended before its monitor was ready."""


class RunFailed(_Failure):
    """A command in a guest has ended with another exit status than 0; the message says which, and
    quotes the last lines that it wrote."""

    def __init__(self, error: GLib.Error, owner: Any = None) -> None:
        super().__init__(error, owner)
        is_result = isinstance(owner, _QMachine.ShellResult)
        self.command: str | None = owner.get_command() if is_result else None
        self.exit_status: int | None = owner.get_exit_status() if is_result else None
        self.output: bytes | None = owner.get_output().get_data() if is_result else None


def checked(result: Any) -> Any:
    """What a command in a guest came to, if its exit status is 0."""
    try:
        _QMachine.ShellResult.check(result)
    except GLib.Error as error:
        raise RunFailed(error, result) from None
    return result


@cache
def _kinds() -> tuple[tuple[int, int, type[_Failure]], ...]:
    machine_error = _QMachine.MachineError.quark()
    codes = _QMachine.MachineError
    return (
        (Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT, TimedOut),
        (machine_error, codes.EXITED, Exited),
        (machine_error, codes.NOT_RUNNING, NotRunning),
        (machine_error, codes.LAUNCH_FAILED, LaunchFailed),
    )


def failure_of(error: GLib.Error, owner: Any, command: str | None) -> BaseException:
    """The exception to raise for what the library reported: PyGObject keeps the message alone."""
    if isinstance(error, CommandFailed):
        return error
    if command is None or error.domain != GLib.quark_to_string(_QMachine.CommandError.quark()):
        for domain, code, kind in _kinds():
            if error.matches(domain, code):
                return kind(error, owner)
        return error

    description = error.message.removeprefix(f'{command}: ')
    names = {code: name for name, code in _error_codes().items()}
    if error.code in names:
        error_class = names[error.code]
    else:
        description, _, error_class = description.removesuffix(']').rpartition(' [')
    return CommandFailed(command, {'error': {'class': error_class, 'desc': description}})
