# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial import geometric_slerp

from compare_gan.gans.paths import lerp, slerp

_VALUES = st.floats(-10, 10, width=32)
_PAIRS = hnp.arrays(np.float64, (2, 3, 5), elements=_VALUES)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(_PAIRS)
def test_ends_are_exact(pair):
    start, end = pair
    for between in (slerp, lerp):
        points = between(start, end, np.linspace(0, 1, 4))
        assert points.shape == (3, 4, 5) and np.isfinite(points).all()
        np.testing.assert_array_equal(points[:, 0], start)
        np.testing.assert_array_equal(points[:, -1], end)


@hypothesis.settings(max_examples=100, deadline=None)
@hypothesis.given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(0.1, 100))
def test_arcs_between_unit_vectors_are_those_of_scipy(seed, dimensions, scale):
    start, end = np.random.default_rng(seed).normal(size=[2, dimensions])
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    t = np.linspace(0, 1, 7)
    # Close to opposite there are two ways, and the rounding of the angle shows.
    hypothesis.assume(start @ end > -0.9999)
    points = slerp(scale * start, scale * end, t)
    np.testing.assert_allclose(points, scale * geometric_slerp(start, end, t), atol=1e-6 * scale)
    np.testing.assert_allclose(np.linalg.norm(points, axis=-1), scale, rtol=1e-6)


def test_orthogonal_vectors_of_different_norms_by_hand():
    """The angle is π/2, so the weights are cos(t π/2) and sin(t π/2)."""
    points = slerp(np.array([2.0, 0.0]), np.array([0.0, 6.0]), np.array([0.0, 1 / 3, 0.5, 1.0]))
    half = np.sqrt(0.5)
    expected = [[2, 0], [2 * np.sqrt(3) / 2, 3], [2 * half, 6 * half], [0, 6]]
    np.testing.assert_allclose(points, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "middle"),
    [
        ([1.0, 2.0], [3.0, 6.0], [2.0, 4.0]),
        ([1.0, 2.0], [1.0, 2.0], [1.0, 2.0]),
        ([1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]),
        ([0.0, 0.0], [1.0, 2.0], [0.5, 1.0]),
        ([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]),
    ],
)
def test_without_an_angle_the_way_is_straight(start, end, middle):
    points = slerp(np.array(start), np.array(end), np.array([0.5]))
    np.testing.assert_allclose(points, [middle], atol=1e-12)


def test_straight_lines_by_hand():
    points = lerp(np.array([[0.0, 4.0]]), np.array([[1.0, 0.0]]), np.array([0.25, 0.5]))
    np.testing.assert_array_equal(points, [[[0.25, 3.0], [0.5, 2.0]]])
