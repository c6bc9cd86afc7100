# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMUMonitorProtocol: a session with any QEMU, which connects or is connected."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import deque
from typing import Any

from ._qmachine_compat_errors import QMPBadPortError, QMPConnectError, QMPTimeoutError
from ._qmachine_compat_qtest import listen
from ._qmachine_compat_session import Session, milliseconds
from ._qmachine_values import parse

Address = str | tuple[str, int]


def parse_address(address: str) -> Address:
    """HOST:PORT, and what has no colon is a path."""
    host, colon, port = address.rpartition(':')
    if not colon:
        return address
    try:
        return host, int(port)
    except ValueError:
        raise QMPBadPortError(f'{port!r} is no port') from None


def dial(address: Any, timeout: float | None) -> socket.socket:
    if isinstance(address, (tuple, list)):
        return socket.create_connection(tuple(address), timeout)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(timeout)
        client.connect(os.fspath(address))
    except BaseException:
        client.close()
        raise
    return client


def peek(connection: socket.socket) -> bytes | None:
    """The greeting, which stays where it is; None while it is not whole."""
    data = connection.recv(65536, socket.MSG_PEEK)
    return data if not data or b'\n' in data else None


def offers_oob(connection: socket.socket, timeout: float | None) -> bool:
    """Whether the peer's greeting offers out-of-band commands: to ask one for them that does not
    would end the session."""
    end = None if timeout is None else time.monotonic() + timeout
    with contextlib.suppress(OSError):  # whoever begins the session meets the same, and tells
        greeting = None
        while greeting is None and (end is None or time.monotonic() < end):
            connection.settimeout(None if end is None else max(0.001, end - time.monotonic()))
            greeting = peek(connection)
            if greeting is None:
                time.sleep(0.001)
        return b'"oob"' in (greeting or b'')
    return False


def to_stream(connection: socket.socket) -> Any:
    """For QMachine.Monitor.attach_stream(); the descriptor changes hands."""
    from gi.repository import Gio
    connection.settimeout(None)
    return Gio.Socket.new_from_fd(connection.detach()).connection_factory_create_connection()


class PlainEvent:
    def __init__(self, message: dict[str, Any]) -> None:
        self._message = message

    def to_json(self) -> str:
        return json.dumps(self._message)


