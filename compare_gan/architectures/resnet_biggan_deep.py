# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN-deep (Brock et al., https://arxiv.org/abs/1809.11096), for images of 8×8 and more.

    r(h)     = relu(norm(h))
    block(x) = conv1×1(down(r(conv3×3(r(conv3×3(up(r(conv1×1(r(x)))))))))) + skip(x)
    skip(x)  = down(up(x)), less its last channels, or with more of them from a 1×1 convolution
    up:        zeros between the pixels, in G's blocks that double the map
    down:      2×2 average pooling, in D's blocks that halve it

The inner convolutions have a quarter of the channels. See `BottleneckBlock`.
"""

import math
from collections.abc import Sequence
from typing import Any

import gin
import tensorflow as tf

from compare_gan.architectures.attention_plan import blocks_at_resolutions, default_resolutions
from compare_gan.architectures.biggan_ends import BigGANDiscriminator, BigGANGenerator
from compare_gan.architectures.biggan_plan import (
    deep_discriminator_multipliers,
    deep_generator_multipliers,
)
from compare_gan.architectures.blocks import add_block, run_block
from compare_gan.architectures.bottleneck_block import BottleneckBlock
from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.parts import Parts, vector_shape
from compare_gan.architectures.resolution_plan import resolution_plan
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

# Compare GAN v3: an accelerator is quicker with so many filters than with the image's few.
_FAST_FILTERS = 128


@gin.register(
    module="resnet_biggan_deep",
    allowlist=[
        "ch",
        "attention_resolutions",
        "embed_y",
        "embed_y_dim",
        "experimental_fast_conv_to_rgb",
        "final_normalizer",
    ],
)
class Generator(BigGANGenerator):
    """BigGAN-deep's generator: linear, bottleneck blocks, batch norm, relu, convolution, tanh.

        h     = [z, y W]
        x     = linear(h)                       [4, 4, 16·ch]
        x     ← block(x)                        at each size, before it doubles
        x     ← block(x), doubling the map      [8, 8, 16·ch], [16, 16, 8·ch], [32, 32, 4·ch],
                                                [64, 64, 2·ch], [128, 128, ch]; normalizers see
                                                h as z and as y
        image = (1 + tanh(conv(relu(batch_norm(x))))) / 2

    This is with the default settings, and the maps are those of 128×128 images. For others see
    `biggan_plan.deep_generator_multipliers`; the smallest map is 4×4 where the size allows, else
    5×5, 6×6 or 7×7. Without classes h is z, and there is no y. Self-attention may follow a block.
    The last normalizer is a plain batch norm whatever `normalizer` is, unless `final_normalizer`
    says otherwise. (Brock et al., https://arxiv.org/abs/1809.11096, appendix B, as in Compare GAN
    v3.) See `GeneratorNetwork` for how it is called and for the arguments not listed here.

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Sizes of feature maps to which self-attention is applied, once each,
        after the first block that leaves such a map, e.g. (32, 64); () for none. None is for 64×64,
        or the size from 40×40 to 56×56 that images have which have no 64×64 map; smaller images
        have none.
      embed_y: Whether the label first goes through a linear layer without a bias, never spectrally
        normalized.
      embed_y_dim: Size of that embedding.
      experimental_fast_conv_to_rgb: Whether the last convolution has 128 filters, of which the
        image is the first few. The others have no effect but on its spectral norm.
      final_normalizer: The normalizer before the last convolution, e.g. @evonorm_s0, or
        @no_batch_norm for none; it sees neither latents nor labels. None is for @batch_norm.

    Raises:
      ValueError: If `ch` or `embed_y_dim` isn't a positive whole number, the size is inadmissible,
        the last normalizer needs latents or labels, or attention is at a size that isn't there.
    """

    own_arguments = (
        "ch",
        "attention_resolutions",
        "embed_y",
        "embed_y_dim",
        "experimental_fast_conv_to_rgb",
    )

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 128,
        attention_resolutions: Sequence[int] | None = None,
        embed_y: bool = True,
        embed_y_dim: int = 128,
        experimental_fast_conv_to_rgb: bool = False,
        final_normalizer: NormalizerLike | Prototype = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape, z_dim, num_classes, normalizer, spectral_norm, initializer, dtype, name
        )
        self.ch = check_whole_number("resnet_biggan_deep.Generator.ch", ch)
        self.attention_resolutions = attention_resolutions
        self.embed_y = embed_y
        self.embed_y_dim = check_whole_number(
            "resnet_biggan_deep.Generator.embed_y_dim", embed_y_dim
        )
        self.experimental_fast_conv_to_rgb = experimental_fast_conv_to_rgb
        self.set_final_normalizer(final_normalizer, "resnet_biggan_deep.Generator.final_normalizer")
        self.seed_size, doublings = resolution_plan(self.image_shape, "resnet_biggan_deep_arch")
        self.widths = tuple(ch * factor for factor in deep_generator_multipliers(doublings))
        self.block_names = tuple(f"B{number}" for number in range(1, len(self.widths)))
        # The first block keeps the map, the second doubles it, and so on.
        sizes = [self.seed_size * 2 ** (number // 2) for number in range(1, len(self.widths))]
        if attention_resolutions is None:
            attention_resolutions = default_resolutions(sizes)
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            dict(zip(self.block_names, sizes, strict=True)),
            "resnet_biggan_deep.Generator",
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts, plain = Parts.of(self), Parts.of(self, spectral_norm=False)
        label_size = self.num_classes
        if self.embed_y and self.num_classes:
            self.embedding_y = plain.linear(
                "embed_y", self.num_classes, self.embed_y_dim, use_bias=False
            )
            label_size = self.embed_y_dim
        size = self.z_dim + label_size
        self.fc_noise = parts.linear("fc_noise", size, self.seed_size**2 * self.widths[0])
        y_shape = vector_shape(size if label_size else None)
        for index, name in enumerate(self.block_names):
            resample = "up" if index % 2 else None
            block = BottleneckBlock(parts, self.widths[index + 1], resample, name)
            inputs = self.widths[index]
            add_block(self, block, (None, None, None, inputs), vector_shape(size), y_shape)
        filters = _FAST_FILTERS if self.experimental_fast_conv_to_rgb else self.image_shape[2]
        self.build_end(self.widths[-1], filters)

    def generate(self, z: tf.Tensor, y: tf.Tensor | None, training: bool) -> tf.Tensor:
        """Returns images in [0, 1].

        Raises:
          ValueError: If there are classes but no labels.
        """
        if self.num_classes:
            if y is None:
                raise ValueError(
                    f"{self.name} was built with num_classes = {self.num_classes} but got y = "
                    "None; pass one-hot labels, or all zeros for unlabelled images."
                )
            z = y = tf.concat([z, self.embedding_y(y) if self.embed_y else y], axis=1)
        x = self.fc_noise(z)
        x = tf.reshape(x, [-1, self.seed_size, self.seed_size, self.widths[0]])
        for name in self.block_names:
            x = run_block(self, name, x, z, y, training)
        return self.image(x, training)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values, fit for JSON."""
        return {**super().get_config(), "final_normalizer": self.final_normalizer.describe()}


