# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Residual blocks, and the parts from which all families are built."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from compare_gan.architectures.base import Network
from compare_gan.layers.attention import NonLocalBlock
from compare_gan.layers.convolution import Conv2D, TransposedConv2D
from compare_gan.layers.linear import Linear
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.layer_norm import LayerNorm
from compare_gan.normalizers.prototype import Prototype

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


class ResNetBlock(keras.layers.Layer):
    """Norm, relu, 3×3 convolution, norm, relu, 3×3 convolution, plus a shortcut.

    With resample="up" the first convolution and the shortcut come after zero-insertion upsampling,
    with "down" the second convolution and the shortcut are followed by 2×2 average pooling. (He et
    al., https://arxiv.org/abs/1603.05027, as used by Miyato et al.,
    https://arxiv.org/abs/1802.05957.)

    Call: x [batch, height, width, channels], z and y for the normalizer → [batch, height', width',
    filters].

    Args:
      parts: Makes the layers.
      filters: Number of output channels.
      resample: None, "up" or "down".
      shortcut_size: Kernel size of the convolution in the shortcut; None for no shortcut at all.
      name: Name of the block.
    """

    def __init__(
        self,
        parts: Parts,
        filters: int,
        resample: str | None,
        shortcut_size: int | None,
        name: str,
    ) -> None:
        super().__init__(name=name, dtype=parts.dtype, autocast=False)
        self.parts = parts
        self.filters = filters
        self.resample = resample
        self.shortcut_size = shortcut_size

    def build(
        self, x_shape: Shape, z_shape: Shape | None = None, y_shape: Shape | None = None
    ) -> None:
        """Creates all layers and variables."""
        parts, inputs, filters = self.parts, x_shape[-1], self.filters
        between = (None, None, None, filters)
        up = "up" if self.resample == "up" else None
        down = "down" if self.resample == "down" else None
        self.bn1 = parts.norm("bn1", x_shape, z_shape, y_shape)
        self.ln1 = parts.layer_normalizer("ln1", x_shape)
        self.conv1 = parts.conv("conv1", inputs, filters, resample=up)
        self.bn2 = parts.norm("bn2", between, z_shape, y_shape)
        self.ln2 = parts.layer_normalizer("ln2", between)
        self.conv2 = parts.conv("conv2", filters, filters, resample=down)
        self.conv_shortcut = None
        if self.shortcut_size is not None:
            self.conv_shortcut = parts.conv(
                "conv_shortcut", inputs, filters, self.shortcut_size, resample=self.resample
            )

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the block's output."""
        h = normalize_and_activate(x, self.bn1, self.ln1, z, y, training)
        h = self.conv1(h)
        h = normalize_and_activate(h, self.bn2, self.ln2, z, y, training)
        h = self.conv2(h)
        return h if self.conv_shortcut is None else h + self.conv_shortcut(x)


def add_attention(network: Network, parts: Parts, block_name: str, channels: int) -> None:
    """Makes self-attention on a block's output part of a network, if it was asked for there.

    Args:
      network: A network with the attribute `attention_after`, names of blocks.
      parts: Makes the layer.
      block_name: Name of the block, see `compare_gan.architectures.attention_plan`.
      channels: Number of channels of its output.
    """
    if block_name in network.attention_after:
        name = f"non_local_block_{block_name}"
        setattr(network, name, parts.attention(name, channels))


def attend(network: Network, block_name: str, x: tf.Tensor) -> tf.Tensor:
    """Applies the self-attention that `add_attention` added after a block, if there is some."""
    if block_name not in network.attention_after:
        return x
    return getattr(network, f"non_local_block_{block_name}")(x)


def add_block(
    network: Network,
    block: keras.layers.Layer,
    x_shape: Shape,
    z_shape: Shape | None,
    y_shape: Shape | None,
) -> None:
    """Builds a residual block and makes it part of a network, under its own name.

    Where the block is one of `network.attention_after`, so is self-attention on its output.

    Args:
      network: A network with the attribute `attention_after`, names of blocks.
      block: A `ResNetBlock`, or another layer with `parts`, `filters` and its `build` and `call`.
      x_shape, z_shape, y_shape: Shapes of the block's inputs.
    """
    block.build(x_shape, z_shape, y_shape)
    setattr(network, block.name, block)
    add_attention(network, block.parts, block.name, block.filters)


def run_block(
    network: Network,
    name: str,
    x: tf.Tensor,
    z: tf.Tensor | None,
    y: tf.Tensor | None,
    training: bool,
) -> tf.Tensor:
    """Applies a block that `add_block` added, and the self-attention after it if there is some."""
    return attend(network, name, getattr(network, name)(x, z=z, y=y, training=training))


def split_latents(z: tf.Tensor, chunks: int) -> list[tf.Tensor]:
    """Cuts latent vectors [batch, z_dim] into equal chunks, for hierarchical latent spaces."""
    return tf.split(z, chunks, axis=1)


def latent_chunk_size(z_dim: int, chunks: int) -> int:
    """Returns the size of each chunk of a hierarchical latent vector.

    Raises:
      ValueError: If the vector can't be cut into so many equal chunks.
    """
    if z_dim % chunks or z_dim < chunks:
        below, above = z_dim // chunks * chunks, (z_dim // chunks + 1) * chunks
        nearest = " or ".join(str(size) for size in (below, above) if size)
        raise ValueError(
            f"options.z_dim = {z_dim} can't be cut into the {chunks} equal chunks that "
            f"hierarchical_z = True needs here; use {nearest}, or set hierarchical_z = False."
        )
    return z_dim // chunks
