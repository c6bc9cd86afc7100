# SPDX-License-Identifier: LGPL-2.1-or-later
"""The enumerations of QMachine, error codes included."""

from typing import ClassVar

from gi.repository import GLib
from typing_extensions import Self

# PyGObject makes them of enum.IntEnum from 3.52 on only. What they have before that is here.
class _Enum(int):
    @property
    def value_name(self) -> str: ...
    @property
    def value_nick(self) -> str: ...

class _Flags(int):
    @property
    def first_value_name(self) -> str: ...
    @property
    def first_value_nick(self) -> str: ...
    @property
    def value_names(self) -> list[str]: ...
    @property
    def value_nicks(self) -> list[str]: ...
    def __and__(self, other: int, /) -> Self: ...
    def __or__(self, other: int, /) -> Self: ...
    def __xor__(self, other: int, /) -> Self: ...

class CommandError(_Enum):
    GENERIC_ERROR: ClassVar[CommandError]
    COMMAND_NOT_FOUND: ClassVar[CommandError]
    DEVICE_NOT_ACTIVE: ClassVar[CommandError]
    DEVICE_NOT_FOUND: ClassVar[CommandError]
    KVM_MISSING_CAP: ClassVar[CommandError]
    UNKNOWN_CLASS: ClassVar[CommandError]
    @staticmethod
    def get_class_name(error: GLib.Error) -> str | None: ...
    @staticmethod
    def get_command_name(error: GLib.Error) -> str | None: ...
    @staticmethod
    def get_description(error: GLib.Error) -> str | None: ...
    @staticmethod
    def get_reply(error: GLib.Error) -> str | None: ...
    @staticmethod
    def quark() -> int: ...

class ConsoleInteractEnd(_Enum):
    NONE: ClassVar[ConsoleInteractEnd]
    ESCAPE: ClassVar[ConsoleInteractEnd]
    EXITED: ClassVar[ConsoleInteractEnd]
    INPUT_END: ClassVar[ConsoleInteractEnd]

class ConsoleMatchFlags(_Flags):
    NONE: ClassVar[ConsoleMatchFlags]
    COMPLETE: ClassVar[ConsoleMatchFlags]

class DiskCache(_Enum):
    WRITEBACK: ClassVar[DiskCache]
    NONE: ClassVar[DiskCache]
    WRITETHROUGH: ClassVar[DiskCache]
    DIRECTSYNC: ClassVar[DiskCache]
    UNSAFE: ClassVar[DiskCache]

class DiskConvertFlags(_Flags):
    NONE: ClassVar[DiskConvertFlags]
    COMPRESS: ClassVar[DiskConvertFlags]

class DiskImageError(_Enum):
    FAILED: ClassVar[DiskImageError]
    INVALID: ClassVar[DiskImageError]
    NO_PROGRAM: ClassVar[DiskImageError]
    EXISTS: ClassVar[DiskImageError]
    IN_USE: ClassVar[DiskImageError]
    WRONG_FORMAT: ClassVar[DiskImageError]
    CORRUPT: ClassVar[DiskImageError]
    NO_SPACE: ClassVar[DiskImageError]
    WOULD_SHRINK: ClassVar[DiskImageError]
    @staticmethod
    def quark() -> int: ...

class DiskRepair(_Enum):
    NONE: ClassVar[DiskRepair]
    LEAKS: ClassVar[DiskRepair]
    ALL: ClassVar[DiskRepair]

class ExitKind(_Enum):
    NONE: ClassVar[ExitKind]
    EXITED: ClassVar[ExitKind]
    SIGNALED: ClassVar[ExitKind]
    UNKNOWN: ClassVar[ExitKind]

class ForwardProtocol(_Enum):
    TCP: ClassVar[ForwardProtocol]
    UDP: ClassVar[ForwardProtocol]

class GuestAgentState(_Enum):
    CLOSED: ClassVar[GuestAgentState]
    CONNECTING: ClassVar[GuestAgentState]
    WAITING: ClassVar[GuestAgentState]
    READY: ClassVar[GuestAgentState]

class GuestShutdownMode(_Enum):
    POWERDOWN: ClassVar[GuestShutdownMode]
    HALT: ClassVar[GuestShutdownMode]
    REBOOT: ClassVar[GuestShutdownMode]

class JobError(_Enum):
    FAILED: ClassVar[JobError]
    CANCELLED: ClassVar[JobError]
    GONE: ClassVar[JobError]
    NOT_SUPPORTED: ClassVar[JobError]
    @staticmethod
    def quark() -> int: ...

class JobStatus(_Enum):
    UNDEFINED: ClassVar[JobStatus]
    CREATED: ClassVar[JobStatus]
    RUNNING: ClassVar[JobStatus]
    PAUSED: ClassVar[JobStatus]
    READY: ClassVar[JobStatus]
    STANDBY: ClassVar[JobStatus]
    WAITING: ClassVar[JobStatus]
    PENDING: ClassVar[JobStatus]
    ABORTING: ClassVar[JobStatus]
    CONCLUDED: ClassVar[JobStatus]

