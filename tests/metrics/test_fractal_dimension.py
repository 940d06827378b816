# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Dimensions that are known."""

import gin
import numpy as np
import pytest

from compare_gan.metrics import Batch, UnmeasurableError
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
    middle, width = np.log(40) + np.log(40) / 2, 0.1 * np.log(40)
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


def test_the_metric_looks_at_a_sample():
    gin.parse_config("fractal_dimension.sample_size = 50")
    metric = gin.get_configurable(FractalDimension)()
    images = np.random.default_rng(0).uniform(size=(300, 2, 2, 1)).astype(np.float32)
    side = metric.accumulator()
    side.update(Batch(images, None, None))
    kept = {image.tobytes() for image in side.images}
    assert len(kept) == 50 and kept < {image.tobytes() for image in images}
    assert metric.compute(None, side) == {"fractal_dimension": fractal_dimension(side.images)}


@pytest.mark.parametrize("size", [1, 7, 64])
def test_in_blocks(size, monkeypatch):
    images = np.random.default_rng(0).integers(256, size=(60, 2, 2, 1)).astype(np.uint8)
    expected = fractal_dimension(images.astype(np.float64))
    monkeypatch.setattr("compare_gan.metrics.fractal_dimension._NUMBERS_AT_A_TIME", size)
    assert fractal_dimension(images) == expected


@pytest.mark.parametrize(
    "images, words",
    [
        (np.ones([9, 4, 4, 1]), "the 9 given are all alike"),
        (np.eye(7), "the 7 given are at one distance from each other"),
        (np.eye(7) + 1e-9 * np.arange(7), "the 7 given are at one distance from each other"),
        (np.array([[0.0], [1.0], [2.0]]), "finds no two radii in the middle"),
    ],
)
def test_images_without_a_dimension(images, words):
    with pytest.raises(UnmeasurableError, match=words):
        fractal_dimension(images)


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: FractalDimension(1),
            "fractal_dimension.sample_size must be .* from 2, received 1",
        ),
    ],
)
def test_what_makes_no_sense(call, words):
    with pytest.raises(ValueError, match=words):
        call()
