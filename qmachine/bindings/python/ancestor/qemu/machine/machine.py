# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine and its exceptions."""

from gi.repository.QMachine import (AbnormalShutdown, MonitorResponseError, QEMUMachine,
                                    QEMUMachineAddDeviceError, QEMUMachineError, QMPConnectError,
                                    QMPTimeoutError, VMLaunchFailure)

__all__ = [
    'AbnormalShutdown', 'MonitorResponseError', 'QEMUMachine', 'QEMUMachineAddDeviceError',
    'QEMUMachineError', 'QMPConnectError', 'QMPTimeoutError', 'VMLaunchFailure',
]
