# SPDX-License-Identifier: LGPL-2.1-or-later
"""Values of Python on their way to the library and back, and what is refused on the way."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gi.repository import Gio, GLib, Json

from ._qmachine_help import Setting

if TYPE_CHECKING:
    import datetime

Arguments = Mapping[str, Any]  # of a command, as Python has them

# The least that does not fit into 64 bits has 19 digits: most texts have no such number in them,
# and their values need not be looked at one by one.
_LONG_NUMBER = re.compile('[0-9]{19}')

MAX_MILLISECONDS = 2**31 - 1

# json.dumps() makes an encoder for each call that has options. json.loads() looks at its argument's
# type, at its options and for blanks around the value first, which takes as long as the text of a
# short reply; here it is always text with nothing around it.
_encode = json.JSONEncoder(allow_nan=False, separators=(',', ':')).encode
_decode = json.JSONDecoder().raw_decode


# -- JSON --

def parse(text: str) -> Any:
    """The value of a text that the library has checked."""
    return _decode(text)[0]


def named_arguments(arguments: Arguments | None, keywords: dict[str, Any],
                    conv_keys: bool) -> Arguments | None:
    if not keywords:
        return arguments
    if arguments is not None:
        raise TypeError('arguments come as one mapping or as keywords, not as both')
    if not conv_keys:
        return keywords
    converted = {name.replace('_', '-'): value for name, value in keywords.items()}
    if len(converted) != len(keywords):
        raise TypeError('two keywords are one name once "_" is "-"')
    return converted


def _check_integers(value: Any) -> None:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for element in value:
            _check_integers(element)
    elif isinstance(value, int) and not -2**63 <= value < 2**64:
        raise OverflowError(f'{value} does not fit into 64 bits')


def _dump(value: Any) -> str:
    text = _encode(value)
    if _LONG_NUMBER.search(text):
        _check_integers(value)
    return text


def to_text(arguments: Arguments | None) -> str | None:
    if not arguments:
        return None
    if not isinstance(arguments, Mapping):
        raise TypeError(f'arguments must be a mapping, not {type(arguments).__name__}')
    arguments = dict(arguments)
    try:
        return _dump(arguments)
    except (TypeError, ValueError, OverflowError):
        for name, value in arguments.items():
            try:
                _dump(value)
            except (TypeError, ValueError, OverflowError) as error:
                kinds = (TypeError, ValueError, OverflowError)
                kind = next(kind for kind in kinds if isinstance(error, kind))
                raise kind(f'argument {name!r}: {error}') from None
        raise


def to_match(match: Any) -> Json.Node | str | None:
    """A node stays one: it cannot say exactly what a text can."""
    if match is None or isinstance(match, Json.Node):
        return match
    if isinstance(match, Mapping):
        return to_text(match) or '{}'
    raise TypeError(f'match must be a mapping, a Json.Node or None, not {match!r}; '
                    'a time limit comes after it, or as timeout=')


def to_match_text(match: Any) -> str | None:
    if match is not None and not isinstance(match, str):
        raise TypeError(f'match must be JSON text or None, not {match!r}')
    return match


# -- what is no JSON --

def check_texts(values: Iterable[Any], name: str) -> None:
    """PyGObject cuts a text at its first NUL."""
    for value in values:
        if isinstance(value, str) and '\0' in value:
            raise ValueError(f'{name}: embedded null byte in {value!r}')
        if isinstance(value, list):
            check_texts(value, name)


def to_milliseconds(value: Any, name: str = 'timeout') -> int:
    if type(value) is int and value <= MAX_MILLISECONDS:
        return value
    if value is None:
        return -1
    milliseconds = _whole_milliseconds(value, name)
    if milliseconds > MAX_MILLISECONDS:
        raise OverflowError(f'{name}: {value!r} is more than {MAX_MILLISECONDS} milliseconds')
    return milliseconds


def _whole_milliseconds(value: Any, name: str) -> int:
    import datetime
    if isinstance(value, datetime.timedelta):
        if value < datetime.timedelta():
            raise ValueError(f'{name} must not be negative: {value!r}; None is no limit')
        return -(-value // datetime.timedelta(milliseconds=1))  # rounded up
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        # A program that means seconds writes fractions.
        raise TypeError(f'{name} must be a whole number of milliseconds or a timedelta, not '
                        f'{value!r}; for seconds timedelta(seconds={value!r}) or '
                        f'{math.ceil(value * 1000)}')
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f'{name} must be a whole number of milliseconds or a timedelta, not '
                        f'{value!r}')
    return value


def to_path(value: Any, name: str) -> str:
    """Bytes that are not UTF-8 are in the text as os.fsdecode() puts them there."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, os.PathLike)):
        return os.fsdecode(value)
    raise TypeError(f'{name} must be a text or a path, not {value!r}')


def to_texts(values: Any, name: str) -> list[str]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f'{name} must be several texts, such as a list, not {values!r}')
    return [to_path(value, f'{name}[{i}]') for i, value in enumerate(values)]


def to_options(values: Any, name: str) -> list[str] | None:
    """QEMU's, NAME=VALUE each: of a mapping, in which a truth is on or off."""
    if values is None:
        return None
    if not isinstance(values, Mapping):
        return to_texts(values, name)
    words = {True: 'on', False: 'off'}
    return [f'{key}={words[value] if isinstance(value, bool) else value}'
            for key, value in values.items()]


