# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a call of the library is awaited, in whichever loop asyncio runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from gi.repository import Gio, GLib

from ._qmachine_errors import failure_of
from ._qmachine_loops import Call, Halves, context_of


class Operation(Coroutine[Any, Any, Any]):
    """A call that is under way, to be awaited once, or not at all.

    It is a coroutine for asyncio.create_task() and all that takes one, but begins when it is
    made, as every `x_async ()` does. Cancelling the task that awaits it cancels the call, and
    lasts until the call has ended.
    """

    __slots__ = ('_loop', '_ended', '_closed', '_future', '_waiting', '_give_up', '_convert',
                 '_command', '_owner', '_put_back', '_call', '_context', '__weakref__')

    def __init__(self, loop: asyncio.AbstractEventLoop, halves: Halves, owner: Any,
                 arguments: tuple[Any, ...], cancellable: Gio.Cancellable | None,
                 convert: Callable[[Any], Any], command: str | None,
                 put_back: Callable[[Any], None] | None) -> None:
        self._loop = loop
        self._ended = False
        self._closed = False
        self._future: asyncio.Future[None] | None = None  # of the end, where somebody waits for it
        self._waiting: Coroutine[Any, Any, Any] | None = None
        self._give_up = False
        self._convert = convert
        self._command = command
        # These hold the machine, and are let go of when somebody has had the result.
        self._owner = owner
        self._put_back = put_back

        self._call = Call(halves, owner, cancellable, self._on_ended)
        context = self._context = context_of(loop)
        if context is None:
            self._call.begin(arguments)
            return
        context.push()
        try:
            self._call.begin(arguments)
        finally:
            context.pop()
        if put_back is not None:
            context.add_taker(self._call)

    def _on_ended(self) -> None:
        self._ended = True
        if self._put_back is not None and self._context is not None:
            self._context.remove_taker(self._call)
        if self._closed or self._loop.is_closed():  # nobody will ever ask
            self._discard()
        elif self._future is not None and not self._future.done():
            self._future.set_result(None)

    def _discard(self) -> None:
        put_back, self._put_back, self._owner = self._put_back, None, None
        if put_back is not None and self._call.value is not None:
            put_back(self._call.result())

    async def _wait(self) -> Any:
        cancelled: asyncio.CancelledError | None = None
        if self._give_up:
            cancelled = asyncio.CancelledError()
            self._call.cancel()
        while not self._ended:
            self._future = self._loop.create_future()
            try:
                await self._future
            except asyncio.CancelledError as error:
                cancelled = cancelled or error
                self._call.cancel()
        if cancelled is not None:
            self._discard()
            raise cancelled
        owner, self._owner, self._put_back = self._owner, None, None
        try:
            return self._convert(self._call.result())
        except GLib.Error as error:
            raise failure_of(error, owner, self._command) from None

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
        self._closed = True
        if self._ended:
            self._discard()
        elif self._put_back is not None and self._context is not None:
            self._context.give_up(self._call)
        else:
            self._call.cancel()
