# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a call of the library is awaited, in whichever loop asyncio runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from gi.repository import Gio, GLib

from ._qmachine_calls import Call, context_thread


def _turns_our_context(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether results reach the caller without help: the loop is one of GLib's, and turns the
    context in which a call of this thread is answered."""
    context = getattr(loop, '_context', None)
    return (isinstance(context, GLib.MainContext) and
            hash(context) == hash(GLib.MainContext.ref_thread_default()))


class Operation(Coroutine[Any, Any, Any]):
    """A call that is under way, to be awaited once, or not at all.

    It is a coroutine for asyncio.create_task() and all that takes one, but begins when it is
    made, as every `x_async ()` does. Cancelling the task that awaits it cancels the call, and
    lasts until the call has ended.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, begin: Callable[..., Any],
                 finish: Callable[[Any], Any], arguments: tuple[Any, ...],
                 cancellable: Gio.Cancellable | None, convert: Callable[[Any], Any],
                 failed: Callable[[GLib.Error], BaseException],
                 unwanted: Callable[[Any], None]) -> None:
        self._loop = loop
        self._lock = threading.Lock()  # of the two below, which the thread of the call sets, too
        self._over = False
        self._closed = False
        self._ended = False  # and the loop knows of it
        self._settled = False  # somebody has had the result
        self._future = loop.create_future()  # of the end, and a new one if that is cancelled
        self._convert = convert
        self._failed = failed
        self._unwanted = unwanted
        self._call = Call(begin, finish, arguments, cancellable, self._on_ended)
        self._waiting: Coroutine[Any, Any, Any] | None = None
        self._give_up = False

        if _turns_our_context(loop):
            self._call.begin()
        else:
            context_thread().begin(self._call)

    def _on_ended(self) -> None:
        with self._lock:
            self._over = True
            closed = self._closed
        if closed:
            self._discard()
            return
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop is closed: nobody will ever ask
            self._discard()

    def _wake(self) -> None:
        self._ended = True
        if not self._future.done():
            self._future.set_result(None)

    def _settle(self) -> tuple[Any, Any]:
        # The other thread may still have this object in its hands, which must not hold the machine.
        self._settled = True
        hooks, self._failed, self._unwanted = (self._failed, self._unwanted), None, None
        return hooks

    def _discard(self) -> None:
        _failed, unwanted = self._settle()
        if self._call.error is None:
            unwanted(self._call.result())

    async def _wait(self) -> Any:
        cancelled: asyncio.CancelledError | None = None
        if self._give_up:
            cancelled = asyncio.CancelledError()
            self._call.cancellable.cancel()
        while not self._ended:
            try:
                await self._future
            except asyncio.CancelledError as error:
                cancelled = cancelled or error
                self._call.cancellable.cancel()
                if not self._ended:
                    self._future = self._loop.create_future()
        if cancelled is not None:
            self._discard()
            raise cancelled
        failed, _unwanted = self._settle()
        try:
            return self._convert(self._call.result())
        except GLib.Error as error:
            raise failed(error) from None

    def _coroutine(self) -> Coroutine[Any, Any, Any]:
        if self._waiting is None:
            self._waiting = self._wait()
        return self._waiting

    def __await__(self) -> Any:
        return self._coroutine().__await__()

    def send(self, value: Any) -> Any:
        return self._coroutine().send(value)

    def throw(self, *exception: Any) -> Any:
        if self._waiting is None and isinstance(exception[0], asyncio.CancelledError):
            # Of a task that was cancelled before its first step.
            self._give_up = True
            return self._coroutine().send(None)
        return self._coroutine().throw(*exception)

    def close(self) -> None:
        """Nobody will await it any more: gives up a call under way, and takes nothing away."""
        self._coroutine().close()
        with self._lock:
            if self._closed or self._settled:
                return
            self._closed = True
            over = self._over
        if over:
            self._discard()
        else:
            self._call.cancellable.cancel()
