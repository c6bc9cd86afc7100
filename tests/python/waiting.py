# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the test programs share."""

import time

from gi.repository import GLib


def turn_context_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    wakeup = GLib.timeout_add(20, lambda: True)
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError('waited for too long')
        GLib.MainContext.default().iteration(True)
    GLib.source_remove(wakeup)
