# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Python's signal handlers run while a call of the library blocks.

The library asks now and then whether to give the call up. The answer is that of a generator: where
it goes on, Python runs the handlers of the signals that came, and what a handler raises is caught
there, in the generator. A function would be too late: Python looks for signals when it begins one,
and nobody would be there to catch anything yet.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

_pending: list[BaseException] = []


def _answer() -> Generator[bool, None, None]:
    main = threading.main_thread()
    interrupted = False
    while True:
        try:
            while True:
                yield interrupted
                # Handlers run in this thread only.
                interrupted = bool(_pending) and threading.current_thread() is main
        except GeneratorExit:
            return
        except BaseException as error:  # whatever a handler raises
            # Not with this frame: who clears those of a traceback would end the generator.
            _pending.append(error.with_traceback(error.__traceback__.tb_next))
            interrupted = True


def let_handlers_run(library: Any) -> None:
    answer = _answer()
    next(answer)
    library.set_interrupt_func(answer.__next__)


def is_pending() -> bool:
    return bool(_pending) and threading.current_thread() is threading.main_thread()


def raise_pending() -> None:
    """What a handler raised while the call blocked; a later one takes the place of an earlier."""
    if not is_pending():
        return
    error = _pending.pop()
    _pending.clear()
    raise error from None
