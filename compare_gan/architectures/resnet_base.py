# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""ResNets that are one block after another: resnet_stl, resnet5, resnet30, and resnet_cifar's D.

A family says by a plan, computed from the images' size, which blocks its networks consist of.
"""

import abc
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from compare_gan.architectures.attention_plan import blocks_at_resolutions
from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork, LayerNormLike
from compare_gan.architectures.blocks import ResNetBlock, add_block, run_block
from compare_gan.architectures.parts import (
    Parts,
    Shape,
    add_projection,
    normalize_and_activate,
    vector_shape,
)
from compare_gan.architectures.resolution_plan import halvings
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

_SHORTCUT_SIZE = 3


class BlockPlan(NamedTuple):
    """One residual block.

    Attributes:
      name: Name of the block.
      filters: Number of output channels.
      resample: None, "up" or "down".
    """

    name: str
    filters: int
    resample: str | None


@dataclasses.dataclass(frozen=True)
class GeneratorPlan:
    """What a generator consists of, besides its first linear and its last convolutional layer.

    Attributes:
      seed_size: Height and width of the first map.
      seed_filters: Its number of channels.
      blocks: The residual blocks.
      final_norm: Whether a normalizer and relu stand before the last convolution.
    """

    seed_size: int
    seed_filters: int
    blocks: tuple[BlockPlan, ...]
    final_norm: bool = True


@dataclasses.dataclass(frozen=True)
class DiscriminatorPlan:
    """What a discriminator consists of, besides its last linear layer.

    Attributes:
      blocks: The residual blocks.
      stem_filters: Channels of a 3×3 convolution before the blocks; None for no such layer.
      pooled: Whether features are the mean over positions after relu, or the last map, flattened.
    """

    blocks: tuple[BlockPlan, ...]
    stem_filters: int | None = None
    pooled: bool = True

    def features(self, image_shape: tuple[int, int, int]) -> int:
        """Returns the number of features."""
        channels = self.blocks[-1].filters
        if self.pooled:
            return channels
        times = sum(block.resample == "down" for block in self.blocks)
        return halvings(image_shape[0], times)[0] * halvings(image_shape[1], times)[0] * channels


class ResNetGenerator(GeneratorNetwork):
    """Linear, residual blocks, perhaps normalizer and relu, 3×3 convolution, sigmoid.

    Normalizers see the whole z and y. The first and the last layer don't obey `spectral_norm`.
    Subclasses define `plan`. See `GeneratorNetwork` for how it is called and for the arguments not
    listed here.

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Sizes of feature maps to which self-attention is applied after the
        first block that leaves them, e.g. (16, 32). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, the size of the images has no plan, or
        attention is at a size that isn't there.
    """

    own_arguments = ("ch", "attention_resolutions")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 64,
        attention_resolutions: Sequence[int] = (),
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.ch = check_whole_number(f"{_gin_scope(self)}.ch", ch)
        self.planned = self.plan(self.image_shape, self.ch)
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            _sizes_after(self.planned.blocks, self.planned.seed_size),
            _gin_scope(self),
        )
        self.build()

    @staticmethod
    @abc.abstractmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> GeneratorPlan:
        """Returns what the generator of images of this shape consists of."""

    def build(self) -> None:
        """Creates all layers and variables."""
        parts, plain = Parts.of(self), Parts.of(self, spectral_norm=False)
        plan, z_shape = self.planned, vector_shape(self.z_dim)
        self.fc_noise = plain.linear("fc_noise", self.z_dim, plan.seed_size**2 * plan.seed_filters)
        filters = _add_blocks(
            self, parts, plan.blocks, plan.seed_filters, z_shape, self.label_shape
        )
        self.final_norm = None
        if plan.final_norm:
            shape = (None, None, None, filters)
            self.final_norm = parts.norm("final_norm", shape, z_shape, self.label_shape)
        self.final_conv = plain.conv("final_conv", filters, self.image_shape[2])

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        plan = self.planned
        x = self.fc_noise(z)
        x = tf.reshape(x, [-1, plan.seed_size, plan.seed_size, plan.seed_filters])
        for block in plan.blocks:
            x = run_block(self, block.name, x, z, y, training)
        if plan.final_norm:
            x = normalize_and_activate(x, self.final_norm, None, z, y, training)
        return tf.sigmoid(tf.cast(self.final_conv(x), full_precision(self)))


class ResNetDiscriminator(DiscriminatorNetwork):
    """Perhaps a 3×3 convolution, residual blocks, the mean over positions or the map, linear.

    The 3×3 convolution doesn't obey `spectral_norm`. Subclasses define `plan`. See
    `DiscriminatorNetwork` for how it is called and for the arguments not listed here. Features are
    [batch, features].

    Args:
      ch: Unit of the number of channels.
      project_y: Whether the logits get the label's projection Σ (y W) · features.
      attention_resolutions: Sizes of feature maps to which self-attention is applied after the
        first block that leaves them, e.g. (16,). (Zhang et al., https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, the size of the images has no plan,
        project_y is set without classes, or attention is at a size that isn't there.
    """

    own_arguments = ("ch", "project_y", "attention_resolutions")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: LayerNormLike = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 64,
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
        self.ch = check_whole_number(f"{_gin_scope(self)}.ch", ch)
        self.project_y = project_y
        self.planned = self.plan(self.image_shape, self.ch)
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            _sizes_after(self.planned.blocks, self.image_shape[0]),
            _gin_scope(self),
        )
        self.build()

    @staticmethod
    @abc.abstractmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> DiscriminatorPlan:
        """Returns what the discriminator of images of this shape consists of."""

    def build(self) -> None:
        """Creates all layers and variables."""
        parts, plan = Parts.of(self), self.planned
        filters = self.image_shape[2]
        if plan.stem_filters is not None:
            plain = Parts.of(self, spectral_norm=False)
            self.color_conv = plain.conv("color_conv", filters, plan.stem_filters)
            filters = plan.stem_filters
        _add_blocks(self, parts, plan.blocks, filters, None, self.label_shape)
        features = plan.features(self.image_shape)
        self.disc_final_fc = parts.linear("disc_final_fc", features, 1)
        add_projection(self, parts, features)

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        if self.planned.stem_filters is not None:
            x = self.color_conv(x)
        for block in self.planned.blocks:
            x = run_block(self, block.name, x, None, y, training)
        if self.planned.pooled:
            features = tf.reduce_mean(tf.cast(tf.nn.relu(x), full_precision(self)), axis=[1, 2])
        else:
            features = tf.reshape(x, [-1, self.disc_final_fc.kernel.shape[0]])
            features = tf.cast(features, full_precision(self))
        logits = tf.cast(self.disc_final_fc(features), features.dtype)
        if self.project_y:
            logits += self.projection(self.embedding_fc, y, features)
        return logits, features


def _gin_scope(network: GeneratorNetwork | DiscriminatorNetwork) -> str:
    return f"{type(network).__module__.rpartition('.')[2]}.{type(network).__name__}"


def _sizes_after(blocks: Iterable[BlockPlan], size: int) -> dict[str, int]:
    """Returns the size of the map after each block, for a first one that sees a map of `size`."""
    sizes = {}
    for name, _, resample in blocks:
        if resample == "up":
            size *= 2
        elif resample == "down":
            size = -(-size // 2)
        sizes[name] = size
    return sizes


def _add_blocks(
    network: GeneratorNetwork | DiscriminatorNetwork,
    parts: Parts,
    blocks: Iterable[BlockPlan],
    inputs: int,
    z_shape: Shape | None,
    y_shape: Shape | None,
) -> int:
    """Builds blocks as parts of a network; returns the last one's number of channels."""
    for name, filters, resample in blocks:
        block = ResNetBlock(parts, filters, resample, _SHORTCUT_SIZE, name=name)
        add_block(network, block, (None, None, None, inputs), z_shape, y_shape)
        inputs = filters
    return inputs
