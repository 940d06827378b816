# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The networks of InfoGAN (Chen et al., https://arxiv.org/abs/1606.03657), for images of any size.

    x ← leaky_relu(norm(layer(x))),    leaky_relu(x) = max(x, 0.2 x)

The layers are linear, or 4×4 convolutions of stride 2, transposed ones in G.

Only the networks: InfoGAN's codes and its loss on them are not part of the architecture.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.attached_attention import add_attention, attend
from compare_gan.architectures.attention_plan import blocks_at_resolutions
from compare_gan.architectures.base import DiscriminatorNetwork, GeneratorNetwork
from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.parts import (
    Parts,
    add_projection,
    normalize_and_activate,
    shape_to_normalize,
    vector_shape,
)
from compare_gan.architectures.resolution_plan import halvings
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

_HALVINGS = 2
_KERNEL_SIZE = 4
# Widths in units of `ch`: of the linear layers between the ends, and of the two inner maps.
_DENSE_MULTIPLIER = 16
_SMALL_MAP_MULTIPLIER = 2
_LARGE_MAP_MULTIPLIER = 1

_normalize_and_activate = functools.partial(normalize_and_activate, activation=tf.nn.leaky_relu)


@gin.register(module="infogan", allowlist=["ch", "attention_resolutions"])
class Generator(GeneratorNetwork):
    """Two linear layers, then two 4×4 transposed convolutions of stride 2, and sigmoid.

        x     = leaky_relu(norm(linear(z)))       [16·ch]
        x     ← leaky_relu(norm(linear(x)))       [⌈height/4⌉, ⌈width/4⌉, 2·ch]
        x     ← leaky_relu(norm(deconv(x)))       [⌈height/2⌉, ⌈width/2⌉, ch]
        image = sigmoid(deconv(x))

    (Chen et al., https://arxiv.org/abs/1606.03657, table 1, with leaky relu as in Compare GAN v3.)
    After the linear layers batch normalizers take each number for a channel of its own; other
    normalizers see a map after the second one. No layers but the normalizers' own and attention's
    obey `spectral_norm`. See `GeneratorNetwork` for how it is called and for the arguments not
    listed here.

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Heights of feature maps, the images' halved once or twice (rounded up),
        to which self-attention is applied after leaky relu, e.g. (16,). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, attention is at a height that isn't there,
        or the normalizer needs positions, which the first linear layer's output has none of.
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
        self.ch = check_whole_number("infogan.Generator.ch", ch)
        height, width, _ = self.image_shape
        self.sizes = tuple(
            zip(halvings(height, _HALVINGS), halvings(width, _HALVINGS), strict=True)
        )
        (small_height, _), (large_height, _), _ = self.sizes
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            {"g_fc2": small_height, "g_dc3": large_height},
            "infogan.Generator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        plain, parts = Parts.of(self, spectral_norm=False), Parts.of(self)
        z_shape = vector_shape(self.z_dim)
        dense, small, large = _widths(self.ch)
        map_shape = (*self.sizes[0], small)
        self.shape_to_normalize = shape_to_normalize(self.normalizer, map_shape)
        self.g_fc1 = plain.linear("g_fc1", self.z_dim, dense)
        self.g_bn1 = parts.norm("g_bn1", (None, dense), z_shape, self.label_shape)
        self.g_fc2 = plain.linear("g_fc2", dense, math.prod(map_shape))
        self.g_bn2 = parts.norm(
            "g_bn2", (None, *self.shape_to_normalize), z_shape, self.label_shape
        )
        add_attention(self, parts, "g_fc2", small)
        self.g_dc3 = plain.transposed_conv(
            "g_dc3", small, large, _KERNEL_SIZE, output_size=self.sizes[1]
        )
        self.g_bn3 = parts.norm("g_bn3", (None, None, None, large), z_shape, self.label_shape)
        add_attention(self, parts, "g_dc3", large)
        self.g_dc4 = plain.transposed_conv(
            "g_dc4", large, self.image_shape[2], _KERNEL_SIZE, output_size=self.sizes[2]
        )

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        x = _normalize_and_activate(self.g_fc1(z), self.g_bn1, None, z, y, training)
        x = tf.reshape(self.g_fc2(x), [-1, *self.shape_to_normalize])
        x = _normalize_and_activate(x, self.g_bn2, None, z, y, training)
        x = tf.reshape(x, [-1, *self.sizes[0], self.ch * _SMALL_MAP_MULTIPLIER])
        x = self.g_dc3(attend(self, "g_fc2", x))
        x = _normalize_and_activate(x, self.g_bn3, None, z, y, training)
        x = self.g_dc4(attend(self, "g_dc3", x))
        return tf.sigmoid(tf.cast(x, full_precision(self)))


@gin.register(module="infogan", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(DiscriminatorNetwork):
    """Two 4×4 convolutions of stride 2 with ch and 2·ch channels, and two linear layers.

        x        = leaky_relu(conv(image))              [⌈height/2⌉, ⌈width/2⌉, ch]
        x        ← leaky_relu(norm(conv(x)))            [⌈height/4⌉, ⌈width/4⌉, 2·ch]
        features = leaky_relu(norm(linear(x)))          [16·ch]
        logit    = linear(features)

    (Chen et al., https://arxiv.org/abs/1606.03657, table 1.) Here norm is the normalizer and then
    layer norm. Features are [batch, 16·ch]. See `DiscriminatorNetwork` for how it is called and for
    the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      project_y: Whether the logits get the label's projection Σ (y W) · features.
      attention_resolutions: Heights of feature maps, the images' halved once or twice (rounded up),
        to which self-attention is applied after leaky relu, e.g. (16,). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, project_y is set without classes, attention
        is at a height that isn't there, or the normalizer needs positions, which the linear layer's
        output has none of.
    """

    own_arguments = ("ch", "project_y", "attention_resolutions")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
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
        self.ch = check_whole_number("infogan.Discriminator.ch", ch)
        self.project_y = project_y
        self.attention_resolutions = attention_resolutions
        small_height, large_height, _ = halvings(self.image_shape[0], _HALVINGS)
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            {"d_conv1": large_height, "d_conv2": small_height},
            "infogan.Discriminator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        dense, small, large = _widths(self.ch)
        height, width = (halvings(size, _HALVINGS)[0] for size in self.image_shape[:2])
        self.d_conv1 = parts.conv("d_conv1", self.image_shape[2], large, _KERNEL_SIZE, strides=2)
        add_attention(self, parts, "d_conv1", large)
        self.d_conv2 = parts.conv("d_conv2", large, small, _KERNEL_SIZE, strides=2)
        map_shape = (None, None, None, small)
        self.d_bn2 = parts.norm("d_bn2", map_shape, None, self.label_shape)
        self.d_ln2 = parts.layer_normalizer("d_ln2", map_shape)
        add_attention(self, parts, "d_conv2", small)
        self.d_fc3 = parts.linear("d_fc3", height * width * small, dense)
        self.d_bn3 = parts.norm("d_bn3", (None, dense), None, self.label_shape)
        self.d_ln3 = parts.layer_normalizer("d_ln3", (None, dense))
        self.d_fc4 = parts.linear("d_fc4", dense, 1)
        add_projection(self, parts, dense)

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        x = attend(self, "d_conv1", tf.nn.leaky_relu(self.d_conv1(x)))
        x = _normalize_and_activate(self.d_conv2(x), self.d_bn2, self.d_ln2, None, y, training)
        x = attend(self, "d_conv2", x)
        x = self.d_fc3(tf.reshape(x, [-1, self.d_fc3.kernel.shape[0]]))
        x = _normalize_and_activate(x, self.d_bn3, self.d_ln3, None, y, training)
        features = tf.cast(x, full_precision(self))
        logits = tf.cast(self.d_fc4(features), features.dtype)
        if self.project_y:
            logits += self.projection(self.embedding_fc, y, features)
        return logits, features


def _widths(ch: int) -> tuple[int, int, int]:
    """Returns the widths of the linear layer, of the smaller map and of the larger map."""
    return ch * _DENSE_MULTIPLIER, ch * _SMALL_MAP_MULTIPLIER, ch * _LARGE_MAP_MULTIPLIER


@register_architecture
def infogan_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
