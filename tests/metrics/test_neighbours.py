# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances of all pairs, against SciPy and scikit-learn."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.spatial
import sklearn.neighbors

from compare_gan.metrics.neighbours import (
    closer_than,
    nearest,
    squared_distances,
    squared_radii,
)

# Far from the origin compared with their distances: what float32 products find hard.
ROWS = np.random.default_rng(0).normal(30.0, 1.0, size=(25, 6)).astype(np.float32)
OTHERS = np.random.default_rng(1).normal(30.0, 1.0, size=(9, 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._ROWS_AT_A_TIME", 7)


def test_squared_distances_and_their_errors():
    expected = scipy.spatial.distance.cdist(ROWS, OTHERS, "sqeuclidean")
    for block in squared_distances(ROWS, OTHERS):
        assert block.distances.dtype == np.float32
        off = np.abs(block.distances - expected[block.rows])
        assert (off <= block.errors).all() and (block.errors < 1e-3).all()


def test_equal_vectors_have_distance_zero():
    for block in squared_distances(ROWS, ROWS):
        own = np.arange(block.rows.start, block.rows.stop)
        assert (block.distances >= 0).all()
        np.testing.assert_allclose(block.distances[own - block.rows.start, own], 0.0, atol=1e-4)


@hypothesis.given(st.integers(0, 999))
def test_closer_than_decides_as_float64_does(seed):
    rng = np.random.default_rng(seed)
    # Whole numbers far out: many distances are equal to a radius, and none of them is below it.
    left = rng.integers(1000, 1003, size=(12, 3)).astype(np.float32)
    right = rng.integers(1000, 1003, size=(8, 3)).astype(np.float32)
    expected = scipy.spatial.distance.cdist(left, right, "sqeuclidean")
    radii = rng.integers(0, 9, size=12).astype(np.float64)
    for block in squared_distances(left, right):
        found = closer_than(block, radii[block.rows, None], left, right)
        np.testing.assert_array_equal(found, expected[block.rows] < radii[block.rows, None])
        found = closer_than(block, radii[:8], left, right)
        np.testing.assert_array_equal(found, expected[block.rows] < radii[:8])


@pytest.mark.parametrize("k", [1, 3, 9])
def test_nearest(k):
    search = sklearn.neighbors.NearestNeighbors(n_neighbors=k).fit(OTHERS.astype(np.float64))
    expected, order = search.kneighbors(ROWS.astype(np.float64))
    distances, indices = nearest(ROWS, OTHERS, k)
    np.testing.assert_allclose(distances, expected**2, rtol=1e-9)
    np.testing.assert_array_equal(indices, order)


@pytest.mark.parametrize("k", [1, 3, 24])
def test_radii(k):
    search = sklearn.neighbors.NearestNeighbors(n_neighbors=k + 1).fit(ROWS.astype(np.float64))
    expected = search.kneighbors(ROWS.astype(np.float64))[0][:, k]
    np.testing.assert_allclose(squared_radii(ROWS, k), expected**2, rtol=1e-9)


@pytest.mark.parametrize("k", [0, 25])
def test_as_many_neighbours_as_there_are(k):
    with pytest.raises(ValueError, match=f"nearest_k={k} must be from 1 to below .* 25"):
        squared_radii(ROWS, k)
