# SPDX-License-Identifier: LGPL-2.1-or-later
# As much of PyGObject as the examples and the types of QMachine use, so that they are checked where
# nobody has types for it.

def require_version(namespace: str, version: str) -> None: ...
