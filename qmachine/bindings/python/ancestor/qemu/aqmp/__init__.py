# SPDX-License-Identifier: LGPL-2.1-or-later
"""What qemu.qmp is called in QEMU 6.2 to 7.0."""

import sys

from qemu.qmp import *  # noqa: F403
from qemu.qmp import __all__, error, events, legacy, message, protocol, qmp_client

for _module in (error, events, legacy, message, protocol, qmp_client):
    sys.modules[_module.__name__.replace('.qmp.', '.aqmp.', 1)] = _module

__all__ = [*__all__]
