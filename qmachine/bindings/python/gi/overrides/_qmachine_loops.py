# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a loop of asyncio turns the main context in which the library answers it.

The library delivers signals and results in the main context that was the thread's default when an
object was made or a call begun. A loop that GLib drives turns that one already. For any other loop
there is one of its own, which is the default while the override makes an object or begins a call.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from gi.module import get_introspection_module
from gi.repository import Gio, GLib

if TYPE_CHECKING:
    import asyncio

_library = get_introspection_module('QMachine')

# Without what PyGObject 3.50 and later put around it, which asks asyncio for a loop to pause.
_turn_context = get_introspection_module('GLib').MainContext.iteration

# After which the loop's other callbacks have their turn.
MAX_TURNS = 8

# Cancellables of calls that ended without them. To make one costs a tenth of a short call.
MAX_SPARE = 64
_spare: list[Gio.Cancellable] = []


# Of the typelib: what begins a call of an object, and what has its result.
Halves = tuple[Callable[..., Any], Callable[..., Any]]


class Call:
    """One call on its way. Its end is told once, in the loop."""

    __slots__ = ('_is_own', 'cancellable', 'value', 'error', '_halves', '_owner', '_ended')

    def __init__(self, halves: Halves, owner: Any, cancellable: Gio.Cancellable | None,
                 ended: Callable[[], None]) -> None:
        self._is_own = cancellable is None
        self.cancellable = cancellable or (_spare.pop() if _spare else Gio.Cancellable())
        self.value: Any = None
        self.error: BaseException | None = None
        # PyGObject keeps the callback, and with it this object, until there is another one. So
        # what may hold the machine is let go of.
        self._halves = halves
        self._owner = owner
        self._ended: Callable[[], None] | None = ended

    def begin(self, arguments: tuple[Any, ...]) -> None:
        self._halves[0](self._owner, *arguments, self.cancellable, self._on_result)

    def cancel(self) -> None:
        if self._ended is not None:
            self._is_own = False
            self.cancellable.cancel()

    def _on_result(self, _source: Any, result: Gio.AsyncResult, *_data: Any) -> None:
        owner, self._owner = self._owner, None
        ended, self._ended = self._ended, None
        try:
            self.value = self._halves[1](owner, result)
        except BaseException as error:  # for the one who waits, not for GLib
            # The traceback would hold this frame, and what is in it.
            self.error = error.with_traceback(None)
        if self._is_own and len(_spare) < MAX_SPARE:
            _spare.append(self.cancellable)
        ended()

    def result(self) -> Any:
        value, self.value = self.value, None
        if self.error is not None:
            raise self.error
        return value


class LoopContext:
    """The main context of a loop that GLib does not drive."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.context, fd = _library.main_context_new_for_poll()
        self.push = self.context.push_thread_default
        self.pop = self.context.pop_thread_default
        self.loop = weakref.ref(loop)
        self._takers: set[Call] = set()
        loop.add_reader(fd, self._turn)

    def _turn(self) -> None:
        context = self.context
        for _ in range(MAX_TURNS):
            if not _turn_context(context, False):
                return
        self.loop().call_soon(self._turn)

    def __enter__(self) -> None:
        """For what belongs to the loop: an object that is made, a call that begins."""
        self.push()

    def __exit__(self, *_exception: Any) -> None:
        self.pop()

    def add_taker(self, call: Call) -> None:
        """One that is under way, and takes something that others ask for, too."""
        self._takers.add(call)
        _with_takers.add(self)

    def remove_taker(self, call: Call) -> None:
        self._takers.remove(call)
        if not self._takers:
            _with_takers.discard(self)

    def give_up(self, taker: Call) -> None:
        """Lasts until it has ended, which is at once, and what it took is where it was."""
        taker.cancel()
        while taker in self._takers:
            _turn_context(self.context, True)

    def give_up_if_closed(self) -> None:
        loop = self.loop()
        if loop is None or loop.is_closed():
            for taker in tuple(self._takers):
                self.give_up(taker)


_contexts: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopContext] = (
    weakref.WeakKeyDictionary())
_with_takers: set[LoopContext] = set()
_closing = threading.Lock()


def give_up_takers_of_closed_loops() -> None:
    """Puts back what they took, before somebody else asks for it."""
    if _with_takers:
        with _closing:
            for place in tuple(_with_takers):
                place.give_up_if_closed()


def _is_of_glib(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether results reach the caller without help: the loop is one of GLib's, and turns the
    context in which a call of this thread is answered."""
    context = getattr(loop, '_context', None)
    return (isinstance(context, GLib.MainContext) and
            hash(context) == hash(GLib.MainContext.ref_thread_default()))


# The one that was asked for last, which most programs ask for always.
_recent: Callable[[], LoopContext | None] = lambda: None


def context_of(loop: asyncio.AbstractEventLoop) -> LoopContext | None:
    """None for a loop that needs none."""
    global _recent
    recent = _recent()
    if recent is not None and recent.loop() is loop:
        return recent
    context = _contexts.get(loop)
    if context is None and not _is_of_glib(loop):
        context = _contexts[loop] = LoopContext(loop)
    if context is not None:
        _recent = weakref.ref(context)
    return context


def running_loop() -> asyncio.AbstractEventLoop | None:
    """That of this thread; without loading asyncio for programs that do not use it."""
    asyncio = sys.modules.get('asyncio')
    return asyncio._get_running_loop() if asyncio is not None else None


def context_of_running_loop() -> AbstractContextManager[None]:
    loop = running_loop()
    return loop is not None and context_of(loop) or nullcontext()
