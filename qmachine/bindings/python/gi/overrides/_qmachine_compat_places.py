# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the directories and the sockets of a machine are."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

MOST_BYTES = 106  # of a Unix socket's path in GLib
ROOM = 32  # for a socket's name, in a directory that is handed out for sockets


def fits(path: str) -> bool:
    return len(os.fsencode(os.path.abspath(path))) <= MOST_BYTES


def short_base() -> str:
    """A directory in which a socket has room, whatever it is called."""
    runtime_dir = os.environ.get('XDG_RUNTIME_DIR', '')
    if (os.path.isabs(runtime_dir) and os.access(runtime_dir, os.W_OK | os.X_OK)
            and fits(os.path.join(runtime_dir, 'x' * (ROOM + len('/qm-12345678'))))):
        return runtime_dir
    return '/var/tmp'


class OwnDirectory:
    """A directory of a machine's own. It is made when its path is asked for, and again where it
    was when that is asked for after its removal."""

    def __init__(self, owner: Any, prefix: str, base: Callable[[], str]) -> None:
        import weakref
        self._owner = weakref.ref(owner)
        self._prefix = prefix
        self._base = base
        self._remove: Any = None
        self.known: str | None = None  # where it is, or was

    @property
    def path(self) -> str:
        if self.known is None:
            import tempfile
            self.known = tempfile.mkdtemp(prefix=self._prefix, dir=self._base())
        elif self._remove is None:
            os.mkdir(self.known, 0o700)
        if self._remove is None:
            import shutil
            import weakref
            self._remove = weakref.finalize(self._owner(), shutil.rmtree, self.known, True)
        return self.known

    def remove(self) -> None:
        if self._remove is not None:
            self._remove()
            self._remove = None
