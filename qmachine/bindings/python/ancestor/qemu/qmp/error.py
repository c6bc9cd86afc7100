# SPDX-License-Identifier: LGPL-2.1-or-later
"""The exceptions that all others come from."""

from ._qmachine import ProtocolError, QMPError

__all__ = ['ProtocolError', 'QMPError']
