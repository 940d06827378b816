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


def _by_loops(real, fake, k):
    def radius(rows, index):
        return sorted(np.linalg.norm(rows[index] - other) for other in rows)[k]

    real_radii = [radius(real, i) for i in range(len(real))]
    fake_radii = [radius(fake, i) for i in range(len(fake))]
    distance = [[np.linalg.norm(r - f) for f in fake] for r in real]
    inside = [[d < real_radii[i] for d in row] for i, row in enumerate(distance)]
    precision = np.mean([any(row[j] for row in inside) for j in range(len(fake))])
    recall = np.mean([any(d < fake_radii[j] for j, d in enumerate(row)) for row in distance])
    density = np.sum(inside) / (k * len(fake))
    coverage = np.mean([any(row) for row in inside])
    return precision, recall, density, coverage


@hypothesis.settings(max_examples=30)
@hypothesis.given(
    st.integers(1, 4), st.integers(6, 25), st.integers(6, 25), st.integers(0, 99), st.floats(0, 2)
)
def test_against_loops(k, n, m, seed, shift):
    real, fake = _normal(n, 3, seed), _normal(m, 3, seed + 1, shift)
    found = precision_recall_density_coverage(real=real, fake=fake, nearest_k=k)
    np.testing.assert_allclose(found, _by_loops(real, fake, k), atol=1e-12)


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
    gin.parse_config("prdc.nearest_k = 2")
    metric = gin.get_configurable(PRDC)()
    real, fake = _normal(20, 3, 0).astype(np.float32), _normal(20, 3, 1, 1.0).astype(np.float32)
    sides = {"real": metric.accumulator(), "fake": metric.accumulator()}
    sides["real"].update(Batch(None, real, None))
    sides["fake"].update(Batch(None, fake, None))
    found = metric.compute(**sides)
    assert tuple(found) == metric.names
    np.testing.assert_allclose(list(found.values()), _by_loops(real, fake, 2), atol=1e-12)


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


def test_numbers_that_will_not_do():
    for numbers in ((5, 90), (90, 5), (0, 5)):
        with pytest.raises(ValueError, match="prdc.nearest_k=5 needs more images than that"):
            PRDC().check(*numbers)
    for numbers in ((6, 6), (0, 0), (6, 0)):
        PRDC().check(*numbers)
