# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Precision, recall, density, coverage: against loops, and on toys whose answer is known."""

import gin
import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.prdc import PRDC, precision_recall_density_coverage


def _normal(n, d, seed, shift=0.0, scale=1.0):
    return np.random.default_rng(seed).normal(shift, scale, size=(n, d))


def _by_loops(real, fake, k, pair_k=None, closed=False):
    def radius(rows, index, k):
        return sorted(np.linalg.norm(rows[index] - other) for other in rows)[k]

    def is_inside(d, limit, closed):
        return d <= limit if closed else d < limit

    def inside(k, closed):
        radii = [radius(real, i, k) for i in range(len(real))]
        return [
            [is_inside(d, limit, closed) for d in row]
            for row, limit in zip(distance, radii, strict=True)
        ]

    pair_k = k if pair_k is None else pair_k
    fake_radii = [radius(fake, i, pair_k) for i in range(len(fake))]
    distance = [[np.linalg.norm(r - f) for f in fake] for r in real]
    of_pair, of_counts = inside(pair_k, closed), inside(k, False)
    precision = np.mean([any(row[j] for row in of_pair) for j in range(len(fake))])
    recall = np.mean(
        [
            any(is_inside(d, limit, closed) for d, limit in zip(row, fake_radii, strict=True))
            for row in distance
        ]
    )
    density = np.sum(of_counts) / (k * len(fake))
    coverage = np.mean([any(row) for row in of_counts])
    return precision, recall, density, coverage


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    st.integers(1, 4), st.integers(6, 25), st.integers(6, 25), st.integers(0, 99), st.floats(0, 2)
)
def test_against_loops(k, n, m, seed, shift):
    real, fake = _normal(n, 3, seed), _normal(m, 3, seed + 1, shift)
    found = precision_recall_density_coverage(real=real, fake=fake, nearest_k=k)
    np.testing.assert_allclose(found, _by_loops(real, fake, k), atol=1e-12)


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    st.integers(1, 4), st.none() | st.integers(1, 4), st.booleans(), st.integers(0, 99)
)
def test_other_balls_for_precision_and_recall(k, pair_k, closed, seed):
    # Whole numbers: many distances are equal.
    real, fake = np.round(_normal(20, 3, seed)), np.round(_normal(15, 3, seed + 1, 1.0))
    found = precision_recall_density_coverage(
        real=real, fake=fake, nearest_k=k, precision_recall_k=pair_k, closed=closed
    )
    np.testing.assert_allclose(found, _by_loops(real, fake, k, pair_k, closed), atol=1e-12)


def test_copies_are_in_closed_balls_alone():
    """0, 0, 0 and 9 on a line, k = 2: the radii are 0, 0, 0 and 9."""
    rows = np.array([[0.0], [0.0], [0.0], [9.0]])
    sides = {"real": rows, "fake": rows, "nearest_k": 2}
    # 9 is in its own ball; 0 is in none, as it is as far from 9 as 9's radius.
    assert precision_recall_density_coverage(**sides)[:2] == (0.25, 0.25)
    found = precision_recall_density_coverage(**sides, closed=True)
    # Density and coverage have open balls all the same: one of 4 reals has one of 4 fakes.
    assert found == (1.0, 1.0, 1 / 8, 0.25)


def test_both_papers_numbers_at_once():
    real, fake = _normal(30, 3, 0), _normal(25, 3, 1, 0.7)
    found = precision_recall_density_coverage(
        real=real, fake=fake, precision_recall_k=3, closed=True
    )
    three = precision_recall_density_coverage(real=real, fake=fake, nearest_k=3, closed=True)
    five = precision_recall_density_coverage(real=real, fake=fake)
    assert found == (*three[:2], *five[2:])
    assert len({*three, *five}) > 5


def test_a_collapsed_model_is_precise_and_a_spread_one_is_not():
    real = _normal(500, 4, 0)
    collapsed = precision_recall_density_coverage(real=real, fake=_normal(500, 4, 1, scale=0.05))
    assert collapsed.precision == 1.0 and collapsed.recall < 0.01
    assert collapsed.density > 1 and collapsed.coverage < 0.2
    spread = precision_recall_density_coverage(real=real, fake=_normal(500, 4, 1, scale=6.0))
    assert spread.precision < 0.1 and spread.recall > 0.95 and spread.density < 0.1


def test_clusters_that_are_far_apart():
    """1,000 apart and 0.1 wide: float32 products see no distance within them."""
    sides = [
        (1000 * np.eye(4)[np.arange(40) % 4] + _normal(40, 4, seed, scale=0.1)).astype(np.float32)
        for seed in (0, 1)
    ]
    found = precision_recall_density_coverage(real=sides[0], fake=sides[1], nearest_k=3)
    expected = _by_loops(*(side.astype(np.float64) for side in sides), 3)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert 0.5 < found.density < 1.5


def test_equal_distributions_and_distant_ones():
    same = precision_recall_density_coverage(real=_normal(1000, 4, 0), fake=_normal(1000, 4, 1))
    # The expected coverage of equal distributions is 1 − (1/2)^k for equal numbers.
    assert abs(same.coverage - (1 - 0.5**5)) < 0.02 and abs(same.density - 1) < 0.1
    far = precision_recall_density_coverage(real=_normal(50, 4, 0), fake=_normal(50, 4, 1, 99.0))
    assert tuple(far) == (0.0, 0.0, 0.0, 0.0)


def test_the_metric():
    gin.parse_config("prdc.nearest_k = 2\nprdc.precision_recall_k = 1\nprdc.closed = True")
    metric = gin.get_configurable(PRDC)()
    real, fake = _normal(20, 3, 0).astype(np.float32), _normal(20, 3, 1, 1.0).astype(np.float32)
    sides = {"real": metric.accumulator(), "fake": metric.accumulator()}
    sides["real"].update(Batch(None, real, None))
    sides["fake"].update(Batch(None, fake, None))
    found = metric.compute(**sides)
    assert tuple(found) == metric.names
    np.testing.assert_allclose(list(found.values()), _by_loops(real, fake, 2, 1, True), atol=1e-12)


@pytest.mark.parametrize("k", [0, 1.5, True, 20])
def test_what_makes_no_sense(k):
    with pytest.raises(ValueError, match=r"prdc.nearest_k must be|At least 21 vectors"):
        precision_recall_density_coverage(
            real=_normal(20, 2, 0), fake=_normal(20, 2, 1), nearest_k=k
        )


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_settings_that_make_no_sense(k):
    with pytest.raises(ValueError, match="prdc.nearest_k must be a whole number from 1"):
        PRDC(k)
    with pytest.raises(ValueError, match="prdc.precision_recall_k must be a whole number from 1"):
        PRDC(precision_recall_k=k)


def test_numbers_that_will_not_do():
    for numbers in ((5, 90), (90, 5), (0, 5)):
        with pytest.raises(ValueError, match="prdc.nearest_k=5 needs more images than that"):
            PRDC().check(*numbers)
    with pytest.raises(ValueError, match="prdc.precision_recall_k=7 needs more images .* 7 real"):
        PRDC(precision_recall_k=7).check(7, 9)
    with pytest.raises(ValueError, match="At least 8 vectors"):
        precision_recall_density_coverage(
            real=_normal(7, 2, 0), fake=_normal(9, 2, 1), precision_recall_k=7
        )
    for numbers in ((6, 6), (0, 0), (6, 0)):
        PRDC().check(*numbers)
