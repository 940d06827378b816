# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ResNet for STL-10: its blocks by size."""

import pytest

from compare_gan.architectures import resnet_stl

PLANS = {
    # size: first map, its channels, channels of G's blocks, channels of D's blocks, with ch = 1
    8: (4, 2, [1], [1, 2, 4]),
    28: (7, 4, [2, 1], [1, 2, 4, 8]),
    48: (6, 8, [4, 2, 1], [1, 2, 4, 8, 16]),
    96: (6, 8, [8, 4, 2, 1], [1, 2, 4, 8, 8, 16]),
    256: (4, 8, [8, 8, 8, 4, 2, 1], [1, 2, 4, 8, 8, 8, 8, 16]),
}


@pytest.mark.parametrize("size", PLANS)
def test_blocks(size):
    seed_size, seed_filters, ups, downs = PLANS[size]
    plan = resnet_stl.Generator.plan((size, size, 3), 1)
    assert (plan.seed_size, plan.seed_filters) == (seed_size, seed_filters)
    assert [block.filters for block in plan.blocks] == ups
    assert {block.resample for block in plan.blocks} == {"up"}
    blocks = resnet_stl.Discriminator.plan((size, size, 3), 1).blocks
    assert [block.filters for block in blocks] == downs
    assert [block.resample for block in blocks] == ["down"] * (len(downs) - 1) + [None]
