# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN (Brock et al., https://arxiv.org/abs/1809.11096), for images of 8×8 and more."""

import re
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.base import (
    Architecture,
    DiscriminatorNetwork,
    GeneratorNetwork,
    register_architecture,
)
from compare_gan.architectures.blocks import (
    Parts,
    ResNetBlock,
    build_normalizer,
    latent_chunk_size,
    split_latents,
    vector_shape,
)
from compare_gan.architectures.resolution_plan import resolution_plan
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.batch_norm import BatchNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

# Channels of the feature maps, in units of `ch`, by the number of doublings: G's from its smallest
# map to its largest, D's after each of its blocks. 3 to 7 doublings are 32 to 512 pixels.
_GENERATOR_MULTIPLIERS = {
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
    6: (16, 16, 8, 8, 4, 2, 1),
    7: (16, 16, 8, 8, 4, 2, 1, 1),
}
_DISCRIMINATOR_MULTIPLIERS = {
    3: (2, 2, 2, 2),
    4: (2, 4, 8, 16, 16),
    5: (1, 2, 4, 8, 16, 16),
    6: (1, 2, 4, 8, 8, 16, 16),
    7: (1, 1, 2, 4, 8, 8, 16, 16),
}
_MOST_BLOCKS = 8


def generator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of G's feature maps in units of `ch`, smallest map first.

    Images smaller than 32×32 use the constant width of the 32×32 network, larger ones than 512×512
    keep the last width.

    Args:
      doublings: Number of upsampling blocks; one width more is returned.
    """
    if doublings < 3:
        return (4,) * (doublings + 1)
    return _GENERATOR_MULTIPLIERS[min(doublings, 7)] + (1,) * (doublings - 7)


def discriminator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of D's blocks in units of `ch`, largest feature map first.

    Args:
      doublings: Number of downsampling blocks; one block more, which keeps the size, ends D.
    """
    if doublings < 3:
        return (2,) * (doublings + 1)
    return (1,) * (doublings - 7) + _DISCRIMINATOR_MULTIPLIERS[min(doublings, 7)]


def attention_blocks(blocks_with_attention: str, number_of_blocks: int, owner: str) -> list[str]:
    """Returns the names of existing blocks that are followed by self-attention.

    Args:
      blocks_with_attention: Names joined by commas, e.g. "B1,B4"; "" for none. A block which this
        resolution doesn't have is left out, so that one setting serves several.
      number_of_blocks: The network's blocks are B1, B2, … up to this number.
      owner: The setting's gin scope, for the error.

    Raises:
      ValueError: If a name isn't that of a block at any resolution.
    """
    names = [name.strip() for name in (blocks_with_attention or "").split(",") if name.strip()]
    existing = [f"B{number + 1}" for number in range(number_of_blocks)]
    most = max(_MOST_BLOCKS, number_of_blocks)
    for name in names:
        if not re.fullmatch(r"B[1-9][0-9]*", name) or int(name[1:]) > most:
            raise ValueError(
                f"{owner}.blocks_with_attention = {blocks_with_attention!r}: {name!r} is not a "
                f"block; use names from {', '.join(existing)}, joined by commas, or '' for none."
            )
    return [name for name in existing if name in names]


