# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Bootstrap intervals, where the right answer is known."""

import numpy as np
import pytest

from compare_gan.metrics import frechet_distance
from compare_gan.metrics.bootstrap import bootstrap_interval


def _mean_difference(*, real, fake):
    return float(np.mean(fake) - np.mean(real))


def _normal(n, seed, shift=0.0, d=1):
    return np.random.default_rng(seed).normal(shift, 1.0, size=(n, d))


def test_of_a_mean_it_is_the_textbooks():
    real, fake = _normal(400, 0), _normal(100, 1, 3.0)
    found = bootstrap_interval(_mean_difference, real=real, fake=fake, resamples=4000)
    error = np.sqrt(real.var() / 400 + fake.var() / 100)
    np.testing.assert_allclose(found.standard_error, error, rtol=0.05)
    np.testing.assert_allclose(found.value, fake.mean() - real.mean())
    np.testing.assert_allclose(found.low, found.value - 1.96 * error, atol=0.25 * error)
    np.testing.assert_allclose(found.high, found.value + 1.96 * error, atol=0.25 * error)
    fixed = bootstrap_interval(
        _mean_difference, real=real, fake=fake, resamples=4000, resample_real=False
    )
    np.testing.assert_allclose(fixed.standard_error, fake.std() / 10, rtol=0.05)


def test_the_bias_of_resampling_is_taken_out():
    # Resamples of a Fréchet distance have twice its bias, and none of them is below it.
    real, fake = _normal(100, 0, d=5), _normal(100, 1, d=5)
    found = bootstrap_interval(frechet_distance, real=real, fake=fake, resamples=50)
    assert found.low < found.value == frechet_distance(real=real, fake=fake) < found.high
    # It covers what other samples of the same size give.
    others = [
        frechet_distance(real=_normal(100, 10 + s, d=5), fake=_normal(100, 500 + s, d=5))
        for s in range(50)
    ]
    assert found.low < np.median(others) < found.high


def test_confidence_and_seed():
    sides = {"real": _normal(30, 0), "fake": _normal(30, 1)}
    wide = bootstrap_interval(_mean_difference, **sides, confidence=0.99)
    narrow = bootstrap_interval(_mean_difference, **sides, confidence=0.5)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide == bootstrap_interval(_mean_difference, **sides, confidence=0.99)
    assert wide != bootstrap_interval(_mean_difference, **sides, confidence=0.99, seed=1)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"resamples": 1}, "resamples must be a whole number from 2, received 1"),
        ({"confidence": 95}, "confidence must be a number in .0, 1., received 95"),
    ],
)
def test_what_makes_no_sense(settings, words):
    with pytest.raises(ValueError, match=words):
        bootstrap_interval(_mean_difference, real=_normal(9, 0), fake=_normal(9, 1), **settings)
