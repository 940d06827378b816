# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Classes are matched by name."""

import pytest

from compare_gan.comparison.classes import places_among_real


@pytest.mark.parametrize(
    "real, fake, expected",
    [
        (("cat", "dog"), ("cat", "dog"), [0, 1]),
        (("cat", "dog", "ant"), ("ant", "cat", "dog"), [2, 0, 1]),
        # Folders of numbers are sorted as texts.
        (("0", "1", "10", "2"), ("0", "1", "2", "10"), [0, 1, 3, 2]),
        # An array's numbers are places among the names of the other side.
        (("ant", "cat", "dog"), ("0", "1", "2"), [0, 1, 2]),
        (("0", "1", "2"), ("ant", "cat", "dog"), [0, 1, 2]),
    ],
)
def test_places_by_hand(real, fake, expected):
    assert places_among_real(real, fake).tolist() == expected


@pytest.mark.parametrize(
    "real, fake, words",
    [
        (("cat", "dog"), ("ant", "cat", "dog"), "the class ant of the fake images missing among"),
        (("ant", "cat", "dog"), ("cat", "dog"), "the class ant of the real images missing among"),
        (
            ("a", "b"),
            ("c", "d"),
            "the classes a, b of the real .* and the classes c, d of the fake",
        ),
        (("ant", "cat", "dog"), ("0", "2"), "the class cat of the real images missing"),
        (("ant", "cat"), ("0", "1", "2"), "the class 2 of the fake images missing"),
        (("1", "2"), ("1",), "the class 2 of the real images missing"),
        (tuple("abcdefg"), ("a",), "the classes b, c, d, e, f and 1 more of the real"),
    ],
)
def test_classes_of_one_side_alone(real, fake, words):
    with pytest.raises(ValueError, match=words):
        places_among_real(real, fake)
