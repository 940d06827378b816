# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From one normalizer, given as a setting, to the many that a network needs."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import keras

from compare_gan.configuration.importable import import_defined
from compare_gan.configuration.signatures import can_take

NormalizerLike = keras.layers.Layer | Callable[[], keras.layers.Layer] | Mapping | None


@dataclasses.dataclass(frozen=True)
class Prototype:
    """A layer's class and configuration, from which copies are made.

    Attributes:
      layer_class: The class.
      config: What its `get_config` returned.
    """

    layer_class: type[keras.layers.Layer]
    config: dict[str, Any]

    @classmethod
    def of(
        cls, value: "NormalizerLike | Prototype", setting: str = "G.batch_norm_fn"
    ) -> "Prototype | None":
        """Understands the ways of naming a normalizer.

        Args:
          value: None, a layer, a class or function which gives a layer when called without
            arguments, or what `describe` returned.
          setting: As it is called in gin, for the message.

        Raises:
          ValueError: If it is something else.
        """
        if value is None or isinstance(value, Prototype):
            return value
        if isinstance(value, Mapping):
            layer_class = import_defined(value["module"], value["class"])
            return cls(layer_class, dict(value["config"]))
        layer = value
        if callable(value) and not isinstance(value, keras.layers.Layer) and can_take(value, 0):
            layer = value()
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(
                "A normalizer must be a Keras layer, or a class or function that gives one without "
                f"being told anything; got {value!r}. In gin: {setting} = @batch_norm."
            )
        return cls(type(layer), dict(layer.get_config()))

    def make(self, name: str, **overrides: Any) -> keras.layers.Layer:
        """Returns a new layer of that configuration.

        Args:
          name: Name of the new layer.
          **overrides: Values for those parts of the configuration which it has.
        """
        known = {key: value for key, value in overrides.items() if key in self.config}
        return self.layer_class.from_config({**self.config, **known, "name": name})

    def describe(self) -> dict[str, Any]:
        """Returns module, class and configuration as plain values, for JSON."""
        return {
            "module": self.layer_class.__module__,
            "class": self.layer_class.__qualname__,
            "config": dict(self.config),
        }
