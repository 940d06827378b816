# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Compare GAN 4: train, evaluate and compare generative adversarial networks.

Importing this package does no work: it reads no flags and does not load TensorFlow. Its folders are
loaded when they are first asked for, so that this is enough in a notebook:

    import compare_gan
    compare_gan.losses.hinge(real_logits, fake_logits)
    generator = compare_gan.load_generator("/path/to/model_dir")
"""

import importlib
import importlib.util
import pkgutil
from typing import Any

__version__ = "4.0.0.dev0"


def __getattr__(name: str) -> Any:
    """Loads a folder or module of the package, or `load_generator`, at its first use."""
    if name == "load_generator":
        return importlib.import_module("compare_gan.generators").load_generator
    qualified_name = f"{__name__}.{name}"
    # Looked up before it is imported: an import error inside the module must not turn into
    # "no attribute".
    if name.startswith("_") or importlib.util.find_spec(qualified_name) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(qualified_name)


def __dir__() -> list[str]:
    """Lists what `__getattr__` finds beside what is loaded already."""
    modules = {module.name for module in pkgutil.iter_modules(__path__)}
    return sorted(modules | set(globals()) | {"load_generator"})
