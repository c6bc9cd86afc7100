# SPDX-License-Identifier: LGPL-2.1-or-later
"""What this package takes from QMachine, in the order in which it can be loaded."""

from gi.repository import QMachine

from gi.overrides._qmachine_compat_errors import (ConnectError, ExecInterruptedError, ExecuteError,
                                                  ListenerError, NegotiationError, ProtocolError,
                                                  QMPBadPortError, QMPCapabilitiesError,
                                                  QMPConnectError, QMPError, QMPProtocolError,
                                                  QMPResponseError, QMPTimeoutError, StateError)
from gi.overrides._qmachine_compat_monitor import (QEMUMonitorProtocol, peek, to_stream)
from gi.overrides._qmachine_compat_qtest import listen
from gi.overrides._qmachine_compat_session import EVENTS_KEPT, Traffic
from gi.overrides._qmachine_values import parse

__all__ = [
    'EVENTS_KEPT', 'ConnectError', 'ExecInterruptedError', 'ExecuteError', 'ListenerError',
    'NegotiationError', 'ProtocolError', 'QEMUMonitorProtocol', 'QMPBadPortError',
    'QMPCapabilitiesError', 'QMPConnectError', 'QMPError', 'QMPProtocolError', 'QMPResponseError',
    'QMPTimeoutError', 'QMachine', 'StateError', 'Traffic', 'listen', 'parse', 'peek', 'to_stream',
]
