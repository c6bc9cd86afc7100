# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that end with the test, however it ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from ._options import require_binary, require_library, setting

if TYPE_CHECKING:
    from gi.repository import QMachine
    from typing_extensions import Self


def end(machine: QMachine.Machine, failed: bool) -> None:
    """Asks it to quit, or kills it where something has failed: nothing may hide what."""
    from gi.repository import GLib, QMachine
    if failed:
        try:
            machine.kill()
        except GLib.Error:
            pass
        return
    try:
        machine.shutdown()
    except GLib.Error as error:
        machine.kill()
        if error.matches(QMachine.MachineError.quark(), QMachine.MachineError.ABNORMAL_SHUTDOWN):
            message = f'{machine.name}: {error.message}'
            raise pytest.fail.Exception(message, pytrace=False) from None
        raise
    except BaseException:
        machine.kill()
        raise


class MachineFactory:
    """Makes machines, and ends them all when it is closed. `with` closes it.

    The fixture `make_machine` is one for a test. A project makes its own, in a fixture of another
    scope, by `MachineFactory(request.config)`.
    """

    def __init__(self, config: pytest.Config, has_failed: Callable[[], bool] | None = None) -> None:
        self._config = config
        self._has_failed = has_failed
        self._machines: list[QMachine.Machine] = []

    def __call__(self, args: Iterable[str | os.PathLike[str]] = (), *, binary: str | None = None,
                 launch: bool = True, console: bool = False,
                 **properties: Any) -> QMachine.Machine:
        """Makes a machine, launched unless `launch` is False.

        args: for QEMU. binary: instead of the setting `qmachine_binary`. console: whether it gets
        one, `machine.console`. All others are properties of QMachine.Machine.
        """
        require_library(self._config)
        binary = binary or setting(self._config, 'qmachine_binary')
        require_binary(self._config, binary)

        from gi.repository import QMachine
        machine = QMachine.Machine(binary, args, **properties)
        self._machines.append(machine)
        if console:
            machine.add_console()
        if launch:
            machine.launch()
        return machine

    def close(self, failed: bool = False) -> None:
        """Raises the first error of a machine that did not end well; all are ended then, too."""
        failed = failed or (self._has_failed is not None and self._has_failed())
        first: BaseException | None = None
        while self._machines:
            try:
                end(self._machines.pop(), failed or first is not None)
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_exception: object) -> None:
        self.close(kind is not None)
