# SPDX-License-Identifier: LGPL-2.1-or-later
"""The fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ._clones import CloneMaker
from ._guest import Boot, Guest, GuestMaker
from ._machines import MachineFactory
from ._options import how_guests_come, setting
from ._plugin import plugin_of

_SCOPES = ('session', 'package', 'module', 'class', 'function')


def _guest_scope(fixture_name: str, config: pytest.Config) -> Any:
    scope = setting(config, 'qmachine_guest_scope')
    if not scope:
        scope = 'function' if how_guests_come(config) == 'clone' else 'session'
    if scope not in _SCOPES:
        raise pytest.UsageError(f'qmachine_guest_scope must be one of {", ".join(_SCOPES)}, '
                                f'not {scope!r}')
    return scope


@pytest.fixture
def make_machine(request: pytest.FixtureRequest) -> Iterator[MachineFactory]:
    """Makes machines: make_machine(args, binary=..., launch=..., **properties). They end with the
    test."""
    plugin = plugin_of(request.config)
    factory = MachineFactory(request.config, has_failed=lambda: plugin.has_failed)
    yield factory
    factory.close()


@pytest.fixture(scope='session')
def qmachine_boot(pytestconfig: pytest.Config) -> Boot:
    """How the guest is booted: as pytest.ini says, unless a project has its own fixture."""
    return Boot.from_settings(pytestconfig)


@pytest.fixture(scope='session')
def qmachine_guests(pytestconfig: pytest.Config, qmachine_boot: Boot) -> Iterator[GuestMaker]:
    """Where guests come from."""
    kind = CloneMaker if how_guests_come(pytestconfig) == 'clone' else GuestMaker
    maker = kind(pytestconfig, qmachine_boot)
    maker.on_shell = plugin_of(pytestconfig).records.note_shell
    yield maker
    maker.close()


@pytest.fixture(scope=_guest_scope)
def guest(request: pytest.FixtureRequest, qmachine_guests: GuestMaker) -> Iterator[Guest]:
    """A guest that runs: a clone for each test, or one that was booted for many."""
    plugin = plugin_of(request.config)
    guest = qmachine_guests.make()
    guest.on_shell = plugin.records.note_shell
    plugin.guests.append(guest)
    try:
        if request.scope == 'function' and isinstance(qmachine_guests, CloneMaker):
            qmachine_guests.make_next()
        yield guest
    finally:
        plugin.guests.remove(guest)
        qmachine_guests.end(guest, plugin.has_failed)
