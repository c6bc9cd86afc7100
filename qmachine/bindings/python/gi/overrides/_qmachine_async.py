# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a call of the library is awaited, in whichever loop asyncio runs."""

from __future__ import annotations

import asyncio
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
        self._ended = False
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
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop is closed: nobody will ever ask
            self._discard()

    def _wake(self) -> None:
        self._ended = True
        if not self._future.done():
            self._future.set_result(None)

    def _discard(self) -> None:
        if self._call.error is None:
            self._unwanted(self._call.result())

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
        # The other thread may still have this object in its hands, which must not hold the machine.
        failed, self._failed, self._unwanted = self._failed, None, None
        if cancelled is not None:
            raise cancelled
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
        if self._waiting is not None:
            self._waiting.close()
            if not self._ended:  # its task is gone
                self._call.cancellable.cancel()
        elif self._ended and self._unwanted is not None:
            self._discard()
            self._unwanted = None