@gin.register(module="resnet_biggan_deep", allowlist=["ch", "attention_resolutions", "project_y"])
class Discriminator(BigGANDiscriminator):
    """BigGAN-deep's discriminator: convolution, bottleneck blocks, relu, sum, linear, projection.

        x        = conv(image)                  [128, 128, ch]
        x        ← block(x), halving the map    [64, 64, 2·ch], [32, 32, 4·ch], [16, 16, 8·ch],
                                                [8, 8, 16·ch], [4, 4, 16·ch]
        x        ← block(x)                     at each of these sizes
        features = sum over positions of relu(x)
        logit    = linear(features) + Σ (y W) · features

    These are the maps of 128×128 images, for others see
    `biggan_plan.deep_discriminator_multipliers`. Self-attention may follow a block. Unlike Compare
    GAN v3's it obeys `layer_norm`. (Brock et al., https://arxiv.org/abs/1809.11096, appendix B.)
    See `DiscriminatorNetwork` for how it is called and for the arguments not listed here. Features
    are [batch, channels].

    Args:
      ch: Unit of the number of channels.
      attention_resolutions: Sizes of feature maps to which self-attention is applied, once each,
        after the last block that leaves such a map, e.g. (32, 64); () for none. None is for 64×64,
        or the size from 40×40 to 56×56 that images have which have no 64×64 map; images of 64×64
        and less have none.
      project_y: Whether the logits get the label's projection Σ (y W) · features; without classes
        there is none.

    Raises:
      ValueError: If `ch` isn't a positive whole number, the size is inadmissible, or attention is
        at a size that isn't there.
    """

    own_arguments = ("ch", "attention_resolutions", "project_y")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 128,
        attention_resolutions: Sequence[int] | None = None,
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
        self.ch = check_whole_number("resnet_biggan_deep.Discriminator.ch", ch)
        self.attention_resolutions = attention_resolutions
        self.project_y = project_y
        _, doublings = resolution_plan(self.image_shape, "resnet_biggan_deep_arch")
        self.widths = tuple(ch * factor for factor in deep_discriminator_multipliers(doublings))
        self.block_names = tuple(f"B{number}" for number in range(1, len(self.widths)))
        # The first block halves the map, rounding up, the second keeps it, and so on.
        sizes = [
            math.ceil(self.image_shape[0] / 2 ** ((number + 1) // 2))
            for number in range(1, len(self.widths))
        ]
        if attention_resolutions is None:
            attention_resolutions = default_resolutions(sizes)
        self.attention_after = blocks_at_resolutions(
            attention_resolutions,
            dict(zip(self.block_names, sizes, strict=True)),
            "resnet_biggan_deep.Discriminator",
            last=True,
        )
        self.build()

    def build(self) -> None:
        """Creates all layers and variables."""
        parts = Parts.of(self)
        self.initial_conv = parts.conv("initial_conv", self.image_shape[2], self.widths[0])
        for index, name in enumerate(self.block_names):
            resample = None if index % 2 else "down"
            block = BottleneckBlock(parts, self.widths[index + 1], resample, name)
            add_block(self, block, (None, None, None, self.widths[index]), None, self.label_shape)
        self.build_end(self.widths[-1])

    def discriminate(
        self, x: tf.Tensor, y: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns logits and features."""
        x = self.initial_conv(x)
        for name in self.block_names:
            x = run_block(self, name, x, None, y, training)
        return self.judge(x, y)


@register_architecture
def resnet_biggan_deep_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
