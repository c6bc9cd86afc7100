# SPDX-License-Identifier: LGPL-2.1-or-later
"""The client that blocks, and serves."""

from __future__ import annotations

from typing import Any

from ._qmachine import (QEMUMonitorProtocol, QMPBadPortError, QMPCapabilitiesError,
                        QMPConnectError, QMPError, QMPProtocolError, QMPResponseError,
                        QMPTimeoutError)
from .protocol import InternetAddrT, SocketAddrT, UnixAddrT

QMPMessage = dict[str, Any]
QMPObject = dict[str, object]
QMPReturnValue = Any

__all__ = [
    'InternetAddrT', 'QEMUMonitorProtocol', 'QMPBadPortError', 'QMPCapabilitiesError',
    'QMPConnectError', 'QMPError', 'QMPMessage', 'QMPObject', 'QMPProtocolError',
    'QMPResponseError', 'QMPReturnValue', 'QMPTimeoutError', 'SocketAddrT', 'UnixAddrT',
]
