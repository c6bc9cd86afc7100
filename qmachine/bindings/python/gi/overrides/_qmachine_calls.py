# SPDX-License-Identifier: LGPL-2.1-or-later
"""How Python waits for a call of the library where nobody turns a GLib main context.

A result of the library is delivered in the main context that is the thread's default where the
call was made. A plain Python program turns none, so its calls are made in a thread that exists
for nothing else and turns one. It is started by the first call that needs it.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
from collections.abc import Callable
from typing import Any

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

JOIN_TIMEOUT = 5  # seconds, at the end of the interpreter

# Without what PyGObject 3.50 and later put around it, which asks asyncio for a loop to pause: there
# is none in that thread, and Python 3.14 warns of the question.
_turn_context = get_introspection_module('GLib').MainContext.iteration


class _ContextThread:
    """Turns a main context of its own, and makes calls in it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._context = GLib.MainContext.new()
        self._calls: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self._ended: list[Callable[[], None]] = []
        self.stopping = False
        self._thread = threading.Thread(target=self._run, name='qmachine-python', daemon=True)
        self._thread.start()
        atexit.register(self._stop)

    def begin(self, call: Call) -> None:
        # An end is told when nothing of the call is left here: who lets go of its machine then
        # is the last to do so.
        call.tell = self._ended.append
        self._calls.put(call)
        self._context.wakeup()

    def _run(self) -> None:
        self._context.push_thread_default()
        while not self.stopping:
            while not self._calls.empty():
                self._calls.get().begin()
            while self._ended:
                self._ended.pop(0)()
            _turn_context(self._context, True)
        self._context.pop_thread_default()

    def _stop(self) -> None:
        # A thread that is still in GLib while the interpreter is taken down could call into it.
        if self.pid == os.getpid():
            self.stopping = True
            self._context.wakeup()
            self._thread.join(JOIN_TIMEOUT)


_thread: _ContextThread | None = None
_lock = threading.Lock()


def context_thread() -> _ContextThread:
    """Raises RuntimeError when the interpreter is about to end."""
    global _thread
    with _lock:
        if _thread is not None and _thread.stopping:
            raise RuntimeError('the interpreter is about to end')
        if _thread is None or _thread.pid != os.getpid():
            _thread = _ContextThread()
        return _thread


class Call:
    """One call on its way. Its end is told once, in whichever thread it comes to."""

    def __init__(self, begin: Callable[..., Any], finish: Callable[[Any], Any],
                 arguments: tuple[Any, ...], cancellable: Gio.Cancellable | None,
                 ended: Callable[[], None]) -> None:
        self.cancellable = cancellable or Gio.Cancellable()
        self.value: Any = None
        self.error: BaseException | None = None
        self.tell: Callable[[Callable[[], None]], None] = lambda ended: ended()
        # PyGObject keeps the callback, and with it this object, until there is another one. So
        # what may hold the machine is let go of.
        self._steps: tuple[Any, ...] | None = (begin, finish, arguments)
        self._ended: Callable[[], None] | None = ended

    def begin(self) -> None:
        begin, _finish, arguments = self._steps
        try:
            begin(*arguments, self.cancellable, self._on_result)
        except BaseException as error:  # for the one who waits, not for this thread
            self._end(error)

    def _on_result(self, _source: Any, result: Gio.AsyncResult, *_data: Any) -> None:
        try:
            self.value = self._steps[1](result)
        except BaseException as error:  # as above
            self._end(error)
        else:
            self._end(None)

    def _end(self, error: BaseException | None) -> None:
        # The traceback would hold the frames of this thread, and what is in them.
        self.error = error.with_traceback(None) if error is not None else None
        ended, self._ended, self._steps = self._ended, None, None
        self.tell(ended)

    def result(self) -> Any:
        value, self.value = self.value, None
        if self.error is not None:
            raise self.error
        return value
