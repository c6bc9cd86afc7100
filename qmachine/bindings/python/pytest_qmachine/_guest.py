# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest with a shell: how it is booted, and what a test does with it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from ._machines import end
from ._options import (Milliseconds, path_setting, require_binary, require_files, require_library,
                       setting)

if TYPE_CHECKING:
    from gi.repository import QMachine

BOOT_TIMEOUT = 120 * 1000  # milliseconds
SHELL_TIMEOUT = 10 * 1000  # for a sign of life


@dataclass
class Boot:
    """How a guest is booted. What is not said is QEMU's default.

    A project may derive from it: add_to() is the place for what a machine gets besides.
    """

    binary: str = 'qemu-system-x86_64'
    args: Sequence[str | os.PathLike[str]] = ()
    machine_type: str | None = None
    kernel: str | os.PathLike[str] | None = None
    initrd: str | os.PathLike[str] | None = None
    append: str | None = None  # the kernel's command line
    # An image of any format. What the guest writes is gone with it, so many may share it.
    disk: str | os.PathLike[str] | None = None
    user: str | None = None  # for the login on the console, if there is one
    password: str | None = None
    prompt: str | None = None  # of a shell that is not found without, as a regular expression
    disk_format: str | None = None  # of it; clones need it, where it is not qcow2
    shell: bool = True  # whether there is a shell on the console, which says that it has booted
    agent: bool = False  # whether QEMU's guest agent runs in there
    network: bool = False  # whether it gets a card on a network of QEMU's own, for forward()
    timeout: Milliseconds = BOOT_TIMEOUT  # from the launch until the shell, or the agent, answers
    properties: Mapping[str, Any] = field(default_factory=dict)  # more, of QMachine.Machine

    @classmethod
    def from_settings(cls, config: pytest.Config) -> Boot:
        """What pytest.ini says."""
        return cls(binary=setting(config, 'qmachine_binary'),
                   args=config.getini('qmachine_args'),
                   machine_type=setting(config, 'qmachine_machine_type') or None,
                   kernel=path_setting(config, 'qmachine_kernel'),
                   initrd=path_setting(config, 'qmachine_initrd'),
                   append=setting(config, 'qmachine_append') or None,
                   disk=path_setting(config, 'qmachine_disk'),
                   disk_format=setting(config, 'qmachine_disk_format') or None,
                   shell=bool(config.getini('qmachine_shell')),
                   agent=bool(config.getini('qmachine_agent')),
                   network=bool(config.getini('qmachine_network')))

    def files(self) -> Iterator[str]:
        """Those without which there is no guest."""
        for path in (self.kernel, self.initrd, self.disk):
            if path is not None:
                yield os.fspath(path)

    def find_disk_format(self) -> str | None:
        """As it was said; qcow2 if it begins like that, which no guest can write to a raw one
        here. None where nobody says."""
        if self.disk_format is None and self.disk is not None:
            with contextlib.suppress(OSError), open(self.disk, 'rb') as file:
                if file.read(4) == b'QFI\xfb':
                    return 'qcow2'
        return self.disk_format

    def arguments(self, cloneable: bool = False) -> list[str]:
        """For QEMU. One that is to be cloned has its disk by other means."""
        arguments = [os.fspath(argument) for argument in self.args]
        for option, value in (('-kernel', self.kernel), ('-initrd', self.initrd),
                              ('-append', self.append)):
            if value is not None:
                arguments += [option, os.fspath(value)]
        if self.disk is not None and not (cloneable and self.find_disk_format()):
            path = os.fspath(self.disk).replace(',', ',,')
            drive = f'if=virtio,file={path},snapshot=on'
            if self.disk_format is not None:
                drive += f',format={self.disk_format}'
            arguments += ['-drive', drive]
        return arguments

    def new_machine(self, cloneable: bool = False) -> QMachine.Machine:
        """One that is not launched, with a console."""
        from gi.repository import QMachine
        machine = QMachine.Machine(self.binary, self.arguments(cloneable),
                                   machine_type=self.machine_type, **self.properties)
        machine.add_console()
        disk_format = self.find_disk_format() if cloneable else None
        if self.disk is not None and disk_format is not None:
            machine.add_disk(self.disk, disk_format, overlay=True)
        self.add_to(machine)
        return machine

    def add_to(self, machine: QMachine.Machine) -> None:
        """Adds to a machine before its launch; does nothing here. A clone has what the guest had
        of which it is one, and gets nothing besides."""


