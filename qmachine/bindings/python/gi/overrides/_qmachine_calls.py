# SPDX-License-Identifier: LGPL-2.1-or-later
"""How one call of the library is made: blocking, begun, and finished.

What calls there are, and what each takes, is in _qmachine_rows.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gi.repository import Gio, GLib, Json

from ._qmachine_errors import CommandFailed, failure_of
from ._qmachine_loops import Halves, running_loop
from ._qmachine_signals import is_pending, raise_pending
from ._qmachine_values import check_texts, named_arguments, parse, to_text

Callback = Callable[..., None]


# -- results --

def same(value: Any) -> Any:
    return value


def unwrap(command: str, text: str) -> Any:
    reply = parse(text)
    if 'error' in reply:
        raise CommandFailed(command, reply)
    return reply['return']


def whole(_command: str, text: str) -> Any:
    return parse(text)


def started(_command: str, _text: str) -> Any:
    """In the place of a conversion: the call has no form for text, and returns what it returns."""
    raise AssertionError


# -- any call --

def blocking(owner: Any, name: str, *arguments: Any, command: str | None = None,
             put_back: Callable[[Any], None] | None = None) -> Any:
    """Makes a call. `put_back` takes what it took where a signal handler has raised."""
    check_texts(arguments, name)
    try:
        result = getattr(owner._plain, name)(owner, *arguments)
    except GLib.Error as error:
        raise_pending()
        failure = failure_of(error, owner, command)
        try:
            if failure is error:
                raise
            raise failure from None
        finally:
            del failure  # its traceback has this frame, and so the machine
    if is_pending():
        if put_back is not None:
            put_back(result)
        raise_pending()
    return result


# By the typelib's class and the name of a call, since to look them up takes longer than to begin.
_halves: dict[tuple[Any, str], Halves] = {}


def _look_up_halves(plain: Any, name: str) -> Halves:
    halves = _halves[plain, name] = (getattr(plain, f'{name}_async'),
                                     getattr(plain, f'{name}_finish'))
    return halves


# With its first call: a program without asyncio does not load it.
_operation: Callable[..., Any] | None = None


def _load_operation() -> Callable[..., Any]:
    global _operation
    from ._qmachine_async import Operation
    _operation = Operation
    return Operation


def begin(owner: Any, name: str, arguments: tuple[Any, ...],
          cancellable: Gio.Cancellable | None, callback: Callback | None = None,
          user_data: tuple[Any, ...] = (), *, convert: Callable[[Any], Any] = same,
          command: str | None = None, put_back: Callable[[Any], None] | None = None) -> Any:
    """Begins a call. With a callback it is the typelib's; without one it can be awaited where
    asyncio runs, and elsewhere nobody learns how it ends. `put_back` takes what it took where
    nobody waits any more."""
    check_texts(arguments, name)
    plain = owner._plain
    halves = _halves.get((plain, name)) or _look_up_halves(plain, name)
    if callback is not None:
        return halves[0](owner, *arguments, cancellable, callback, *user_data)

    loop = running_loop()
    if loop is None:
        return halves[0](owner, *arguments, cancellable, None)

    return (_operation or _load_operation())(loop, halves, owner, arguments, cancellable, convert,
                                             command, put_back)


# -- calls that have a form for JSON nodes and one for JSON text --

def noted(callback: Callback | None, to_value: Callable[[Any], Any]) -> Callback | None:
    """The callback of a call that was begun with values of Python: its x_finish() returns one."""
    if callback is None:
        return None

    def on_result(source: Any, result: Any, *user_data: Any) -> None:
        result._qmachine_to_value = to_value
        callback(source, result, *user_data)
    return on_result


def finish(owner: Any, node_form: str, text_form: str, result: Gio.AsyncResult) -> Any:
    to_value = getattr(result, '_qmachine_to_value', None)
    if to_value is None:
        return blocking(owner, f'{node_form}_finish', result)
    return to_value(blocking(owner, f'{text_form}_finish', result))


def ask(owner: Any, plain: str, command: str, arguments: Any, plain_form: bool,
        rest: tuple[Any, ...], cancellable: Gio.Cancellable | None,
        keywords: dict[str, Any], conv_keys: bool,
        convert: Callable[[str, str], Any] | None) -> Any:
    """Sends a command, in the typelib's form for one who uses that, and as text otherwise.
    `convert` makes a value of a whole reply, and is None for an owner that has none."""
    if isinstance(arguments, Json.Node) or (plain_form and not arguments and not keywords):
        return blocking(owner, plain, command, arguments, *rest, cancellable, command=command)
    text = to_text(named_arguments(arguments, keywords, conv_keys))
    if convert is started:
        return blocking(owner, plain, command, text and Json.from_string(text), *rest, cancellable,
                        command=command)
    if convert is None:
        return parse(blocking(owner, 'command_json', command, text, *rest, cancellable,
                              command=command))
    return convert(command, blocking(owner, 'qmp_json', command, text, *rest, cancellable))


def ask_async(owner: Any, plain: str, command: str, arguments: Any, rest: tuple[Any, ...],
              cancellable: Gio.Cancellable | None, plain_callback: Callback | None,
              callback: Callback | None, user_data: tuple[Any, ...], keywords: dict[str, Any],
              conv_keys: bool, convert: Callable[[str, str], Any] | None) -> Any:
    plain_form = plain_callback is not None and arguments is None and not keywords
    callback = plain_callback or callback
    if isinstance(arguments, Json.Node) or plain_form:
        return begin(owner, plain, (command, arguments, *rest), cancellable, callback, user_data,
                     command=command)
    text = to_text(named_arguments(arguments, keywords, conv_keys))
    if convert is started:
        return begin(owner, plain, (command, text and Json.from_string(text), *rest), cancellable,
                     callback, user_data, command=command)
    if convert is None:
        return begin(owner, 'command_json', (command, text, *rest), cancellable,
                     noted(callback, parse), user_data, convert=parse, command=command)
    to_value = partial(convert, command)
    return begin(owner, 'qmp_json', (command, text, *rest), cancellable,
                 noted(callback, to_value), user_data, convert=to_value)
