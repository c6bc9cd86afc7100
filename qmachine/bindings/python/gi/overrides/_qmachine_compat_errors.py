# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions of QEMU's Python classes, by the names of all their releases.

Releases differ in which one they raise for the same thing. What is raised here is each of them, so
that a program catches it by the name that it knows.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


# -- the machine --

class QEMUMachineError(Exception):
    """Something is wrong with a machine."""


class QEMUMachineAddDeviceError(QEMUMachineError):
    """A device was asked for that cannot be added."""


class AbnormalShutdown(QEMUMachineError):
    """QEMU is gone, but did not end as it was asked to."""


class VMLaunchFailure(QEMUMachineError):
    """QEMU could not be launched."""

    def __init__(self, exitcode: int | None, command: str, output: str | None,
                 reason: str = '') -> None:
        super().__init__(exitcode, command, output, reason)
        self.exitcode = exitcode
        self.command = command
        self.output = output
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or (f'QEMU did not launch: exit code {self.exitcode}\n'
                               f'command: {self.command}\noutput: {self.output}')


# -- the monitor --

class QMPError(Exception):
    """Something went wrong with the monitor."""


class ProtocolError(QMPError):
    """The peer does not keep to the protocol."""


class NegotiationError(ProtocolError):
    """The session could not be begun."""


class ConnectError(QMPError):
    """There is no session, and none could be made."""

    exc: BaseException | None = None  # why not

    @property
    def error_message(self) -> str:
        return str(self)


class StateError(QMPError):
    """This cannot be done in the state that the session is in."""

    state: Any = None
    required: Any = None


class ExecInterruptedError(QMPError):
    """The session ended while a command was under way."""


class QMPConnectError(ConnectError, StateError, ExecInterruptedError):
    """The monitor is gone, or cannot be reached."""


class QMPTimeoutError(QMPError, TimeoutError):
    """What was waited for did not come in time."""


class QMPBadPortError(QMPError):
    """The port in an address is no number."""


class QMPCapabilitiesError(NegotiationError):
    """The older name."""


class QMPProtocolError(ProtocolError):
    """The older name."""


class ListenerError(QMPError):
    """A listener is registered twice, or not at all."""


class MonitorResponseError(QMPError):
    """QEMU refused a command."""

    def __init__(self, reply: Any, sent: Any = None) -> None:
        try:
            self.desc = reply['error']['desc']
            self.error_class = reply['error'].get('class')
        except (KeyError, TypeError):
            self.desc = str(reply)
            self.error_class = None
        super().__init__(self.desc)
        self.reply = reply
        # As the asynchronous client of younger releases has it.
        self.error = SimpleNamespace(class_=self.error_class, desc=self.desc)
        self.sent = sent
        self.received = reply


# By the names of younger releases.
QMPResponseError = MonitorResponseError
ExecuteError = MonitorResponseError
