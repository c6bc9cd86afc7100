# SPDX-License-Identifier: LGPL-2.1-or-later
"""What programs for QEMU's own Python classes take from here, by the names that they use."""

from ._qmachine_compat_errors import (AbnormalShutdown, ExecuteError, MonitorResponseError,
                                      QEMUMachineAddDeviceError, QEMUMachineError, QMPConnectError,
                                      QMPError, QMPResponseError, QMPTimeoutError,
                                      VMLaunchFailure)
from ._qmachine_compat_machine import QEMUMachine
from ._qmachine_compat_qtest import QEMUQtestMachine

__all__ = [
    'AbnormalShutdown', 'ExecuteError', 'MonitorResponseError', 'QEMUMachine',
    'QEMUMachineAddDeviceError', 'QEMUMachineError', 'QEMUQtestMachine', 'QMPConnectError',
    'QMPError', 'QMPResponseError', 'QMPTimeoutError', 'VMLaunchFailure',
]
