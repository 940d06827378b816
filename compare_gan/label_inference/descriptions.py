# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Settings as plain values, fit for JSON: what a result was made with, written beside it."""

import dataclasses
import functools
import hashlib
import inspect
import os
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare_gan.configuration import registry

_PLAIN = (str, bool, int, float, type(None))
# What the program passes to parts that gin names; never a setting.
_PASSED = ("images", "draws", "name", "image_shape", "learning_rate", "total_steps", "warmup_steps")


def describe(value: Any) -> Any:
    """Says what a setting is, with all that gin binds in it.

    Functions and classes become {"name": …} with their settings, bound or by default. So do
    objects: with what `get_config()` gives where they have it, else with their attributes, without
    leading underscores, so that an object that keeps its settings under their names is described as
    the reference that makes it. What it remembers of other objects (`weakref.WeakKeyDictionary`)
    is no setting.

    Args:
      value: What gin gave.

    Returns:
      Plain values that are equal exactly if what they describe was configured equally.

    Raises:
      ValueError: An object has something that can't be described.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): describe(item) for key, item in value.items()}
    if inspect.isroutine(value) or inspect.isclass(value):
        return {"name": _name(value), **_settings(value)}
    if isinstance(value, functools.partial):
        given = {"args": describe(value.args), "keywords": describe(value.keywords)}
        return {"name": "functools.partial", "of": describe(value.func), **given}
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"name": _name(type(value)), **describe(fields)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": digest}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "get_config"):
        return {"name": _name(type(value)), **describe(value.get_config())}
    return {"name": _name(type(value)), **_attributes(value)}


def _attributes(value: Any) -> dict[str, Any]:
    """What an object keeps in its attributes."""
    if not hasattr(value, "__dict__"):
        raise ValueError(
            f"A {_name(type(value))} decides the labels but cannot be written down: use a number, "
            "a text, a list, a reference (@name), or an object with get_config()."
        )
    kept = vars(value).items()
    try:
        return {
            name.lstrip("_"): describe(item)
            for name, item in kept
            if not isinstance(item, weakref.WeakKeyDictionary)
        }
    except ValueError as error:
        raise ValueError(
            f"A {_name(type(value))} decides the labels, but its attributes cannot be written "
            "down: name it by a reference without (), or give it get_config() that returns plain "
            f"values. ({error})"
        ) from error


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
