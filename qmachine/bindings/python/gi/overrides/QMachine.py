# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Python adds to the typelib of QMachine: values, defaults, `with`, `for` and `await`.

Nothing here changes what a call does. The complete form of the typelib goes on working: every
argument given by position, with JSON nodes where it has them. docs/python.md tells the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import gi
from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject, Json

from ._qmachine_compat import (AbnormalShutdown, ExecuteError, MonitorResponseError, QEMUMachine,
                               QEMUMachineAddDeviceError, QEMUMachineError, QEMUQtestMachine,
                               QMPConnectError, QMPError, QMPResponseError, QMPTimeoutError,
                               VMLaunchFailure)
from ._qmachine_errors import (CommandFailed, Exited, LaunchFailed, NotRunning, TimedOut,
                               failure_of)
from ._qmachine_loops import (context_of_running_loop, give_up_takers_of_closed_loops,
                              running_loop)
from ._qmachine_signals import is_pending, let_handlers_run, raise_pending
from ._qmachine_values import (FILE_NAMES, check_texts, named_arguments, parse, to_address,
                               to_bytes, to_match, to_milliseconds, to_path, to_property, to_text,
                               to_texts, with_properties)

if TYPE_CHECKING:
    import datetime

_QMachine = get_introspection_module('QMachine')
# This file is for one version of the interface, so a program need not name it.
gi.require_version('QMachine', _QMachine._version)

if _QMachine.Machine.__gtype__ == GObject.TYPE_NONE:
    raise ImportError('the typelib of QMachine was found, but not the library libqmachine-1.so.0 '
                      'that it describes: run ldconfig, or name its directory in LD_LIBRARY_PATH')

let_handlers_run(_QMachine)

Callback = Callable[..., None]

_UNSET: Any = type('Unset', (), {'__repr__': lambda _self: '...'})()

# A time limit: what the property for this kind of call says.
_DEFAULT = _QMachine.TIMEOUT_DEFAULT
_NO_FLAGS = _QMachine.MonitorFlags.NONE


# -- errors --

def _is(error: GLib.Error, code: Any) -> bool:
    return error.matches(type(code).quark(), code)


def _is_timeout(error: GLib.Error) -> bool:
    return error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT)


# -- values --

def _unwrap(command: str, text: str) -> Any:
    reply = parse(text)
    if 'error' in reply:
        raise CommandFailed(command, reply)
    return reply['return']


def _same(value: Any) -> Any:
    return value


# -- calls --

