# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Kernel distances, against loops over pairs and closed forms."""

import gin
import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.kid import (
    KID,
    kernel_distance,
    kernel_distance_of_blocks,
    kernel_distance_of_subsets,
)


def _normal(n, d, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, d))


def _by_loops(real, fake, degree=3, gamma=None, offset=1.0):
    gamma = 1 / real.shape[1] if gamma is None else gamma

    def kernel(x, y):
        return (gamma * float(np.dot(x, y)) + offset) ** degree

    def within(rows):
        pairs = [kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j]
        return np.mean(pairs)

    between = np.mean([kernel(x, y) for x in real for y in fake])
    return within(real) + within(fake) - 2 * between


@pytest.mark.parametrize(
    "settings", [{}, {"degree": 1}, {"degree": 4, "gamma": 0.3, "offset": 0.5}]
)
def test_against_loops(settings):
    real, fake = _normal(9, 4, 0), _normal(13, 4, 1, 0.5)
    expected = _by_loops(real, fake, **settings)
    np.testing.assert_allclose(kernel_distance(real=real, fake=fake, **settings), expected)


def test_sides_larger_than_a_block(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.kid._ROWS_AT_A_TIME", 4)
    real, fake = _normal(9, 4, 0), _normal(13, 4, 1, 0.5)
    np.testing.assert_allclose(kernel_distance(real=real, fake=fake), _by_loops(real, fake))


def test_a_linear_kernel_estimates_the_distance_of_means():
    # E = |mean_real - mean_fake|² = 3 · 0.5², whatever the sizes.
    values = [
        kernel_distance(
            real=_normal(40, 3, s), fake=_normal(70, 3, 100 + s, 0.5), degree=1, gamma=1.0
        )
        for s in range(200)
    ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - 0.75) < 4 * error < 0.3


@hypothesis.given(st.integers(2, 30), st.integers(2, 30), st.integers(1, 5), st.integers(0, 99))
def test_symmetric(n, m, d, seed):
    real, fake = _normal(n, d, seed), _normal(m, d, seed + 1)
    forth, back = kernel_distance(real=real, fake=fake), kernel_distance(real=fake, fake=real)
    np.testing.assert_allclose(forth, back, rtol=1e-9, atol=1e-9)


def test_of_equal_distributions_it_is_negative_as_often_as_not():
    values = [
        kernel_distance(real=_normal(20, 3, s), fake=_normal(20, 3, 900 + s)) for s in range(200)
    ]
    assert 0.3 < np.mean(np.array(values) < 0) < 0.8
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)


def test_blocks_of_sides_of_different_sizes():
    real, fake = _normal(23, 3, 0), _normal(31, 3, 1, 1.0)
    found = kernel_distance_of_blocks(real=real, fake=fake, block_size=6)
    rng = np.random.default_rng(0)
    real, fake = real[rng.permutation(23)], fake[rng.permutation(31)]
    # ceil(31 / 6) = 6 blocks: five of 4 and one of 3 reals; one of 6 and five of 5 fakes.
    real_ends, fake_ends = [0, 4, 8, 12, 16, 20, 23], [0, 6, 11, 16, 21, 26, 31]
    parts = [
        _by_loops(real[a:b], fake[c:d])
        for a, b, c, d in zip(real_ends, real_ends[1:], fake_ends, fake_ends[1:], strict=False)
    ]
    np.testing.assert_allclose(found.value, np.mean(parts))
    np.testing.assert_allclose(found.standard_error, np.std(parts, ddof=1) / np.sqrt(6))


def test_the_error_of_few_blocks_is_that_of_five():
    real, fake = _normal(23, 3, 0), _normal(31, 3, 1, 1.0)
    found = kernel_distance_of_blocks(real=real, fake=fake, block_size=8)
    rng = np.random.default_rng(0)
    real, fake = real[rng.permutation(23)], fake[rng.permutation(31)]

    def parts(real_ends, fake_ends):
        ends = zip(real_ends, real_ends[1:], fake_ends, fake_ends[1:], strict=False)
        return [_by_loops(real[a:b], fake[c:d]) for a, b, c, d in ends]

    four = parts([0, 6, 12, 18, 23], [0, 8, 16, 24, 31])
    five = parts([0, 5, 10, 15, 19, 23], [0, 7, 13, 19, 25, 31])
    np.testing.assert_allclose(found.value, np.mean(four))
    np.testing.assert_allclose(found.standard_error, np.std(five, ddof=1) / np.sqrt(5))


@pytest.mark.parametrize("n, blocks", [(9, 4), (5, 2)])
def test_the_error_of_few_vectors_is_that_of_blocks_of_two(n, blocks):
    real, fake = _normal(n, 3, 0), _normal(n, 3, 1)
    found = kernel_distance_of_blocks(real=real, fake=fake)
    rng = np.random.default_rng(0)
    parts = [np.array_split(side[rng.permutation(n)], blocks) for side in (real, fake)]
    values = [_by_loops(*pair) for pair in zip(*parts, strict=True)]
    np.testing.assert_allclose(found.standard_error, np.std(values, ddof=1) / np.sqrt(blocks))
    np.testing.assert_allclose(found.value, _by_loops(real, fake))


