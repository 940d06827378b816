# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances of all pairs, against SciPy and scikit-learn."""

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.spatial
import sklearn.neighbors

from compare_gan.metrics import neighbours
from compare_gan.metrics.neighbours import (
    closer_than,
    exact_squared_distances,
    nearest,
    squared_distances,
    squared_radii,
)

# Far from the origin compared with their distances: what float32 products find hard.
ROWS = np.random.default_rng(0).normal(30.0, 1.0, size=(25, 6)).astype(np.float32)
OTHERS = np.random.default_rng(1).normal(30.0, 1.0, size=(9, 6)).astype(np.float32)


def _clusters(seed, n=60):
    """Six clusters 1,000 apart, 0.1 wide: float32 products see no distance within them."""
    rng = np.random.default_rng(seed)
    centres = 1000.0 * np.eye(6)[np.arange(n) % 6]
    return (centres + rng.normal(0.0, 0.1, size=(n, 6))).astype(np.float32)


def _with_an_outlier(seed):
    rows = np.random.default_rng(seed).normal(size=(40, 6))
    rows[7] = 1e6
    return rows.astype(np.float32)


def _collapsed(seed):
    """Eight vectors, each many times, far apart."""
    vectors = np.random.default_rng(0).normal(0.0, 500.0, size=(8, 6))
    return vectors[np.random.default_rng(seed).integers(8, size=50)].astype(np.float32)


def _tiny(seed):
    return np.random.default_rng(seed).normal(0.0, 1e-24, size=(30, 6)).astype(np.float32)


@hypothesis.settings(deadline=None)
@hypothesis.given(data=st.data())
def test_the_smallest_of_each_row_are_found_in_few_groups_of_columns(data):
    m = data.draw(st.integers(1, 700))
    k = data.draw(st.integers(1, min(m, 30)))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    # Few different numbers, so that many are equal; some are infinite.
    values = rng.integers(0, data.draw(st.sampled_from([3, 50, 10**6])), size=(4, m)).astype(float)
    values[:, rng.integers(m)] = np.inf
    found = neighbours._smallest(values, k)
    assert all(len(set(row)) == k for row in found.tolist())
    chosen = np.sort(np.take_along_axis(values, found, axis=1), axis=1)
    np.testing.assert_array_equal(chosen, np.sort(values, axis=1)[:, :k])


def test_errors_of_many_equal_dimensions_add_up():
    """Flat images: what float32 loses in a product is the same in every dimension."""
    left, right = (
        np.repeat(np.random.default_rng(seed).random((40, 1), np.float32), 20_000, axis=1)
        for seed in (0, 1)
    )
    exact = 20_000 * _exactly(left[:, :1], right[:, :1])
    for block in squared_distances(left, right):
        bound = block.row_errors[:, None] + block.column_errors
        assert np.all(np.abs(block.distances - exact[block.rows]) <= bound)
    distances, _ = nearest(left, right, 3)
    np.testing.assert_allclose(distances, np.sort(exact, axis=1)[:, :3], rtol=1e-9, atol=1e-9)


HARD = [_clusters, _with_an_outlier, _collapsed, _tiny]


def _exactly(left, right):
    return scipy.spatial.distance.cdist(
        left.astype(np.float64), right.astype(np.float64), "sqeuclidean"
    )


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._ROWS_AT_A_TIME", 7)
    monkeypatch.setattr("compare_gan.metrics.neighbours._COLUMNS_AT_A_TIME", 4)
    monkeypatch.setattr("compare_gan.metrics.neighbours._NUMBERS_AT_A_TIME", 100)


def test_squared_distances_and_their_errors():
    expected = scipy.spatial.distance.cdist(ROWS, OTHERS, "sqeuclidean")
    for block in squared_distances(ROWS, OTHERS):
        assert block.distances.dtype == np.float32
        off = np.abs(block.distances - expected[block.rows])
        errors = block.row_errors[:, None] + block.column_errors
        assert (off <= errors).all() and (errors < 1e-3).all()
        assert (errors <= block.errors_by_row[:, None]).all()
        assert (errors <= block.errors_by_column).all()


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
    right = rng.integers(1000, 1003, size=(9, 3)).astype(np.float32)
    expected = scipy.spatial.distance.cdist(left, right, "sqeuclidean")
    radii = rng.integers(0, 9, size=12).astype(np.float64)
    for block in squared_distances(left, right):
        found = closer_than(block, radii[block.rows, None], left, right)
        np.testing.assert_array_equal(found, expected[block.rows] < radii[block.rows, None])
        found = closer_than(block, radii[:9], left, right)
        np.testing.assert_array_equal(found, expected[block.rows] < radii[:9])


