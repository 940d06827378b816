# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Fréchet distance against SciPy's matrix root, closed forms, and its axioms."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.metrics.fid import (
    frechet_distance,
    frechet_distance_from_moments,
    frechet_distance_from_statistics,
    trace_of_root,
)
from compare_gan.metrics.moments import moments


def by_sqrtm(real, fake):
    root = scipy.linalg.sqrtm(np.cov(real.T) @ np.cov(fake.T))
    traces = np.trace(np.cov(real.T)) + np.trace(np.cov(fake.T)) - 2 * np.trace(root.real)
    return np.sum((real.mean(0) - fake.mean(0)) ** 2) + traces


def by_nuclear_norm(real, fake):
    """Exact for covariances of any rank, from the data and not from the covariances.

    Σ_real = Aᵀ A and Σ_fake = Bᵀ B with the centered, scaled data as A and B, so the trace of the
    root of their product is the sum of the singular values of the small A Bᵀ [n_real, n_fake].
    """
    a = (real - real.mean(0)) / np.sqrt(len(real) - 1)
    b = (fake - fake.mean(0)) / np.sqrt(len(fake) - 1)
    root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return np.sum((real.mean(0) - fake.mean(0)) ** 2) + np.sum(a**2) + np.sum(b**2) - 2 * root


def features(n, d, seed, scale=1.0, offset=0.0):
    rng = np.random.default_rng(seed)
    return scale * (rng.normal(size=(n, d)) @ rng.normal(size=(d, d))) + offset


@pytest.mark.parametrize("d", [1, 2, 17, 64])
def test_equals_sqrtm(d):
    real, fake = features(4 * d + 5, d, 0), features(3 * d + 5, d, 1, scale=0.7, offset=0.3)
    if d == 1:
        s, t = real.std(ddof=1), fake.std(ddof=1)
        expected = (real.mean() - fake.mean()) ** 2 + (s - t) ** 2
    else:
        expected = by_sqrtm(real, fake)
    np.testing.assert_allclose(frechet_distance(real=real, fake=fake), expected, rtol=1e-9)


def rotated(eigenvalues, seed=0):
    d = len(eigenvalues)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]
    matrix = (rotation * eigenvalues) @ rotation.T
    return (matrix + matrix.T) / 2


@pytest.mark.parametrize("kind", ["regular", "wide", "one singular", "both singular", "disjoint"])
def test_trace_of_root_of_commuting_matrices(kind):
    """Matrices with common eigenvectors: the trace is the sum of sqrt(a b) over eigenvalues."""
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(size=(2, 200))
    if kind == "wide":
        a, b = np.logspace(0, -9, 200), np.logspace(-8, 1, 200)
    if kind in ("one singular", "both singular"):
        a[50:] = 0
    if kind == "both singular":
        b[:20] = 0
    if kind == "disjoint":
        a[100:], b[:100] = 0, 0
    expected = np.sum(np.sqrt(a * b))
    for first, second in ((a, b), (b, a)):
        result = trace_of_root(rotated(first), rotated(second))
        np.testing.assert_allclose(result, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("n_real, n_fake", [(40, 500), (500, 40), (40, 30), (2, 3), (101, 100)])
def test_fewer_vectors_than_dimensions(n_real, n_fake):
    real, fake = features(n_real, 100, 0), features(n_fake, 100, 1, scale=0.5, offset=0.1)
    expected = by_nuclear_norm(real, fake)
    np.testing.assert_allclose(frechet_distance(real=real, fake=fake), expected, rtol=1e-6)


@pytest.mark.parametrize("n_real, n_fake", [(300, 300), (300, 200), (2500, 300)])
def test_fewer_vectors_than_the_dimensions_of_inception(n_real, n_fake):
    """2048 features that share a few directions and fall off over four decades of variance."""
    scales = np.logspace(0, -2, 2048)
    shared = np.random.default_rng(7).normal(size=(30, 2048))

    def pooled(n, seed):
        rng = np.random.default_rng(seed)
        return np.maximum(
            scales * (rng.normal(size=(n, 30)) @ shared + rng.normal(size=(n, 2048)) + 0.2), 0
        )

    real, fake = pooled(n_real, 0), 1.1 * pooled(n_fake, 1)
    expected = by_nuclear_norm(real, fake)
    np.testing.assert_allclose(frechet_distance(real=real, fake=fake), expected, rtol=1e-9)


def test_dead_features_and_collapsed_fakes():
    real = features(200, 8, 0)
    real[:, 3] = 1.5
    fake = np.tile(real.mean(0), (50, 1))  # one image over and over: no covariance at all
    expected = np.trace(np.cov(real.T))
    np.testing.assert_allclose(frechet_distance(real=real, fake=fake), expected, rtol=1e-9)


seeds = st.integers(0, 2**31)


@given(seeds, st.integers(2, 12), st.integers(2, 40))
def test_is_zero_on_itself(seed, d, n):
    real = features(n, d, seed)
    assert 0 <= frechet_distance(real=real, fake=real[::-1]) <= 1e-8 * np.trace(np.cov(real.T))


@given(seeds, st.integers(2, 12), st.integers(2, 40), st.integers(2, 40))
def test_is_symmetric(seed, d, n_real, n_fake):
    real, fake = features(n_real, d, seed), features(n_fake, d, seed + 1, offset=0.5)
    there, back = frechet_distance(real=real, fake=fake), frechet_distance(real=fake, fake=real)
    np.testing.assert_allclose(there, back, rtol=1e-7)


@given(seeds, st.integers(2, 12), st.floats(-10, 10))
def test_of_a_shift_is_its_squared_length(seed, d, length):
    real = features(30, d, seed)
    direction = np.random.default_rng(seed).normal(size=d)
    shift = length * direction / np.linalg.norm(direction)
    np.testing.assert_allclose(
        frechet_distance(real=real, fake=real + shift),
        length**2,
        rtol=1e-7,
        atol=1e-8 * np.trace(np.cov(real.T)),
    )


@given(seeds, st.floats(0.1, 10))
def test_scales_quadratically_and_ignores_rotations(seed, scale):
    real, fake = features(40, 6, seed), features(50, 6, seed + 1)
    distance = frechet_distance(real=real, fake=fake)
    rotation = np.linalg.qr(np.random.default_rng(seed).normal(size=(6, 6)))[0]
    np.testing.assert_allclose(
        frechet_distance(real=scale * real @ rotation, fake=scale * fake @ rotation),
        scale**2 * distance,
        rtol=1e-7,
    )


def test_from_moments_and_from_statistics_are_the_same():
    real, fake = features(50, 6, 0), features(60, 6, 1)
    a, b = moments(real), moments(fake)
    expected = frechet_distance(real=real, fake=fake)
    assert frechet_distance_from_moments(real=a, fake=b) == expected
    assert expected == frechet_distance_from_statistics(
        real_mean=a.mean,
        real_covariance=a.covariance,
        fake_mean=b.mean,
        fake_covariance=b.covariance,
    )


def test_arguments_have_names_and_shapes():
    with pytest.raises(TypeError):
        frechet_distance(np.zeros((3, 2)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="different backbones"):
        frechet_distance(real=features(9, 3, 0), fake=features(9, 4, 0))
