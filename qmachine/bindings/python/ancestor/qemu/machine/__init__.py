# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's Python classes for machines, as QMachine has them."""

from .machine import (AbnormalShutdown, MonitorResponseError, QEMUMachine,
                      QEMUMachineAddDeviceError, QEMUMachineError, VMLaunchFailure)
from .qtest import QEMUQtestMachine, QEMUQtestProtocol

__all__ = [
    'AbnormalShutdown', 'MonitorResponseError', 'QEMUMachine', 'QEMUMachineAddDeviceError',
    'QEMUMachineError', 'QEMUQtestMachine', 'QEMUQtestProtocol', 'VMLaunchFailure',
]
