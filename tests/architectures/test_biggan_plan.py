# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Widths of BigGAN and BigGAN-deep: Compare GAN v3's tables, and what continues them."""

import pytest

from compare_gan.architectures.biggan_plan import (
    deep_discriminator_multipliers,
    deep_generator_multipliers,
    discriminator_multipliers,
    generator_multipliers,
)

# By the number of doublings: 3 to 7 are v3's 32 to 512 pixels.
GENERATOR = {
    1: (4, 4),
    2: (4, 4, 4),
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
    6: (16, 16, 8, 8, 4, 2, 1),
    7: (16, 16, 8, 8, 4, 2, 1, 1),
    8: (16, 16, 8, 8, 4, 2, 1, 1, 1),
}
DISCRIMINATOR = {
    1: (2, 2),
    2: (2, 2, 2),
    3: (2, 2, 2, 2),
    4: (2, 4, 8, 16, 16),
    5: (1, 2, 4, 8, 16, 16),
    6: (1, 2, 4, 8, 8, 16, 16),
    7: (1, 1, 2, 4, 8, 8, 16, 16),
    8: (1, 1, 1, 2, 4, 8, 8, 16, 16),
}
DEEP_GENERATOR = {
    1: (4, 4, 4, 4),
    2: (4, 4, 4, 4, 4, 4),
    3: (4, 4, 4, 4, 4, 4, 4, 4),
    4: (16, 16, 16, 16, 8, 8, 4, 4, 2),
    5: (16, 16, 16, 16, 8, 8, 4, 4, 2, 2, 1),
    6: (16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1),
    7: (16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1),
    8: (16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1, 1, 1),
}
DEEP_DISCRIMINATOR = {
    1: (2, 2, 2, 2),
    2: (2, 2, 2, 2, 2, 2),
    3: (2, 2, 2, 2, 2, 2, 2, 2),
    4: (2, 4, 4, 8, 8, 16, 16, 16, 16),
    5: (1, 2, 2, 4, 4, 8, 8, 16, 16, 16, 16),
    6: (1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16),
    7: (1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16),
    8: (1, 1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 8, 8, 16, 16, 16, 16),
}


@pytest.mark.parametrize("doublings", range(1, 9))
def test_widths(doublings):
    assert generator_multipliers(doublings) == GENERATOR[doublings]
    assert discriminator_multipliers(doublings) == DISCRIMINATOR[doublings]
    assert deep_generator_multipliers(doublings) == DEEP_GENERATOR[doublings]
    assert deep_discriminator_multipliers(doublings) == DEEP_DISCRIMINATOR[doublings]
