# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances of all pairs, against scikit-learn."""

import numpy as np
import pytest
import scipy.spatial
import sklearn.neighbors

from compare_gan.metrics.neighbours import squared_distances, squared_radii

ROWS = np.random.default_rng(0).normal(3.0, 1.0, size=(25, 6)).astype(np.float32)
OTHERS = np.random.default_rng(1).normal(size=(9, 6)).astype(np.float32)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._ROWS_AT_A_TIME", 7)


def test_squared_distances():
    found = np.empty([25, 9])
    for rows, block in squared_distances(ROWS, OTHERS):
        found[rows] = block
    np.testing.assert_allclose(found, scipy.spatial.distance.cdist(ROWS, OTHERS, "sqeuclidean"))


def test_equal_vectors_have_distance_zero():
    for rows, block in squared_distances(ROWS, ROWS):
        own = np.arange(rows.start, rows.stop)
        assert (block >= 0).all()
        np.testing.assert_allclose(block[own - rows.start, own], 0.0, atol=1e-12)


@pytest.mark.parametrize("k", [1, 3, 24])
def test_radii(k):
    search = sklearn.neighbors.NearestNeighbors(n_neighbors=k + 1).fit(ROWS.astype(np.float64))
    expected = search.kneighbors(ROWS.astype(np.float64))[0][:, k]
    np.testing.assert_allclose(squared_radii(ROWS, k), expected**2, rtol=1e-9)


@pytest.mark.parametrize("k", [0, 25])
def test_as_many_neighbours_as_there_are(k):
    with pytest.raises(ValueError, match=f"nearest_k={k} must be from 1 to below .* 25"):
        squared_radii(ROWS, k)
