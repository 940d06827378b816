# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Dimensions that are known."""

import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.fractal_dimension import FractalDimension, fractal_dimension


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_cube_of_each_dimension_in_a_larger_space(dimension):
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(12, dimension)))
    points = rng.uniform(size=(6000, dimension)) @ basis.T
    found = fractal_dimension(points.reshape(6000, 2, 2, 3))
    np.testing.assert_allclose(found, dimension, rtol=0.1)


def test_as_defined():
    points = np.random.default_rng(0).normal(size=(40, 5))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    radii = np.logspace(np.log10(distances[distances > 0].min()), np.log10(distances.max()), 1000)
    counts = np.array([(distances < radius).sum() for radius in radii])
    middle, width = np.log(40) + np.log(40) / 2, 0.05 * np.log(40)
    chosen = np.abs(np.log(counts) - middle) <= width
    expected = np.polyfit(np.log(radii[chosen]), np.log(counts[chosen]), 1)[0]
    # All 40 are centres, in some order.
    np.testing.assert_allclose(fractal_dimension(points, centres=100), expected, rtol=1e-6)


def test_the_metric():
    images = np.random.default_rng(0).uniform(size=(300, 2, 2, 1)).astype(np.float32)
    metric = FractalDimension()
    side = metric.accumulator()
    for part in np.array_split(images, 3):
        side.update(Batch(part, None, None))
    assert metric.compute(None, side) == {"fractal_dimension": fractal_dimension(images)}


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match="the 9 given are all alike"):
        fractal_dimension(np.ones([9, 4, 4, 1]))
