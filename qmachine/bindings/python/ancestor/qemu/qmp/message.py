# SPDX-License-Identifier: LGPL-2.1-or-later
"""A message, as a dict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .error import ProtocolError


class DeserializationError(ProtocolError):
    """It is no JSON."""


class UnexpectedTypeError(ProtocolError):
    """It is JSON, but no object."""


class Message(dict[str, Any]):
    """A message to or from QEMU: a dict, which can be made of JSON and shown as JSON."""

    def __init__(self, value: bytes | str | Mapping[str, Any] = b'{}', *,
                 eager: bool = True) -> None:
        del eager  # it is always read at once
        if isinstance(value, (bytes, str)):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise DeserializationError(str(error)) from error
            if not isinstance(value, dict):
                raise UnexpectedTypeError('a message is an object')
        super().__init__(value)

    def __str__(self) -> str:
        return json.dumps(self, indent=2)

    def __bytes__(self) -> bytes:
        return json.dumps(self, separators=(',', ':')).encode()


__all__ = ['DeserializationError', 'Message', 'UnexpectedTypeError']
