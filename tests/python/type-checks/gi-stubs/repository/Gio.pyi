# SPDX-License-Identifier: LGPL-2.1-or-later
from gi.repository import GObject

class IOErrorEnum(int):
    CANCELLED: IOErrorEnum
    TIMED_OUT: IOErrorEnum

def io_error_quark() -> int: ...

class AsyncResult: ...

class Cancellable(GObject.Object):
    def cancel(self) -> None: ...

class IOStream(GObject.Object): ...

class SocketAddress(GObject.Object): ...

class InetSocketAddress(SocketAddress):
    @staticmethod
    def new_from_string(address: str, port: int) -> InetSocketAddress: ...
