# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Functions and classes by the names under which they were defined, to write down and find again.

So a run can be sampled and measured where nothing of its configuration is known.
"""

import importlib
from collections.abc import Callable
from typing import Any

import gin

from compare_gan.configuration import registry


def import_defined(module: str, qualified_name: str) -> Any:
    """Returns a function or class by the names under which it was defined.

    Args:
      module: The module, imported if it isn't yet.
      qualified_name: Its `__qualname__`.

    Raises:
      ValueError: If there is no such module, or nothing of that name in it.
    """
    try:
        # A module may register its parts with gin while it is loaded.
        with gin.unlock_config():
            found: Any = importlib.import_module(module)
        for part in qualified_name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"{qualified_name!r} of module {module!r} can't be imported ({error}); put the module "
            "that defines it on the Python path."
        ) from error
    return found


def import_path(function: Callable[..., Any]) -> str:
    """Returns "module:qualified name" of a function, or of the one that gin's wrapper calls.

    Raises:
      ValueError: `from_import_path` would not find it again: it isn't at the top of a module.
    """
    plain = registry.unwrapped(function)
    module, name = getattr(plain, "__module__", None), getattr(plain, "__qualname__", None)
    try:
        found = module and name and registry.unwrapped(import_defined(module, name))
    except ValueError:
        found = None
    if found is not plain:
        raise ValueError(f"{plain!r} is not defined at the top level of a module")
    return f"{module}:{name}"


def from_import_path(path: str) -> Callable[..., Any]:
    """Returns the function that `import_path` described, as its module has it.

    Raises:
      ValueError: If it can't be imported.
    """
    module, _, name = path.partition(":")
    return import_defined(module, name)
