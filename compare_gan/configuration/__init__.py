# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Everything about gin: reading a configuration, saving it, comparing it, and saying what is wrong.

`parse` makes every registered part of the package known, reads `.gin` files and bindings, and ends
with a locked configuration. Whatever a user got wrong is a `ConfigurationError` of one line.
"""

from compare_gan.configuration.aliases import register_alias
from compare_gan.configuration.comparison import MAY_CHANGE_ON_RESUME, Difference, differences
from compare_gan.configuration.errors import ConfigurationError
from compare_gan.configuration.explanations import explain_errors, explain_own_errors
from compare_gan.configuration.parsing import parse, register_parts
from compare_gan.configuration.records import (
    save_config,
    save_operative_config,
    unused_bindings,
    warn_of_unused_bindings,
)
from compare_gan.configuration.registry import names_of_classes

__all__ = [
    "MAY_CHANGE_ON_RESUME",
    "ConfigurationError",
    "Difference",
    "differences",
    "explain_errors",
    "explain_own_errors",
    "names_of_classes",
    "parse",
    "register_alias",
    "register_parts",
    "save_config",
    "save_operative_config",
    "unused_bindings",
    "warn_of_unused_bindings",
]
