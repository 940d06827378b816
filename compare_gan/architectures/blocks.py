# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Residual blocks, and how they become part of a network."""

import keras
import tensorflow as tf

from compare_gan.architectures.attached_attention import add_attention, attend
from compare_gan.architectures.base import Network
from compare_gan.architectures.parts import Parts, Shape, normalize_and_activate
from compare_gan.architectures.rematerialization import rematerialized


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
    network.has_blocks = True
    add_attention(network, block.parts, block.name, block.filters)


def run_block(
    network: Network,
    name: str,
    x: tf.Tensor,
    z: tf.Tensor | None,
    y: tf.Tensor | None,
    training: bool,
) -> tf.Tensor:
    """Applies a block that `add_block` added, and the self-attention after it if there is some.

    In training of a network with `rematerialize` neither keeps what it computes in between.
    """
    block = getattr(network, name)
    if not (training and network.rematerialize):
        return attend(network, name, block(x, z=z, y=y, training=training))
    x = rematerialized(block, x, z=z, y=y, training=training)
    if name not in network.attention_after:
        return x
    return rematerialized(getattr(network, f"non_local_block_{name}"), x)
