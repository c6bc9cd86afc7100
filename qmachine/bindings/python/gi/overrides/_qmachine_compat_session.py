# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands and events as QEMU's own Python classes have them: seconds, and plain dicts.

What does the work is a QMachine.Machine or a QMachine.Monitor, which have the same calls.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from ._qmachine_compat_errors import MonitorResponseError, QMPConnectError, QMPTimeoutError
from ._qmachine_values import parse

EVENTS_KEPT = 16384  # of those that a wait for another event came across


# -- time --

def milliseconds(seconds: float | None) -> int:
    """For a setting of the library: None is no limit."""
    return -1 if seconds is None else max(0, round(seconds * 1000))


class Deadline:
    """A limit for a wait as a whole, in seconds: None and True are none, False is 0."""

    def __init__(self, seconds: float | bool | None) -> None:
        endless = seconds is None or seconds is True
        self.polls = not endless and not seconds
        self._end = None if endless else time.monotonic() + float(seconds)

    def left(self) -> float | None:
        return None if self._end is None else max(0.0, self._end - time.monotonic())


# -- logging --

class Traffic:
    """What goes to and from QEMU, for the logger that the ancestor uses for it."""

    def __init__(self, name: str | None) -> None:
        import logging
        self._debug = logging.DEBUG
        self._log = logging.getLogger('qemu.qmp.qmp_client')
        if name:
            self._log = self._log.getChild(name)

    def _show(self, arrow: str, message: Any) -> None:
        if self._log.isEnabledFor(self._debug):
            self._log.debug('%s %s', arrow, json.dumps(message, default=repr))

    def sent(self, message: Any) -> None:
        self._show('-->', message)

    def received(self, message: Any) -> None:
        self._show('<--', message)


# -- events --

def event_matches(event: Any, match: Any) -> bool:
    if match is None:
        return True
    if not isinstance(match, dict) or not isinstance(event, dict):
        return type(event) is type(match) and event == match or (
            not isinstance(event, bool) and not isinstance(match, bool) and event == match)
    return all(name in event and event_matches(event[name], wanted)
               for name, wanted in match.items())


class EventCache:
    """The events as dicts, in order, for any number of threads that wait: one of them takes new
    events from the machine, and keeps for the others what it is not after."""

    def __init__(self, owner: Any, traffic: Traffic) -> None:
        self._owner = owner
        self._traffic = traffic
        self._changed = threading.Condition()
        self._events: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)
        self._someone_takes = False

    def clear(self) -> None:
        with self._changed:
            self._events.clear()

    def _keep(self, event: Any) -> None:
        message = parse(event.to_json())
        self._traffic.received(message)
        self._events.append(message)

    def _keep_what_is_there(self) -> None:
        for event in self._owner.pop_events():
            self._keep(event)

    def _find(self, wanted: Sequence[tuple[str | None, Any]]) -> dict[str, Any] | None:
        for event in self._events:
            if any((name is None or event['event'] == name) and event_matches(event, match)
                   for name, match in wanted):
                self._events.remove(event)
                return event
        return None

    def take_all(self) -> list[dict[str, Any]]:
        with self._changed:
            if not self._someone_takes:
                self._keep_what_is_there()
            events = list(self._events)
            self._events.clear()
            return events

    def take(self, wanted: Sequence[tuple[str | None, Any]],
             timeout: float | bool | None) -> dict[str, Any] | None:
        """The oldest event that fits; None if there is none and the time-out is 0."""
        deadline = Deadline(timeout)
        with self._changed:
            while True:
                if not self._someone_takes:
                    self._keep_what_is_there()
                event = self._find(wanted)
                if event is not None or deadline.polls:
                    return event
                left = deadline.left()
                if left == 0:
                    raise QMPTimeoutError(
                        f'no event of {[name for name, _match in wanted]} within {timeout} s')
                if self._someone_takes:
                    self._changed.wait(left)
                else:
                    self._take_next(left)

    def _take_next(self, seconds: float | None) -> None:
        from gi.repository import Gio, GLib

        self._someone_takes = True
        self._changed.release()
        try:
            event = self._owner.wait_event(timeout=milliseconds(seconds))
        except GLib.Error as error:
            event = None
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise QMPConnectError(error.message) from error
        finally:
            self._changed.acquire()
            self._someone_takes = False
            self._changed.notify_all()
        if event is not None:
            self._keep(event)


