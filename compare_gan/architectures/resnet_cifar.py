# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for 32×32 images of SN-GAN (Miyato et al., https://arxiv.org/abs/1802.05957).

    block(x) = down(conv(relu(norm(conv(up(relu(norm(x)))))))) + down(conv(up(x)))
    up:    zeros between the pixels, in G's blocks that double the map
    down:  2×2 average pooling, in D's blocks that halve it

All convolutions are 3×3. See `ResNetBlock`. Images of other sizes take more or fewer blocks.
"""

from collections.abc import Sequence
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.attention_plan import blocks_at_resolutions
from compare_gan.architectures.base import GeneratorNetwork
from compare_gan.architectures.blocks import ResNetBlock, add_block, run_block
from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.latent_chunks import latent_chunk_size, split_latents
from compare_gan.architectures.parts import Parts, normalize_and_activate, vector_shape
from compare_gan.architectures.resnet_base import (
    BlockPlan,
    DiscriminatorPlan,
    ResNetDiscriminator,
)
from compare_gan.architectures.resolution_plan import resolution_plan
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

# Widths of all maps, in units of `ch`.
_GENERATOR_MULTIPLIER = 4
_DISCRIMINATOR_MULTIPLIER = 2
# D's blocks that keep the size of the map, after those that halve it.
_LAST_BLOCKS = 2


@gin.register(
    module="resnet_cifar",
    allowlist=["ch", "hierarchical_z", "embed_z", "embed_y", "attention_resolutions"],
)
class Generator(GeneratorNetwork):
    """Linear, upsampling residual blocks of 4·ch channels, norm, relu, convolution.

        x     = linear(z)                       [4, 4, 4·ch]
        x     ← block(x), doubling the map      [8, 8, 4·ch], [16, 16, 4·ch], [32, 32, 4·ch]
        image = sigmoid(conv(relu(norm(x))))

    These are the maps of 32×32 images; other sizes grow from a map 4×4, 5×5, 6×6 or 7×7 in as many
    blocks as they need. (Miyato et al., https://arxiv.org/abs/1802.05957, table 4.) See
    `GeneratorNetwork` for how it is called and for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      hierarchical_z: Whether z is cut into chunks, one for the first layer and one for each block,
        whose normalizers see their chunk as z and chunk and label as y.
      embed_z: Whether z first goes through a linear layer.
      embed_y: Whether the label first goes through a linear layer to z_dim numbers.
      attention_resolutions: Sizes of feature maps, of 8, 16 and 32 for 32×32 images, to which
        self-attention is applied after the block that leaves them, e.g. (16, 32). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, the size of the images has no plan, z can't
        be cut, or attention is at a size that isn't there.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 64,
        hierarchical_z: bool = False,
        embed_z: bool = False,
        embed_y: bool = False,
        attention_resolutions: Sequence[int] = (),
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.ch = check_whole_number("resnet_cifar.Generator.ch", ch)
        self.seed_size, doublings = resolution_plan(self.image_shape, "resnet_cifar_arch")
        sizes = {f"B{number}": self.seed_size * 2**number for number in range(1, doublings + 1)}
        self.block_names = tuple(sizes)
        self.hierarchical_z = hierarchical_z
        self.embed_z = embed_z
        self.embed_y = embed_y
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions, sizes, "resnet_cifar.Generator"
        )
        self.chunks = doublings + 1 if hierarchical_z else 1
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        channels = _GENERATOR_MULTIPLIER * self.ch
        chunk = latent_chunk_size(self.z_dim, self.chunks)
        label_size = self.num_classes
        if self.embed_z:
            self.embedding_z = parts.linear("embed_z", self.z_dim, self.z_dim)
        if self.embed_y and self.num_classes:
            self.embedding_y = parts.linear("embed_y", self.num_classes, self.z_dim)
            label_size = self.z_dim
        self.fc_noise = parts.linear("fc_noise", chunk, self.seed_size**2 * channels)
        block_label_size = label_size
        if self.hierarchical_z and label_size:
            block_label_size += chunk
        for block_name in self.block_names:
            block = ResNetBlock(parts, channels, "up", 3, name=block_name)
            add_block(
                self,
                block,
                (None, None, None, channels),
                vector_shape(chunk),
                vector_shape(block_label_size),
            )
        self.final_norm = parts.norm(
            "final_norm",
            (None, None, None, channels),
            vector_shape(self.z_dim),
            vector_shape(label_size),
        )
        self.final_conv = parts.conv("final_conv", channels, self.image_shape[2])

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        if self.embed_z:
            z = self.embedding_z(z)
        if self.embed_y and y is not None:
            y = self.embedding_y(y)
        chunks = split_latents(z, self.chunks)
        x = self.fc_noise(chunks[0])
        x = tf.reshape(x, [-1, self.seed_size, self.seed_size, _GENERATOR_MULTIPLIER * self.ch])
        for number, block_name in enumerate(self.block_names, start=1):
            block_z, block_y = z, y
            if self.hierarchical_z:
                block_z = chunks[number]
                block_y = None if y is None else tf.concat([block_z, y], axis=1)
            x = run_block(self, block_name, x, block_z, block_y, training)
        x = self.final_conv(normalize_and_activate(x, self.final_norm, None, z, y, training))
        return tf.sigmoid(tf.cast(x, full_precision(self)))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            **super().get_config(),
            "ch": self.ch,
            "hierarchical_z": self.hierarchical_z,
            "embed_z": self.embed_z,
            "embed_y": self.embed_y,
            "attention_resolutions": self.attention_resolutions,
        }


@gin.register(module="resnet_cifar", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(ResNetDiscriminator):
    """Downsampling residual blocks of 2·ch channels, two that keep the size, relu, mean, linear.

        x        ← block(x), halving the map    [16, 16, 2·ch], [8, 8, 2·ch]
        x        ← block(x)                     twice
        features = mean over positions of relu(x)
        logit    = linear(features)

    These are the maps of 32×32 images; those of other sizes are halved as well until they are twice
    as large as G's first one. (Miyato et al., https://arxiv.org/abs/1802.05957, table 4.)

    See `ResNetDiscriminator` for how it is called and for the arguments.
    """

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> DiscriminatorPlan:
        """Returns the blocks for images of this shape."""
        _, doublings = resolution_plan(image_shape, "resnet_cifar_arch")
        resamples = ["down"] * (doublings - 1) + [None] * _LAST_BLOCKS
        filters = _DISCRIMINATOR_MULTIPLIER * ch
        blocks = [
            BlockPlan(f"B{number}", filters, resample)
            for number, resample in enumerate(resamples, 1)
        ]
        return DiscriminatorPlan(tuple(blocks))


@register_architecture
def resnet_cifar_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
