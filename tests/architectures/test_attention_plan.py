# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Where attention is: by the sizes of maps, by the names of blocks, and where neither is said."""

import re

import pytest

from compare_gan.architectures.attention_plan import (
    attention_blocks,
    blocks_at_resolutions,
    blocks_by_name,
    default_resolutions,
)

OWNER = "family.Discriminator"
SIZES = {"B1": 64, "B2": 32, "B3": 32, "B4": 16, "B5": 16}


@pytest.mark.parametrize(
    "sizes, expected",
    [
        ((8, 16, 32), ()),
        ((8, 16, 32, 64), (64,)),
        ((8, 16, 32, 64, 128, 256), (64,)),
        ((256, 128, 64, 64, 32), (64,)),
        ((10, 20, 40, 80), (40,)),
        ((12, 24, 48, 96, 192), (48,)),
        ((14, 28, 56), (56,)),
        ((14, 28), ()),
    ],
)
def test_by_default_it_is_at_64_or_what_is_there_in_its_place(sizes, expected):
    assert default_resolutions(sizes) == expected


def test_smaller_maps_may_be_allowed_in_its_place():
    assert default_resolutions((16, 8, 4), more_than=0) == (16,)
    assert default_resolutions((96, 48, 24), more_than=0) == (48,)


def test_by_resolution():
    assert blocks_at_resolutions((64,), SIZES, OWNER) == ("B1",)
    assert blocks_at_resolutions([16, 64, 16], SIZES, OWNER) == ("B1", "B4")
    assert blocks_at_resolutions((), SIZES, OWNER) == ()
    assert blocks_at_resolutions((32, 16), SIZES, OWNER) == ("B2", "B4")
    assert blocks_at_resolutions((32, 16), SIZES, OWNER, last=True) == ("B3", "B5")


def test_a_size_that_is_not_there_is_explained():
    message = (
        "family.Discriminator.attention_resolutions = (64, 8): no block of this network leaves a "
        "map of height 8; use sizes from 16, 32, 64, or () for none."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        blocks_at_resolutions((64, 8), SIZES, OWNER)


@pytest.mark.parametrize("wrong", [64, "64", "B1", (64.0,), ("64",), (True,), {64}, ((64, 64),)])
def test_sizes_that_are_not_a_tuple_of_integers_are_explained(wrong):
    message = (
        f"family.Discriminator.attention_resolutions = {wrong!r} must be a tuple of the sizes of "
        "feature maps, such as (64,)"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        blocks_at_resolutions(wrong, SIZES, OWNER)


def test_by_name():
    names = ("B1", "B2", "B3")
    assert blocks_by_name("B4", names, OWNER) == ()
    assert blocks_by_name("B1, B3", names, OWNER) == ("B1", "B3")
    assert blocks_by_name("B3,B1,", names, OWNER) == ("B1", "B3")
    assert blocks_by_name("", names, OWNER) == ()
    for wrong in ("b1", "1", "B0", "B12", "B1;B2", "attention"):
        with pytest.raises(ValueError, match=f"'{wrong}' is not a block; use names from B1, B2"):
            blocks_by_name(wrong, names, OWNER)
    with pytest.raises(ValueError, match=r"blocks_with_attention = \('B1',\) must be names"):
        blocks_by_name(("B1",), names, OWNER)


def test_names_or_resolutions_or_the_default():
    assert attention_blocks("B2", None, SIZES, OWNER, default=(64,)) == ("B2",)
    assert attention_blocks("", None, SIZES, OWNER, default=(64,)) == ()
    assert attention_blocks(None, (16,), SIZES, OWNER, default=(64,)) == ("B4",)
    assert attention_blocks(None, (), SIZES, OWNER, default=(64,)) == ()
    assert attention_blocks(None, None, SIZES, OWNER, default=(64,)) == ("B1",)


@pytest.mark.parametrize("names, resolutions", [("B1", (64,)), ("", (64,)), ("B1", ())])
def test_names_and_resolutions_are_too_much(names, resolutions):
    with pytest.raises(ValueError) as caught:
        attention_blocks(names, resolutions, SIZES, OWNER, default=(64,))
    assert str(caught.value) == (
        f"family.Discriminator.blocks_with_attention = {names!r} and "
        f"family.Discriminator.attention_resolutions = {resolutions!r} both say where attention "
        "is; bind only one of them, best attention_resolutions."
    )
