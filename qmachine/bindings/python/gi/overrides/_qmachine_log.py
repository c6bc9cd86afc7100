# SPDX-License-Identifier: LGPL-2.1-or-later
"""How what the library logs reaches Python's logging, from whichever thread it comes.

GLib may be about to call a handler in one thread while another one removes it, and PyGObject then
frees what is called. So the handler is set once, and stays: it passes on to GLib what is not for
Python. The writer of GLib's structured log would be no help, for a process can set it only once,
and the library uses g_log().
"""

from __future__ import annotations

import atexit
import ctypes
import logging
import time
from typing import Any

from gi.repository import GLib

from ._qmachine_signals import hold

DOMAIN = 'QMachine'

_FLAGS = GLib.LogLevelFlags
_EVERY_LEVEL = _FLAGS.LEVEL_MASK | _FLAGS.FLAG_FATAL | _FLAGS.FLAG_RECURSION

_LEVELS = (
    (_FLAGS.LEVEL_ERROR, logging.CRITICAL),
    (_FLAGS.LEVEL_CRITICAL, logging.ERROR),
    (_FLAGS.LEVEL_WARNING, logging.WARNING),
    (_FLAGS.LEVEL_MESSAGE, logging.INFO),
    (_FLAGS.LEVEL_INFO, logging.INFO),
    (_FLAGS.LEVEL_DEBUG, logging.DEBUG),
)

# Who waits for Python's lock when the program ends has it by then.
GRACE = 0.02  # seconds

_logger: logging.Logger | logging.LoggerAdapter[Any] | None = None
_is_set = False


def _on_log(domain: str, levels: GLib.LogLevelFlags, message: str, *_data: Any) -> None:
    logger = _logger
    if logger is None:
        GLib.log_default_handler(domain, levels, message, None)
        return
    level = next((ours for flag, ours in _LEVELS if levels & flag), logging.WARNING)
    try:
        logger.log(level, message)
    except BaseException as error:  # what a signal handler raised, too: GLib takes none
        if not hold(error):
            raise


def _let_glib_take_over() -> None:
    """No thread may enter Python once it ends: a handler of C comes before ours."""
    glib = ctypes.CDLL('libglib-2.0.so.0')
    handler = ctypes.cast(glib.g_log_default_handler, ctypes.c_void_p)
    glib.g_log_set_handler(DOMAIN.encode(), int(_EVERY_LEVEL), handler, None)
    time.sleep(GRACE)


def set_logger(logger: logging.Logger | logging.LoggerAdapter[Any] | None) -> None:
    """None is GLib's own way."""
    global _logger, _is_set
    _logger = logger
    if logger is not None and not _is_set:
        _is_set = True
        GLib.log_set_handler(DOMAIN, _EVERY_LEVEL, _on_log)
        atexit.register(_let_glib_take_over)


def to_logger(logger: Any) -> logging.Logger | logging.LoggerAdapter[Any]:
    if logger is None:
        return logging.getLogger(DOMAIN)
    if not isinstance(logger, (logging.Logger, logging.LoggerAdapter)):
        raise TypeError(f'logger must be a logging.Logger or None, not {logger!r}')
    return logger