def _blocking(owner: Any, name: str, *arguments: Any, command: str | None = None,
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


def _halves(owner: Any, name: str) -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    begin = getattr(owner._plain, f'{name}_async')
    finish = getattr(owner._plain, f'{name}_finish')
    return partial(begin, owner), partial(finish, owner)


def _begin(owner: Any, name: str, arguments: tuple[Any, ...],
           cancellable: Gio.Cancellable | None, callback: Callback | None = None,
           user_data: tuple[Any, ...] = (), *, convert: Callable[[Any], Any] = _same,
           command: str | None = None, put_back: Callable[[Any], None] | None = None) -> Any:
    """Begins a call. With a callback it is the typelib's; without one it can be awaited where
    asyncio runs, and elsewhere nobody learns how it ends. `put_back` takes what it took where
    nobody waits any more."""
    check_texts(arguments, name)
    begin, finish = _halves(owner, name)
    if callback is not None:
        return begin(*arguments, cancellable, callback, *user_data)

    loop = running_loop()
    if loop is None:
        return begin(*arguments, cancellable, None)

    from ._qmachine_async import Operation
    return Operation(loop, begin, finish, arguments, cancellable, convert,
                     lambda error: failure_of(error, owner, command), put_back)


# -- events --

@override
class MonitorEvent(_QMachine.MonitorEvent):
    """Something that QEMU reported."""

    _plain = _QMachine.MonitorEvent

    @property
    def name(self) -> str:
        return self.get_name()

    @property
    def data(self) -> Any:
        """What the event brings along: a dict, or None. `props.data` is the JSON node."""
        return parse(self.to_json()).get('data')

    @property
    def timestamp(self) -> int:
        """Microseconds since the epoch by the clock of QEMU's host, or -1."""
        return self.get_timestamp()

    @property
    def time(self) -> datetime.datetime | None:
        """The timestamp in UTC, or None."""
        import datetime
        if self.timestamp < 0:
            return None
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return epoch + datetime.timedelta(microseconds=self.timestamp)

    def matches(self, match: Any = None) -> bool:
        return _matches(self, to_match(match))

    def __repr__(self) -> str:
        return f'<QMachine.MonitorEvent {self.to_json()}>'


def _matches(event: MonitorEvent, match: Json.Node | str | None) -> bool:
    if isinstance(match, str):
        return _QMachine.MonitorEvent.matches_json(event, match)
    return _QMachine.MonitorEvent.matches(event, match)


@override
@with_properties
class EventListener(_QMachine.EventListener):
    """The events of a machine or a monitor from a moment on, for one who waits for them.

    A loop over it, `for` or `async for`, ends with the session; `with` closes it.
    """

    _plain = _QMachine.EventListener

    def next(self, timeout: int | None = -1,
             cancellable: Gio.Cancellable | None = None) -> MonitorEvent:
        """Takes the oldest event, waiting for one for at most `timeout` milliseconds."""
        give_up_takers_of_closed_loops()
        return _blocking(self, 'next', to_milliseconds(timeout), cancellable,
                         put_back=self.put_back)

    def next_async(self, timeout: int | None = -1, cancellable: Gio.Cancellable | None = None,
                   callback: Callback | None = None, *user_data: Any) -> Any:
        give_up_takers_of_closed_loops()
        return _begin(self, 'next', (to_milliseconds(timeout),), cancellable, callback, user_data,
                      put_back=self.put_back)

    def pop(self) -> MonitorEvent | None:
        """Takes the oldest event, if there is one."""
        give_up_takers_of_closed_loops()
        return _blocking(self, 'pop')

    def _is_end(self, error: GLib.Error) -> bool:
        errors = (_QMachine.MachineError.EXITED, _QMachine.MachineError.NOT_RUNNING,
                  _QMachine.MonitorError.CLOSED)
        return self.get_ended() and any(_is(error, code) for code in errors)

    def __iter__(self) -> Events:
        return Events(self, -1)

    def __aiter__(self) -> Events:
        return Events(self, -1)

    def __enter__(self) -> EventListener:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()


class Events:
    """The events of a listener, one by one, for `for` and `async for`."""

    def __init__(self, listener: EventListener, timeout: int | None) -> None:
        self._listener = listener
        self._timeout = to_milliseconds(timeout)

    def _is_end(self, error: GLib.Error) -> bool:
        return _is_timeout(error) or self._listener._is_end(error)

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> MonitorEvent:
        try:
            return self._listener.next(self._timeout)
        except GLib.Error as error:
            if not self._is_end(error):
                raise
        raise StopIteration

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> MonitorEvent:
        try:
            return await self._listener.next_async(self._timeout)
        except GLib.Error as error:
            if not self._is_end(error):
                raise
        raise StopAsyncIteration


Query = tuple[list[str] | None, Json.Node | str | None, int]  # names, match, time limit


def _query(names: Sequence[str] | str | None, match: Any,
           timeout: int | None) -> Query:
    if isinstance(names, str):
        names = [names]
    return (to_texts(names, 'names') if names is not None else None, to_match(match),
            to_milliseconds(timeout))


def _query_of_text(names: Sequence[str] | str | None, match: str | None,
                   timeout: int | None) -> Query:
    if match is not None and not isinstance(match, str):
        raise TypeError(f'match must be JSON text or None, not {match!r}')
    names, _match, timeout = _query(names, None, timeout)
    return names, match, timeout


def _wait_form(query: Query) -> str:
    return 'wait_event_json' if isinstance(query[1], str) else 'wait_event'


class EventSource:
    """What a machine and a monitor have in common."""

    def listen(self, names: Sequence[str] | str | None = None, match: Any = None) -> EventListener:
        """Listens from now on to the events of these names whose data holds what `match`
        holds, in a queue of its own."""
        names, match = _query(names, match, -1)[:2]
        form = 'listen_json' if isinstance(match, str) else 'listen'
        with context_of_running_loop():
            return _blocking(self, form, names, match)

    def pop_event(self) -> MonitorEvent | None:
        """Takes the oldest event that nobody has taken, if there is one."""
        give_up_takers_of_closed_loops()
        return _blocking(self, 'pop_event')

    def pop_events(self) -> list[MonitorEvent]:
        """Takes all events that nobody has taken."""
        give_up_takers_of_closed_loops()
        return _blocking(self, 'pop_events')

    def wait_event(self, names: Sequence[str] | str | None = None, match: Any = None,
                   timeout: int | None = -1,
                   cancellable: Gio.Cancellable | None = None) -> MonitorEvent:
        """Takes the oldest event of these names whose data holds what `match` holds, waiting
        for one for at most `timeout` milliseconds."""
        return self._wait_event(_query(names, match, timeout), cancellable)

    def _wait_event(self, query: Query, cancellable: Gio.Cancellable | None) -> MonitorEvent:
        give_up_takers_of_closed_loops()
        return _blocking(self, _wait_form(query), *query, cancellable,
                         put_back=self.put_back_event)

    def wait_event_async(self, names: Sequence[str] | str | None = None, match: Any = None,
                         timeout: int | None = -1, cancellable: Gio.Cancellable | None = None,
                         callback: Callback | None = None, *user_data: Any) -> Any:
        query = _query(names, match, timeout)
        if callback is None:
            return self._wait_event_async(query, cancellable)
        form = _wait_form(query)
        if form == 'wait_event_json':
            callback = _noted(callback, _same)
        return _begin(self, form, query, cancellable, callback, user_data)

    def _wait_event_async(self, query: Query, cancellable: Gio.Cancellable | None) -> Any:
        give_up_takers_of_closed_loops()
        return _begin(self, _wait_form(query), query, cancellable, put_back=self.put_back_event)

    def wait_event_finish(self, result: Gio.AsyncResult) -> MonitorEvent:
        return _finish(self, 'wait_event', 'wait_event_json', result)

    def wait_event_json(self, names: Sequence[str] | str | None = None, match: str | None = None,
                        timeout: int | None = -1,
                        cancellable: Gio.Cancellable | None = None) -> MonitorEvent:
        """Like wait_event(), for a match that is JSON text already."""
        return self._wait_event(_query_of_text(names, match, timeout), cancellable)

    def wait_event_json_async(self, names: Sequence[str] | str | None = None,
                              match: str | None = None, timeout: int | None = -1,
                              cancellable: Gio.Cancellable | None = None,
                              callback: Callback | None = None, *user_data: Any) -> Any:
        query = _query_of_text(names, match, timeout)
        if callback is None:
            return self._wait_event_async(query, cancellable)
        return _begin(self, 'wait_event_json', query, cancellable, callback, user_data)

    def events(self, names: Sequence[str] | str | None = None, match: Any = None,
               timeout: int | None = -1) -> Events:
        """Listens to events from now on, until the session has ended and none is left, or
        until none has come for `timeout` milliseconds."""
        timeout = to_milliseconds(timeout)
        return Events(self.listen(names, match), timeout)


# -- commands --

def _ask(owner: Any, plain: str, command: str, arguments: Any, plain_form: bool,
         rest: tuple[Any, ...], cancellable: Gio.Cancellable | None,
         keywords: dict[str, Any], conv_keys: bool, convert: Callable[[str, str], Any]) -> Any:
    """Sends a command, in the typelib's form for one who uses that, and as text otherwise."""
    if isinstance(arguments, Json.Node) or (plain_form and not arguments and not keywords):
        return _blocking(owner, plain, command, arguments, *rest, cancellable, command=command)
    text = to_text(named_arguments(arguments, keywords, conv_keys))
    return convert(command, _blocking(owner, 'qmp_json', command, text, *rest, cancellable))


def _ask_async(owner: Any, plain: str, command: str, arguments: Any, rest: tuple[Any, ...],
               cancellable: Gio.Cancellable | None, plain_callback: Callback | None,
               callback: Callback | None, user_data: tuple[Any, ...], keywords: dict[str, Any],
               conv_keys: bool, convert: Callable[[str, str], Any]) -> Any:
    plain_form = plain_callback is not None and arguments is None and not keywords
    callback = plain_callback or callback
    if isinstance(arguments, Json.Node) or plain_form:
        return _begin(owner, plain, (command, arguments, *rest), cancellable, callback, user_data,
                      command=command)
    text = to_text(named_arguments(arguments, keywords, conv_keys))
    to_value = partial(convert, command)
    return _begin(owner, 'qmp_json', (command, text, *rest), cancellable,
                  _noted(callback, to_value), user_data, convert=to_value)


def _noted(callback: Callback | None, to_value: Callable[[Any], Any]) -> Callback | None:
    """The callback of a call that was begun with values of Python: its x_finish() returns one."""
    if callback is None:
        return None

    def on_result(source: Any, result: Any, *user_data: Any) -> None:
        result._qmachine_to_value = to_value
        callback(source, result, *user_data)
    return on_result


def _finish(owner: Any, plain: str, text_form: str, result: Gio.AsyncResult) -> Any:
    to_value = getattr(result, '_qmachine_to_value', None)
    if to_value is None:
        return _blocking(owner, f'{plain}_finish', result)
    return to_value(_blocking(owner, f'{text_form}_finish', result))


def _whole(_command: str, text: str) -> Any:
    return parse(text)


def _choose(plain_timeout: Any, timeout: int | None) -> Any:
    return to_milliseconds(timeout if plain_timeout is _UNSET else plain_timeout)


class Descriptors:
    """Descriptors, alone or with a command: what a machine and a monitor have in common."""

    def send_fd(self, fd: int, cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'send_fd', fd, cancellable)

    def send_fd_async(self, fd: int, cancellable: Gio.Cancellable | None = None,
                      callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'send_fd', (fd,), cancellable, callback, user_data)

    def send_file(self, path: str | os.PathLike[str],
                  cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'send_file', to_path(path, 'path'), cancellable)

    def send_file_async(self, path: str | os.PathLike[str],
                        cancellable: Gio.Cancellable | None = None,
                        callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'send_file', (to_path(path, 'path'),), cancellable, callback,
                      user_data)

    def command_with_fd(self, command: str, arguments: Any, fd: int,
                        timeout: int | None = _DEFAULT,
                        cancellable: Gio.Cancellable | None = None) -> Any:
        rest = (fd, to_milliseconds(timeout))
        if isinstance(arguments, Json.Node):
            return _blocking(self, 'command_with_fd', command, arguments, *rest, cancellable,
                             command=command)
        return parse(_blocking(self, 'command_json_with_fd', command, to_text(arguments), *rest,
                               cancellable, command=command))

    def command_with_fd_async(self, command: str, arguments: Any, fd: int,
                              timeout: int | None = _DEFAULT,
                              cancellable: Gio.Cancellable | None = None,
                              callback: Callback | None = None, *user_data: Any) -> Any:
        rest = (fd, to_milliseconds(timeout))
        if isinstance(arguments, Json.Node):
            return _begin(self, 'command_with_fd', (command, arguments, *rest), cancellable,
                          callback, user_data, command=command)
        return _begin(self, 'command_json_with_fd', (command, to_text(arguments), *rest),
                      cancellable, _noted(callback, parse), user_data, convert=parse,
                      command=command)

    def command_with_fd_finish(self, result: Gio.AsyncResult) -> Any:
        return _finish(self, 'command_with_fd', 'command_json_with_fd', result)

    def command_json_with_fd(self, command: str, arguments: str | None, fd: int,
                             timeout: int | None = _DEFAULT,
                             cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'command_json_with_fd', command, arguments, fd,
                         to_milliseconds(timeout), cancellable, command=command)

    def command_json_with_fd_async(self, command: str, arguments: str | None, fd: int,
                                   timeout: int | None = _DEFAULT,
                                   cancellable: Gio.Cancellable | None = None,
                                   callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'command_json_with_fd',
                      (command, arguments, fd, to_milliseconds(timeout)), cancellable, callback,
                      user_data, command=command)


@override
@with_properties
class Machine(EventSource, Descriptors, _QMachine.Machine):
    """A virtual machine.

    `with` does not launch it, but ends it: asked to quit, and killed if that fails or an
    exception is under way.
    """

    _plain = _QMachine.Machine

    def __init__(self, binary: str | None = None, args: Iterable[str] | None = None,
                 **properties: Any) -> None:
        if binary is not None:
            properties['binary'] = binary
        if args is not None:
            properties['args'] = args
        file_names = {name: properties.pop(name) for name in FILE_NAMES & properties.keys()}
        with context_of_running_loop():
            super().__init__(**{name: to_property(name, value)
                                for name, value in properties.items()})
        for name, value in file_names.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        state = self.get_state().value_nick
        pid = f', pid {self.get_pid()}' if self.get_pid() else ''
        return f'<QMachine.Machine {self.dup_name()}: {state}{pid}>'

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, kind: Any, *_exception: Any) -> None:
        if kind is not None:
            try:
                self.kill()
            except GLib.Error:  # nothing may hide the exception that is under way
                pass
            return
        try:
            self.shutdown()
        except BaseException:
            self.kill()
            raise

    async def __aenter__(self) -> Machine:
        return self

    async def __aexit__(self, kind: Any, *_exception: Any) -> None:
        if kind is not None:
            try:
                await self.kill_async()
            except GLib.Error:  # nothing may hide the exception that is under way
                pass
            return
        try:
            await self.shutdown_async()
        except BaseException:
            await self.kill_async()
            raise

    @property
    def exit_code(self) -> int | None:
        """The exit status of the last process, or minus the signal that killed it; None while
        there is none, and where `exit_kind` is UNKNOWN."""
        known, code = self.get_exit_code()
        return code if known else None

    def launch(self, cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'launch', cancellable)

    def launch_async(self, cancellable: Gio.Cancellable | None = None,
                     callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'launch', (), cancellable, callback, user_data)

    def wait(self, timeout: int | None = -1,
             cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'wait', to_milliseconds(timeout), cancellable)

    def wait_async(self, timeout: int | None = -1,
                   cancellable: Gio.Cancellable | None = None,
                   callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'wait', (to_milliseconds(timeout),), cancellable, callback,
                      user_data)

    def shutdown(self, timeout: int | None = _DEFAULT,
                 cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'shutdown', to_milliseconds(timeout), cancellable)

    def shutdown_async(self, timeout: int | None = _DEFAULT,
                       cancellable: Gio.Cancellable | None = None,
                       callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'shutdown', (to_milliseconds(timeout),), cancellable, callback,
                      user_data)

    def kill(self, cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'kill', cancellable)

    def kill_async(self, cancellable: Gio.Cancellable | None = None,
                   callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'kill', (), cancellable, callback, user_data)

    def detach(self, cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'detach', cancellable)

    def detach_async(self, cancellable: Gio.Cancellable | None = None,
                     callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'detach', (), cancellable, callback, user_data)

    def command(self, command: str, arguments: Any = None, plain_timeout: Any = _UNSET,
                plain_cancellable: Any = None, /, *, timeout: int | None = _DEFAULT,
                cancellable: Gio.Cancellable | None = None, conv_keys: bool = True,
                **keywords: Any) -> Any:
        """Sends a command; its arguments are keywords, in which "_" becomes "-", or one mapping,
        which is sent as it is. Returns what QEMU returned, and raises CommandFailed."""
        plain = plain_timeout is not _UNSET
        return _ask(self, 'command', command, arguments, plain,
                    (_choose(plain_timeout, timeout),),
                    plain_cancellable or cancellable, keywords, conv_keys, _unwrap)

    def command_async(self, command: str, arguments: Any = None, plain_timeout: Any = _UNSET,
                      plain_cancellable: Any = None, plain_callback: Callback | None = None, /,
                      *user_data: Any, timeout: int | None = _DEFAULT,
                      cancellable: Gio.Cancellable | None = None,
                      callback: Callback | None = None, conv_keys: bool = True,
                      **keywords: Any) -> Any:
        return _ask_async(self, 'command', command, arguments,
                          (_choose(plain_timeout, timeout),),
                          plain_cancellable or cancellable, plain_callback, callback, user_data,
                          keywords, conv_keys, _unwrap)

    def command_finish(self, result: Gio.AsyncResult) -> Any:
        return _finish(self, 'command', 'qmp_json', result)

    def qmp(self, command: str, arguments: Any = None, plain_timeout: Any = _UNSET,
            plain_cancellable: Any = None, /, *, timeout: int | None = _DEFAULT,
            cancellable: Gio.Cancellable | None = None, conv_keys: bool = True,
            **keywords: Any) -> Any:
        """Like command(), but returns the whole reply; a refusal has a member 'error'."""
        plain = plain_timeout is not _UNSET
        return _ask(self, 'qmp', command, arguments, plain,
                    (_choose(plain_timeout, timeout),),
                    plain_cancellable or cancellable, keywords, conv_keys, _whole)

    def qmp_async(self, command: str, arguments: Any = None, plain_timeout: Any = _UNSET,
                  plain_cancellable: Any = None, plain_callback: Callback | None = None, /,
                  *user_data: Any, timeout: int | None = _DEFAULT,
                  cancellable: Gio.Cancellable | None = None,
                  callback: Callback | None = None, conv_keys: bool = True,
                  **keywords: Any) -> Any:
        return _ask_async(self, 'qmp', command, arguments,
                          (_choose(plain_timeout, timeout),),
                          plain_cancellable or cancellable, plain_callback, callback, user_data,
                          keywords, conv_keys, _whole)

    def qmp_finish(self, result: Gio.AsyncResult) -> Any:
        return _finish(self, 'qmp', 'qmp_json', result)

    def command_json(self, command: str, arguments: str | None = None,
                     timeout: int | None = _DEFAULT,
                     cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'command_json', command, arguments, to_milliseconds(timeout),
                         cancellable, command=command)

    def command_json_async(self, command: str, arguments: str | None = None,
                           timeout: int | None = _DEFAULT,
                           cancellable: Gio.Cancellable | None = None,
                           callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'command_json', (command, arguments, to_milliseconds(timeout)),
                      cancellable, callback, user_data, command=command)

    def qmp_json(self, command: str, arguments: str | None = None,
                 timeout: int | None = _DEFAULT,
                 cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'qmp_json', command, arguments, to_milliseconds(timeout),
                         cancellable)

    def qmp_json_async(self, command: str, arguments: str | None = None,
                       timeout: int | None = _DEFAULT,
                       cancellable: Gio.Cancellable | None = None,
                       callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'qmp_json', (command, arguments, to_milliseconds(timeout)),
                      cancellable, callback, user_data)

    def human_command(self, line: str, timeout: int | None = _DEFAULT,
                      cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'human_command', line, to_milliseconds(timeout), cancellable,
                         command='human-monitor-command')

    def human_command_async(self, line: str, timeout: int | None = _DEFAULT,
                            cancellable: Gio.Cancellable | None = None,
                            callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'human_command', (line, to_milliseconds(timeout)), cancellable,
                      callback, user_data, command='human-monitor-command')

    def qtest(self, line: str, timeout: int | None = -1,
              cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'qtest', line, to_milliseconds(timeout), cancellable)

    def qtest_async(self, line: str, timeout: int | None = -1,
                    cancellable: Gio.Cancellable | None = None,
                    callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'qtest', (line, to_milliseconds(timeout)), cancellable, callback,
                      user_data)

    def add_args(self, *args: Any) -> None:
        """Adds arguments: texts, or one list of them."""
        if len(args) == 1 and not isinstance(args[0], (str, bytes, os.PathLike)):
            args = args[0]
        _blocking(self, 'add_args', to_texts(args, 'args'))

    def add_fd(self, fd: int, fdset: int, opaque: str | None = None,
               opts: str | None = None) -> bool:
        return _blocking(self, 'add_fd', fd, fdset, opaque, opts)

    def pass_fd(self, fd: int) -> int:
        """Hands a descriptor to QEMU with each launch, and returns its number there."""
        return _blocking(self, 'pass_fd', fd)

    def add_console(self, name: str | None = None, device: str | None = None) -> Console:
        """Gives the machine a console for the launches to come, or moves the one of that name."""
        return _blocking(self, 'add_console', name, device)


