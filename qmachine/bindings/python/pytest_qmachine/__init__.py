# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines and guests for pytest, with what they said where a test fails.

A conftest.py loads it by a line, and says what to boot:

    pytest_plugins = ['pytest_qmachine']

    @pytest.fixture(scope='session')
    def qmachine_boot():
        return pytest_qmachine.Boot(kernel='vmlinuz', initrd='initrd.gz', append='console=ttyS0')

A test then asks for `guest`, `make_machine`, or both. docs/pytest.md tells the rest.

PYTEST_DONT_REWRITE: a conftest.py may import this before pytest does, without a warning.
"""

from __future__ import annotations

from ._clones import CloneMaker
from ._fixtures import guest, make_machine, qmachine_boot, qmachine_guests
from ._guest import Boot, Guest, GuestMaker
from ._machines import MachineFactory
from ._options import pytest_addoption
from ._plugin import pytest_configure

__all__ = ['Boot', 'CloneMaker', 'Guest', 'GuestMaker', 'MachineFactory', 'guest', 'make_machine',
           'pytest_addoption', 'pytest_configure', 'qmachine_boot', 'qmachine_guests']
