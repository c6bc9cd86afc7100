# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the types of QMachine have in common. What begins with "_" is for these files alone."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from os import PathLike
from typing import Any, Generic, TypeVar

from gi.repository import Gio, GLib, GObject, Json
from typing_extensions import Concatenate, ParamSpec, TypeAlias

_P = ParamSpec('_P')
_T = TypeVar('_T')
_Get = TypeVar('_Get')
_Set = TypeVar('_Set')

# What QEMU sends has the form that QEMU's schema says, which no type here can tell. With a union of
# all JSON values a program would have to ask for the kind at each step into a reply.
_JSONValue: TypeAlias = Any
_JSONObject: TypeAlias = dict[str, _JSONValue]

# What a program sends is checked at the top alone: list is invariant, so a type that says what is
# in one would refuse a list[str].
_JSONArgument: TypeAlias = (
    None | int | float | str | list[_JSONValue] | tuple[_JSONValue, ...] | Mapping[str, _JSONValue]
)
_JSONArguments: TypeAlias = Mapping[str, _JSONArgument]
_Match: TypeAlias = _JSONArguments | Json.Node | None

_Names: TypeAlias = Iterable[str] | None  # a text alone is one name
# None is no limit. A whole float is taken, too, but no type tells it from a fraction, which is not.
_Milliseconds: TypeAlias = int | timedelta | None
_Cancellable: TypeAlias = Gio.Cancellable | None
# Where the typelib is asked without the override: it does not know pathlib, and a text would be a
# list of its letters.
_FileName: TypeAlias = str | bytes
_FileNames: TypeAlias = list[str] | list[bytes] | tuple[_FileName, ...]
_Texts: TypeAlias = list[str] | tuple[str, ...]
_Path: TypeAlias = str | bytes | PathLike[str] | PathLike[bytes]
_Address: TypeAlias = Gio.SocketAddress | _Path | tuple[str, int]
_Data: TypeAlias = str | bytes | bytearray | memoryview | GLib.Bytes  # what is typed at a console

# Begun at once, to be awaited once or not at all.
_Call: TypeAlias = Coroutine[object, object, _T]
_Callback: TypeAlias = Callable[[_T, Gio.AsyncResult], object]
# One that is also called with what the program gave along.
_DataCallback: TypeAlias = Callable[Concatenate[_T, Gio.AsyncResult, _P], object]
# Of a signal without arguments.
_Handler: TypeAlias = Callable[Concatenate[_T, _P], object]
_NotifyHandler: TypeAlias = Callable[Concatenate[_T, GObject.ParamSpec, _P], object]

class _Setting(Generic[_Get, _Set]):
    """A property that takes more than it gives."""

    def __get__(self, owner: object, cls: type[object] | None = None, /) -> _Get: ...
    def __set__(self, owner: object, value: _Set, /) -> None: ...
