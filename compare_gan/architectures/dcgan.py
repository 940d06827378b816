# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DCGAN (Radford et al., https://arxiv.org/abs/1511.06434), for images of any size.

    G:  x ← deconv(relu(norm(x)))         5×5, stride 2: the map doubles, or nearly
    D:  x ← leaky_relu(norm(conv(x)))     5×5, stride 2: the map is halved, rounding up

Here deconv is a transposed convolution.
"""

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
    vector_shape,
)
from compare_gan.architectures.resolution_plan import halvings
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

# Widths of the inner maps in units of `ch`, and the layers that leave G's.
_GENERATOR_MULTIPLIERS = (8, 4, 2, 1)
_GENERATOR_MAPS = ("g_fc1", "g_dc1", "g_dc2", "g_dc3")
_DISCRIMINATOR_MULTIPLIERS = (1, 2, 4, 8)
_HALVINGS = 4
_KERNEL_SIZE = 5


@gin.register(module="dcgan", allowlist=["ch", "attention_resolutions"])
class Generator(GeneratorNetwork):
    """Linear to 8·ch channels, then four 5×5 transposed convolutions of stride 2, and tanh.

        x     = linear(z)                   [⌈height/16⌉, ⌈width/16⌉, 8·ch]
        x     ← deconv(relu(norm(x)))       three times, to 4·ch, 2·ch and ch channels
        image = (1 + tanh(deconv(relu(norm(x))))) / 2

    No layers but the normalizers' own and attention's obey `spectral_norm`. See `GeneratorNetwork`
    for how it is called and for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Heights of feature maps, the images' halved one to four times (rounded
        up), to which self-attention is applied after relu, e.g. (16, 32). (Zhang et al.,
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
        self.ch = check_whole_number("dcgan.Generator.ch", ch)
        height, width, _ = self.image_shape
        self.sizes = tuple(
            zip(halvings(height, _HALVINGS), halvings(width, _HALVINGS), strict=True)
        )
        self.widths = tuple(ch * factor for factor in _GENERATOR_MULTIPLIERS)
        self.attention_resolutions = attention_resolutions
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            dict(zip(_GENERATOR_MAPS, halvings(height, _HALVINGS)[:-1], strict=True)),
            "dcgan.Generator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        plain, parts = Parts.of(self, spectral_norm=False), Parts.of(self)
        height, width = self.sizes[0]
        inputs = self.widths[0]
        self.g_fc1 = plain.linear("g_fc1", self.z_dim, height * width * inputs)
        outputs = (*self.widths[1:], self.image_shape[2])
        for number, filters in enumerate(outputs, start=1):
            norm = parts.norm(
                f"g_bn{number}",
                (None, None, None, inputs),
                vector_shape(self.z_dim),
                self.label_shape,
            )
            setattr(self, f"g_bn{number}", norm)
            add_attention(self, parts, _GENERATOR_MAPS[number - 1], inputs)
            deconv = plain.transposed_conv(
                f"g_dc{number}", inputs, filters, _KERNEL_SIZE, output_size=self.sizes[number]
            )
            setattr(self, f"g_dc{number}", deconv)
            inputs = filters

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1]."""
        x = tf.reshape(self.g_fc1(z), [-1, *self.sizes[0], self.widths[0]])
        for number in range(1, len(self.sizes)):
            norm = getattr(self, f"g_bn{number}")
            x = normalize_and_activate(x, norm, None, z, y, training)
            x = attend(self, _GENERATOR_MAPS[number - 1], x)
            x = getattr(self, f"g_dc{number}")(x)
        return 0.5 * tf.tanh(tf.cast(x, full_precision(self))) + 0.5


@gin.register(module="dcgan", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(DiscriminatorNetwork):
    """Four 5×5 convolutions of stride 2 with ch to 8·ch channels, leaky relu, then linear.

        x     = leaky_relu(conv(image))           ch channels
        x     ← leaky_relu(norm(conv(x)))         three times, to 2·ch, 4·ch and 8·ch channels
        logit = linear(x),    leaky_relu(x) = max(x, 0.2 x)

    Here norm is the normalizer and then layer norm. Features are the last map [batch, ⌈height/16⌉,
    ⌈width/16⌉, 8·ch]. See `DiscriminatorNetwork` for how it is called and for the arguments not
    listed here.

    Args:
      ch: Unit of the number of channels.
      project_y: Whether the logits get the label's projection Σ (y W) · features, of flattened
        features.
      attention_resolutions: Heights of feature maps, the images' halved one to four times (rounded
        up), to which self-attention is applied after leaky relu, e.g. (16,). (Zhang et al.,
        https://arxiv.org/abs/1805.08318.)

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
        self.ch = check_whole_number("dcgan.Discriminator.ch", ch)
        self.project_y = project_y
        self.attention_resolutions = attention_resolutions
        heights = reversed(halvings(self.image_shape[0], _HALVINGS)[:-1])
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            {f"d_conv{number}": height for number, height in enumerate(heights, start=1)},
            "dcgan.Discriminator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        inputs = self.image_shape[2]
        for number, factor in enumerate(_DISCRIMINATOR_MULTIPLIERS, start=1):
            filters = self.ch * factor
            conv = parts.conv(f"d_conv{number}", inputs, filters, _KERNEL_SIZE, strides=2)
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
        self.d_fc4 = parts.linear("d_fc4", features, 1)
        add_projection(self, parts, features)

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        for number in range(1, _HALVINGS + 1):
            x = getattr(self, f"d_conv{number}")(x)
            norms = (None, None)
            if number > 1:
                norms = getattr(self, f"d_bn{number}"), getattr(self, f"d_ln{number}")
            x = normalize_and_activate(x, *norms, None, y, training, activation=tf.nn.leaky_relu)
            x = attend(self, f"d_conv{number}", x)
        flat = tf.cast(tf.reshape(x, [-1, self.d_fc4.kernel.shape[0]]), full_precision(self))
        logits = tf.cast(self.d_fc4(flat), flat.dtype)
        if self.project_y:
            logits += self.projection(self.embedding_fc, y, flat)
        return logits, x


@register_architecture
def dcgan_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
