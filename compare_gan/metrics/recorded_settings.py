# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What was set of a metric, which is a part of the protocol of its values."""

import functools
import inspect
import json
import types
from collections.abc import Callable, Mapping
from typing import Any


class RecordedSettings:
    """Remembers which arguments each of its subclasses' objects was made with.

    Attributes:
      settings: The constructor's arguments that differ from its defaults, by name.
    """

    settings: Mapping[str, Any] = types.MappingProxyType({})

    def __init_subclass__(cls, **arguments: Any):
        super().__init_subclass__(**arguments)
        if "__init__" in vars(cls):
            cls.__init__ = _recording(cls.__init__)

    def settings_text(self) -> str:
        """`settings` as JSON with sorted names; "" if there are none."""
        if not self.settings:
            return ""
        return json.dumps(dict(self.settings), sort_keys=True, default=repr)


def _recording(constructor: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(constructor)

    @functools.wraps(constructor)
    def recorded(self: RecordedSettings, *arguments: Any, **named: Any) -> None:
        if "settings" not in vars(self):  # else a subclass's constructor, which calls this one, did
            given = signature.bind(self, *arguments, **named).arguments
            self.settings = {
                name: value
                for name, value in list(given.items())[1:]
                if repr(value) != repr(signature.parameters[name].default)
            }
        constructor(self, *arguments, **named)

    return recorded
