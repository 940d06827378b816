# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What counts as a whole number."""

import numpy as np
import pytest

from compare_gan.configuration.whole_numbers import check_whole_number


@pytest.mark.parametrize("value", [2, 10**12, np.int64(3)])
def test_whole_numbers(value):
    check_whole_number("prd.clusters", value, least=2)


@pytest.mark.parametrize("value", [1, -3, 0, 2.0, True, "2", None, float("nan")])
def test_others(value):
    with pytest.raises(ValueError, match="prd.clusters must be a whole number from 2, received"):
        check_whole_number("prd.clusters", value, least=2)
