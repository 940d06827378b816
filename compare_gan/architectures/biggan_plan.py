# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How wide the feature maps of BigGAN and BigGAN-deep are, for any number of doublings.

Widths are in units of `ch`. Those of BigGAN for 32 to 512 pixels are a table (Brock et al.,
https://arxiv.org/abs/1809.11096, appendix B; 32 pixels as in Compare GAN v3), continued beyond it.
Those of BigGAN-deep follow from BigGAN's.
"""

# By the number of doublings: G's from its smallest map to its largest, D's after each of its
# blocks. 3 to 7 doublings are 32 to 512 pixels.
_GENERATOR_MULTIPLIERS = {
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
    6: (16, 16, 8, 8, 4, 2, 1),
    7: (16, 16, 8, 8, 4, 2, 1, 1),
}
_DISCRIMINATOR_MULTIPLIERS = {
    3: (2, 2, 2, 2),
    4: (2, 4, 8, 16, 16),
    5: (1, 2, 4, 8, 16, 16),
    6: (1, 2, 4, 8, 8, 16, 16),
    7: (1, 1, 2, 4, 8, 8, 16, 16),
}


def generator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of BigGAN's G in units of `ch`, smallest map first.

    Images smaller than 32×32 use the constant width of the 32×32 network, larger ones than 512×512
    keep the last width.

    Args:
      doublings: Number of upsampling blocks; one width more is returned.
    """
    if doublings < 3:
        return (4,) * (doublings + 1)
    return _GENERATOR_MULTIPLIERS[min(doublings, 7)] + (1,) * (doublings - 7)


def discriminator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of BigGAN's D after each block in units of `ch`, largest map first.

    Args:
      doublings: Number of downsampling blocks; one block more, which keeps the size, ends D.
    """
    if doublings < 3:
        return (2,) * (doublings + 1)
    return (1,) * (doublings - 7) + _DISCRIMINATOR_MULTIPLIERS[min(doublings, 7)]


def deep_generator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of BigGAN-deep's G in units of `ch`: its first map, then each block's.

    Blocks alternately keep the map and double it. One that doubles it changes the width as BigGAN's
    does, one that keeps it keeps the width too. G for images of less than 64×64 ends with a block
    more that keeps the map, as it does in Compare GAN v3 at 32×32.

    Args:
      doublings: Number of upsampling blocks.
    """
    widths = generator_multipliers(doublings)
    deep = widths[:1]
    for before, after in zip(widths[:-1], widths[1:], strict=True):
        deep += (before, after)
    return deep + deep[-1:] if doublings <= 3 else deep


def deep_discriminator_multipliers(doublings: int) -> tuple[int, ...]:
    """Returns the widths of BigGAN-deep's D in units of `ch`: its first map, then each block's.

    Blocks alternately halve the map, which changes the width, and keep it. The first map is as wide
    as BigGAN's first block. D for images of less than 64×64 ends with a block more, which halves
    the smallest map, as it does in Compare GAN v3 at 32×32.

    Args:
      doublings: How often blocks halve the map, not counting that last one.
    """
    widths = discriminator_multipliers(doublings)
    deep = widths[:1]
    for width in widths[1:]:
        deep += (width, width)
    return deep + deep[-1:] if doublings <= 3 else deep