@override
@with_properties
class Monitor(EventSource, Descriptors, _QMachine.Monitor):
    """A QMP session on any server. `with` does not attach it, but closes it."""

    _plain = _QMachine.Monitor

    def __init__(self, **properties: Any) -> None:
        with context_of_running_loop():
            super().__init__(**{name: to_property(name, value)
                                for name, value in properties.items()})

    def __repr__(self) -> str:
        return f'<QMachine.Monitor: {self.get_state().value_nick}>'

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self.close()

    async def __aenter__(self) -> Monitor:
        return self

    async def __aexit__(self, *_exception: Any) -> None:
        await self.close_async()

    def attach(self, address: Gio.SocketAddress | str,
               cancellable: Gio.Cancellable | None = None) -> bool:
        """Attaches to a QMP server; a text is the path of a Unix socket."""
        return _blocking(self, 'attach', to_address(address), cancellable)

    def attach_async(self, address: Gio.SocketAddress | str,
                     cancellable: Gio.Cancellable | None = None, callback: Callback | None = None,
                     *user_data: Any) -> Any:
        return _begin(self, 'attach', (to_address(address),), cancellable, callback, user_data)

    def attach_stream(self, stream: Gio.IOStream,
                      cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'attach_stream', stream, cancellable)

    def attach_stream_async(self, stream: Gio.IOStream, cancellable: Gio.Cancellable | None = None,
                            callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'attach_stream', (stream,), cancellable, callback, user_data)

    def command(self, command: str, arguments: Any = None, plain_flags: Any = _UNSET,
                plain_timeout: Any = _UNSET, plain_cancellable: Any = None, /, *,
                flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                cancellable: Gio.Cancellable | None = None, conv_keys: bool = True,
                **keywords: Any) -> Any:
        """Sends a command, like Machine.command()."""
        plain = plain_flags is not _UNSET
        return _ask(self, 'command', command, arguments, plain,
                    (plain_flags if plain else flags, _choose(plain_timeout, timeout)),
                    plain_cancellable or cancellable, keywords, conv_keys, _unwrap)

    def command_async(self, command: str, arguments: Any = None, plain_flags: Any = None,
                      plain_timeout: Any = _UNSET, plain_cancellable: Any = None,
                      plain_callback: Callback | None = None, /, *user_data: Any,
                      flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                      cancellable: Gio.Cancellable | None = None,
                      callback: Callback | None = None, conv_keys: bool = True,
                      **keywords: Any) -> Any:
        return _ask_async(self, 'command', command, arguments,
                          (flags if plain_flags is None else plain_flags,
                           _choose(plain_timeout, timeout)),
                          plain_cancellable or cancellable, plain_callback, callback,
                          user_data, keywords, conv_keys, _unwrap)

    def command_finish(self, result: Gio.AsyncResult) -> Any:
        return _finish(self, 'command', 'qmp_json', result)

    def qmp(self, command: str, arguments: Any = None, plain_flags: Any = _UNSET,
            plain_timeout: Any = _UNSET, plain_cancellable: Any = None, /, *,
            flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
            cancellable: Gio.Cancellable | None = None, conv_keys: bool = True,
            **keywords: Any) -> Any:
        """Like command(), but returns the whole reply; a refusal has a member 'error'."""
        plain = plain_flags is not _UNSET
        return _ask(self, 'qmp', command, arguments, plain,
                    (plain_flags if plain else flags, _choose(plain_timeout, timeout)),
                    plain_cancellable or cancellable, keywords, conv_keys, _whole)

    def qmp_async(self, command: str, arguments: Any = None, plain_flags: Any = None,
                  plain_timeout: Any = _UNSET, plain_cancellable: Any = None,
                  plain_callback: Callback | None = None, /, *user_data: Any,
                  flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                  cancellable: Gio.Cancellable | None = None, callback: Callback | None = None,
                  conv_keys: bool = True, **keywords: Any) -> Any:
        return _ask_async(self, 'qmp', command, arguments,
                          (flags if plain_flags is None else plain_flags,
                           _choose(plain_timeout, timeout)),
                          plain_cancellable or cancellable, plain_callback, callback,
                          user_data, keywords, conv_keys, _whole)

    def qmp_finish(self, result: Gio.AsyncResult) -> Any:
        return _finish(self, 'qmp', 'qmp_json', result)

    def command_json(self, command: str, arguments: str | None = None,
                     flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                     cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'command_json', command, arguments, flags,
                         to_milliseconds(timeout), cancellable,
                         command=command)

    def command_json_async(self, command: str, arguments: str | None = None,
                           flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                           cancellable: Gio.Cancellable | None = None,
                           callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'command_json', (command, arguments, flags, to_milliseconds(timeout)),
                      cancellable, callback, user_data, command=command)

    def qmp_json(self, command: str, arguments: str | None = None,
                 flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                 cancellable: Gio.Cancellable | None = None) -> str:
        return _blocking(self, 'qmp_json', command, arguments, flags,
                         to_milliseconds(timeout), cancellable)

    def qmp_json_async(self, command: str, arguments: str | None = None,
                       flags: Any = _NO_FLAGS, timeout: int | None = _DEFAULT,
                       cancellable: Gio.Cancellable | None = None,
                       callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'qmp_json', (command, arguments, flags, to_milliseconds(timeout)),
                      cancellable, callback, user_data)

    def close(self, cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'close', cancellable)

    def close_async(self, cancellable: Gio.Cancellable | None = None,
                    callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'close', (), cancellable, callback, user_data)


