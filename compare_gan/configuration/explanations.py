# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Turns what gin raises while configurables are called into errors that a user can act on."""

import contextlib
import dis
import re
import traceback
from collections.abc import Iterator

import gin

from compare_gan.configuration import registry
from compare_gan.configuration.errors import ConfigurationError, one_line

# What gin appends to the message of any exception that passes through a configurable.
_GIN_POSTSCRIPT = re.compile(r"\n\s+In call to configurable '.*", re.DOTALL)
_GIN_REQUIRED = re.compile(
    r"Required bindings for `(?P<name>[^`]*)` not provided in config: \[(?P<parameters>.*?)\]"
)
_GIN_NO_VALUE = re.compile(
    r"No values supplied by Gin or caller for arguments: \[(?P<parameters>.*?)\]"
    r".*?In call to configurable '(?P<name>[^']*)'",
    re.DOTALL,
)


@contextlib.contextmanager
def explain_errors() -> Iterator[None]:
    """Turns user errors that come up while parts are built into a `ConfigurationError` of one line.

    Wrap what calls configurables: a required parameter without a value, which gin only notices when
    the configurable is called, becomes a sentence that says which line is missing; a `ValueError`
    loses the postscript that gin appends to it. Any other exception passes through.

    Raises:
      ConfigurationError: In place of gin's error or of a `ValueError`.
    """
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(_without_postscript(error)) from error
    except (ValueError, TypeError, RuntimeError) as error:
        missing = _missing_bindings(str(error))
        if missing:
            raise ConfigurationError(
                f"{' and '.join(missing)} {'have' if len(missing) > 1 else 'has'} no value: add "
                f"`{missing[0]} = ...` to the .gin file or pass it with --gin_bindings."
            ) from error
        if isinstance(error, ValueError):
            raise ConfigurationError(_without_postscript(error)) from error
        called = _GIN_NO_VALUE.search(str(error))
        if called and f"@{called['name']}()" in gin.config_str():
            raise ConfigurationError(
                f"@{called['name']}() calls {called['name']} while the configuration is read, "
                f"without {one_line(called['parameters'])}: write @{called['name']}, without ()."
            ) from error
        raise


@contextlib.contextmanager
def explain_own_errors() -> Iterator[None]:
    """Turns a `ValueError` that this package raises into a `ConfigurationError` of one line.

    Wrap what traces or runs networks and losses: there some settings meet the data's shapes for the
    first time. A `ValueError` that a `raise` of this package didn't make, as TensorFlow's of shapes
    that don't fit, is a defect or a user module's; it passes through, and so does any other
    exception.

    Raises:
      ConfigurationError: In place of that `ValueError`.
    """
    try:
        yield
    except ValueError as error:
        original = _unwrapped(error)
        if isinstance(original, ConfigurationError) or _is_raised_by_package(original):
            raise ConfigurationError(_without_postscript(original)) from error
        raise


def _unwrapped(error: BaseException) -> BaseException:
    """Returns the error that another stands for: Keras makes a new one, with a list of arguments
    around the message, of what is raised inside a layer.
    """
    while getattr(error, "_keras_call_info_injected", False) and error.__context__ is not None:
        error = error.__context__
    return error


def _is_raised_by_package(error: BaseException) -> bool:
    """Says whether an error came from a `raise` in this package, and not from what it called.

    The innermost frame alone doesn't tell: TensorFlow and Keras remove their own frames, and
    Python's built-in functions have none.
    """
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return False
    frame, line = frames[-1]
    if not frame.f_globals.get("__name__", "").startswith("compare_gan."):
        return False
    return any(
        instruction.opname == "RAISE_VARARGS" and instruction.positions.lineno == line
        for instruction in dis.get_instructions(frame.f_code)
    )


def _without_postscript(error: BaseException) -> str:
    return one_line(_GIN_POSTSCRIPT.sub("", str(error)))


def _missing_bindings(message: str) -> list[str]:
    """Returns the bindings that gin says are missing, if that is what it says."""
    missing = _GIN_REQUIRED.search(message) or _GIN_NO_VALUE.search(message)
    if not missing:
        return []
    try:
        configurable = registry.find(missing["name"])
    except ConfigurationError:  # gin gives the last part of the name only, here of several.
        return []
    # What the program should have passed is a fault of the program, not of the configuration.
    return [
        f"{missing['name']}.{parameter}"
        for parameter in re.findall(r"'([^']*)'", missing["parameters"])
        if registry.accepts(configurable, parameter)
    ]