class MachineDisplay(_Enum):
    NONE: ClassVar[MachineDisplay]
    HEADLESS: ClassVar[MachineDisplay]
    DBUS: ClassVar[MachineDisplay]
    VNC: ClassVar[MachineDisplay]
    GTK: ClassVar[MachineDisplay]
    SDL: ClassVar[MachineDisplay]
    DEFAULT: ClassVar[MachineDisplay]

class MachineError(_Enum):
    ALREADY_LAUNCHED: ClassVar[MachineError]
    NOT_RUNNING: ClassVar[MachineError]
    INVALID_CONFIGURATION: ClassVar[MachineError]
    LAUNCH_FAILED: ClassVar[MachineError]
    EXITED: ClassVar[MachineError]
    ABNORMAL_SHUTDOWN: ClassVar[MachineError]
    @staticmethod
    def quark() -> int: ...

class MachineKind(_Enum):
    SYSTEM: ClassVar[MachineKind]
    STORAGE_DAEMON: ClassVar[MachineKind]

class MachineState(_Enum):
    STOPPED: ClassVar[MachineState]
    LAUNCHING: ClassVar[MachineState]
    RUNNING: ClassVar[MachineState]
    STOPPING: ClassVar[MachineState]

class MonitorError(_Enum):
    CLOSED: ClassVar[MonitorError]
    PROTOCOL: ClassVar[MonitorError]
    NEGOTIATION: ClassVar[MonitorError]
    TOO_LARGE: ClassVar[MonitorError]
    BUSY: ClassVar[MonitorError]
    INVALID_COMMAND: ClassVar[MonitorError]
    @staticmethod
    def quark() -> int: ...

class MonitorFlags(_Flags):
    NONE: ClassVar[MonitorFlags]
    OUT_OF_BAND: ClassVar[MonitorFlags]

class MonitorMode(_Enum):
    INHERIT: ClassVar[MonitorMode]
    LISTEN: ClassVar[MonitorMode]
    NONE: ClassVar[MonitorMode]
    STDIO: ClassVar[MonitorMode]

class MonitorState(_Enum):
    CLOSED: ClassVar[MonitorState]
    CONNECTING: ClassVar[MonitorState]
    NEGOTIATING: ClassVar[MonitorState]
    RUNNING: ClassVar[MonitorState]

class PowerOffOutcome(_Enum):
    NOT_REACHED: ClassVar[PowerOffOutcome]
    SKIPPED: ClassVar[PowerOffOutcome]
    REFUSED: ClassVar[PowerOffOutcome]
    FAILED: ClassVar[PowerOffOutcome]
    TIMED_OUT: ClassVar[PowerOffOutcome]
    WORKED: ClassVar[PowerOffOutcome]

class PowerOffStep(_Enum):
    NONE: ClassVar[PowerOffStep]
    AGENT: ClassVar[PowerOffStep]
    BUTTON: ClassVar[PowerOffStep]
    QUIT: ClassVar[PowerOffStep]
    TERM: ClassVar[PowerOffStep]
    KILL: ClassVar[PowerOffStep]

class MouseButton(_Enum):
    LEFT: ClassVar[MouseButton]
    MIDDLE: ClassVar[MouseButton]
    RIGHT: ClassVar[MouseButton]
    WHEEL_UP: ClassVar[MouseButton]
    WHEEL_DOWN: ClassVar[MouseButton]
    SIDE: ClassVar[MouseButton]
    EXTRA: ClassVar[MouseButton]

class RunState(_Enum):
    UNKNOWN: ClassVar[RunState]
    DEBUG: ClassVar[RunState]
    INMIGRATE: ClassVar[RunState]
    INTERNAL_ERROR: ClassVar[RunState]
    IO_ERROR: ClassVar[RunState]
    PAUSED: ClassVar[RunState]
    POSTMIGRATE: ClassVar[RunState]
    PRELAUNCH: ClassVar[RunState]
    FINISH_MIGRATE: ClassVar[RunState]
    RESTORE_VM: ClassVar[RunState]
    RUNNING: ClassVar[RunState]
    SAVE_VM: ClassVar[RunState]
    SHUTDOWN: ClassVar[RunState]
    SUSPENDED: ClassVar[RunState]
    WATCHDOG: ClassVar[RunState]
    GUEST_PANICKED: ClassVar[RunState]
    COLO: ClassVar[RunState]

class WaitKind(_Enum):
    EVENT: ClassVar[WaitKind]
    TEXT: ClassVar[WaitKind]
    RUN_STATE: ClassVar[WaitKind]
    AGENT: ClassVar[WaitKind]
    EXIT: ClassVar[WaitKind]
    JOB: ClassVar[WaitKind]
