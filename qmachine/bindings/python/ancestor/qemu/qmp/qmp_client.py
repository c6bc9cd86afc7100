# SPDX-License-Identifier: LGPL-2.1-or-later
"""The client for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from typing import Any

from gi.repository import GLib

from ._qmachine import (ExecInterruptedError, ExecuteError, NegotiationError, QMachine,
                        QMPConnectError, StateError, Traffic, listen, parse, peek, to_stream)
from .events import Events
from .message import Message
from .protocol import Runstate, SocketAddrT

PEEK_STEP = 0.001  # seconds


class Greeting:
    """What QEMU says first."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw
        self.QMP = raw['QMP']

    def _asdict(self) -> dict[str, Any]:
        return self._raw


class QMPClient(Events):
    """A QMP session on a QMachine.Monitor."""

    logger = logging.getLogger('qemu.qmp.qmp_client')

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self.name = name
        if name:
            self.logger = self.logger.getChild(name)
        self.greeting: Greeting | None = None
        # Both have to stay so: the library begins each session in this way.
        self.await_greeting = True
        self.negotiate = True
        self._traffic = Traffic(name)
        self._monitor: Any = None
        self._handlers: list[int] = []
        self._server: socket.socket | None = None
        self._server_path: str | None = None
        self._runstate = Runstate.IDLE
        self._changed: asyncio.Future[None] | None = None
        self._quit_issued = False
        self._peer_has_gone = False

    def __repr__(self) -> str:
        name = '' if self.name is None else f'{self.name!r}, '
        return f'<QMPClient {name}{self._runstate.name}>'

    # -- state --

    @property
    def runstate(self) -> Runstate:
        return self._runstate

    async def runstate_changed(self) -> Runstate:
        """Waits until the state is another one, and returns that."""
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._changed)
        return self._runstate

    def _set_runstate(self, state: Runstate) -> None:
        if state is self._runstate:
            return
        self._runstate = state
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def _require(self, *states: Runstate) -> None:
        if self._runstate not in states:
            names = ' or '.join(state.name for state in states)
            error = StateError(f'the client is {self._runstate.name}, and not {names}')
            error.state, error.required = self._runstate, states[0]
            raise error

    # -- connections --

    async def connect(self, address: SocketAddrT | socket.socket, ssl: Any = None) -> None:
        """Connects with a server, or takes a socket that is connected."""
        self._begin(ssl)
        try:
            connection = (address if isinstance(address, socket.socket)
                          else await self._dial(address))
            await self._attach(connection)
        except BaseException:
            self._set_runstate(Runstate.IDLE)
            raise

    async def open_with_socket(self, sock: socket.socket) -> None:
        await self.connect(sock)

    async def start_server(self, address: SocketAddrT, ssl: Any = None) -> None:
        """Listens; accept() comes next."""
        self._require(Runstate.IDLE)
        self._refuse_ssl(ssl)
        if self._server is not None:
            raise StateError('the client listens already')
        try:
            self._server = listen(address)
        except OSError as error:
            raise _connect_error(f'cannot listen at {address}', error) from error
        self._server_path = address if isinstance(address, str) else None

    async def accept(self, address: SocketAddrT | None = None, ssl: Any = None) -> None:
        """Waits for a QEMU that connects. With an address it listens there before, as in the
        first releases."""
        if address is not None:
            await self.start_server(address, ssl)
        if self._server is None:
            raise StateError('start_server() comes first')
        self._begin(None)
        try:
            self._server.setblocking(False)
            connection, _peer = await asyncio.get_running_loop().sock_accept(self._server)
            self._stop_server()
            await self._attach(connection)
        except BaseException:
            self._stop_server()
            self._set_runstate(Runstate.IDLE)
            raise

    async def start_server_and_accept(self, address: SocketAddrT, ssl: Any = None) -> None:
        await self.accept(address, ssl)

    def _refuse_ssl(self, ssl: Any) -> None:
        if ssl is not None:
            raise NotImplementedError('this QMPClient has no TLS')

    def _begin(self, ssl: Any) -> None:
        self._require(Runstate.IDLE)
        self._refuse_ssl(ssl)
        if not (self.await_greeting and self.negotiate):
            raise NotImplementedError('this QMPClient always waits for the greeting and negotiates')
        self._set_runstate(Runstate.CONNECTING)

    def _stop_server(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            if self._server_path is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._server_path)

    async def _dial(self, address: SocketAddrT) -> socket.socket:
        loop = asyncio.get_running_loop()
        try:
            if isinstance(address, tuple):
                found = await loop.getaddrinfo(*address, type=socket.SOCK_STREAM)
                places = [(family, where) for family, _type, _proto, _name, where in found]
            else:
                places = [(socket.AF_UNIX, address)]  # type: ignore[list-item]
            for family, where in places:
                connection = socket.socket(family, socket.SOCK_STREAM)
                connection.setblocking(False)
                try:
                    await loop.sock_connect(connection, where)
                    return connection
                except BaseException as error:
                    connection.close()
                    if not isinstance(error, OSError) or where is places[-1][1]:
                        raise
        except OSError as error:
            raise _connect_error(f'cannot connect to {address}', error) from error
        raise QMPConnectError(f'cannot connect to {address}')

    async def _offers_oob(self, connection: socket.socket) -> bool:
        """One that does not would refuse to negotiate."""
        loop = asyncio.get_running_loop()
        connection.setblocking(False)
        while True:
            try:
                greeting = peek(connection)
                if greeting is not None:
                    return b'"oob"' in greeting
                await asyncio.sleep(PEEK_STEP)
            except BlockingIOError:
                there = asyncio.Event()
                loop.add_reader(connection, there.set)
                try:
                    await there.wait()
                finally:
                    loop.remove_reader(connection)
            except OSError:
                return False  # what begins the session meets the same, and tells

    async def _attach(self, connection: socket.socket) -> None:
        try:
            out_of_band = await self._offers_oob(connection)
        except BaseException:
            connection.close()
            raise
        monitor = QMachine.Monitor(attach_timeout=-1, out_of_band=out_of_band)
        self._quit_issued = self._peer_has_gone = False
        self._handlers = [monitor.connect('event', self._on_event),
                          monitor.connect('notify::state', self._on_state)]
        self._monitor = monitor
        try:
            await monitor.attach_stream_async(to_stream(connection))
        except BaseException as error:
            self._let_go_of_monitor()
            if isinstance(error, GLib.Error):
                raise _connect_error('no session', error) from error
            raise
        self.greeting = Greeting({'QMP': parse(monitor.greeting)})
        self._traffic.received(self.greeting._asdict())
        self._set_runstate(Runstate.DISCONNECTING if self._peer_has_gone else Runstate.RUNNING)

    def _on_event(self, monitor: Any, event: Any) -> None:
        monitor.pop_events()  # nobody else takes them
        message = Message(event.to_json())
        self._traffic.received(message)
        self._spread(message)

    def _on_state(self, monitor: Any, _property: Any) -> None:
        if monitor.get_state() == QMachine.MonitorState.CLOSED:
            self._peer_has_gone = True
            if self._runstate is Runstate.RUNNING:
                self._set_runstate(Runstate.DISCONNECTING)

    def _let_go_of_monitor(self) -> Any:
        monitor, self._monitor = self._monitor, None
        for handler in self._handlers:
            monitor.disconnect(handler)
        return monitor

    async def disconnect(self) -> None:
        """Ends the session. An EOFError says that QEMU had ended it before, unasked."""
        self._stop_server()
        if self._monitor is None:
            return
        gone = self._peer_has_gone and not self._quit_issued
        monitor = self._let_go_of_monitor()
        self._set_runstate(Runstate.DISCONNECTING)
        try:
            await monitor.close_async()
        finally:
            self._set_runstate(Runstate.IDLE)
        if gone:
            raise EOFError('QEMU has closed the connection')

    # -- commands --

    @classmethod
    def make_execute_msg(cls, cmd: str, arguments: Mapping[str, Any] | None = None,
                         oob: bool = False) -> Message:
        message = Message({'exec-oob' if oob else 'execute': cmd})
        if arguments is not None:
            message['arguments'] = arguments
        return message

    async def execute(self, cmd: str, arguments: Mapping[str, Any] | None = None,
                      oob: bool = False) -> Any:
        """Sends a command and returns what it returned, or raises ExecuteError."""
        return await self.execute_msg(self.make_execute_msg(cmd, arguments, oob))

    async def execute_msg(self, msg: Mapping[str, Any]) -> Any:
        reply = await self._exchange(msg)
        if 'error' in reply:
            raise ExecuteError(reply, Message(msg))
        return reply['return']

    async def _raw(self, msg: Mapping[str, Any] | bytes, assign_id: bool = True) -> Message:
        """Sends a message and returns the whole reply."""
        message = Message(msg)
        reply = await self._exchange(message)
        if 'id' in message and not assign_id:
            reply['id'] = message['id']
        return Message(reply)

    async def _exchange(self, msg: Mapping[str, Any]) -> dict[str, Any]:
        self._require(Runstate.RUNNING)
        oob = 'exec-oob' in msg
        command = msg['exec-oob' if oob else 'execute']
        flags = QMachine.MonitorFlags.OUT_OF_BAND if oob else QMachine.MonitorFlags.NONE
        self._traffic.sent(msg)
        self._quit_issued = self._quit_issued or command == 'quit'
        try:
            reply = await self._monitor.qmp_async(command, msg.get('arguments'), flags=flags)
        except GLib.Error as error:
            raise ExecInterruptedError(error.message) from error
        self._traffic.received(reply)
        reply.pop('id', None)  # the library's
        return reply

    def send_fd_scm(self, fd: int) -> None:
        """Sends a descriptor, for the `getfd` that comes next."""
        self._require(Runstate.RUNNING)
        try:
            self._monitor.send_fd(fd)
        except GLib.Error as error:
            raise ExecInterruptedError(error.message) from error


def _connect_error(what: str, error: BaseException) -> QMPConnectError:
    failure = QMPConnectError(f'{what}: {error}')
    failure.exc = error
    return failure


__all__ = ['ExecInterruptedError', 'ExecuteError', 'NegotiationError', 'QMPClient']
