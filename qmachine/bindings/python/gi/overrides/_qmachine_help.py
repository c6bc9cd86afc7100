# SPDX-License-Identifier: LGPL-2.1-or-later
"""How help() tells what the library's doc comments say of its methods, properties and classes.

The build makes a file of the comments. It is loaded when somebody asks, and may be missing: a
program needs it for nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import gi.docstring

_NAMESPACE = 'QMachine'

_IN_PYTHON = 'In Python also a datetime.timedelta; None is no limit.'


@cache
def _texts() -> dict[str, str]:
    try:
        from ._qmachine_docs import DOCS
    except ImportError:
        return {}
    return DOCS


def text_of(name: str) -> str:
    """Of a `Class`, `Class.method` or `Class:property_name`, or nothing."""
    return _texts().get(name, '')


def _name_of(info: Any) -> str:
    container = info.get_container()
    return f'{container.get_name()}.{info.get_name()}' if container else info.get_name()


def show_doc_comments() -> None:
    """PyGObject makes the docstrings of typelibs when they are read, of names and types alone."""
    plain = gi.docstring.get_doc_string_generator()

    def describe(info: Any) -> str:
        text = plain(info)
        if info.get_namespace() != _NAMESPACE:
            return text
        comment = text_of(_name_of(info))
        return '\n\n'.join(part for part in (text, comment) if part)

    gi.docstring.set_doc_string_generator(describe)


# A property of GObject as an attribute.
class Setting(property):
    _name = ''

    def named(self, class_name: str, name: str) -> Setting:
        self._name = f'{class_name}:{name}'
        return self

    def _describe(self) -> str:
        class_name, _, name = self._name.partition(':')
        text = text_of(self._name) or f'The property `{name}` of {class_name}.'
        return f'{text}\n\n{_IN_PYTHON}' if name.endswith('_timeout') else text

    def _ignore(self, text: str | None) -> None:
        """What Python takes from the getter, which has none."""

    __doc__ = property(_describe, _ignore)  # type: ignore[assignment]
