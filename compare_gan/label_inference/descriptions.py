# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings as plain values, fit for JSON: what a result was made with, written beside it."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras

from compare_gan.configuration import registry

_PLAIN = (str, bool, int, float, type(None))
# What the program passes to parts that gin names; never a setting.
_PASSED = ("images", "draws", "name", "image_shape", "learning_rate", "total_steps", "warmup_steps")


def describe(value: Any) -> Any:
    """Says what a setting is, with all that gin binds in it.

    Functions and classes become {"name": …} with their settings, bound or by default; objects that
    can say so, their configuration.

    Args:
      value: What gin gave.

    Returns:
      Plain values that are equal exactly if what they describe was configured equally.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if inspect.isroutine(value) or inspect.isclass(value):
        return {"name": _name(value), **_settings(value)}
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"name": _name(type(value)), **describe(fields)}
    if isinstance(value, keras.optimizers.schedules.LearningRateSchedule | keras.layers.Layer):
        return {"name": _name(type(value)), **describe(value.get_config())}
    return {"name": _name(type(value))}


def _name(part: Callable[..., Any]) -> str:
    return f"{part.__module__}.{part.__qualname__}"


def _settings(part: Callable[..., Any]) -> dict[str, Any]:
    """What a part that gin names would be called with."""
    values = registry.settings_of(part) or {}
    return describe({name: value for name, value in values.items() if name not in _PASSED})


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"a": {"b": 1}} → {"a.b": 1}: what two descriptions are compared by."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
