# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The parts from which all families are built: layers that obey a network's settings."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from compare_gan.architectures.base import DiscriminatorNetwork, Network
from compare_gan.layers.attention import NonLocalBlock
from compare_gan.layers.convolution import Conv2D, TransposedConv2D
from compare_gan.layers.linear import Linear
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.layer_norm import LayerNorm
from compare_gan.normalizers.prototype import Prototype
from compare_gan.normalizers.statistics import BatchStandardizer

Shape = tuple[int | None, ...]


def vector_shape(size: int | None) -> Shape | None:
    """Returns [batch, size], or None where there is no such vector."""
    return (None, size) if size else None


@dataclasses.dataclass(frozen=True)
class Parts:
    """Makes built layers which obey one network's settings.

    Attributes:
      normalizer, layer_norm, spectral_norm, initializer: The network's.
      dtype: Its dtype policy.
    """

    normalizer: Prototype | None
    layer_norm: Prototype | None
    spectral_norm: SpectralNorm | None
    initializer: str
    dtype: Any

    @classmethod
    def of(cls, network: Network, spectral_norm: bool = True) -> "Parts":
        """Returns the parts for a network; `spectral_norm` says whether they obey its setting."""
        return cls(
            network.normalizer,
            network.layer_norm,
            network.spectral_norm if spectral_norm else None,
            network.initializer,
            network.dtype_policy,
        )

    def _kernel_options(self) -> dict[str, Any]:
        return {
            "spectral_norm": self.spectral_norm,
            "initializer": self.initializer,
            "dtype": self.dtype,
        }

    def linear(self, name: str, inputs: int, units: int, **options: Any) -> Linear:
        """Returns a linear layer; options override the network's settings."""
        layer = Linear(units, name=name, **{**self._kernel_options(), **options})
        layer.build((None, inputs))
        return layer

    def conv(
        self, name: str, inputs: int, filters: int, kernel_size: int = 3, **options: Any
    ) -> Conv2D:
        """Returns a convolution; options override the network's settings."""
        layer = Conv2D(filters, kernel_size, name=name, **{**self._kernel_options(), **options})
        layer.build((None, None, None, inputs))
        return layer

    def transposed_conv(
        self, name: str, inputs: int, filters: int, kernel_size: int, **options: Any
    ) -> TransposedConv2D:
        """Returns a transposed convolution; options override the network's settings."""
        layer = TransposedConv2D(
            filters, kernel_size, name=name, **{**self._kernel_options(), **options}
        )
        layer.build((None, None, None, inputs))
        return layer

    def attention(self, name: str, channels: int) -> NonLocalBlock:
        """Returns a self-attention block."""
        layer = NonLocalBlock(name=name, **self._kernel_options())
        layer.build((None, None, None, channels))
        return layer

    def norm(self, name: str, x_shape: Shape, z_shape: Shape | None, y_shape: Shape | None) -> Any:
        """Returns a normalizer for inputs of these shapes; None if the network has none."""
        if self.normalizer is None:
            return None
        return build_normalizer(
            self.normalizer.make(name, **self._kernel_options()), x_shape, z_shape, y_shape
        )

    def layer_normalizer(self, name: str, x_shape: Shape) -> LayerNorm | None:
        """Returns a layer normalization; None if the network has none."""
        if self.layer_norm is None:
            return None
        layer = self.layer_norm.make(name, dtype=self.dtype)
        layer.build(x_shape)
        return layer


def add_projection(network: DiscriminatorNetwork, parts: Parts, features: int) -> None:
    """Makes the embedding of labels for `DiscriminatorNetwork.projection`, if D projects them.

    Args:
      network: A D with the attribute `project_y`.
      parts: Makes the layer.
      features: How many numbers labels are projected on.

    Raises:
      ValueError: There are no classes.
    """
    if network.project_y:
        network.check_has_classes()
        network.embedding_fc = parts.linear(
            "embedding_fc", network.num_classes, features, use_bias=False
        )


def build_normalizer(
    layer: keras.layers.Layer, x_shape: Shape, z_shape: Shape | None, y_shape: Shape | None
) -> keras.layers.Layer:
    """Creates a normalizer's variables and returns it.

    Args:
      layer: A normalizer whose `build` takes x_shape and, if it wants them, z_shape and y_shape.
      x_shape: Shape of what it normalizes.
      z_shape: Shape of latent vectors, None if there are none.
      y_shape: Shape of labels, None if there are none.
    """
    wanted = inspect.signature(layer.build).parameters
    given = {"z_shape": z_shape, "y_shape": y_shape}
    layer.build(x_shape, **{name: shape for name, shape in given.items() if name in wanted})
    return layer


def normalize_and_activate(
    x: tf.Tensor,
    norm: keras.layers.Layer | None,
    layer_norm: LayerNorm | None,
    z: tf.Tensor | None,
    y: tf.Tensor | None,
    training: bool,
    activation: Callable[[tf.Tensor], tf.Tensor] = tf.nn.relu,
) -> tf.Tensor:
    """Applies a normalizer and layer normalization, where they exist, and the activation.

    A normalizer whose `includes_activation` is true takes the activation's place.
    """
    if norm is not None:
        x = norm(x, z=z, y=y, training=training)
    if layer_norm is not None:
        x = layer_norm(x)
    return x if getattr(norm, "includes_activation", False) else activation(x)


def shape_to_normalize(
    normalizer: Prototype | None, map_shape: tuple[int, int, int]
) -> tuple[int, ...]:
    """Returns the shape in which a linear layer's output is normalized where it becomes a map.

    Batch normalizers take each number for a channel of its own, as in Compare GAN v3: the shape is
    (height · width · channels,). For other normalizers, which look at positions and neighbouring
    channels, it is the map's.

    Args:
      normalizer: The network's.
      map_shape: (height, width, channels).
    """
    if normalizer is not None and issubclass(normalizer.layer_class, BatchStandardizer):
        return (math.prod(map_shape),)
    return map_shape
