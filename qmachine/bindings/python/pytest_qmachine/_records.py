# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which machines are launched while a test runs, and where each writes its logs.

The calls that begin and end a machine are wrapped, so a machine that a test makes by itself is
known, too. Its logs go into files from the launch on: nothing has to be collected when it is too
late, and a process that dies leaves them behind.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import pathlib
import re
import shutil
import signal
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._options import Limits

if TYPE_CHECKING:
    from gi.repository import QMachine

MONITOR_LOG = 'monitor.log'
QEMU_LOG = 'qemu.log'
SHELL_LOG = 'shell.log'
STATE = 'state.txt'
AHEAD = 'ahead'  # an empty file: the machine is for no test yet
_LIMITS = ('launch_timeout', 'command_timeout')
CONSOLE_LOG = 'console'  # what the names of all of them begin with


def file_name(text: str, longest: int = 100) -> str:
    """Of any text, such as the name of a test."""
    name = re.sub(r'[^\w.=,+-]+', '_', text).strip('_.') or '_'
    if len(name) > longest:
        digest = hashlib.sha256(text.encode(errors='replace')).hexdigest()
        name = f'{name[:longest - 9]}-{digest[:8]}'
    return name


def console_log(console: QMachine.Console) -> str:
    """The name of its file."""
    name = console.name or 'console'
    return f'{CONSOLE_LOG}.log' if name == 'console' else f'{CONSOLE_LOG}-{file_name(name, 40)}.log'


class Record:
    """One launch of a machine."""

    def __init__(self, machine: QMachine.Machine, directory: pathlib.Path) -> None:
        self.name = machine.name
        self.directory = directory
        # QEMU's own, and those that the program chose itself.
        self.logs: dict[str, pathlib.Path] = {}
        self.launched = False
        self.asked_to_end = False
        self.crash_told = False
        self.is_latest = True  # of the launches of its machine
        # One that a test made is held until its end, so that nobody misses how it ended.
        self._held: QMachine.Machine | None = machine
        self._reference = weakref.ref(machine)
        self.former_limits: dict[str, int] = {}  # where those of a test took their place
        self._last_state = ''

    @property
    def machine(self) -> QMachine.Machine | None:
        return self._reference()

    def let_go(self) -> None:
        self.describe()
        self._held = None

    def console_texts(self) -> dict[str, bytes]:
        """What the library has of each console, by the name of its file: the last megabyte, or
        all if it was less. QEMU writes its file a moment later."""
        machine = self.machine
        if machine is None or not self.is_latest:
            return {}
        texts = ((console_log(each), each.bytes) for each in machine.dup_consoles())
        return {name: data.get_data() or b'' for name, data in texts if data is not None}

    @property
    def is_running(self) -> bool:
        machine = self.machine
        return machine is not None and machine.is_running()

    def describe(self) -> str:
        """What is known of it, in lines."""
        machine = self.machine
        if machine is not None:
            lines = [f'{self.name}: {machine.state.value_nick}']
            if machine.pid:
                lines[0] += f', pid {machine.pid}, run state {machine.run_state_name}'
            elif machine.exit_code is not None:
                lines[0] += f', {describe_exit(machine.exit_code)}'
            lines.append(' '.join(machine.command_line or []))
            self._last_state = '\n'.join(lines)
        return self._last_state

    @property
    def crash(self) -> str | None:
        """How QEMU crashed; None if it did not. An exit status of its own is no crash: guests can
        choose it."""
        machine = self.machine
        if machine is None or not self.launched or self.asked_to_end or machine.is_running():
            return None
        exit_code = machine.exit_code
        return describe_exit(exit_code) if exit_code is not None and exit_code < 0 else None


def describe_exit(exit_code: int) -> str:
    if exit_code >= 0:
        return f'exited with status {exit_code}'
    try:
        return f'killed by signal {-exit_code} ({signal.Signals(-exit_code).name})'
    except ValueError:
        return f'killed by signal {-exit_code}'