def test_three_vectors_have_no_error():
    found = kernel_distance_of_blocks(real=_normal(3, 3, 0), fake=_normal(9, 3, 1))
    assert np.isfinite(found.value) and np.isnan(found.standard_error)


@pytest.mark.parametrize("shift, ratio", [(1.0, 1.0), (0.0, np.sqrt(5))])
def test_the_error_is_how_values_scatter(shift, ratio):
    """That of one block: as much between distant distributions, √5 times as much of equal ones."""
    found = [
        kernel_distance_of_blocks(real=_normal(60, 3, s), fake=_normal(60, 3, 900 + s, shift))
        for s in range(150)
    ]
    scatter = np.std([each.value for each in found])
    error = np.sqrt(np.mean([each.standard_error**2 for each in found]))
    np.testing.assert_allclose(error / scatter, ratio, rtol=0.2)


def test_blocks_of_a_side_sorted_by_class():
    classes = 6 * np.eye(8)
    real = np.repeat(classes, 50, axis=0) + _normal(400, 8, 0)
    fake = np.repeat(classes, 50, axis=0) + _normal(400, 8, 1)
    fake = fake[np.random.default_rng(2).permutation(400)]
    found = kernel_distance_of_blocks(real=real, fake=fake, block_size=50)
    of_sorted_blocks = np.mean(
        [
            kernel_distance(real=real[first : first + 50], fake=fake[first : first + 50])
            for first in range(0, 400, 50)
        ]
    )
    # The distributions are equal. Cut in order, each block is one class against all.
    assert abs(found.value) < 4 * found.standard_error < of_sorted_blocks / 5
    other = kernel_distance_of_blocks(real=real, fake=fake, block_size=50, seed=1)
    assert other.value != found.value
    again = kernel_distance_of_blocks(real=real, fake=fake, block_size=50)
    assert again == found


def test_subsets():
    real, fake = _normal(30, 3, 0), _normal(20, 3, 1, 1.0)
    found = kernel_distance_of_subsets(real=real, fake=fake, subsets=50, subset_size=10)
    again = kernel_distance_of_subsets(real=real, fake=fake, subsets=50, subset_size=10)
    other = kernel_distance_of_subsets(real=real, fake=fake, subsets=50, subset_size=10, seed=1)
    assert found.value == again.value != other.value
    whole = kernel_distance(real=real, fake=fake)
    assert abs(found.value - whole) < 4 * found.standard_deviation / np.sqrt(50)
    everything = kernel_distance_of_subsets(real=real[:20], fake=fake, subsets=2, subset_size=20)
    np.testing.assert_allclose(everything.value, kernel_distance(real=real[:20], fake=fake))


def test_subsets_of_float32_features():
    """Products in float32 lose less than a thousandth of what subsets scatter."""
    rng = np.random.default_rng(0)
    real, fake = (rng.gamma(0.5, scale, size=(400, 512)).astype(np.float32) for scale in (1, 1.05))
    found, exact = (
        kernel_distance_of_subsets(
            real=real.astype(kind), fake=fake.astype(kind), subsets=20, subset_size=200
        )
        for kind in (np.float32, np.float64)
    )
    np.testing.assert_allclose(found.value, exact.value, rtol=1e-5)
    assert abs(found.value - exact.value) < 1e-3 * exact.standard_deviation


@pytest.mark.parametrize(
    "centre, spread, shift", [(1.0, 1e-3, 3e-4), (1e3, 1.0, 0.0), (3e6, 3e6, 0)]
)
def test_subsets_of_float32_features_that_float32_cannot_tell_apart(centre, spread, shift):
    rng = np.random.default_rng(0)
    real = (centre + spread * rng.normal(size=(300, 64))).astype(np.float32)
    fake = (centre + shift + spread * rng.normal(size=(300, 64))).astype(np.float32)
    found, exact = (
        kernel_distance_of_subsets(
            real=real.astype(kind), fake=fake.astype(kind), subsets=5, subset_size=100
        )
        for kind in (np.float32, np.float64)
    )
    assert np.isfinite(exact.value)
    assert abs(found.value - exact.value) < 0.02 * exact.standard_deviation


@pytest.mark.parametrize("draws", [lambda: 4, lambda: np.random.default_rng(4)])
def test_subsets_by_hand(draws):
    real, fake = _normal(12, 3, 0), _normal(9, 3, 1, 1.0)
    found = kernel_distance_of_subsets(real=real, fake=fake, subsets=3, subset_size=5, seed=draws())
    rng = np.random.default_rng(4)
    values = []
    for _ in range(3):
        rows = [rng.choice(n, 5, replace=False) for n in (12, 9)]
        values.append(_by_loops(real[rows[0]], fake[rows[1]]))
    mean = sum(values) / 3
    np.testing.assert_allclose(found.value, mean)
    deviation = (sum((value - mean) ** 2 for value in values) / 3) ** 0.5
    np.testing.assert_allclose(found.standard_deviation, deviation)


