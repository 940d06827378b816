# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What counts as a number in an interval."""

import numpy as np
import pytest

from compare_gan.configuration.real_numbers import check_number, check_weight


@pytest.mark.parametrize(
    "interval, value",
    [
        ("[0, 1)", 0),
        ("[0, 1)", 0.999),
        ("(0, 1]", 1),
        ("(0, 1]", np.float32(1e-30)),
        ("(0, inf)", 1e300),
        ("[-1, 1]", np.int64(-1)),
    ],
)
def test_inside(interval, value):
    assert check_number("lecam.decay", value, interval) is value


@pytest.mark.parametrize(
    "interval, value",
    [
        ("[0, 1)", 1),
        ("[0, 1)", -1e-9),
        ("(0, 1]", 0.0),
        ("(0, 1]", 1.1),
        ("(0, inf)", float("inf")),
        ("[0, 1)", float("nan")),
        ("[0, 1]", True),
        ("[0, 1]", "0.5"),
        ("[0, 1]", None),
    ],
)
def test_outside(interval, value):
    with pytest.raises(ValueError) as error:
        check_number("lecam.decay", value, interval, usual=0.99)
    assert str(error.value) == (
        f"lecam.decay must be a number in {interval}, received {value!r}; 0.99 is usual."
    )


def test_a_weight_is_not_negative_and_finite():
    assert check_weight("lecam.weight", 0) == 0
    for value in (-1, float("inf"), "1", True):
        with pytest.raises(ValueError, match=r"lecam.weight must be a number in \[0, inf\), rec"):
            check_weight("lecam.weight", value)
