# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which images are taken of many."""

import numpy as np
import pytest

from compare_gan.comparison.sides import evenly_spaced


@pytest.mark.parametrize("total, n", [(10, 10), (10, 3), (7, 2)])
def test_evenly_spaced_places(total, n):
    np.testing.assert_array_equal(evenly_spaced(total, n), [total * k // n for k in range(n)])
