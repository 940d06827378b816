# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The deep ResNet: its super-blocks by size."""

import pytest

from compare_gan.architectures import resnet30

PLANS = {
    # size: first map, channels of G's super-blocks with ch = 1
    8: (4, [2, 1]),
    48: (6, [8, 4, 2, 1]),
    128: (4, [32, 16, 8, 4, 2, 1]),
    256: (4, [32, 32, 16, 8, 4, 2, 1]),
}


@pytest.mark.parametrize("size", PLANS)
def test_blocks(size):
    seed_size, widths = PLANS[size]
    plan = resnet30.Generator.plan((size, size, 3), 1)
    assert (plan.seed_size, plan.seed_filters, plan.final_norm) == (seed_size, widths[0], False)
    d_plan = resnet30.Discriminator.plan((size, size, 3), 1)
    assert d_plan.stem_filters == 1
    assert d_plan.features((size, size, 3)) == seed_size**2 * widths[0]
    for blocks, expected, resample in (
        (plan.blocks, widths, "up"),
        (d_plan.blocks, widths[::-1], "down"),
    ):
        filters, changes = [expected[0]] * 5, [None] * 5
        for width in expected[1:]:
            filters += [width] * 6
            changes += [resample] + [None] * 5
        assert [block.filters for block in blocks] == filters
        assert [block.resample for block in blocks] == changes
