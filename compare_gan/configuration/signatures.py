# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Whether what a reference stands for can be called as the program calls it."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from compare_gan.configuration import registry


def can_take(function: Callable[..., Any], count: int = 0, names: Sequence[str] = ()) -> bool:
    """Says whether a function or class can be called with so many positional arguments, and with
    keyword arguments of these names.

    What gin can bind is not missing here; a call without a value for it says so. What has no
    readable signature, as some functions of C, may be called in any way.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return True
    configurable = registry.referred_to(function)
    try:
        given = signature.bind_partial(*[None] * count, **dict.fromkeys(names)).arguments
    except TypeError:
        return False  # it takes fewer, or others
    return all(
        parameter.default is not parameter.empty
        or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        or name in given
        or (configurable is not None and registry.accepts(configurable, name))
        for name, parameter in signature.parameters.items()
    )


def may_give(function: Callable[..., Any], wanted: type) -> bool:
    """Says whether what a function or class gives may be a `wanted`, as far as it tells."""
    given = return_type(function)
    return given is None or issubclass(given, wanted) or issubclass(wanted, given)


def return_type(function: Callable[..., Any]) -> type | None:
    """Returns the class of what a function or class gives, None where it doesn't say."""
    if inspect.isclass(function):
        return function
    try:
        declared = inspect.signature(function).return_annotation
    except (TypeError, ValueError):
        return None
    unknown = (inspect.Signature.empty, Any, object)
    return declared if inspect.isclass(declared) and declared not in unknown else None
