# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where QEMU 5 has it."""

from .machine.qtest import QEMUQtestMachine, QEMUQtestProtocol

__all__ = ['QEMUQtestMachine', 'QEMUQtestProtocol']
