# SPDX-License-Identifier: LGPL-2.1-or-later
"""Listeners, each with its own queue of events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager

from ._qmachine import EVENTS_KEPT, ListenerError
from .message import Message

EventNames = str | Iterable[str] | None
EventFilter = Callable[[Message], bool]


class EventListener:
    """Takes the events of some names, or of all, that a filter lets through."""

    def __init__(self, names: EventNames = None, event_filter: EventFilter | None = None) -> None:
        self.names = {names} if isinstance(names, str) else set(names or ())
        self.event_filter = event_filter
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._history: deque[Message] = deque(maxlen=EVENTS_KEPT)

    @property
    def history(self) -> tuple[Message, ...]:
        """What has come so far, taken or not."""
        return tuple(self._history)

    def accept(self, event: Message) -> bool:
        if self.names and event['event'] not in self.names:
            return False
        return self.event_filter is None or self.event_filter(event)

    async def put(self, event: Message) -> None:
        self.put_nowait(event)

    def put_nowait(self, event: Message) -> None:
        if self.accept(event):
            self._history.append(event)
            self._queue.put_nowait(event)

    async def get(self) -> Message:
        """Takes the oldest event, waiting for one."""
        return await self._queue.get()

    def empty(self) -> bool:
        return self._queue.empty()

    def clear(self) -> list[Message]:
        """Takes all events."""
        events = []
        while not self._queue.empty():
            events.append(self._queue.get_nowait())
        return events

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        return await self.get()


class Events:
    """The listeners of a client: `events` is one that is always there, and takes all."""

    def __init__(self) -> None:
        self._listeners: list[EventListener] = []
        self.events = EventListener()
        self.register_listener(self.events)

    def _spread(self, event: Message) -> None:
        for listener in tuple(self._listeners):
            listener.put_nowait(event)

    def register_listener(self, listener: EventListener) -> None:
        if listener in self._listeners:
            raise ListenerError('the listener is registered already')
        self._listeners.append(listener)

    def remove_listener(self, listener: EventListener) -> None:
        if listener is self.events:
            raise ListenerError('the listener of all events stays')
        if listener not in self._listeners:
            raise ListenerError('the listener is not registered')
        self._listeners.remove(listener)

    @contextmanager
    def listener(self, names: EventNames = (),
                 event_filter: EventFilter | None = None) -> Iterator[EventListener]:
        """A new listener, for the time of the block."""
        listener = EventListener(names, event_filter)
        with self.listen(listener):
            yield listener

    @contextmanager
    def listen(self, *listeners: EventListener) -> Iterator[None]:
        """Registers listeners for the time of the block."""
        registered: list[EventListener] = []
        try:
            for listener in listeners:
                self.register_listener(listener)
                registered.append(listener)
            yield
        finally:
            for listener in registered:
                self.remove_listener(listener)


__all__ = ['EventListener', 'Events', 'ListenerError']
