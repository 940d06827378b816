# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A deep ResNet for WGAN-GP (Gulrajani et al., https://arxiv.org/abs/1704.00028).

    block(x) = down(conv(relu(norm(conv(up(relu(norm(x)))))))) + down(conv(up(x)))
    up:    zeros between the pixels, in G's blocks that double the map
    down:  2×2 average pooling, in D's blocks that halve it

All convolutions are 3×3. See `ResNetBlock`.
"""

from collections.abc import Sequence
from typing import Any

import gin

from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.resnet_base import (
    BlockPlan,
    DiscriminatorPlan,
    GeneratorPlan,
    ResNetDiscriminator,
    ResNetGenerator,
)
from compare_gan.architectures.resolution_plan import halving_widths, resolution_plan
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype

# Blocks of one super-block, between two changes of resolution.
_SUPER_BLOCK = 5
# The widest map, in units of `ch`.
_WIDEST = 32


def super_blocks(widths: Sequence[int], resample: str) -> tuple[BlockPlan, ...]:
    """Returns five blocks of each width, and between two widths one block to the next.

    Args:
      widths: Numbers of channels.
      resample: What the blocks between do, "up" or "down".
    """
    blocks = []
    for number, filters in enumerate(widths, 1):
        if number > 1:
            blocks.append(BlockPlan(f"B{number - 1}_{resample}", filters, resample))
        names = [f"B{number}_{index}" for index in range(1, _SUPER_BLOCK + 1)]
        blocks += [BlockPlan(name, filters, None) for name in names]
    return tuple(blocks)


@gin.register(module="resnet30", allowlist=["ch", "attention_resolutions"])
class Generator(ResNetGenerator):
    """Linear, super-blocks of five residual blocks, between which the map doubles, convolution.

        x     = linear(z)                       [4, 4, 32·ch]
        x     ← block(x), five times            at this and at each of the following sizes
        x     ← block(x), doubling the map      [8, 8, 16·ch], [16, 16, 8·ch], [32, 32, 4·ch],
                                                [64, 64, 2·ch], [128, 128, ch]
        image = sigmoid(conv(x))

    These are the maps of 128×128 images, which come from six super-blocks, 30 blocks; other sizes
    come from as many as they need, see `halving_widths`. No normalizer and no relu stand before the
    last convolution. (In the manner of Gulrajani et al., https://arxiv.org/abs/1704.00028.)

    See `ResNetGenerator` for how it is called and for the arguments.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        z_dim: int = 128,
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 16,
        attention_resolutions: Sequence[int] = (),
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            image_shape,
            z_dim,
            num_classes,
            normalizer,
            spectral_norm,
            initializer,
            ch,
            attention_resolutions,
            dtype,
            name,
        )

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> GeneratorPlan:
        """Returns the blocks for images of this shape."""
        seed_size, doublings = resolution_plan(image_shape, "resnet30_arch")
        widths = [ch * factor for factor in halving_widths(doublings, _WIDEST)]
        return GeneratorPlan(seed_size, widths[0], super_blocks(widths, "up"), final_norm=False)


@gin.register(module="resnet30", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(ResNetDiscriminator):
    """Convolution, super-blocks of five residual blocks, between which the map is halved, linear.

        x        = conv(image)                  [128, 128, ch]
        x        ← block(x), five times         at this and at each of the following sizes
        x        ← block(x), halving the map    [64, 64, 2·ch], [32, 32, 4·ch], [16, 16, 8·ch],
                                                [8, 8, 16·ch], [4, 4, 32·ch]
        features = x, flattened
        logit    = linear(features)

    These are the maps of 128×128 images, which go through six super-blocks, 30 blocks; other sizes
    go through as many as G has. (In the manner of Gulrajani et al.,
    https://arxiv.org/abs/1704.00028.)

    See `ResNetDiscriminator` for how it is called and for the arguments.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        num_classes: int = 0,
        normalizer: NormalizerLike | Prototype = None,
        layer_norm: bool = False,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        ch: int = 16,
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
            ch,
            project_y,
            attention_resolutions,
            dtype,
            name,
        )

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> DiscriminatorPlan:
        """Returns the blocks for images of this shape."""
        _, doublings = resolution_plan(image_shape, "resnet30_arch")
        widths = [ch * factor for factor in reversed(halving_widths(doublings, _WIDEST))]
        return DiscriminatorPlan(super_blocks(widths, "down"), widths[0], pooled=False)


@register_architecture
def resnet30_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
