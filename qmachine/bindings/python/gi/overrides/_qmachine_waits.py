# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program can wait for together with other things, before there is a set that waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gi.module import get_introspection_module

_QMachine = get_introspection_module('QMachine')


class Condition:
    """Something that can be waited for: see Machine.wait_set()."""

    def __init__(self, text: str, add: Callable[[Any], int]) -> None:
        self._text = text
        self._add = add

    def __repr__(self) -> str:
        return f'<QMachine.Condition: {self._text}>'

    def add_to(self, waits: Any) -> int:
        """Adds it to a WaitSet, and returns its number there. Raises what the set's calls do."""
        return self._add(waits)


def on_event(names: Sequence[str] | str | None = None, match: Any = None) -> Condition:
    """An event of these names whose data holds what `match` holds, from now on. Raises nothing: a
    wrong match is refused where it is waited for.

    Example:
        vm.wait_any(QMachine.on_event('SHUTDOWN'), QMachine.on_exit(), timeout=60000)
    """
    return Condition(f'event {names}', lambda waits: waits.add_event(names, match))


def on_run_state(run_state: Any) -> Condition:
    """A run state: the one that there is, and each time when it is entered. Raises nothing.

    Example:
        vm.wait_any(QMachine.on_run_state(QMachine.RunState.PAUSED), timeout=60000)
    """
    return Condition(f'run state {run_state}', lambda waits: waits.add_run_state(run_state))


def on_exit() -> Condition:
    """The end of QEMU, after all that came before. Raises nothing.

    Example:
        vm.wait_any(vm.console.on_text('login: '), QMachine.on_exit(), timeout=60000)
    """
    return Condition('the end of QEMU', lambda waits: waits.add_exit())


class WithText:
    """What a console has for it."""

    def on_text(self, pattern: str, flags: Any = None, from_now: bool = False) -> Condition:
        """Text on this console that matches, to be waited for together with other things.

        from_now: whether text that is there already does not count. Raises nothing: a wrong pattern
        is refused where it is waited for.

        Example:
            vm.wait_any(vm.console.on_text('login: '), QMachine.on_exit(), timeout=60000)
        """
        flags = _QMachine.ConsoleMatchFlags(0) if flags is None else flags
        return Condition(f'text {pattern!r}',
                         lambda waits: waits.add_text(self, pattern, flags, from_now))


class WithEnd:
    """What a job has for it."""

    def on_end(self) -> Condition:
        """The end of this job, to be waited for together with other things: however it ends, which
        its error tells then. Raises nothing: a job of another machine is refused where it is waited
        for.

        Example:
            vm.wait_any(job.on_end(), QMachine.on_exit(), timeout=60000)
        """
        return Condition('a job', lambda waits: waits.add_job(self))


class WithReady:
    """What a guest agent has for it."""

    def on_ready(self) -> Condition:
        """That this agent answers, to be waited for together with other things. Raises nothing.

        Example:
            vm.wait_any(agent.on_ready(), QMachine.on_exit(), timeout=60000)
        """
        return Condition('the guest agent', lambda waits: waits.add_agent(self))