class PlainConnection:
    """Messages without a greeting before, as a guest agent has them. It stands where a
    QMachine.Monitor stands otherwise."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.settimeout(None)
        self._text = ''
        self._events: deque[PlainEvent] = deque()
        self._decoder = json.JSONDecoder()
        self.command_timeout = -1

    def _read(self, deadline: float | None) -> dict[str, Any]:
        from gi.repository import Gio, GLib
        while True:
            self._text = self._text.lstrip('\xff \t\r\n')
            with contextlib.suppress(json.JSONDecodeError):
                message, end = self._decoder.raw_decode(self._text)
                self._text = self._text[end:]
                return message
            try:
                self._socket.settimeout(None if deadline is None
                                        else max(0.001, deadline - time.monotonic()))
                data = self._socket.recv(65536)
            except TimeoutError as error:
                raise GLib.Error('no answer came in time',
                                 GLib.quark_to_string(Gio.io_error_quark()),
                                 Gio.IOErrorEnum.TIMED_OUT) from error
            except OSError as error:
                raise GLib.Error(str(error)) from error
            if not data:
                raise GLib.Error('the peer closed the connection')
            # QMP is ASCII, and an agent delimits by a byte that UTF-8 does not have.
            self._text += data.decode('latin-1')

    def _take(self, message: dict[str, Any]) -> bool:
        """Whether it is a reply."""
        if 'event' in message:
            self._events.append(PlainEvent(message))
        return 'return' in message or 'error' in message

    def _deadline(self, timeout: int) -> float | None:
        return None if timeout < 0 else time.monotonic() + timeout / 1000

    def qmp(self, command: str, arguments: Any = None, flags: Any = None) -> dict[str, Any]:
        from gi.repository import GLib
        message = {'exec-oob' if flags else 'execute': command}
        if arguments:
            message['arguments'] = arguments
        deadline = self._deadline(self.command_timeout)
        try:
            self._socket.sendall(json.dumps(message).encode() + b'\n')
        except OSError as error:
            raise GLib.Error(str(error)) from error
        while True:
            reply = self._read(deadline)
            if self._take(reply):
                return reply

    def pop_events(self) -> list[PlainEvent]:
        events = list(self._events)
        self._events.clear()
        return events

    def wait_event(self, timeout: int = -1) -> PlainEvent:
        deadline = self._deadline(timeout)
        while not self._events:
            self._take(self._read(deadline))
        return self._events.popleft()

    def send_fd(self, fd: int) -> None:
        socket.send_fds(self._socket, [b' '], [fd])

    def close(self) -> None:
        self._socket.close()


class QEMUMonitorProtocol(Session):
    """A QMP session: connect() makes one with a server, accept() with a QEMU that connects."""

    def __init__(self, address: Any, server: bool = False, nickname: str | None = None) -> None:
        if server and isinstance(address, socket.socket):
            raise ValueError('a socket that is connected cannot serve')
        self._address = address
        self._nickname = nickname
        self._timeout: float | None = None
        self._server = listen(address) if server else None
        super().__init__(None, nickname)

    parse_address = staticmethod(parse_address)

    def __enter__(self) -> QEMUMonitorProtocol:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()

    def _attach(self, connection: socket.socket, timeout: float | None) -> dict[str, Any]:
        from gi.repository import Gio, GLib, QMachine

        monitor = QMachine.Monitor(attach_timeout=milliseconds(timeout),
                                   out_of_band=offers_oob(connection, timeout))
        try:
            monitor.attach_stream(to_stream(connection))
        except GLib.Error as error:
            if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise QMPTimeoutError(error.message) from error
            raise QMPConnectError(error.message) from error
        self._use(monitor)
        greeting = {'QMP': parse(monitor.greeting)}
        self._traffic.received(greeting)
        return greeting

    def _use(self, owner: Any) -> None:
        self._close_session()
        self._begin(owner, self._nickname)
        self.settimeout(self._timeout)

    def connect(self, negotiate: bool = True) -> dict[str, Any] | None:
        """Connects, and returns the greeting. Without the negotiation there is none, as with a
        guest agent, and None is returned."""
        if isinstance(self._address, socket.socket):
            connection = self._address
        else:
            try:
                connection = dial(self._address, self._timeout)
            except OSError as error:
                failure = QMPConnectError(f'cannot connect to {self._address}: {error}')
                failure.exc = error
                raise failure from error
        if negotiate:
            return self._attach(connection, self._timeout)
        self._use(PlainConnection(connection))
        return None

    def accept(self, timeout: float | None = 15.0) -> dict[str, Any]:
        """Waits for a QEMU that connects, for so many seconds, and returns the greeting."""
        if self._server is None:
            raise ValueError('accept() is for one that serves')
        end = None if timeout is None else time.monotonic() + timeout
        self._server.settimeout(timeout)
        try:
            connection, _peer = self._server.accept()
        except (TimeoutError, BlockingIOError) as error:
            raise QMPTimeoutError(f'nobody has connected within {timeout} s') from error
        return self._attach(connection, None if end is None else max(0, end - time.monotonic()))

    def exchange(self, command: str, arguments: Any = None, **options: Any) -> dict[str, Any]:
        self._require()
        return super().exchange(command, arguments, **options)

    def pull_event(self, wait: float | bool = False) -> dict[str, Any] | None:
        self._require()
        return super().pull_event(wait)

    def get_events(self, wait: float | bool = False) -> list[dict[str, Any]]:
        self._require()
        return super().get_events(wait)

    def clear_events(self) -> None:
        if self._owner is not None:
            super().clear_events()

    def send_fd_scm(self, fd: int) -> None:
        self._require()
        super().send_fd_scm(fd)

    def _require(self) -> None:
        if self._owner is None:
            raise QMPConnectError('there is no session: connect() or accept() comes first')

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout
        if self._owner is not None:
            super().settimeout(timeout)

    def _close_session(self) -> None:
        if self._owner is not None:
            self._owner.close()

    def close(self) -> None:
        """Ends the session, and serves no more. What has come can still be taken."""
        self._close_session()
        if self._server is not None:
            self._server.close()
            self._server = None
            if isinstance(self._address, str):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._address)
