# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A ResNet of five blocks for WGAN-GP (Gulrajani et al., https://arxiv.org/abs/1704.00028).

    block(x) = down(conv(relu(norm(conv(up(relu(norm(x)))))))) + down(conv(up(x)))
    up:    zeros between the pixels, in G's blocks that double the map
    down:  2×2 average pooling, in D's blocks that halve it

All convolutions are 3×3. See `ResNetBlock`.
"""

import gin

from compare_gan.architectures.families import Architecture, register_architecture
from compare_gan.architectures.resnet_base import (
    BlockPlan,
    DiscriminatorPlan,
    GeneratorPlan,
    ResNetDiscriminator,
    ResNetGenerator,
)
from compare_gan.architectures.resolution_plan import resolution_plan

# Channels of the maps in units of `ch`: G's from the first to the last, D's after each block.
_GENERATOR_MULTIPLIERS = (8, 8, 4, 4, 2, 1)
_DISCRIMINATOR_MULTIPLIERS = (1, 2, 4, 4, 8, 8)


def generator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of G's maps in units of `ch`, the first map first.

    There are five blocks, the last of which keep the size where fewer doublings are needed. Where
    more are needed, above 224 pixels, more blocks of the last width follow.

    Args:
      doublings: How often the map is doubled.
    """
    return _GENERATOR_MULTIPLIERS + (1,) * (doublings - len(_GENERATOR_MULTIPLIERS) + 1)


def discriminator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of D's blocks in units of `ch`, the largest map first.

    There are six blocks, all of which halve the map; one of 1×1 stays as it is. For images above
    224 pixels more blocks of the first width come before them.

    Args:
      doublings: How often G doubles its map.
    """
    return (1,) * (doublings - len(_DISCRIMINATOR_MULTIPLIERS) + 1) + _DISCRIMINATOR_MULTIPLIERS


@gin.register(module="resnet5", allowlist=["ch", "attention_resolutions"])
class Generator(ResNetGenerator):
    """Linear, five residual blocks of which the first ones upsample, norm, relu, convolution.

        x     = linear(z)                       [4, 4, 8·ch]
        x     ← block(x), doubling the map      [8, 8, 8·ch], [16, 16, 4·ch], [32, 32, 4·ch],
                                                [64, 64, 2·ch], [128, 128, ch]
        image = sigmoid(conv(relu(norm(x))))

    These are the maps of 128×128 images. The first map is 4×4 where the size allows, else 5×5, 6×6
    or 7×7; of smaller images the last blocks keep the size. Images above 224 pixels take more
    blocks, see `generator_multipliers`. (In the manner of Gulrajani et al.,
    https://arxiv.org/abs/1704.00028.)

    See `ResNetGenerator` for how it is called and for the arguments.
    """

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> GeneratorPlan:
        """Returns the blocks for images of this shape."""
        seed_size, doublings = resolution_plan(image_shape, "resnet5_arch")
        widths = [ch * factor for factor in generator_multipliers(doublings)]
        blocks = [
            BlockPlan(f"B{number}", filters, "up" if number <= doublings else None)
            for number, filters in enumerate(widths[1:], 1)
        ]
        return GeneratorPlan(seed_size, widths[0], tuple(blocks))


@gin.register(module="resnet5", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(ResNetDiscriminator):
    """Six downsampling residual blocks of 3×3 convolutions, relu, mean over positions, linear.

        x        ← block(x), halving the map    [64, 64, ch], [32, 32, 2·ch], [16, 16, 4·ch],
                                                [8, 8, 4·ch], [4, 4, 8·ch], [2, 2, 8·ch]
        features = mean over positions of relu(x)
        logit    = linear(features)

    These are the maps of 128×128 images. Images above 224 pixels go through more blocks, see
    `discriminator_multipliers`. (In the manner of Gulrajani et al.,
    https://arxiv.org/abs/1704.00028.)

    See `ResNetDiscriminator` for how it is called and for the arguments.
    """

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> DiscriminatorPlan:
        """Returns the blocks for images of this shape."""
        _, doublings = resolution_plan(image_shape, "resnet5_arch")
        widths = [ch * factor for factor in discriminator_multipliers(doublings)]
        blocks = [BlockPlan(f"B{number}", filters, "down") for number, filters in enumerate(widths)]
        return DiscriminatorPlan(tuple(blocks))


@register_architecture
def resnet5_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
