# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What counts as a whole number."""

import numpy as np
import pytest

from compare_gan.configuration.whole_numbers import check_seed, check_whole_number


@pytest.mark.parametrize("value", [2, 10**12, np.int64(3)])
def test_whole_numbers(value):
    found = check_whole_number("prd.clusters", value, least=2)
    assert found == value and type(found) is int


@pytest.mark.parametrize("value", [1, -3, 0, 2.0, True, "2", None, float("nan")])
def test_others(value):
    with pytest.raises(ValueError, match="prd.clusters must be a whole number from 2, received"):
        check_whole_number("prd.clusters", value, least=2)


def test_any_whole_number():
    assert check_whole_number("eval.seed", -3, least=None) == -3
    with pytest.raises(ValueError, match="eval.seed must be a whole number, received 1.5.$"):
        check_whole_number("eval.seed", 1.5, least=None)


@pytest.mark.parametrize(
    "value, end", [(1e4, "10000.0: write 10000."), (1.0, "received 1.0."), (2.5, "received 2.5.")]
)
def test_a_float_that_stands_for_one_is_said_how_to_write(value, end):
    with pytest.raises(ValueError) as error:
        check_whole_number("prd.clusters", value, least=2)
    assert str(error.value).endswith(end)


def test_seeds():
    assert check_seed("random_features.seed", 2**32 - 1) == 2**32 - 1
    with pytest.raises(ValueError, match=r"random_features.seed must be at most 4294967295"):
        check_seed("random_features.seed", 2**32)
    with pytest.raises(ValueError, match="random_features.seed must be a whole number from 0"):
        check_seed("random_features.seed", -1)
