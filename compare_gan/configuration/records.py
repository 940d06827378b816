# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What is written down of a configuration: as parsed, as used, and what of it nothing used."""

import logging
import os
from collections.abc import Collection

import gin

from compare_gan.atomic_files import write_text_atomically
from compare_gan.configuration import registry

_log = logging.getLogger(__name__)


def save_config(path: str | os.PathLike) -> None:
    """Writes the configuration as it was parsed; the file is complete or not there.

    Args:
      path: Of the file, usually `<model_dir>/config.gin`.
    """
    write_text_atomically(path, gin.config_str())


def save_operative_config(path: str | os.PathLike) -> None:
    """Writes every value that calls of configurables have used so far, defaults included.

    Args:
      path: Of the file, usually `<model_dir>/operative_config-<step>.gin`.
    """
    write_text_atomically(path, gin.operative_config_str())


def unused_bindings(ignore: Collection[str] = ()) -> list[str]:
    """Returns the bindings that no call of a configurable has used so far.

    A value counts as used when a call took it: not when the caller gave its own, nor when a binding
    in a narrower scope stood before it. Macros are listed by their name.

    Args:
      ignore: Configurables that are yet to be called, such as `eval`, by any ending of their name.

    Returns:
      The keys as a configuration writes them, sorted.
    """
    bound = registry.bound()
    taken = set()
    for (call_scope, full_name), values in registry.used().items():
        scopes = call_scope.split("/") if call_scope else []
        # The innermost scope that binds a parameter is where the call found its value.
        prefixes = ["/".join(scopes[:length]) for length in range(len(scopes), -1, -1)]
        for parameter in values:
            for scope in prefixes:
                if parameter in bound.get((scope, full_name), {}):
                    taken.add((scope, full_name, parameter))
                    break
    return sorted(
        registry.binding_key(scope, full_name, parameter)
        for (scope, full_name), values in bound.items()
        for parameter in values
        if (scope, full_name, parameter) not in taken
        and not any(f".{full_name}".endswith(f".{name}") for name in ignore)
    )


def warn_of_unused_bindings(ignore: Collection[str] = ()) -> None:
    """Lists the bindings that nothing has used in one warning; see `unused_bindings`."""
    unused = unused_bindings(ignore)
    if unused:
        _log.warning("These bindings had no effect, nothing used them: %s.", ", ".join(unused))