class Guest:
    """A guest that runs, and what a test asks of it. Each part is there when it is asked for.

    Tests share a guest as `qmachine_guest_scope` says. One whose QEMU has ended is booted anew
    for the next test.
    """

    def __init__(self, boot: Boot) -> None:
        self.boot = boot
        self.n_boots = 0
        # Gets what is run in the shell, and what comes of it.
        self.on_shell: Callable[[QMachine.Machine, bytes], None] | None = None
        self._machine: QMachine.Machine | None = None
        self._shell: Any = None
        self._agent: Any = None
        self._agent_is_ready = False
        self._forwards: dict[int, Any] = {}
        self._shell_is_doubtful = False  # a command was given up

    def __repr__(self) -> str:
        return f'<Guest {self._machine!r}>'

    # -- its life --

    def start(self) -> None:
        """Launches it. The shell and the agent are waited for when they are needed."""
        machine = self.begin()
        try:
            machine.launch()
        except BaseException:
            end(machine, failed=True)
            raise

    def begin(self) -> QMachine.Machine:
        """Makes its machine, which is to be launched."""
        machine = self.new_machine()
        self._shell = self._agent = None
        self._agent_is_ready = self._shell_is_doubtful = False
        self._forwards = {}
        self.add_parts(machine)
        self._machine = machine
        self.n_boots += 1
        return machine

    def new_machine(self) -> QMachine.Machine:
        return self.boot.new_machine()

    def add_parts(self, machine: QMachine.Machine) -> None:
        if self.boot.agent:
            self._agent = machine.add_guest_agent()
        if self.boot.network:
            machine.add_user_network()

    def renew(self) -> str | None:
        """Boots it anew if it is of no use any more; returns why."""
        from gi.repository import GLib
        if self._machine is None:
            return None
        if not self._machine.is_running():
            self.start()
            return 'its QEMU had ended'
        if self._shell_is_doubtful:
            self._shell_is_doubtful = False
            try:
                self.shell.run('true', timeout=SHELL_TIMEOUT)
            except GLib.Error:
                end(self._machine, failed=True)
                self.start()
                return 'its shell did not come back from a command that was given up'
        return None

    def end(self, failed: bool = False) -> None:
        if self._machine is not None:
            end(self._machine, failed)

    # -- its parts --

    @property
    def machine(self) -> QMachine.Machine:
        if self._machine is None:
            raise RuntimeError('the guest was not started')
        return self._machine

    @property
    def console(self) -> QMachine.Console:
        return self.machine.console

    @property
    def shell(self) -> Any:
        """The QMachine.Shell on its console, which is ready."""
        if self._shell is None:
            self._shell = self.open_shell()
        return self._shell

    def open_shell(self) -> Any:
        from gi.repository import QMachine
        shell = QMachine.Shell.new(self.console)
        for name in ('user', 'password', 'prompt'):
            if getattr(self.boot, name) is not None:
                getattr(shell, f'set_{name}')(getattr(self.boot, name))
        shell.open(timeout=self.boot.timeout)
        return shell

    def run(self, command: str, timeout: Milliseconds | None = None, **options: Any) -> Any:
        """Runs a command in its shell; returns a QMachine.ShellResult: `output`, `text`,
        `exit_status`.

        timeout: in milliseconds; left out, it is that of the marker, or of pytest.ini, and the
        shell's own, which is a minute, without these.
        """
        __tracebackhide__ = True
        from gi.repository import QMachine
        limit = timeout
        if limit is None and self.machine.command_timeout >= 0:
            limit = self.machine.command_timeout
        self._note(f'$ {command}\n'.encode())
        try:
            result = self.shell.run(command, timeout=QMachine.TIMEOUT_DEFAULT if limit is None else limit,
                                    **options)
        except BaseException as error:
            self._note(f'[{type(error).__name__}]\n'.encode())
            self._shell_is_doubtful = True
            raise
        output = result.output.get_data() or b''
        self._note(output if not output or output.endswith(b'\n') else output + b'\n')
        self._note(f'[exit status {result.exit_status}]\n'.encode())
        return result

    def _note(self, text: bytes) -> None:
        """The console has what a shell on it says, but in no form for people."""
        if self.on_shell is not None and self._machine is not None:
            self.on_shell(self._machine, text)

    @property
    def agent(self) -> Any:
        """The QMachine.GuestAgent in there, which is ready."""
        if self._agent is None:
            raise RuntimeError('this guest has no agent: Boot(agent=True), or qmachine_agent in '
                               'pytest.ini, says that there is one')
        if not self._agent_is_ready:
            self._agent.wait_ready(timeout=self.boot.timeout)
            self._agent_is_ready = True
        return self._agent

    def forward(self, port: int) -> Any:
        """The QMachine.Forward to a port of the guest, which is ready."""
        if not self.boot.network:
            raise RuntimeError('nothing leads into this guest: Boot(network=True), or '
                               'qmachine_network in pytest.ini, gives it a network')
        if port not in self._forwards:
            forward = self.machine.add_forward(port)
            forward.wait_ready(timeout=self.boot.timeout)
            self._forwards[port] = forward
        return self._forwards[port]


class GuestMaker:
    """Where guests come from: one that boots each. The fixture `qmachine_guests` returns it, and
    may return another one that has make() and end()."""

    def __init__(self, config: pytest.Config, boot: Boot) -> None:
        self._config = config
        self._boot = boot
        # Of a guest that no test has: as that of a Guest.
        self.on_shell: Callable[[QMachine.Machine, bytes], None] | None = None

    def make(self) -> Guest:
        """A guest that is started."""
        self.require()
        guest = Guest(self._boot)
        guest.start()
        return guest

    def require(self) -> None:
        """Skips or fails the test where there is nothing to boot."""
        boot = self._boot
        require_library(self._config)
        if not list(boot.files()) and not boot.args:
            pytest.fail('nothing says what to boot: a fixture qmachine_boot does, or qmachine_kernel '
                        'or qmachine_disk in pytest.ini', pytrace=False)
        require_binary(self._config, boot.binary)
        require_files(self._config, boot.files())

    def end(self, guest: Guest, failed: bool) -> None:
        guest.end(failed)

    def close(self) -> None:
        """When no test needs a guest any more."""
