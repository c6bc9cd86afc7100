# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python raises for the library's errors."""

from gi.repository import GLib

from ._qmachine_types import _JSONObject

class CommandFailed(GLib.Error):
    """QEMU refused a command."""

    command: str
    error_class: str
    description: str
    reply: _JSONObject
    def __init__(self, command: str, reply: _JSONObject) -> None: ...

class _Failure(GLib.Error):
    def __init__(self, error: GLib.Error, _owner: object = None) -> None: ...

class TimedOut(_Failure, TimeoutError):
    """It was not done in time."""

    def __init__(self, error: GLib.Error, owner: object = None) -> None: ...
    def __str__(self) -> str: ...

class NotRunning(_Failure):
    """There is no machine that runs, or nothing yet to listen to."""

class _Ended(_Failure):
    exit_code: int | None
    command_line: list[str] | None
    log: str | None
    def __init__(self, error: GLib.Error, owner: object = None) -> None: ...

class Exited(_Ended):
    """QEMU has ended."""

class LaunchFailed(_Ended):
    """QEMU ended before its monitor was ready."""

class RunFailed(_Failure):
    """A command in a guest has ended with another exit status than 0."""

    command: str | None
    exit_status: int | None
    output: bytes | None
    def __init__(self, error: GLib.Error, owner: object = None) -> None: ...
