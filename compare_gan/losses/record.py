# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A GAN loss as plain values, so that a trained D can be asked for its loss without gin."""

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from compare_gan.configuration import registry
from compare_gan.configuration.importable import from_import_path, import_path
from compare_gan.losses.base import GANLoss


def describe_loss(loss: Callable[..., GANLoss]) -> dict[str, Any] | None:
    """Describes a loss with plain values, from which `load_loss` gives an equal one.

    Args:
      loss: `(real_logits, fake_logits) -> GANLoss`.

    Returns:
      {"fn": where it is defined, "arguments": what it is called with besides the logits, by gin's
      bindings or by default}, fit for JSON. None if there is no such description: it is not defined
      at the top level of a module, or an argument is more than plain values. What is bound to other
      functions that it calls is left out.
    """
    arguments = registry.settings_of(loss) or {}
    configurable = registry.referred_to(loss)
    for logits in registry.all_parameters(configurable)[:2] if configurable else ():
        arguments.pop(logits, None)
    try:
        description = {"fn": import_path(loss), "arguments": arguments}
        text = json.dumps(description, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return description if json.loads(text) == description else None


def load_loss(config: Mapping[str, Any]) -> Callable[..., GANLoss]:
    """Returns the loss that `describe_loss` described.

    Raises:
      ValueError: If the module that defines it can't be imported.
    """
    return functools.partial(from_import_path(config["fn"]), **config["arguments"])
