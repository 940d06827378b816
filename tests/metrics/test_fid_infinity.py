# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Extrapolation to infinitely many fakes, on Gaussians whose distance is known."""

import re

import gin
import numpy as np
import pytest

from compare_gan.metrics import Batch, frechet_distance
from compare_gan.metrics.fid_infinity import FIDInfinity, frechet_distance_at_infinity


def _normal(n, d, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, d))


def test_the_fakes_bias_is_gone():
    real, fake = _normal(100_000, 20, 0), _normal(4000, 20, 1)
    found = frechet_distance_at_infinity(real=real, fake=fake)
    plain = frechet_distance(real=real, fake=fake)
    np.testing.assert_array_equal(found.numbers[[0, -1]], [400, 4000])
    np.testing.assert_allclose(found.distances[-1], plain)
    # The distributions are equal: all of the plain distance is bias.
    assert abs(found.value) < plain / 5
    np.testing.assert_allclose(found.slope / 4000, plain, rtol=0.2)


def test_no_subset_is_too_small_for_a_covariance():
    real, fake = _normal(50_000, 30, 0), _normal(300, 30, 1)
    found = frechet_distance_at_infinity(real=real, fake=fake)
    assert found.numbers[0] == 60 and found.numbers[-1] == 300  # a tenth is 30
    # The distributions are equal. Subsets of a tenth would give less than -2.
    assert abs(found.value) < frechet_distance(real=real, fake=fake) / 2


def test_the_line_is_that_of_least_squares():
    found = frechet_distance_at_infinity(
        real=_normal(50, 2, 0), fake=_normal(40, 2, 1), points=4, smallest_fraction=0.25
    )
    np.testing.assert_array_equal(found.numbers, [10, 20, 30, 40])
    matrix = np.stack([np.ones(4), 1 / found.numbers], axis=1)
    expected = np.linalg.lstsq(matrix, found.distances, rcond=None)[0]
    np.testing.assert_allclose([found.value, found.slope], expected, rtol=1e-9)


def test_the_metric():
    gin.parse_config("fid_infinity.points = 3\nfid_infinity.smallest_fraction = 0.5")
    metric = gin.get_configurable(FIDInfinity)()
    rows = {"real": _normal(30, 2, 0), "fake": _normal(30, 2, 1, 1.0)}
    sides = {name: metric.accumulator() for name in rows}
    for name, side in sides.items():
        side.update(Batch(None, rows[name].astype(np.float32), None))
    expected = frechet_distance_at_infinity(
        **{name: side.result() for name, side in sides.items()}, points=3, smallest_fraction=0.5
    )
    assert metric.compute(**sides) == {"fid_infinity": expected.value}


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"points": 1}, "fid_infinity.points must be a whole number from 2, received 1"),
        ({"smallest_fraction": 1}, "fid_infinity.smallest_fraction must be a number in .0, 1."),
        (
            {"points": 30},
            r"takes 30 subsets .* from 4 fakes .* are 20: use 33 or more, set .*points = 17, or",
        ),
        (
            {"smallest_fraction": 0.9},
            "from 18 fakes.* 20: use 140 or more, set .*points = 3, or",
        ),
    ],
)
def test_what_makes_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        frechet_distance_at_infinity(real=_normal(20, 2, 0), fake=_normal(20, 2, 1), **settings)


@pytest.mark.parametrize(
    "n, d, points, fraction", [(20, 2, 30, 0.3), (33, 2, 30, 0.25), (9, 5, 3, 0.1)]
)
def test_what_the_message_says_will_do(n, d, points, fraction):
    def measure(n, points):
        sides = dict(real=_normal(20, d, 0), fake=_normal(n, d, 1))
        return frechet_distance_at_infinity(**sides, points=points, smallest_fraction=fraction)

    with pytest.raises(ValueError, match="fid_infinity takes") as error:
        measure(n, points)
    (enough,) = re.findall(r"use ([\d,]+) or more", str(error.value))
    measure(int(enough), points)
    with pytest.raises(ValueError, match="fid_infinity takes"):
        measure(int(enough) - 1, points)
    for fewer in re.findall(r"points = (\d+)", str(error.value)):
        measure(n, int(fewer))
    assert ("points =" in str(error.value)) == (n > 2 * d)


def test_too_few_fakes_for_the_features():
    with pytest.raises(ValueError, match="from 40 fakes .*twice the feature dimensions.* are 53"):
        frechet_distance_at_infinity(real=_normal(99, 20, 0), fake=_normal(53, 20, 1))
    found = frechet_distance_at_infinity(real=_normal(99, 20, 0), fake=_normal(54, 20, 1))
    np.testing.assert_array_equal(found.numbers, range(40, 55))


def test_numbers_that_will_not_do():
    metric = FIDInfinity()
    for numbers in ((0, 15), (10**6, 4109, 2048)):
        with pytest.raises(ValueError, match="fid_infinity takes 15 subsets"):
            metric.check(*numbers)
    for numbers in ((0, 0), (0, 16), (5, 4110, 2048), (5, 0, 2048)):
        metric.check(*numbers)