def to_names(names: Any) -> list[str] | None:
    """Of events: one, several, or None for all."""
    if names is None:
        return None
    return to_texts([names] if isinstance(names, str) else names, 'names')


def _to_inet_address(value: tuple[Any, ...], name: str) -> Gio.SocketAddress:
    if len(value) != 2 or not isinstance(value[0], str) or not isinstance(value[1], int):
        raise TypeError(f'{name} must be (host, port), a path or an address, not {value!r}')
    host, port = value
    if not 0 <= port <= 65535:
        raise ValueError(f'{name}: {port} is no port')
    host = '127.0.0.1' if host == 'localhost' else host
    if not GLib.hostname_is_ip_address(host):
        raise ValueError(f'{name}: {host!r} is no IP address')
    return Gio.InetSocketAddress.new_from_string(host, port)


def to_address(value: Any, name: str = 'address') -> Gio.SocketAddress:
    """A text is the path of a Unix socket, a tuple a TCP address."""
    if isinstance(value, Gio.SocketAddress):
        return value
    if isinstance(value, tuple):
        return _to_inet_address(value, name)
    value = to_path(value, name)
    check_texts([value], name)
    # GIO takes a text for UTF-8, and PyGObject a byte for a signed one.
    path = [byte - 256 if byte > 127 else byte for byte in os.fsencode(value)]
    return Gio.UnixSocketAddress.new_with_type(path, Gio.UnixSocketAddressType.PATH)


def to_bytes(value: Any, name: str) -> GLib.Bytes:
    if isinstance(value, GLib.Bytes):
        return value
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f'{name} must be a text or bytes, not {value!r}')
    return GLib.Bytes.new(bytes(value))


def to_optional_bytes(value: Any, name: str) -> GLib.Bytes | None:
    return None if value is None else to_bytes(value, name)


# -- properties --

_CONVERTERS = {
    'args': to_texts,
    'base_dir': to_path,
    'binary': to_path,
    'console_log': to_path,
    'log_path': to_path,
    'monitor_address': to_address,
    'monitor_log': to_path,
    'overlay_dir': to_path,
    'path': to_path,
    'program': to_path,
    'wrapper': to_texts,
    'wrapper_socket_dir': to_path,
}


def to_property(name: str, value: Any) -> Any:
    if name.endswith('_timeout'):
        return to_milliseconds(value, name)
    if value is None:
        return value
    if name in _CONVERTERS:
        value = _CONVERTERS[name](value, name)
    check_texts([value], name)
    return value


# A text of a GObject property is UTF-8 to PyGObject; one of a method can be a file's name.
FILE_NAMES = {'args', 'base_dir', 'binary', 'command_line', 'console_log', 'log_path',
              'monitor_log', 'overlay_dir', 'path', 'program', 'run_dir', 'socket_path', 'wrapper',
              'wrapper_socket_dir'}


def _forward(class_name: str, name: str, writable: bool) -> Setting:
    def get(owner: Any) -> Any:
        return getattr(owner.props, name)

    def put(owner: Any, value: Any) -> None:
        value = to_property(name, value)  # PyGObject borrows it
        setattr(owner.props, name, value)

    def get_file_name(owner: Any) -> Any:
        return getattr(owner._plain, f'dup_{name}')(owner)

    def put_file_name(owner: Any, value: Any) -> None:
        getattr(owner._plain, f'set_{name}')(owner, to_property(name, value))

    if name in FILE_NAMES:
        get, put = get_file_name, put_file_name
    return Setting(get, put if writable else None).named(class_name, name)


def _timeout_setter(name: str) -> Any:
    def put(self: Any, timeout: int | datetime.timedelta | None) -> None:
        getattr(self._plain, f'set_{name}')(self, to_milliseconds(timeout, name))

    put.__name__ = put.__qualname__ = f'set_{name}'
    put.__doc__ = (f'Sets `{name}`: in milliseconds, or a datetime.timedelta; None is no limit.\n\n'
                   'Raises TypeError or ValueError for what is no time limit.')
    return put


def _refuse_unknown(cls: Any) -> None:
    """A misspelt setting is an error; what a program notes on an object begins with "_"."""
    def put(owner: Any, name: str, value: Any) -> None:
        if not name.startswith('_') and not hasattr(cls, name):
            import difflib
            near = difflib.get_close_matches(name, dir(cls), 1)
            hint = f'; {near[0]!r}?' if near else ''
            raise AttributeError(f'QMachine.{cls.__name__} has no {name!r}{hint}')
        super(cls, owner).__setattr__(name, value)

    cls.__setattr__ = put


def with_properties(cls: Any) -> Any:
    """Lets the properties of GObject be attributes, where no method has the name."""
    from gi.repository import GObject
    _refuse_unknown(cls)
    for spec in cls._plain.list_properties():
        name = spec.name.replace('-', '_')
        if name.endswith('_timeout'):
            setattr(cls, f'set_{name}', _timeout_setter(name))
        if not hasattr(cls, name):
            writable = bool(spec.flags & GObject.ParamFlags.WRITABLE)
            setattr(cls, name, _forward(cls.__name__, name, writable))
    return cls