class Records:
    """Those of the test that runs, and of what outlives it."""

    def __init__(self) -> None:
        self.all: list[Record] = []
        self._limits = Limits()
        self._root: pathlib.Path | None = None
        self._n_launches = 0
        self._originals: dict[str, Callable[..., Any]] = {}
        self._aside: list[Record] = []

    # -- wrapping --

    def attach(self, root: pathlib.Path) -> None:
        """Begins to take notice of launches, whose logs go below `root`. Raises ImportError or
        ValueError where the library is not there."""
        from gi.repository import QMachine
        self._root = root
        wrappers = {'launch': self._wrap_launch, 'launch_async': self._wrap_launch_async}
        for name in ('shutdown', 'shutdown_async', 'kill', 'kill_async'):
            wrappers[name] = self._wrap_end
        wrappers['save_template'] = self._wrap_save
        for name, wrap in wrappers.items():
            self._originals[name] = getattr(QMachine.Machine, name)
            setattr(QMachine.Machine, name, wrap(self._originals[name]))

    def detach(self) -> None:
        if self._originals:
            from gi.repository import QMachine
            for name, original in self._originals.items():
                setattr(QMachine.Machine, name, original)
            self._originals.clear()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    @property
    def is_attached(self) -> bool:
        return bool(self._originals)

    def _wrap_launch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def launch(machine: QMachine.Machine, *arguments: Any, **keywords: Any) -> Any:
            __tracebackhide__ = True
            record = self._begin(machine)
            result = original(machine, *arguments, **keywords)
            if record is not None:
                record.launched = True
            return result
        return launch

    def launch_aside(self, machine: QMachine.Machine) -> Callable[[], Any]:
        """What launches a machine that is for a later test, in any thread: nothing of it is told
        before admit()."""
        if not self.is_attached:
            return machine.launch
        record = self._new_record(machine)
        if record is not None:
            (record.directory / AHEAD).touch()
            self._aside.append(record)
        return functools.partial(self._originals['launch'], machine)

    def admit(self, machine: QMachine.Machine) -> None:
        """It was launched, and is for the test that runs, or that begins now."""
        for record in self._take_aside(machine):
            (record.directory / AHEAD).unlink()
            record.launched = True
            self._set_limits(record)
            self.all.append(record)

    def forget_aside(self, machine: QMachine.Machine) -> None:
        """No test gets it."""
        for record in self._take_aside(machine):
            shutil.rmtree(record.directory, ignore_errors=True)

    def _take_aside(self, machine: QMachine.Machine) -> list[Record]:
        taken = [each for each in self._aside if each.machine is machine]
        self._aside = [each for each in self._aside if each.machine is not machine]
        return taken

    @property
    def machines(self) -> list[QMachine.Machine]:
        """All that are there, those for later tests, too."""
        machines = [each.machine for each in (*self.all, *self._aside)]
        return [each for each in machines if each is not None]

    def _wrap_launch_async(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def launch_async(machine: QMachine.Machine, *arguments: Any, **keywords: Any) -> Any:
            record = self._begin(machine)
            if record is not None:
                record.launched = True
            return original(machine, *arguments, **keywords)
        return launch_async

    def _wrap_end(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def end(machine: QMachine.Machine, *arguments: Any, **keywords: Any) -> Any:
            __tracebackhide__ = True
            record = self.find(machine)
            if record is not None and machine.is_running():
                record.asked_to_end = True
            return original(machine, *arguments, **keywords)
        return end

    def _wrap_save(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def save(machine: QMachine.Machine, *arguments: Any, **keywords: Any) -> Any:
            __tracebackhide__ = True
            result = original(machine, *arguments, **keywords)
            record = self.find(machine)
            if record is not None:
                record.asked_to_end = True
            return result
        return save

    # -- launches --

    def find(self, machine: QMachine.Machine) -> Record | None:
        """Its latest launch."""
        return next((each for each in reversed(self.all) if each.machine is machine), None)

    def _begin(self, machine: QMachine.Machine) -> Record | None:
        record = self._new_record(machine)
        if record is not None:
            self._set_limits(record)
            self.all.append(record)
        return record

    def _new_record(self, machine: QMachine.Machine) -> Record | None:
        # What is refused is no launch; and an observer may not be what a test fails of.
        if self._root is None or machine.is_running():
            return None
        self._n_launches += 1
        directory = self._root / f'{self._n_launches}-{file_name(machine.name, 40)}'
        try:
            directory.mkdir(parents=True)
        except OSError:
            return None
        former = self.find(machine)
        if former is not None:
            former.is_latest = False
        record = Record(machine, directory)
        self._place_logs(machine, record)
        return record

    def _is_free(self, path: str | None) -> bool:
        """Nobody chose one, or this file did for an earlier launch."""
        return path is None or path.startswith(f'{self._root}{os.sep}')

    def _place_logs(self, machine: QMachine.Machine, record: Record) -> None:
        if self._is_free(machine.monitor_log):
            machine.monitor_log = record.directory / MONITOR_LOG
        if self._is_free(machine.log_path):
            machine.log_path = record.directory / QEMU_LOG
        record.logs[MONITOR_LOG] = pathlib.Path(machine.monitor_log or '')
        record.logs[QEMU_LOG] = pathlib.Path(machine.log_path or '')
        for index, console in enumerate(machine.dup_consoles()):
            name = console_log(console)
            path = console.log_path or (machine.console_log if index == 0 else None)
            if self._is_free(path):
                # QEMU writes this one. Behind a wrapper it may be another user, or elsewhere.
                if machine.wrapper:
                    continue
                path = str(record.directory / name)
                console.log_path = path
            record.logs[name] = pathlib.Path(path or '')

    def note_shell(self, machine: QMachine.Machine, text: bytes) -> None:
        record = self.find(machine)
        if record is not None:
            path = record.logs[SHELL_LOG] = record.directory / SHELL_LOG
            with contextlib.suppress(OSError), path.open('ab') as file:
                file.write(text)

    # -- limits --

    def set_limits(self, limits: Limits) -> None:
        """Those of the test that begins."""
        self._limits = limits
        for record in self.all:
            if record.is_running:
                self._set_limits(record)

    def _set_limits(self, record: Record) -> None:
        """Where the machine has the library's own."""
        machine: Any = record.machine
        for name in _LIMITS:
            limit = getattr(self._limits, name)
            default = machine.find_property(name.replace('_', '-')).default_value
            if limit is not None and getattr(machine, name) == default:
                setattr(machine, name, limit)
                record.former_limits[name] = default

    def reset_limits(self) -> None:
        self._limits = Limits()
        for record in self.all:
            machine = record.machine
            for name, limit in record.former_limits.items():
                if machine is not None:
                    setattr(machine, name, limit)
            record.former_limits.clear()

    # -- the ends of tests --

    def forget_ended(self) -> None:
        """What has ended before a test is nothing of its."""
        for record in self.all:
            record.let_go()
        for record in [each for each in self.all if not each.is_running]:
            self.all.remove(record)
            shutil.rmtree(record.directory, ignore_errors=True)

    def keep(self, directory: pathlib.Path) -> None:
        """Copies all logs as they are now, a directory for each launch."""
        for record in self.all:
            target = directory / record.directory.name
            target.mkdir(parents=True, exist_ok=True)
            (target / STATE).write_text(f'{record.describe()}\n')
            for name, path in record.logs.items():
                if path.is_file():
                    shutil.copyfile(path, target / name)
            for name, text in record.console_texts().items():
                path = target / name
                if not path.exists() or path.stat().st_size < len(text):
                    path.write_bytes(text)
