# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with a qtest server, and the protocol of that."""

from gi.repository.QMachine import QEMUQtestMachine

from gi.overrides._qmachine_compat_qtest import QEMUQtestProtocol

__all__ = ['QEMUQtestMachine', 'QEMUQtestProtocol']