# -- commands --

class Session:
    """A session with the methods of QEMUMonitorProtocol."""

    def __init__(self, owner: Any, name: str | None) -> None:
        self._begin(owner, name)

    def _begin(self, owner: Any, name: str | None) -> None:
        self._owner = owner
        self._traffic = Traffic(name)
        self.cache = EventCache(owner, self._traffic)

    def exchange(self, command: str, arguments: Any = None, **options: Any) -> dict[str, Any]:
        """Sends a command and returns the whole reply."""
        from gi.repository import Gio, GLib

        self._traffic.sent({'execute': command, 'arguments': arguments} if arguments
                           else {'execute': command})
        try:
            reply = self._owner.qmp(command, arguments, **options)
        except GLib.Error as error:
            if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise QMPTimeoutError(error.message) from error
            raise QMPConnectError(error.message) from error
        self._traffic.received(reply)
        reply.pop('id', None)  # the library's
        return reply

    def cmd_obj(self, qmp_cmd: dict[str, Any]) -> dict[str, Any]:
        """Sends a message as it is, and returns the reply with the id of the message."""
        message = dict(qmp_cmd)
        options = {}
        if 'exec-oob' in message:
            from gi.repository import QMachine
            options['flags'] = QMachine.MonitorFlags.OUT_OF_BAND
        command = message.pop('exec-oob', None) or message.pop('execute')
        reply = self.exchange(command, message.pop('arguments', None), **options)
        return {**reply, **message}

    def cmd_raw(self, name: str, args: dict[str, Any] | None = None,
                cmd_id: Any = None) -> dict[str, Any]:
        """Sends a command and returns the whole reply."""
        reply = self.exchange(name, args)
        return reply if cmd_id is None else {**reply, 'id': cmd_id}

    def cmd(self, cmd: str, /, *args: Any, **kwds: Any) -> Any:
        """Sends a command and returns what it returned, or raises ExecuteError. With a mapping
        that is given by position it is what older releases have by this name: cmd_raw()."""
        if args:
            return self.cmd_raw(cmd, *args, **kwds)
        reply = self.exchange(cmd, kwds)
        if 'error' in reply:
            raise MonitorResponseError(reply, {'execute': cmd, 'arguments': kwds})
        return reply['return']

    def command(self, cmd: str, /, **kwds: Any) -> Any:
        return self.cmd(cmd, **kwds)

    def pull_event(self, wait: float | bool = False) -> dict[str, Any] | None:
        """Takes the oldest event: True waits for it, a number waits for so many seconds."""
        return self.cache.take([(None, None)], wait)

    def get_events(self, wait: float | bool = False) -> list[dict[str, Any]]:
        """Takes all events; waits only if there is none."""
        events = self.cache.take_all()
        if not events and wait:
            first = self.cache.take([(None, None)], wait)
            events = [first, *self.cache.take_all()]
        return events

    def clear_events(self) -> None:
        self.cache.take_all()

    def settimeout(self, timeout: float | None) -> None:
        """The seconds that a command may take; None is no limit."""
        self._owner.command_timeout = milliseconds(timeout)

    def send_fd_scm(self, fd: int) -> None:
        """Sends a descriptor, for the `getfd` that comes next."""
        from gi.repository import GLib
        try:
            self._owner.send_fd(fd)
        except GLib.Error as error:
            raise QMPConnectError(error.message) from error