@gin.register(
    module="resnet_biggan",
    allowlist=[
        "ch",
        "blocks_with_attention",
        "hierarchical_z",
        "embed_z",
        "embed_y",
        "embed_y_dim",
        "embed_bias",
    ],
)
class Generator(GeneratorNetwork):
    """BigGAN's generator: linear, upsampling residual blocks, batch norm, relu, convolution, tanh.

    The smallest feature map is 4×4 where the size allows, else 5×5, 6×6 or 7×7, and is doubled by
    each block. The last normalizer is a plain batch norm whatever `normalizer` is. (Brock et al.,
    https://arxiv.org/abs/1809.11096, appendix B.) See `GeneratorNetwork` for how it is called and
    for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      blocks_with_attention: Names of blocks followed by self-attention, see `attention_blocks`.
      hierarchical_z: Whether z is cut into equal chunks, one for the first layer and one for each
        block, whose normalizers see their chunk as z and chunk and embedded label as y.
      embed_z: Whether z first goes through a linear layer.
      embed_y: Whether the label first goes through a linear layer, never spectrally normalized.
      embed_y_dim: Size of that embedding.
      embed_bias: Whether these two layers have a bias.
      final_normalizer: The last normalizer; None means BatchNorm with gin's bindings.

    Raises:
      ValueError: If the size is inadmissible, z can't be cut, or a block's name is misspelt.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 96,
        blocks_with_attention: str = "B4",
        hierarchical_z: bool = True,
        embed_z: bool = False,
        embed_y: bool = True,
        embed_y_dim: int = 128,
        embed_bias: bool = False,
        final_normalizer: NormalizerLike | Prototype = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.ch = ch
        self.blocks_with_attention = blocks_with_attention
        self.hierarchical_z = hierarchical_z
        self.embed_z = embed_z
        self.embed_y = embed_y
        self.embed_y_dim = embed_y_dim
        self.embed_bias = embed_bias
        self.final_normalizer = Prototype.of(final_normalizer or gin.get_configurable(BatchNorm))
        self.seed_size, doublings = resolution_plan(self.image_shape, "resnet_biggan_arch")
        self.widths = tuple(ch * factor for factor in generator_multipliers(doublings))
        self.chunks = doublings + 1 if hierarchical_z else 1
        self.block_names = tuple(f"B{number + 1}" for number in range(doublings))
        self.attention_after = tuple(
            attention_blocks(blocks_with_attention, doublings, "resnet_biggan.Generator")
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts, plain = Parts.of(self), Parts.of(self, spectral_norm=False)
        chunk = latent_chunk_size(self.z_dim, self.chunks)
        label_size = self.num_classes
        if self.embed_z:
            self.embedding_z = plain.linear(
                "embed_z", self.z_dim, self.z_dim, use_bias=self.embed_bias
            )
        if self.embed_y and self.num_classes:
            self.embedding_y = plain.linear(
                "embed_y", self.num_classes, self.embed_y_dim, use_bias=self.embed_bias
            )
            label_size = self.embed_y_dim
        if self.hierarchical_z and label_size:
            label_size += chunk
        self.fc_noise = parts.linear("fc_noise", chunk, self.seed_size**2 * self.widths[0])
        for name, inputs, filters in zip(
            self.block_names, self.widths[:-1], self.widths[1:], strict=True
        ):
            block = ResNetBlock(parts, filters, "up", 1, name=name)
            block.build((None, None, None, inputs), vector_shape(chunk), vector_shape(label_size))
            setattr(self, name, block)
            if name in self.attention_after:
                attention_name = f"non_local_block_{name}"
                setattr(self, attention_name, parts.attention(attention_name, filters))
        self.final_norm = build_normalizer(
            self.final_normalizer.make("final_norm", dtype=self.dtype_policy),
            (None, None, None, self.widths[-1]),
            None,
            None,
        )
        self.final_conv = parts.conv("final_conv", self.widths[-1], self.image_shape[2])

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        if self.embed_z:
            z = self.embedding_z(z)
        if self.embed_y and y is not None:
            y = self.embedding_y(y)
        chunks = split_latents(z, self.chunks)
        x = self.fc_noise(chunks[0])
        x = tf.reshape(x, [-1, self.seed_size, self.seed_size, self.widths[0]])
        for index, name in enumerate(self.block_names):
            block_z, block_y = z, y
            if self.hierarchical_z:
                block_z = chunks[index + 1]
                block_y = None if y is None else tf.concat([block_z, y], axis=1)
            x = getattr(self, name)(x, z=block_z, y=block_y, training=training)
            if name in self.attention_after:
                x = getattr(self, f"non_local_block_{name}")(x)
        x = tf.nn.relu(self.final_norm(x, training=training))
        x = tf.cast(self.final_conv(x), full_precision(self))
        return 0.5 * tf.tanh(x) + 0.5

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            **super().get_config(),
            "ch": self.ch,
            "blocks_with_attention": self.blocks_with_attention,
            "hierarchical_z": self.hierarchical_z,
            "embed_z": self.embed_z,
            "embed_y": self.embed_y,
            "embed_y_dim": self.embed_y_dim,
            "embed_bias": self.embed_bias,
            "final_normalizer": self.final_normalizer.describe(),
        }


@gin.register(module="resnet_biggan", allowlist=["ch", "blocks_with_attention", "project_y"])
class Discriminator(DiscriminatorNetwork):
    """BigGAN's discriminator: residual blocks, relu, sum over positions, linear and projection.

    All blocks but the last halve the feature map; a block that keeps the number of channels has no
    shortcut. (Brock et al., https://arxiv.org/abs/1809.11096, appendix B, as in Compare GAN v3.)
    See `DiscriminatorNetwork` for how it is called and for the arguments not listed here. Features
    are [batch, channels].

    Args:
      ch: Unit of the number of channels.
      blocks_with_attention: Names of blocks followed by self-attention, see `attention_blocks`.
      project_y: Whether the logits get the label's projection Σ (y W) · features; without classes
        there is none.

    Raises:
      ValueError: If the size is inadmissible or a block's name is misspelt.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 96,
        blocks_with_attention: str = "B1",
        project_y: bool = True,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape,
            num_classes,
            normalizer,
            layer_norm,
            spectral_norm,
            initializer,
            dtype,
            name,
        )
        self.ch = ch
        self.blocks_with_attention = blocks_with_attention
        self.project_y = project_y
        _, doublings = resolution_plan(self.image_shape, "resnet_biggan_arch")
        self.widths = tuple(ch * factor for factor in discriminator_multipliers(doublings))
        self.block_names = tuple(f"B{number + 1}" for number in range(doublings + 1))
        self.attention_after = tuple(
            attention_blocks(blocks_with_attention, doublings + 1, "resnet_biggan.Discriminator")
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        inputs = self.image_shape[2]
        for name, filters in zip(self.block_names, self.widths, strict=True):
            resample = None if name == self.block_names[-1] else "down"
            shortcut_size = None if inputs == filters else 1
            block = ResNetBlock(parts, filters, resample, shortcut_size, name=name)
            block.build((None, None, None, inputs), None, self.label_shape)
            setattr(self, name, block)
            if name in self.attention_after:
                attention_name = f"non_local_block_{name}"
                setattr(self, attention_name, parts.attention(attention_name, filters))
            inputs = filters
        self.final_fc = parts.linear("final_fc", inputs, 1)
        if self.project_y and self.num_classes:
            self.embedding = parts.linear(
                "embedding",
                self.num_classes,
                inputs,
                use_bias=False,
                initializer="glorot_normal",
            )

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        for name in self.block_names:
            x = getattr(self, name)(x, z=None, y=y, training=training)
            if name in self.attention_after:
                x = getattr(self, f"non_local_block_{name}")(x)
        x = tf.cast(tf.nn.relu(x), full_precision(self))
        features = tf.reduce_sum(x, axis=[1, 2])
        logits = tf.cast(self.final_fc(features), features.dtype)
        if self.project_y and self.num_classes:
            logits += self.projection(self.embedding, y, features)
        return logits, features

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            **super().get_config(),
            "ch": self.ch,
            "blocks_with_attention": self.blocks_with_attention,
            "project_y": self.project_y,
        }


@register_architecture
def resnet_biggan_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