@pytest.mark.parametrize("make", HARD)
@pytest.mark.parametrize("many", [0, 32, 10**6])
def test_closer_than_where_float32_sees_nothing(make, many, monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._MANY", many)
    left, right = make(1), make(2)
    expected = _exactly(left, right)
    # Radii are distances of the same rows: half of the pairs with the nearest are inside.
    radii = np.sort(expected, axis=1)[:, 3:4] * (1 + 1e-9)
    for block in squared_distances(left, right):
        found = closer_than(block, radii[block.rows], left, right)
        np.testing.assert_array_equal(found, (expected < radii)[block.rows])


@pytest.mark.parametrize("many", [0, 10**6])
def test_equally_far_is_inside_a_closed_ball_alone(many, monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._MANY", many)
    # A grid far from 0: hundreds of equal distances, which float32 can't tell from others.
    grid = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3)
    grid[:, 0] *= 1e-3
    left, right = grid + 1000.0, grid[::3] + 1000.0
    expected = _exactly(left, right)
    of_rows = np.sort(expected, axis=1)[:, 3]
    of_columns = np.sort(expected, axis=0)[3]
    assert np.count_nonzero(expected == of_rows[:, None]) >= len(left)
    for block in squared_distances(left, right):
        distances = expected[block.rows]
        for radii in (of_rows[block.rows, None], of_columns):
            found = closer_than(block, radii, left, right, closed=True)
            np.testing.assert_array_equal(found, distances <= radii)
            found = closer_than(block, radii, left, right)
            np.testing.assert_array_equal(found, distances < radii)


@pytest.mark.parametrize("make", HARD)
@pytest.mark.parametrize("many", [0, 32, 10**6])
def test_nearest_where_float32_sees_nothing(make, many, monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.neighbours._MANY", many)
    left, right = make(1), make(2)
    expected = _exactly(left, right)
    distances, indices = nearest(left, right, 3)
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, :3], rtol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(expected, indices, axis=1), distances, rtol=1e-12)
    assert all(len(set(row)) == 3 for row in indices)
    own = _exactly(left, left)
    np.fill_diagonal(own, np.inf)
    np.testing.assert_allclose(squared_radii(left, 5), np.sort(own, axis=1)[:, 4], rtol=1e-12)


def test_one_vector_many_times():
    rows = np.tile(ROWS[:1], [30, 1])
    np.testing.assert_array_equal(squared_radii(rows, 3), 0.0)
    distances, indices = nearest(rows, rows, 4, same=True)
    assert not distances.any() and not np.any(indices == np.arange(30)[:, None])


def test_in_doubt_about_few_pairs_only(monkeypatch):
    """What float32 orders rightly is not computed again."""
    computed = []
    exactly = exact_squared_distances

    def counted(left, right):
        computed.append(len(right))
        return exactly(left, right)

    monkeypatch.setattr("compare_gan.metrics.neighbours.exact_squared_distances", counted)
    nearest(ROWS, ROWS, 3, same=True)
    copies = np.repeat(_collapsed(0)[:10], 4, axis=0)
    nearest(copies, copies, 3, same=True)
    assert sum(computed) == 3 * (25 + 40)


def test_features_that_overflow():
    huge = np.full([5, 4], 1e20, np.float32)
    huge[1] = -1e20
    with pytest.raises(ValueError, match=r"as large as 1e\+20 are too large .* in float32"):
        squared_radii(huge, 1)
    with pytest.raises(ValueError, match="too large"):
        list(squared_distances(ROWS, huge[:, [0, 1, 2, 3, 0, 1]]))
    [block] = squared_distances(huge, huge, np.float64)
    np.testing.assert_allclose(block.distances[0, 1], 4 * 4e40, rtol=1e-6)


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
