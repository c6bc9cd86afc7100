# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that do not boot: one is booted and saved as a template, and each test has a clone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import tempfile
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from ._guest import Boot, Guest, GuestMaker
from ._machines import end
from ._plugin import plugin_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gi.repository import QMachine

    from ._records import Records

MEMORY = pathlib.Path('/dev/shm')
_PREFIX = 'pytest-qmachine-'
_LOCK = 'lock'  # held for as long as the directory is of use
SAVE_TIMEOUT = 60 * 1000  # milliseconds
PAUSE_TIMEOUT = 10 * 1000  # also to go on


class _Directory:
    """Where the template is. Those of processes that were killed are removed by the next one."""

    def __init__(self) -> None:
        base = MEMORY if os.access(MEMORY, os.W_OK) else pathlib.Path(tempfile.gettempdir())
        for other in base.glob(f'{_PREFIX}*'):
            if (lock := self._lock(other / _LOCK)) is not None:
                shutil.rmtree(other, ignore_errors=True)
                os.close(lock)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        # It has its name when it is locked: nobody takes this one for an old one.
        new = self.path / f'{_LOCK}.new'
        new.touch(0o600)
        self._held = self._lock(new)
        new.rename(self.path / _LOCK)

    @staticmethod
    def _lock(path: pathlib.Path) -> int | None:
        """None if another process has it, or there is none yet."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(fd)
            return None
        return fd

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None


class _NoTemplate(Exception):
    """Why a guest cannot be one."""


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    from gi.repository import GLib
    try:
        yield
    except GLib.Error as error:
        raise _NoTemplate(f'{what}: {error.message.splitlines()[0]}') from error


class Source(Guest):
    """The guest that becomes the template."""

    def __init__(self, boot: Boot, directory: pathlib.Path) -> None:
        super().__init__(boot)
        self._directory = directory

    def new_machine(self) -> QMachine.Machine:
        machine = self.boot.new_machine(cloneable=True)
        machine.prepare_template(os.fspath(self._directory))
        return machine

    @property
    def has_begun(self) -> bool:
        """Whether a QEMU was started."""
        return self._machine is not None and bool(self._machine.command_line)

    def save(self) -> None:
        """When it has booted, as far as the tests will ask."""
        if self.boot.shell:
            with _refusing('its shell does not come'):
                self.run('true', timeout=self.boot.timeout)
        if self.boot.agent:
            with _refusing('its agent does not come'):
                self.agent
        with _refusing('it cannot be saved'):
            self.machine.save_template(timeout=SAVE_TIMEOUT)


class Clone(Guest):
    """A guest that goes on from the template."""

    def __init__(self, boot: Boot, source: Source, directory: pathlib.Path) -> None:
        super().__init__(boot)
        self._source = source
        self._directory = directory

    def new_machine(self) -> QMachine.Machine:
        from gi.repository import QMachine
        machine = QMachine.Machine.new_from_template(os.fspath(self._directory))
        for name, value in self.boot.properties.items():
            setattr(machine, name, value)
        return machine

    def add_parts(self, machine: QMachine.Machine) -> None:
        """It has those of the template."""
        if self.boot.agent:
            self._agent = machine.add_guest_agent()

    def open_shell(self) -> Any:
        from gi.repository import QMachine
        shell = QMachine.Shell.new(self.console)
        # The guest's side of it waits in the template, too.
        shell.take_over(self._source.shell)
        return shell


class _Ahead(threading.Thread):
    """A clone for the next test, launched and paused while another one has its test."""

    def __init__(self, clone: Clone, records: Records) -> None:
        super().__init__(name='pytest-qmachine: the next clone', daemon=True)
        self._clone = clone
        self._records = records
        self._is_paused = False
        machine = clone.begin()
        self._launch = records.launch_aside(machine)
        # As it is now: the test may put something else there.
        self._ask = machine.qmp
        self.start()
        # What the test does to the process, such as another directory, is nothing for this QEMU.
        while self.is_alive() and not machine.pid:
            self.join(0.001)

    def run(self) -> None:
        # Why it fails is told by the clone that is launched in its place.
        with contextlib.suppress(Exception):
            self._launch()
            self._is_paused = 'return' in self._ask('stop', timeout=PAUSE_TIMEOUT)

    def take(self) -> Clone | None:
        """When the thread has ended: goes on from the template. None if it does not."""
        with contextlib.suppress(Exception):
            if self._is_paused and 'return' in self._ask('cont', timeout=PAUSE_TIMEOUT):
                self._records.admit(self._clone.machine)
                return self._clone
        self.drop()
        return None

    def drop(self) -> None:
        try:
            self.join()
        finally:
            end(self._clone.machine, failed=True)
            self._records.forget_aside(self._clone.machine)


class CloneMaker(GuestMaker):
    """Boots a guest once, and makes clones of it; boots each where that cannot be."""

    def __init__(self, config: pytest.Config, boot: Boot) -> None:
        super().__init__(config, boot)
        self.reason: str | None = None  # why guests are booted
        self._failure: BaseException | None = None
        self._directory: _Directory | None = None
        self._source: Source | None = None
        self._ahead: _Ahead | None = None

    def make(self) -> Guest:
        self.require()
        if self._failure is not None:
            raise self._failure
        if self._source is None and self.reason is None:
            self._prepare()
        if self._source is None or self._directory is None:
            return super().make()
        if self._ahead is not None:
            # An interrupt of this wait loses nothing.
            self._ahead.join()
            ahead, self._ahead = self._ahead, None
            if (taken := ahead.take()) is not None:
                return taken
        clone = Clone(self._boot, self._source, self._directory.path)
        clone.start()
        return clone

    def make_next(self) -> None:
        """Begins to launch the clone that make() is going to return, without waiting for it."""
        if self._source is None or self._directory is None or self._ahead is not None:
            return
        # make() launches one itself then, and says why that fails.
        with contextlib.suppress(Exception):
            self._ahead = _Ahead(Clone(self._boot, self._source, self._directory.path),
                                 plugin_of(self._config).records)

    def _prepare(self) -> None:
        self._directory = _Directory()
        source = Source(self._boot, self._directory.path)
        source.on_shell = self.on_shell
        try:
            if not self._boot.shell and not self._boot.agent:
                raise _NoTemplate('nothing says when it has booted, as it has no shell and no '
                                  'agent')
            self._start(source)
            source.save()
        except _NoTemplate as error:
            self._give_up(source)
            self.reason = str(error)
            warnings.warn(f'each guest is booted, and none is cloned: {error}', stacklevel=1)
        except BaseException as error:
            self._give_up(source)
            if not isinstance(error, Exception):
                raise
            # It would fail for each test.
            self._failure = error
            raise
        else:
            self._source = source

    def _start(self, source: Source) -> None:
        from gi.repository import GLib
        try:
            source.start()
        except GLib.Error as error:
            # What QEMU says of its arguments it would say without a template, too.
            if source.has_begun:
                raise
            raise _NoTemplate(f'it cannot be a template: {error.message}') from error

    def _give_up(self, source: Source) -> None:
        with contextlib.suppress(RuntimeError):
            if source.machine.is_running():
                end(source.machine, failed=True)
        self.close()

    def close(self) -> None:
        try:
            if self._ahead is not None:
                self._ahead.drop()
        finally:
            self._ahead = self._source = None
            if self._directory is not None:
                self._directory.remove()
                self._directory = None
