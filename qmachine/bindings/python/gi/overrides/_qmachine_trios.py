# SPDX-License-Identifier: LGPL-2.1-or-later
"""How x(), x_async() and x_finish() are made of one row, and of what the typelib says.

The typelib has the parameters of a call, and _qmachine_rows.py what it does not know. A call of the
typelib that has no row is made by the same rules. Each form is real source, so that it has a real
signature and is as fast as one that is written by hand; most programs use few, so each is made when
it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gi.module import get_introspection_module, repository
from gi.repository import GObject, Json

from . import _qmachine_calls as calls
from . import _qmachine_values as values
from ._qmachine_errors import checked
from ._qmachine_help import text_of
from ._qmachine_loops import give_up_takers_of_closed_loops
from ._qmachine_rows import ROWS, UNKNOWN, Row

_QMachine = get_introspection_module('QMachine')
_UNSET: Any = type('Unset', (), {'__repr__': lambda _self: '...'})()

# What the source of the forms may name.
_NAMES = {
    '__name__': 'gi.overrides.QMachine',
    'Json': Json,
    '_DEFAULT': _QMachine.TIMEOUT_DEFAULT,
    '_QMachine': _QMachine,
    '_UNSET': _UNSET,
    'ask': calls.ask,
    'ask_async': calls.ask_async,
    'begin': calls.begin,
    'blocking': calls.blocking,
    'checked': checked,
    'finish': calls.finish,
    'give_up_takers_of_closed_loops': give_up_takers_of_closed_loops,
    'noted': calls.noted,
    'parse': values.parse,
    'same': calls.same,
    'started': calls.started,
    'to_address': values.to_address,
    'to_bytes': values.to_bytes,
    'to_optional_bytes': values.to_optional_bytes,
    'to_match': values.to_match,
    'to_match_text': values.to_match_text,
    'to_milliseconds': values.to_milliseconds,
    'to_names': values.to_names,
    'to_options': values.to_options,
    'to_path': values.to_path,
    'to_text': values.to_text,
    'unwrap': calls.unwrap,
    'whole': calls.whole,
}

# By the name of a parameter, which means the same in each call: what it takes, and how that becomes
# what the typelib takes.
_PARAMETERS = {
    'address': ('Gio.SocketAddress | str | os.PathLike[str] | tuple[str, int]',
                'to_address({})'),
    'arguments': ('str | None', ''),
    'bytes': ('GLib.Bytes | bytes', "to_bytes({}, 'bytes')"),
    'cancellable': ('Gio.Cancellable | None', ''),
    'command': ('str', ''),
    'contents': ('GLib.Bytes | bytes', "to_bytes({}, 'contents')"),
    'fd': ('int', ''),
    'input': ('GLib.Bytes | bytes | None', "to_optional_bytes({}, 'input')"),
    'line': ('str', ''),
    'names': ('Sequence[str] | str | None', 'to_names({})'),
    'path': ('str | bytes | os.PathLike[str]', "to_path({}, 'path')"),
    'pattern': ('str', ''),
    'request': ('GLib.Bytes | bytes | None', "to_optional_bytes({}, 'request')"),
    'stream': ('Gio.IOStream', ''),
    'timeout': ('int | datetime.timedelta | None', 'to_milliseconds({})'),
}


# Of these all calls that have no property of their own take `command_timeout`.
CLASSES_WITH_ONE_LIMIT = {'GuestAgent'}


class _Parameter:
    def __init__(self, name: str, kind: tuple[str, str], default: str | None) -> None:
        self.name = name
        self.annotation, self.conversion = kind
        self.default = default

    def __str__(self) -> str:
        text = f'{self.name}: {self.annotation}' if self.annotation else self.name
        if self.default is None:
            return text
        return f'{text} = {self.default}' if self.annotation else f'{text}={self.default}'


def _has_property(plain: Any, name: str) -> bool:
    return any(spec.name == name for spec in plain.list_properties())


def _default_timeout(plain: Any, name: str, argument_names: list[str]) -> str:
    """That of the property for this kind of call, where there is one."""
    if plain.__name__ in CLASSES_WITH_ONE_LIMIT:
        return '_DEFAULT'
    has_own = _has_property(plain, f'{name}-timeout')
    return '_DEFAULT' if has_own or 'command' in argument_names else '-1'


def _no_flags(argument: Any) -> str | None:
    # Its name depends on the release of PyGObject.
    get_type = getattr(argument, 'get_type_info', None) or argument.get_type
    kind = get_type().get_interface()
    if kind is None or kind.get_namespace() != 'QMachine':
        return None
    cls = getattr(_QMachine, kind.get_name())
    is_flags = isinstance(cls, type) and issubclass(cls, GObject.GFlags)
    return f'_QMachine.{kind.get_name()}(0)' if is_flags else None


def _parameters(plain: Any, name: str, row: Row) -> list[_Parameter]:
    """Those of the blocking form. One may be left out if all behind it may be."""
    arguments = getattr(plain, f'{name}_async').get_arguments()
    names = [argument.get_name() for argument in arguments]
    arguments = arguments[:names.index('cancellable') + 1]

    parameters = []
    optional = True
    for argument in reversed(arguments):
        parameter = argument.get_name()
        default = None
        if optional:
            if parameter in row.defaults:
                default = row.defaults[parameter]
            elif parameter == 'timeout':
                default = row.timeout or _default_timeout(plain, name, names)
            elif argument.may_be_null():
                default = 'None'
            else:
                default = _no_flags(argument)
            optional = default is not None
        kind = row.parameters.get(parameter) or _PARAMETERS.get(parameter, ('', ''))
        parameters.insert(0, _Parameter(parameter, kind, default))
    return parameters


# -- source --

def _listed(*parts: Any) -> str:
    return ', '.join(str(part) for part in parts if part)


def _conversions(row: Row, parameters: list[_Parameter]) -> list[str]:
    lines = [f'{each.name} = {each.conversion.format(each.name)}' for each in parameters
             if each.conversion]
    return ['give_up_takers_of_closed_loops()', *lines] if row.put_back else lines


def _options(row: Row, parameters: list[_Parameter]) -> str:
    command = row.command or ('command' if parameters[0].name == 'command' else None)
    return _listed(command and f'command={command}', row.put_back and f'put_back={row.put_back}')


def _call(name: str, row: Row, parameters: list[_Parameter]) -> list[str]:
    given = _listed(*(each.name for each in parameters))
    options = _options(row, parameters)

    def call(form: str) -> str:
        return f'blocking(self, {_listed(repr(form), given, options)})'

    lines = _conversions(row, parameters)
    if row.has_check:
        return [*lines, f'result = {call(name)}', 'return checked(result) if check else result']
    if row.text_form is None:
        return [*lines, f'return {call(row.calls or name)}']
    parameter, form, to_value = row.text_form
    if not parameter:
        return [*lines, f'return {to_value}({call(form)})']
    return [*lines, f'if isinstance({parameter}, Json.Node):', f'    return {call(name)}',
            f'return {to_value}({call(form)})']


def _call_async(name: str, row: Row, parameters: list[_Parameter]) -> list[str]:
    given = ''.join(f'{each.name}, ' for each in parameters[:-1])
    options = _options(row, parameters)

    def call(form: str, callback: str, convert: str = '') -> str:
        return (f'begin(self, {form!r}, ({given}), cancellable, '
                f'{_listed(callback, "user_data", convert, options)})')

    lines = _conversions(row, parameters)
    if row.has_check:
        return [*lines, f'return {call(name, "callback", "convert=checked if check else same")}']
    if row.text_form is None:
        return [*lines, f'return {call(row.calls or name, "callback")}']
    parameter, form, to_value = row.text_form
    begun = call(form, f'noted(callback, {to_value})', f'convert={to_value}')
    if not parameter:
        return [*lines, f'return {begun}']
    return [*lines, f'if isinstance({parameter}, Json.Node):',
            f'    return {call(name, "callback")}', f'return {begun}']


def _call_finish(name: str, row: Row, _parameters: list[_Parameter]) -> list[str]:
    text_form = 'qmp_json' if row.asks else row.text_form and row.text_form[1]
    if text_form is not None:
        return [f'return finish(self, {name!r}, {text_form!r}, result)']
    put_back = row.put_back and f'put_back={row.put_back}'
    form = f'{row.calls or name}_finish'
    return [f'return blocking({_listed("self", repr(form), "result", put_back)})']


# A command's arguments can be keywords, so all else has to stay out of their way: it comes by
# keyword here, and by position for one who uses the form of the typelib.

def _asked(parameters: list[_Parameter]) -> str:
    return _listed(*(
        (each.conversion or '{}').format(
            f'{each.name} if plain_{each.name} is _UNSET else plain_{each.name}')
        for each in parameters[2:-1]))


def _ask_signature(parameters: list[_Parameter], callback: str = '') -> str:
    by_position = [f'plain_{each.name}: Any = _UNSET' for each in parameters[2:-1]]
    by_position.append('plain_cancellable: Gio.Cancellable | None = None')
    if callback:
        by_position.append('plain_callback: Callback | None = None')
    return _listed('self', *parameters[:2], *by_position, '/',
                   '*user_data: Any' if callback else '*', *parameters[2:], callback,
                   'conv_keys: bool = True', '**keywords: Any')


def _converter(plain: Any, row: Row) -> str:
    """None where the class has no whole replies."""
    return row.asks if hasattr(plain, 'qmp_json') else 'None'


def _ask(plain: Any, name: str, row: Row, parameters: list[_Parameter]) -> list[str]:
    return [f'return ask(self, {name!r}, command, arguments, '
            f'plain_{parameters[2].name} is not _UNSET, ({_asked(parameters)},), '
            f'plain_cancellable or cancellable, keywords, conv_keys, {_converter(plain, row)})']


def _ask_async(plain: Any, name: str, row: Row, parameters: list[_Parameter]) -> list[str]:
    return [f'return ask_async(self, {name!r}, command, arguments, ({_asked(parameters)},), '
            'plain_cancellable or cancellable, plain_callback, callback, user_data, keywords, '
            f'conv_keys, {_converter(plain, row)})']


_CALLBACK = 'callback: Callback | None = None'
_CHECK = 'check: bool = False'


def _make(cls: Any, name: str, form: str) -> Callable[..., Any]:
    row = ROWS.get(f'{cls._plain.__name__}.{name}') or ROWS.get(name, UNKNOWN)
    parameters = _parameters(cls._plain, name, row)
    if form == '_finish':
        signature, lines = 'self, result: Gio.AsyncResult', _call_finish(name, row, parameters)
    elif row.asks and form == '_async':
        signature = _ask_signature(parameters, _CALLBACK)
        lines = _ask_async(cls._plain, name, row, parameters)
    elif row.asks:
        signature = _ask_signature(parameters)
        lines = _ask(cls._plain, name, row, parameters)
    elif form == '_async':
        signature = _listed('self', *parameters, _CALLBACK, '*user_data: Any',
                            row.has_check and _CHECK)
        lines = _call_async(name, row, parameters)
    else:
        signature = _listed('self', *parameters, row.has_check and f'*, {_CHECK}')
        lines = _call(name, row, parameters)

    returns = 'Any' if form == '_async' else row.returns
    source = '\n    '.join([f'def {name}{form}({signature}) -> {returns}:', *lines])
    made: dict[str, Any] = {}
    # compile() takes over from this file that annotations are not evaluated.
    exec(compile(source, f'<{cls.__name__}.{name}{form}>', 'exec'), _NAMES, made)
    function = made[name + form]
    function.__qualname__ = f'{cls.__name__}.{name}{form}'
    function.__doc__ = row.describe(name, form, _limit(cls._plain, name, parameters))
    if row is UNKNOWN:
        comment = text_of(f'{cls.__name__}.{name}')
        function.__doc__ = function.__doc__.replace(UNKNOWN.doc, comment or UNKNOWN.doc)
    return function


def _limit(plain: Any, name: str, parameters: list[_Parameter]) -> str | None:
    """What the timeout of a call is when it is left out, if the call has one."""
    default = next((each.default for each in parameters if each.name == 'timeout'), None)
    if default != '_DEFAULT':
        return default and 'no limit'
    return f'`{name}_timeout`' if _has_property(plain, f'{name}-timeout') else '`command_timeout`'


class _Form:
    """Stands where a method will be, until somebody asks for it."""

    def __init__(self, cls: Any, name: str, form: str) -> None:
        self._made_from = cls, name, form

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        cls, name, form = self._made_from
        function = _make(cls, name, form)
        setattr(cls, name + form, function)
        return function.__get__(owner, kind)


def _trios_of(kind: Any) -> list[str]:
    names = {method.get_name() for method in kind.get_methods()}
    return sorted(name for name in names if {f'{name}_async', f'{name}_finish'} <= names)


def classes_with_trios() -> list[str]:
    kinds = (kind for kind in repository.get_infos('QMachine') if hasattr(kind, 'get_methods'))
    return [kind.get_name() for kind in kinds if _trios_of(kind)]


def with_trios(cls: Any) -> Any:
    """Gives a class the calls of its typelib that wait, but for those that it has made itself."""
    for name in _trios_of(cls._plain.__info__):
        for form in ('', '_async', '_finish'):
            if name + form not in vars(cls):
                setattr(cls, name + form, _Form(cls, name, form))
    return cls