def test_subsets_that_a_random_state_draws():
    real, fake = _normal(12, 3, 0), _normal(9, 3, 1, 1.0)
    state = np.random.RandomState(4)
    found = kernel_distance_of_subsets(real=real, fake=fake, subsets=2, subset_size=5, seed=state)
    again = np.random.RandomState(4)
    values = []
    for _ in range(2):
        rows = [again.choice(n, 5, replace=False) for n in (12, 9)]
        values.append(_by_loops(real[rows[0]], fake[rows[1]]))
    np.testing.assert_allclose(found, [np.mean(values), abs(values[0] - values[1]) / 2])
    assert state.randint(1000) == again.randint(1000)  # went on as far


def test_one_subset_does_not_scatter():
    sides = {"real": _normal(12, 3, 0), "fake": _normal(9, 3, 1)}
    assert kernel_distance_of_subsets(**sides, subsets=1, subset_size=5).standard_deviation == 0.0


@pytest.mark.parametrize("estimator", ["blocks", "subsets", "all"])
def test_the_metric(estimator):
    gin.parse_config(
        f"kid.estimator = '{estimator}'\nkid.subset_size = 10\nkid.subsets = 3\nkid.block_size = 10"
    )
    metric = gin.get_configurable(KID)()
    sides = {}
    for name, rows in (("real", _normal(25, 3, 0)), ("fake", _normal(25, 3, 1, 1.0))):
        sides[name] = metric.accumulator()
        for part in np.array_split(rows.astype(np.float32), 4):
            sides[name].update(Batch(None, part, None))
    rows = {name: side.result() for name, side in sides.items()}
    names, expected = {
        "blocks": lambda: (
            ["kid", "kid_standard_error"],
            kernel_distance_of_blocks(**rows, block_size=10),
        ),
        "subsets": lambda: (
            ["kid", "kid_subsets_std"],
            kernel_distance_of_subsets(**rows, subsets=3, subset_size=10),
        ),
        "all": lambda: (["kid"], [kernel_distance(**rows)]),
    }[estimator]()
    found = metric.compute(**sides)
    assert list(metric.names) == names
    assert found == dict(zip(names, expected, strict=True))
    assert all(value > 0 for value in found.values())


def test_the_metric_of_one_subset_has_one_value():
    metric = KID("subsets", subsets=1, subset_size=5)
    sides = [metric.accumulator(), metric.accumulator()]
    for side, seed in zip(sides, (0, 1), strict=True):
        side.update(Batch(None, _normal(9, 3, seed).astype(np.float32), None))
    assert set(metric.compute(*sides)) == set(metric.names) == {"kid"}


@pytest.mark.parametrize(
    "metric, refused, allowed",
    [
        # 2,049 images are 3 blocks of at most 1,024.
        (KID(), [(5, 2049), (2049, 5), (1, 0)], [(6, 2049), (2049, 0), (0, 0), (2, 2)]),
        (KID(block_size=2), [(3, 3), (0, 3)], [(4, 4)]),
        (KID(estimator="subsets"), [(999, 5000), (0, 999)], [(1000, 1000), (0, 0), (0, 1000)]),
        (KID(estimator="all"), [], [(2, 3)]),
    ],
)
def test_numbers_that_will_not_do(metric, refused, allowed):
    for numbers in refused:
        with pytest.raises(ValueError, match="kid.(block_size|subset_size)"):
            metric.check(*numbers)
    for numbers in allowed:
        metric.check(*numbers)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: KID(estimator="mean"), "kid.estimator must be .* received 'mean'"),
        (lambda: KID(block_size=1), "kid.block_size must be a whole number from 2, received 1"),
        (
            lambda: kernel_distance(real=np.ones([5, 2]), fake=np.ones([5, 2]), offset=-1.0),
            "gamma > 0 and offset >= 0, received 0.5 and -1.0",
        ),
        (lambda: KID(subsets=0), "kid.subsets .*from 1"),
        (
            lambda: kernel_distance_of_subsets(real=np.ones([5, 2]), fake=np.ones([9, 2])),
            "kid.subset_size=1000 is more than there are: 5 real and 9 fake",
        ),
        (
            lambda: kernel_distance_of_blocks(
                real=np.ones([5, 2]), fake=np.ones([9, 2]), block_size=3
            ),
            "5 real and 9 fake vectors in 3 blocks leave a block below 2",
        ),
    ],
)
def test_what_makes_no_sense(call, words):
    with pytest.raises(ValueError, match=words):
        call()
