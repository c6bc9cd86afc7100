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
from itertools import chain, repeat
from typing import Any

_pending: list[BaseException] = []


def _answer(main: threading.Thread) -> Generator[bool, None, None]:
    global _pending
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
            # Nothing is called before it is kept: the next handler would run there.
            _pending = [*_pending, error]
            interrupted = True


def let_handlers_run(library: Any) -> None:
    # One that a handler has ended all the same, between two lines, is followed by another.
    answer = chain.from_iterable(map(_answer, repeat(threading.main_thread())))
    next(answer)
    library.set_interrupt_func(answer.__next__)


def hold(error: BaseException) -> bool:
    """Keeps what was raised where the library cannot pass it on, for the call to raise when it
    returns. False in a thread in which no signal handler runs."""
    global _pending
    if threading.current_thread() is not threading.main_thread():
        return False
    _pending = [*_pending, error]
    return True


def is_pending() -> bool:
    return bool(_pending) and threading.current_thread() is threading.main_thread()


def raise_pending() -> None:
    """What a handler raised while the call blocked; a later one takes the place of an earlier."""
    global _pending
    if not is_pending():
        return
    error = _pending[-1]
    _pending = []
    # Not with the generator's frame: who clears those of a traceback would end it.
    raise error.with_traceback(error.__traceback__.tb_next) from None
