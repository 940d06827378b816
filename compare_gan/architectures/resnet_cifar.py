# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for 32×32 images of SN-GAN (Miyato et al., https://arxiv.org/abs/1802.05957).

    block(x) = down(conv(relu(norm(conv(up(relu(norm(x)))))))) + down(conv(up(x)))
    up:    zeros between the pixels, in G's blocks that double the map
    down:  2×2 average pooling, in D's blocks that halve it

All convolutions are 3×3. See `ResNetBlock`.
"""

from collections.abc import Sequence
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.attention_plan import blocks_at_resolutions
from compare_gan.architectures.base import (
    Architecture,
    DiscriminatorNetwork,
    GeneratorNetwork,
    register_architecture,
)
from compare_gan.architectures.blocks import ResNetBlock, add_block, run_block
from compare_gan.architectures.latent_chunks import latent_chunk_size, split_latents
from compare_gan.architectures.parts import Parts, normalize_and_activate, vector_shape
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

_SEED_SIZE = 4
_GENERATOR_CHANNELS = 256
# Blocks and the size of the feature map after each.
_GENERATOR_BLOCKS = {"B1": 8, "B2": 16, "B3": 32}
_DISCRIMINATOR_CHANNELS = 128
_DISCRIMINATOR_BLOCKS = {"B1": 16, "B2": 8, "B3": 8, "B4": 8}
_DOWNSAMPLING_BLOCKS = ("B1", "B2")


def _check_image_shape(image_shape: tuple[int, int, int]) -> None:
    if tuple(image_shape[:2]) != (32, 32):
        raise ValueError(
            f"resnet_cifar_arch builds 32×32 images only, the data set has "
            f"{image_shape[0]}×{image_shape[1]}; use resnet_biggan_arch or dcgan_arch."
        )


@gin.register(
    module="resnet_cifar",
    allowlist=["hierarchical_z", "embed_z", "embed_y", "attention_resolutions"],
)
class Generator(GeneratorNetwork):
    """Linear to 4×4×256, three upsampling residual blocks of 256 channels, norm, relu, convolution.

        x     = linear(z)                       [4, 4, 256]
        x     ← block(x), doubling the map      three times: [8, 8, 256] to [32, 32, 256]
        image = sigmoid(conv(relu(norm(x))))

    (Miyato et al., https://arxiv.org/abs/1802.05957, table 4.) See `GeneratorNetwork` for how it
    is called and for the arguments not listed here.

    Args:
      hierarchical_z: Whether z is cut into four chunks, one for the first layer and one for each
        block, whose normalizers see their chunk as z and chunk and label as y.
      embed_z: Whether z first goes through a linear layer.
      embed_y: Whether the label first goes through a linear layer to z_dim numbers.
      attention_resolutions: Sizes of feature maps, of 8, 16 and 32, to which self-attention is
        applied after the block that leaves them, e.g. (16, 32). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If the images aren't 32×32, z can't be cut, or attention is at a size that isn't
        there.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
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
        _check_image_shape(image_shape)
        self.hierarchical_z = hierarchical_z
        self.embed_z = embed_z
        self.embed_y = embed_y
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions, _GENERATOR_BLOCKS, "resnet_cifar.Generator"
        )
        self.chunks = len(_GENERATOR_BLOCKS) + 1 if hierarchical_z else 1
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        channels = _GENERATOR_CHANNELS
        chunk = latent_chunk_size(self.z_dim, self.chunks)
        label_size = self.num_classes
        if self.embed_z:
            self.embedding_z = parts.linear("embed_z", self.z_dim, self.z_dim)
        if self.embed_y and self.num_classes:
            self.embedding_y = parts.linear("embed_y", self.num_classes, self.z_dim)
            label_size = self.z_dim
        self.fc_noise = parts.linear("fc_noise", chunk, _SEED_SIZE * _SEED_SIZE * channels)
        block_label_size = label_size
        if self.hierarchical_z and label_size:
            block_label_size += chunk
        for block_name in _GENERATOR_BLOCKS:
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
        x = tf.reshape(x, [-1, _SEED_SIZE, _SEED_SIZE, _GENERATOR_CHANNELS])
        for index, block_name in enumerate(_GENERATOR_BLOCKS):
            block_z, block_y = z, y
            if self.hierarchical_z:
                block_z = chunks[index + 1]
                block_y = None if y is None else tf.concat([block_z, y], axis=1)
            x = run_block(self, block_name, x, block_z, block_y, training)
        x = self.final_conv(normalize_and_activate(x, self.final_norm, None, z, y, training))
        return tf.sigmoid(tf.cast(x, full_precision(self)))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            **super().get_config(),
            "hierarchical_z": self.hierarchical_z,
            "embed_z": self.embed_z,
            "embed_y": self.embed_y,
            "attention_resolutions": self.attention_resolutions,
        }


@gin.register(module="resnet_cifar", allowlist=["project_y", "attention_resolutions"])
class Discriminator(DiscriminatorNetwork):
    """Four residual blocks of 128 channels, the first two downsampling, relu, mean over positions.

        x        ← block(x), halving the map    twice: [16, 16, 128], [8, 8, 128]
        x        ← block(x)                     twice
        features = mean over positions of relu(x)
        logit    = linear(features)

    (Miyato et al., https://arxiv.org/abs/1802.05957, table 4.) See `DiscriminatorNetwork` for how
    it is called and for the arguments not listed here. Features are [batch, 128].

    Args:
      project_y: Whether the logits get the label's projection Σ (y W) · features.
      attention_resolutions: Sizes of feature maps, of 8 and 16, to which self-attention is applied
        after the first block that leaves them, e.g. (16,). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If the images aren't 32×32, project_y is set without classes, or attention is at a
        size that isn't there.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        project_y: bool = False,
        attention_resolutions: Sequence[int] = (),
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
        _check_image_shape(image_shape)
        self.project_y = project_y
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions, _DISCRIMINATOR_BLOCKS, "resnet_cifar.Discriminator"
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        inputs = self.image_shape[2]
        for block_name in _DISCRIMINATOR_BLOCKS:
            resample = "down" if block_name in _DOWNSAMPLING_BLOCKS else None
            block = ResNetBlock(parts, _DISCRIMINATOR_CHANNELS, resample, 3, name=block_name)
            add_block(self, block, (None, None, None, inputs), None, self.label_shape)
            inputs = _DISCRIMINATOR_CHANNELS
        self.disc_final_fc = parts.linear("disc_final_fc", inputs, 1)
        if self.project_y:
            self.check_has_classes()
            self.embedding_fc = parts.linear(
                "embedding_fc", self.num_classes, inputs, use_bias=False
            )

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        for block_name in _DISCRIMINATOR_BLOCKS:
            x = run_block(self, block_name, x, None, y, training)
        x = tf.cast(tf.nn.relu(x), full_precision(self))
        features = tf.reduce_mean(x, axis=[1, 2])
        logits = tf.cast(self.disc_final_fc(features), features.dtype)
        if self.project_y:
            logits += self.projection(self.embedding_fc, y, features)
        return logits, features

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {
            **super().get_config(),
            "project_y": self.project_y,
            "attention_resolutions": self.attention_resolutions,
        }


@register_architecture
def resnet_cifar_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
