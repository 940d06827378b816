# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SN-GAN's convolutional networks (Miyato et al., https://arxiv.org/abs/1802.05957), any size.

    G:  x ← relu(norm(deconv(x)))         4×4, stride 2: the map doubles, or nearly
    D:  x ← leaky_relu(norm(conv(x)))     3×3, and 4×4 of stride 2: the map is halved, rounding up

Here deconv is a transposed convolution.
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

# Widths of G's maps from the smallest to the largest, in units of `ch`, and what leaves them.
_GENERATOR_MULTIPLIERS = (8, 4, 2, 1)
_GENERATOR_MAPS = ("g_fc1", "g_dc2", "g_dc3", "g_dc4")
# D's convolutions: width in units of `ch`, kernel size, stride.
_DISCRIMINATOR_CONVOLUTIONS = (
    (1, 3, 1),
    (2, 4, 2),
    (2, 3, 1),
    (4, 4, 2),
    (4, 3, 1),
    (8, 4, 2),
    (8, 3, 1),
)
_HALVINGS = 3

_leaky_relu = functools.partial(tf.nn.leaky_relu, alpha=0.1)


@gin.register(module="sndcgan", allowlist=["ch", "attention_resolutions"])
class Generator(GeneratorNetwork):
    """Linear to 8·ch channels, 4×4 transposed convolutions of stride 2, 3×3 convolution, tanh.

        x     = relu(norm(linear(z)))       [⌈height/8⌉, ⌈width/8⌉, 8·ch]
        x     ← relu(norm(deconv(x)))       4×4, three times, to 4·ch, 2·ch and ch channels
        image = (1 + tanh(conv(x))) / 2     3×3

    (Miyato et al., https://arxiv.org/abs/1802.05957, table 3.) After the linear layer batch
    normalizers take each number for a channel of its own; other normalizers see the map. No layers
    but the normalizers' own and attention's obey `spectral_norm`. See `GeneratorNetwork` for how it
    is called and for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Heights of feature maps, the images' own or halved up to three times
        (rounded up), to which self-attention is applied after relu, e.g. (16, 32). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, or attention is at a height that isn't
        there.
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
        self.ch = check_whole_number("sndcgan.Generator.ch", ch)
        height, width, _ = self.image_shape
        self.sizes = tuple(
            zip(halvings(height, _HALVINGS), halvings(width, _HALVINGS), strict=True)
        )
        self.widths = tuple(ch * factor for factor in _GENERATOR_MULTIPLIERS)
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            dict(zip(_GENERATOR_MAPS, halvings(height, _HALVINGS), strict=True)),
            "sndcgan.Generator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        plain, parts = Parts.of(self, spectral_norm=False), Parts.of(self)
        z_shape = vector_shape(self.z_dim)
        inputs = self.widths[0]
        map_shape = (*self.sizes[0], inputs)
        self.shape_to_normalize = shape_to_normalize(self.normalizer, map_shape)
        self.g_fc1 = plain.linear("g_fc1", self.z_dim, math.prod(map_shape))
        self.g_bn1 = parts.norm(
            "g_bn1", (None, *self.shape_to_normalize), z_shape, self.label_shape
        )
        add_attention(self, parts, "g_fc1", inputs)
        for number, (filters, size) in enumerate(
            zip(self.widths[1:], self.sizes[1:], strict=True), start=2
        ):
            deconv = plain.transposed_conv(f"g_dc{number}", inputs, filters, 4, output_size=size)
            setattr(self, f"g_dc{number}", deconv)
            shape = (None, None, None, filters)
            norm = parts.norm(f"g_bn{number}", shape, z_shape, self.label_shape)
            setattr(self, f"g_bn{number}", norm)
            add_attention(self, parts, f"g_dc{number}", filters)
            inputs = filters
        # At stride 1 a transposed convolution is a convolution with the flipped kernel.
        self.g_dc5 = plain.transposed_conv("g_dc5", inputs, self.image_shape[2], 3, strides=1)

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        x = tf.reshape(self.g_fc1(z), [-1, *self.shape_to_normalize])
        x = normalize_and_activate(x, self.g_bn1, None, z, y, training)
        x = attend(self, "g_fc1", tf.reshape(x, [-1, *self.sizes[0], self.widths[0]]))
        for number in range(2, len(self.widths) + 1):
            x = getattr(self, f"g_dc{number}")(x)
            norm = getattr(self, f"g_bn{number}")
            x = normalize_and_activate(x, norm, None, z, y, training)
            x = attend(self, f"g_dc{number}", x)
        return 0.5 * tf.tanh(tf.cast(self.g_dc5(x), full_precision(self))) + 0.5


@gin.register(module="sndcgan", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(DiscriminatorNetwork):
    """Seven convolutions, 3×3 of stride 1 and 4×4 of stride 2 in turn, leaky relu, then linear.

        x        = leaky_relu(conv(2 · image − 1))    3×3 to ch channels
        x        ← leaky_relu(norm(conv(x)))          4×4 to 2·ch, 3×3 to 2·ch, 4×4 to 4·ch,
                                                      3×3 to 4·ch, 4×4 to 8·ch, 3×3 to 8·ch
        features = x, flattened                       [⌈height/8⌉ · ⌈width/8⌉ · 8·ch]
        logit    = linear(features),    leaky_relu(x) = max(x, 0.1 x)

    (Miyato et al., https://arxiv.org/abs/1802.05957, table 3.) Here norm is the normalizer and
    then layer norm. See `DiscriminatorNetwork` for how it is called and for the arguments not
    listed here.

    Args:
      ch: Unit of the number of channels.
      project_y: Whether the logits get the label's projection Σ (y W) · features.
      attention_resolutions: Heights of feature maps, the images' own or halved up to three times
        (rounded up), to which self-attention is applied after the first convolution that leaves
        them and its leaky relu, e.g. (16,). (Zhang et al., https://arxiv.org/abs/1805.08318.)

    Raises:
      ValueError: If `ch` isn't a positive whole number, project_y is set without classes, or
        attention is at a height that isn't there.
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
        self.ch = check_whole_number("sndcgan.Discriminator.ch", ch)
        self.project_y = project_y
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            _heights_after_convolutions(self.image_shape[0]),
            "sndcgan.Discriminator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        inputs = self.image_shape[2]
        for number, (factor, kernel_size, strides) in enumerate(
            _DISCRIMINATOR_CONVOLUTIONS, start=1
        ):
            filters = self.ch * factor
            conv = parts.conv(f"d_conv{number}", inputs, filters, kernel_size, strides=strides)
            setattr(self, f"d_conv{number}", conv)
            if number > 1:
                shape = (None, None, None, filters)
                norm = parts.norm(f"d_bn{number}", shape, None, self.label_shape)
                setattr(self, f"d_bn{number}", norm)
                setattr(self, f"d_ln{number}", parts.layer_normalizer(f"d_ln{number}", shape))
            add_attention(self, parts, f"d_conv{number}", filters)
            inputs = filters
        height, width = (halvings(size, _HALVINGS)[0] for size in self.image_shape[:2])
        features = height * width * inputs
        self.d_fc1 = parts.linear("d_fc1", features, 1)
        add_projection(self, parts, features)

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        x = 2.0 * x - 1.0
        for number in range(1, len(_DISCRIMINATOR_CONVOLUTIONS) + 1):
            x = getattr(self, f"d_conv{number}")(x)
            norms = (None, None)
            if number > 1:
                norms = getattr(self, f"d_bn{number}"), getattr(self, f"d_ln{number}")
            x = normalize_and_activate(x, *norms, None, y, training, _leaky_relu)
            x = attend(self, f"d_conv{number}", x)
        features = tf.reshape(x, [-1, self.d_fc1.kernel.shape[0]])
        features = tf.cast(features, full_precision(self))
        logits = tf.cast(self.d_fc1(features), features.dtype)
        if self.project_y:
            logits += self.projection(self.embedding_fc, y, features)
        return logits, features


def _heights_after_convolutions(height: int) -> dict[str, int]:
    """Returns the height of the map after each of D's convolutions, for images of this height."""
    heights = {}
    for number, (_, _, strides) in enumerate(_DISCRIMINATOR_CONVOLUTIONS, start=1):
        height = heights[f"d_conv{number}"] = -(-height // strides)
    return heights


@register_architecture
def sndcgan_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
