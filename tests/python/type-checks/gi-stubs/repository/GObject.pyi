# SPDX-License-Identifier: LGPL-2.1-or-later
from collections.abc import Callable

class ParamSpec:
    name: str

class ObjectClass: ...

class Object:
    @property
    def props(self) -> object: ...
    def connect(
        self, signal_name: str, callback: Callable[..., object], /, *user_data: object
    ) -> int: ...
    def disconnect(self, id: int) -> None: ...
