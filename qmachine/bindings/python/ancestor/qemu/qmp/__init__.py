# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's Python classes for monitors, as QMachine has them, by the names of all releases."""

from .error import ProtocolError, QMPError
from .events import EventListener
from .legacy import (InternetAddrT, QEMUMonitorProtocol, QMPBadPortError, QMPCapabilitiesError,
                     QMPConnectError, QMPMessage, QMPObject, QMPProtocolError, QMPResponseError,
                     QMPReturnValue, QMPTimeoutError, SocketAddrT, UnixAddrT)
from .message import Message
from .protocol import ConnectError, Runstate, StateError
from .qmp_client import ExecInterruptedError, ExecuteError, QMPClient

__all__ = [
    'ConnectError', 'EventListener', 'ExecInterruptedError', 'ExecuteError', 'InternetAddrT',
    'Message', 'ProtocolError', 'QEMUMonitorProtocol', 'QMPBadPortError', 'QMPCapabilitiesError',
    'QMPClient', 'QMPConnectError', 'QMPError', 'QMPMessage', 'QMPObject', 'QMPProtocolError',
    'QMPResponseError', 'QMPReturnValue', 'QMPTimeoutError', 'Runstate', 'SocketAddrT',
    'StateError', 'UnixAddrT',
]
