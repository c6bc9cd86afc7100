# SPDX-License-Identifier: LGPL-2.1-or-later
"""The state of a session."""

from __future__ import annotations

from enum import Enum

from ._qmachine import ConnectError, StateError

InternetAddrT = tuple[str, int]
UnixAddrT = str
SocketAddrT = UnixAddrT | InternetAddrT


class Runstate(Enum):
    """What a client does."""

    IDLE = 0
    CONNECTING = 1
    RUNNING = 2
    DISCONNECTING = 3


__all__ = ['ConnectError', 'InternetAddrT', 'Runstate', 'SocketAddrT', 'StateError', 'UnixAddrT']
