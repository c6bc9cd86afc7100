# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guest's console as a socket."""

from __future__ import annotations

import contextlib
import threading
from typing import Any


class ConsoleSocket:
    """A socket pair: one end is the program's, the other is carried to and from the console of
    the library in a thread of its own."""

    BACKLOG = 1 << 20  # bytes that the program has not read, beyond what the socket takes

    def __init__(self, console: Any) -> None:
        import socket
        self._console = console
        self.socket, self._far = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name='qmachine-console', daemon=True)
        self._thread.start()

    def _run(self) -> None:
        import asyncio
        with contextlib.suppress(RuntimeError):  # the interpreter is about to end
            asyncio.run(self._carry())

    async def _carry(self) -> None:
        import asyncio
        reader, writer = await asyncio.open_connection(sock=self._far)
        typing = asyncio.ensure_future(self._type(reader))
        try:
            await self._show(writer)
        finally:
            typing.cancel()
            await asyncio.wait([typing])
            writer.close()

    async def _show(self, writer: Any) -> None:
        from gi.repository import GLib
        while True:
            try:
                # All that has come since the last time.
                text = await self._console.wait_for_text_async('(?s).+')
            except GLib.Error:
                return  # QEMU has ended
            if writer.transport.is_closing():
                return
            if writer.transport.get_write_buffer_size() < self.BACKLOG:
                writer.write(text.encode())

    async def _type(self, reader: Any) -> None:
        import codecs
        from gi.repository import GLib
        decoder = codecs.getincrementaldecoder('utf-8')('replace')
        while True:
            keys = await reader.read(4096)
            if not keys:
                return
            try:
                await self._console.write_async(decoder.decode(keys))
            except (GLib.Error, RuntimeError):
                return  # as above

    def join(self) -> None:
        self._thread.join(5)

    def close(self) -> None:
        self.socket.close()

    def __del__(self) -> None:
        self.close()
