# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Plans of doublings, halvings of sizes and of widths."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.architectures.resolution_plan import halving_widths, halvings, resolution_plan


@pytest.mark.parametrize(
    "size, seed_size, doublings",
    [
        (8, 4, 1),
        (10, 5, 1),
        (12, 6, 1),
        (14, 7, 1),
        (16, 4, 2),
        (28, 7, 2),
        (32, 4, 3),
        (48, 6, 3),
        (64, 4, 4),
        (96, 6, 4),
        (128, 4, 5),
        (256, 4, 6),
        (512, 4, 7),
        (1024, 4, 8),
    ],
)
def test_plans(size, seed_size, doublings):
    assert resolution_plan((size, size, 3), "arch") == (seed_size, doublings)


@given(st.integers(1, 600))
def test_a_size_has_a_plan_or_an_error_with_admissible_sizes(size):
    try:
        seed_size, doublings = resolution_plan((size, size, 1), "arch")
    except ValueError as error:
        assert f"arch can't build {size}×{size} images" in str(error)
        listed = [int(number) for number in re.findall(r"\d+", str(error).split("such as")[1])]
        assert len(listed) == 4
        for number in listed:
            resolution_plan((number, number, 1), "arch")
    else:
        assert seed_size * 2**doublings == size
        assert 4 <= seed_size <= 7
        assert doublings >= 1


def test_neighbours_are_listed():
    with pytest.raises(ValueError, match="such as 24, 28, 32, 40"):
        resolution_plan((30, 30, 3), "arch")
    with pytest.raises(ValueError, match="64×32 images; they must be square"):
        resolution_plan((64, 32, 3), "arch")


def test_halvings_round_up():
    assert halvings(28, 4) == [2, 4, 7, 14, 28]
    assert halvings(64, 4) == [4, 8, 16, 32, 64]
    assert halvings(9, 2) == [3, 5, 9]
    assert halvings(1, 4) == [1, 1, 1, 1, 1]


@given(st.integers(1, 2000), st.integers(0, 12))
def test_halvings_end_at_the_quotient_rounded_up(size, times):
    sizes = halvings(size, times)
    assert len(sizes) == times + 1
    assert sizes == [math.ceil(size / 2**power) for power in reversed(range(times + 1))]


def test_widths_are_halved_down_to_one():
    assert halving_widths(1, 8) == (2, 1)
    assert halving_widths(3, 8) == (8, 4, 2, 1)
    assert halving_widths(5, 8) == (8, 8, 8, 4, 2, 1)
    assert halving_widths(5, 32) == (32, 16, 8, 4, 2, 1)
