# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for 48×48 images of SN-GAN (Miyato et al., https://arxiv.org/abs/1802.05957).

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
from compare_gan.architectures.resolution_plan import halving_widths, resolution_plan

# The widest of the maps that change their size, in units of `ch`.
_WIDEST = 8


@gin.register(module="resnet_stl", allowlist=["ch", "attention_resolutions"])
class Generator(ResNetGenerator):
    """Linear, upsampling residual blocks that halve the width, norm, relu, convolution.

        x     = linear(z)                       [6, 6, 8·ch]
        x     ← block(x), doubling the map      [12, 12, 4·ch], [24, 24, 2·ch], [48, 48, ch]
        image = sigmoid(conv(relu(norm(x))))

    These are the maps of 48×48 images; other sizes grow from a map 4×4, 5×5, 6×6 or 7×7 in as many
    blocks as they need, see `halving_widths`. (Miyato et al., https://arxiv.org/abs/1802.05957,
    table 5.)

    See `ResNetGenerator` for how it is called and for the arguments.
    """

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> GeneratorPlan:
        """Returns the blocks for images of this shape."""
        seed_size, doublings = resolution_plan(image_shape, "resnet_stl_arch")
        widths = [ch * factor for factor in halving_widths(doublings, _WIDEST)]
        blocks = [
            BlockPlan(f"B{number}", filters, "up") for number, filters in enumerate(widths[1:], 1)
        ]
        return GeneratorPlan(seed_size, widths[0], tuple(blocks))


@gin.register(module="resnet_stl", allowlist=["ch", "project_y", "attention_resolutions"])
class Discriminator(ResNetDiscriminator):
    """Downsampling residual blocks that double the width, one that keeps the size, mean, linear.

        x        ← block(x), halving the map    [24, 24, ch], [12, 12, 2·ch], [6, 6, 4·ch],
                                                [3, 3, 8·ch]
        x        ← block(x)                     [3, 3, 16·ch]
        features = mean over positions of relu(x)
        logit    = linear(features)

    These are the maps of 48×48 images; other sizes go through one downsampling block more than G
    has. (Miyato et al., https://arxiv.org/abs/1802.05957, table 5, which has the sum over positions
    for the mean that Compare GAN v3 takes.)

    See `ResNetDiscriminator` for how it is called and for the arguments.
    """

    @staticmethod
    def plan(image_shape: tuple[int, int, int], ch: int) -> DiscriminatorPlan:
        """Returns the blocks for images of this shape."""
        _, doublings = resolution_plan(image_shape, "resnet_stl_arch")
        widths = [ch * factor for factor in reversed(halving_widths(doublings, _WIDEST))]
        blocks = [BlockPlan(f"B{number}", filters, "down") for number, filters in enumerate(widths)]
        blocks.append(BlockPlan(f"B{len(widths)}", 2 * widths[-1], None))
        return DiscriminatorPlan(tuple(blocks))


@register_architecture
def resnet_stl_arch() -> Architecture:
    """Returns the networks of this file, with gin's bindings."""
    return Architecture(gin.get_configurable(Generator), gin.get_configurable(Discriminator))
