# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Gaussian kernel's discrepancy, against loops and its closed form."""

import gin
import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.gaussian_mmd import GaussianMMD, gaussian_mmd


def _normal(n, d, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, d))


def _by_loops(real, fake, sigma, unbiased):
    def kernel(x, y):
        return np.exp(-np.sum((x - y) ** 2) / (2 * sigma**2))

    def within(rows):
        pairs = [
            kernel(x, y)
            for i, x in enumerate(rows)
            for j, y in enumerate(rows)
            if i != j or not unbiased
        ]
        return np.mean(pairs)

    between = np.mean([kernel(x, y) for x in real for y in fake])
    return within(real) + within(fake) - 2 * between


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("sigma", [0.7, 10.0])
def test_against_loops(sigma, unbiased):
    real, fake = _normal(9, 4, 0), _normal(13, 4, 1, 0.5)
    found = gaussian_mmd(real=real, fake=fake, sigma=sigma, scale=10.0, unbiased=unbiased)
    np.testing.assert_allclose(found, 10 * _by_loops(real, fake, sigma, unbiased), rtol=1e-8)


def test_of_gaussians_it_is_known():
    # E k(x, y) of N(a, 1), N(b, 1) in d dimensions: (s²/(s²+2))^(d/2) exp(−|a−b|²/(2(s²+2))).
    d, sigma, shift = 3, 1.5, 0.8
    factor = (sigma**2 / (sigma**2 + 2)) ** (d / 2)
    expected = 2 * factor * (1 - np.exp(-d * shift**2 / (2 * (sigma**2 + 2))))
    found = gaussian_mmd(
        real=_normal(3000, d, 0),
        fake=_normal(3000, d, 1, shift),
        sigma=sigma,
        scale=1,
        unbiased=True,
    )
    np.testing.assert_allclose(found, expected, rtol=0.05)


def test_directions_by_hand():
    """Along (1, 0), (0, 1) and (0, 1): half of the pairs of both sides are √2 apart."""
    real, fake = np.array([[3.0, 0.0], [0.0, 0.5]]), np.array([[0.0, 7.0], [0.0, 2.0]])
    found = gaussian_mmd(real=real, fake=fake, sigma=1.0, scale=1.0, normalize=True)
    # Within the reals 1, 1 and twice e^(−2/2); within the fakes 1; between 1, 1, 1/e and 1/e.
    apart = np.exp(-1.0)
    np.testing.assert_allclose(found, (1 + apart) / 2 + 1 - 2 * (1 + apart) / 2)
    other = gaussian_mmd(real=real, fake=fake, sigma=1.0, scale=1.0)
    assert abs(other - found) > 0.1


def test_cmmd_is_nearly_a_distance_of_mean_directions():
    real, fake = _normal(40, 6, 0, 1.0), _normal(30, 6, 1, 2.0)
    found = gaussian_mmd(real=real, fake=fake, normalize=True)
    means = [
        np.mean([row / np.sqrt(np.sum(row**2)) for row in side], axis=0) for side in (real, fake)
    ]
    # 1000 / 10² · |difference|², but for squares of the exponents, which are 0.02 at most.
    np.testing.assert_allclose(found, 10.0 * np.sum((means[0] - means[1]) ** 2), rtol=0.02)


@pytest.mark.parametrize("side", ["real", "fake"])
def test_what_has_no_direction(side):
    rows = {"real": _normal(5, 2, 0), "fake": _normal(5, 2, 1)}
    rows[side][3] = 0.0
    with pytest.raises(
        UnmeasurableError, match="gaussian_mmd.normalize=True .* 1 of 5 are: set it"
    ):
        gaussian_mmd(**rows, normalize=True)


@pytest.mark.parametrize("normalize", [False, True])
def test_the_metric(normalize):
    gin.parse_config(
        f"gaussian_mmd.sigma = 2.0\ngaussian_mmd.scale = 1.0\ngaussian_mmd.normalize = {normalize}"
    )
    metric = gin.get_configurable(GaussianMMD)()
    rows = {"real": _normal(12, 3, 0), "fake": _normal(9, 3, 1, 1.0)}
    rows = {name: side.astype(np.float32) for name, side in rows.items()}
    sides = {name: metric.accumulator() for name in rows}
    for name, side in sides.items():
        side.update(Batch(None, rows[name], None))
    found = metric.compute(**sides)["gaussian_mmd"]
    if normalize:
        rows = {n: x / np.sqrt((x**2).sum(axis=1, keepdims=True)) for n, x in rows.items()}
    np.testing.assert_allclose(found, _by_loops(rows["real"], rows["fake"], 2.0, False), rtol=1e-6)


def test_what_makes_no_sense():
    with pytest.raises(
        ValueError, match="gaussian_mmd.sigma must be a number in .0, inf., received 0"
    ):
        gaussian_mmd(real=_normal(5, 2, 0), fake=_normal(5, 2, 1), sigma=0)


@pytest.mark.parametrize("name", ["sigma", "scale"])
@pytest.mark.parametrize("value", [-1, 0, float("nan"), float("inf"), "1", None])
def test_settings_that_make_no_sense(name, value):
    with pytest.raises(
        ValueError, match=f"gaussian_mmd.{name} must be a number in .0, inf., received"
    ):
        GaussianMMD(**{name: value})
