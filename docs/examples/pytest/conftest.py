# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest of the tests: Debian's kernel, with a shell, QEMU's guest agent and a web server."""
import os
import pathlib

import pytest
from pytest_qmachine import Boot

pytest_plugins = ['pytest_qmachine']


@pytest.fixture(scope='session')
def qmachine_boot() -> Boot:
    directory = pathlib.Path(os.environ['QMACHINE_TEST_GUEST'])
    return Boot(kernel=directory / 'kernel/vmlinuz', initrd=directory / 'tests.gz',
                append='console=ttyS0 panic=-1 quiet shells=ttyS0',
                machine_type='q35,graphics=off', args=['-accel', 'tcg', '-m', '256'],
                agent=True, network=True)
