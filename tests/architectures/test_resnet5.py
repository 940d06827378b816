# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet of five blocks: its blocks by size."""

import pytest

from compare_gan.architectures import resnet5

PLANS = {
    # size: first map, doublings, channels of G's blocks, channels of D's blocks, with ch = 1
    8: (4, 1, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    32: (4, 3, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    48: (6, 3, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    64: (4, 4, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    128: (4, 5, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    224: (7, 5, [8, 4, 4, 2, 1], [1, 2, 4, 4, 8, 8]),
    256: (4, 6, [8, 4, 4, 2, 1, 1], [1, 1, 2, 4, 4, 8, 8]),
    512: (4, 7, [8, 4, 4, 2, 1, 1, 1], [1, 1, 1, 2, 4, 4, 8, 8]),
}


@pytest.mark.parametrize("size", PLANS)
def test_blocks(size):
    seed_size, doublings, g_filters, d_filters = PLANS[size]
    plan = resnet5.Generator.plan((size, size, 3), 1)
    assert (plan.seed_size, plan.seed_filters) == (seed_size, 8)
    assert [block.filters for block in plan.blocks] == g_filters
    kept = [None] * (len(g_filters) - doublings)
    assert [block.resample for block in plan.blocks] == ["up"] * doublings + kept
    blocks = resnet5.Discriminator.plan((size, size, 3), 1).blocks
    assert [block.filters for block in blocks] == d_filters
    assert {block.resample for block in blocks} == {"down"}