@override
@with_properties
class Console(_QMachine.Console):
    """The guest's console, as text and as bytes."""

    _plain = _QMachine.Console

    def write(self, text: str | bytes, cancellable: Gio.Cancellable | None = None) -> bool:
        """Types a text or bytes."""
        return _blocking(self, 'write_bytes', to_bytes(text, 'text'), cancellable)

    def write_async(self, text: str | bytes, cancellable: Gio.Cancellable | None = None,
                    callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'write_bytes', (to_bytes(text, 'text'),), cancellable, callback,
                      user_data)

    def write_finish(self, result: Gio.AsyncResult) -> bool:
        return _blocking(self, 'write_bytes_finish', result)

    def write_bytes(self, bytes: GLib.Bytes | bytes,
                    cancellable: Gio.Cancellable | None = None) -> bool:
        return _blocking(self, 'write_bytes', to_bytes(bytes, 'bytes'), cancellable)

    def write_bytes_async(self, bytes: GLib.Bytes | bytes,
                          cancellable: Gio.Cancellable | None = None,
                          callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'write_bytes', (to_bytes(bytes, 'bytes'),), cancellable, callback,
                      user_data)

    def wait_for_text(self, pattern: str, timeout: int | None = -1,
                      cancellable: Gio.Cancellable | None = None) -> str:
        """Waits for text that matches, for at most `timeout` milliseconds."""
        return _blocking(self, 'wait_for_text', pattern, to_milliseconds(timeout), cancellable)

    def wait_for_text_async(self, pattern: str, timeout: int | None = -1,
                            cancellable: Gio.Cancellable | None = None,
                            callback: Callback | None = None, *user_data: Any) -> Any:
        return _begin(self, 'wait_for_text', (pattern, to_milliseconds(timeout)), cancellable,
                      callback, user_data)


__all__ = [
    'AbnormalShutdown', 'CommandFailed', 'Console', 'EventListener', 'ExecuteError', 'Exited',
    'LaunchFailed', 'Machine', 'Monitor', 'MonitorEvent', 'MonitorResponseError', 'NotRunning',
    'QEMUMachine', 'QEMUMachineAddDeviceError', 'QEMUMachineError', 'QEMUQtestMachine',
    'QMPConnectError', 'QMPError', 'QMPResponseError', 'QMPTimeoutError', 'TimedOut',
    'VMLaunchFailure',
]
