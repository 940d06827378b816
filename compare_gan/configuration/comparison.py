# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What differs between two configurations: a run may only be resumed with what it began with."""

import dataclasses
import fnmatch
from collections.abc import Sequence
from typing import Any

from compare_gan.configuration import registry
from compare_gan.configuration.bindings import Reference, read_bindings

# Bindings that a resumed run may change, as patterns of `fnmatch`: how long, how often, and where.
MAY_CHANGE_ON_RESUME = (
    "options.training_steps",
    "run_config.iterations_per_loop",
    "run_config.keep_checkpoint_max",
    "run_config.save_*",
    "run_config.*_interval",
    "run_config.*_steps",
    "run_config.*_seconds",
    "run_config.*_minutes",
    "eval.*",
    "pictures.*",
    "continuous_eval.*",
    "ModularGAN.warm_start",  # read before the first step only
    "*.data_dir",
    "*_dir",
    "*_path",
)

_NOT_SET = object()


@dataclasses.dataclass(frozen=True)
class Difference:
    """A binding whose value differs: `old` and `new` as texts, "not set" where there is none."""

    binding: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.binding}: {self.old} -> {self.new}"


def differences(
    old_config_text: str,
    new_config_text: str,
    allowed: Sequence[str] = MAY_CHANGE_ON_RESUME,
) -> list[Difference]:
    """Returns the bindings that differ between two configurations, except those that may.

    Order, layout, comments and imports don't count, nor does how much of a name is written, nor
    whether a value is written out or given by a macro. A binding that only one of the two has is
    compared with the default value, where its configurable is registered and has one.

    Args:
      old_config_text: A configuration as `save_config` wrote it.
      new_config_text: The same of the configuration to compare with it.
      allowed: Patterns, as of `fnmatch`, of bindings that may differ, without their scopes:
        `run_config.*`.

    Returns:
      One `Difference` for each binding, sorted by the binding's key.

    Raises:
      ConfigurationError: A text can't be parsed.
    """
    old = read_bindings(old_config_text)
    new = read_bindings(new_config_text)
    found = []
    for key in old.keys() | new.keys():
        scope, full_name, parameter = key
        before = old.get(key, _NOT_SET)
        after = new.get(key, _NOT_SET)
        if not scope:  # In a scope, what an absent binding falls back on is not in one place.
            before, after = _or_default(key, before), _or_default(key, after)
        if _same(before, after):
            continue
        short_name = (
            registry.short_name(full_name) if registry.is_registered(full_name) else full_name
        )
        name = f"{short_name}.{parameter}"
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed):
            found.append(Difference(f"{scope}/{name}".lstrip("/"), _text(before), _text(after)))
    return sorted(found, key=lambda difference: difference.binding)


def _or_default(key: tuple[str, str, str], value: Any) -> Any:
    if value is not _NOT_SET:
        return value
    _, full_name, parameter = key
    known, default = registry.has_default(full_name, parameter)
    return default if known else _NOT_SET


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Reference) != isinstance(other, Reference):
        # A default that is a function, against a reference to it.
        reference, value = (one, other) if isinstance(one, Reference) else (other, one)
        return not reference.evaluate and registry.names_object(reference.name, value)
    return one is other or bool(one == other)


def _text(value: Any) -> str:
    return "not set" if value is _NOT_SET else repr(value)
