# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Precision-recall curves: against worked examples, and on clusters that are known."""

import gin
import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.prd import PRD, f_scores, prd_curve, prd_curve_of_histograms

# Five far clusters.
CENTRES = 20 * np.eye(5)


def _around(centres, n, seed):
    rng = np.random.default_rng(seed)
    return CENTRES[rng.choice(centres, n)] + rng.normal(size=(n, 5))


def test_by_hand():
    # At 45 degrees both are the overlap, 0.5; far to either side one of them is the share of the
    # fakes (0.5) or of the reals (1.0) that lie in the other's cells.
    curve = prd_curve_of_histograms(real=[0.5, 0.5, 0.0], fake=[0.25, 0.25, 0.5], angles=3)
    np.testing.assert_allclose(curve.precision, [0.0, 0.5, 0.5], atol=1e-9)
    np.testing.assert_allclose(curve.recall, [1.0, 0.5, 0.0], atol=1e-9)


def test_equal_and_disjoint_distributions():
    p = np.array([0.2, 0.3, 0.5])
    equal = prd_curve_of_histograms(real=p, fake=p)
    np.testing.assert_allclose(np.maximum(equal.precision, equal.recall), 1.0, atol=1e-12)
    np.testing.assert_allclose(f_scores(equal), 1.0, atol=1e-6)
    apart = prd_curve_of_histograms(real=[1.0, 0.0], fake=[0.0, 1.0])
    assert not np.any(apart.precision) and f_scores(apart) == (0.0, 0.0)


@hypothesis.given(st.lists(st.floats(0.01, 1), min_size=2, max_size=8), st.integers(0, 9))
def test_swapping_the_sides_swaps_precision_and_recall(weights, seed):
    p = np.array(weights) / np.sum(weights)
    q = np.random.default_rng(seed).dirichlet(np.ones(len(p)))
    forth = prd_curve_of_histograms(real=p, fake=q, angles=11)
    back = prd_curve_of_histograms(real=q, fake=p, angles=11)
    np.testing.assert_allclose(forth.precision, back.recall[::-1], atol=1e-6)


def test_lost_and_invented_modes():
    real = _around([0, 1, 2, 3], 400, 0)
    lost = f_scores(prd_curve(real=real, fake=_around([0, 1], 400, 1), clusters=5, clusterings=3))
    invented = f_scores(
        prd_curve(real=real, fake=_around([0, 1, 2, 3, 4], 400, 2), clusters=5, clusterings=3)
    )
    assert lost[0] < 0.6 and lost[1] > 0.9  # F_8 is about recall, F_1/8 about precision
    assert invented[0] > 0.9 and 0.7 < invented[1] < 0.9


def test_clusterings_are_different_ones():
    rng = np.random.default_rng(0)
    sides = {"real": rng.normal(size=(40, 4)), "fake": rng.normal(0.5, 1.0, size=(40, 4))}
    settings = {"clusters": 4, "angles": 9}
    alone = [prd_curve(**sides, clusterings=1, seed=seed, **settings) for seed in (3, 4)]
    assert not np.allclose(alone[0].precision, alone[1].precision)
    found = prd_curve(**sides, clusterings=2, seed=3, **settings)
    np.testing.assert_allclose(found, np.mean(alone, axis=0), rtol=1e-12)


def test_f_scores_by_hand():
    curve = prd_curve_of_histograms(real=[0.5, 0.5, 0.0], fake=[0.25, 0.25, 0.5], angles=3)
    # F_2 at (0.5, 0.5) is 0.5; at recall 1 and precision about 0 it is about 0.
    np.testing.assert_allclose(f_scores(curve, beta=2.0), [0.5, 0.5], atol=1e-8)


def test_the_metric():
    gin.parse_config("prd.clusters = 5\nprd.clusterings = 2")
    metric = gin.get_configurable(PRD)()
    rows = {"real": _around([0, 1, 2], 60, 0), "fake": _around([0, 1], 60, 1)}
    rows = {name: side.astype(np.float32) for name, side in rows.items()}
    sides = {name: metric.accumulator() for name in rows}
    for name, side in sides.items():
        side.update(Batch(None, rows[name], None))
    expected = f_scores(prd_curve(**rows, clusters=5, clusterings=2))
    assert metric.compute(**sides) == dict(zip(("prd_f8", "prd_f1_8"), expected, strict=True))
    # The curve is there already; of other sides it is another.
    assert metric.curve(**sides) is metric.curve(**sides)
    other = metric.curve(sides["real"], sides["real"])
    np.testing.assert_allclose(np.maximum(other.precision, other.recall), 1.0, atol=1e-12)


def test_numbers_that_will_not_do():
    for numbers in ((30, 31), (9, 9), (0, 9)):
        with pytest.raises(ValueError, match="as many fakes as reals, .* 30 |prd.clusters=20"):
            PRD().check(*numbers)
    for numbers in ((10, 10), (0, 0), (10, 0)):
        PRD().check(*numbers)


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: prd_curve(real=np.ones([5, 2]), fake=np.ones([4, 2])),
            "as many fakes as reals, received 5 real and 4",
        ),
        (lambda: prd_curve(real=np.ones([5, 2]), fake=np.ones([5, 2])), "prd.clusters=20 must be"),
        (lambda: prd_curve_of_histograms(real=[0.5, 0.6], fake=[1.0, 0.0]), "sum to 1"),
        (lambda: PRD(clusters=-3), "prd.clusters must be a whole number from 1, received -3"),
        (lambda: PRD(clusterings=0), "prd.clusterings must be a whole number from 1, received 0"),
        (
            lambda: prd_curve(real=np.eye(30), fake=np.eye(30), clusterings=0),
            "prd.clusterings must be",
        ),
        (lambda: prd_curve(real=np.eye(30), fake=np.eye(30), angles=0), "angles must be"),
        (
            lambda: f_scores(prd_curve_of_histograms(real=[1.0], fake=[1.0]), beta=0),
            "beta must be positive",
        ),
    ],
)
def test_what_makes_no_sense(call, words):
    with pytest.raises(ValueError, match=words):
        call()
