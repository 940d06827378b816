# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GAN losses against their formulas in NumPy float64, and against values worked out by hand."""

import gin
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan import losses

RELATIVISTIC = (
    losses.relativistic_average,
    losses.relativistic_average_hinge,
    losses.relativistic_paired,
)
ALL = (
    losses.non_saturating,
    losses.wasserstein,
    losses.least_squares,
    losses.hinge,
    *RELATIVISTIC,
)


def log_sigmoid(x):
    return np.where(x < 0, x, 0.0) - np.log1p(np.exp(-np.abs(x)))


def sigmoid(x):
    return np.exp(log_sigmoid(x))


def expected(name, real, fake):
    """(d_loss, d_loss_real, d_loss_fake, g_loss), each part written as in its paper."""
    if name == "non_saturating":  # Cross entropy of the labels 1 (real), 0 (fake), and 1 for G.
        parts = (-log_sigmoid(real), -log_sigmoid(-fake), -log_sigmoid(fake))
        d_real, d_fake, g = (part.mean() for part in parts)
        return d_real + d_fake, d_real, d_fake, g
    if name == "wasserstein":
        return fake.mean() - real.mean(), -real.mean(), fake.mean(), -fake.mean()
    if name == "least_squares":
        d_real = np.mean((sigmoid(real) - 1) ** 2)
        d_fake = np.mean(sigmoid(fake) ** 2)
        return (d_real + d_fake) / 2, d_real, d_fake, np.mean((sigmoid(fake) - 1) ** 2) / 2
    if name == "relativistic_average":  # Cross entropy, and for G with the labels swapped.
        real, fake = real - fake.mean(), fake - real.mean()
        d_real, d_fake = -log_sigmoid(real).mean(), -np.log1p(-sigmoid(fake)).mean()
        return d_real + d_fake, d_real, d_fake, -np.mean(log_sigmoid(fake) + log_sigmoid(-real))
    if name == "relativistic_average_hinge":
        real, fake = real - fake.mean(), fake - real.mean()
        d_real, d_fake = np.maximum(0, 1 - real).mean(), np.maximum(0, 1 + fake).mean()
        g = np.maximum(0, 1 - fake).mean() + np.maximum(0, 1 + real).mean()
        return d_real + d_fake, d_real, d_fake, g
    if name == "relativistic_paired":  # The probability that the real one is the real one.
        d = np.mean(-np.log(sigmoid(real - fake)))
        return d, d / 2, d / 2, np.mean(-np.log(sigmoid(fake - real)))
    d_real = np.mean(np.maximum(0, 1 - real))
    d_fake = np.mean(np.maximum(0, 1 + fake))
    return d_real + d_fake, d_real, d_fake, -fake.mean()


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_equals_its_formula_in_float64(loss):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(1.0, 3.0, (32, 1)), rng.normal(-0.5, 3.0, (32, 1))
    result = loss(real, fake)
    assert isinstance(result, losses.GANLoss)
    assert all(value.dtype == tf.float64 and value.shape == () for value in result)
    np.testing.assert_allclose(result, expected(loss.__name__, real, fake), rtol=1e-12)


# At logits 0 and 2 (real) and 0 and -3 (fake).
BY_HAND = {
    "non_saturating": (
        (np.log(2) + np.log(1 + np.exp(-2))) / 2 + (np.log(2) + np.log(1 + np.exp(-3))) / 2,
        (np.log(2) + np.log(1 + np.exp(-2))) / 2,
        (np.log(2) + np.log(1 + np.exp(-3))) / 2,
        (np.log(2) + np.log(1 + np.exp(3))) / 2,
    ),
    "wasserstein": (-2.5, -1.0, -1.5, 1.5),
    "least_squares": (
        (0.25 + 0.11920292**2) / 4 + (0.25 + 0.04742587**2) / 4,
        (0.25 + 0.11920292**2) / 2,
        (0.25 + 0.04742587**2) / 2,
        (0.25 + 0.95257413**2) / 4,
    ),
    "hinge": (1.0, 0.5, 0.5, 1.5),
    # The averages are 1 and -1.5, so the margins 1.5, 3.5 (real) and -1, -4 (fake).
    "relativistic_average": (
        (np.log(1 + np.exp(-1.5)) + np.log(1 + np.exp(-3.5))) / 2
        + (np.log(1 + np.exp(-1)) + np.log(1 + np.exp(-4))) / 2,
        (np.log(1 + np.exp(-1.5)) + np.log(1 + np.exp(-3.5))) / 2,
        (np.log(1 + np.exp(-1)) + np.log(1 + np.exp(-4))) / 2,
        (np.log(1 + np.exp(1.5)) + np.log(1 + np.exp(3.5))) / 2
        + (np.log(1 + np.exp(1)) + np.log(1 + np.exp(4))) / 2,
    ),
    "relativistic_average_hinge": (0.0, 0.0, 0.0, 3.5 + 3.5),
    # The margins are 0 and 5.
    "relativistic_paired": (
        (np.log(2) + np.log(1 + np.exp(-5))) / 2,
        (np.log(2) + np.log(1 + np.exp(-5))) / 4,
        (np.log(2) + np.log(1 + np.exp(-5))) / 4,
        (np.log(2) + np.log(1 + np.exp(5))) / 2,
    ),
}


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_values_by_hand(loss):
    result = loss(np.float32([[0], [2]]), np.float32([[0], [-3]]))
    np.testing.assert_allclose(result, BY_HAND[loss.__name__], rtol=1e-6)


@pytest.mark.parametrize("loss", RELATIVISTIC, ids=lambda loss: loss.__name__)
def test_relativistic_losses_need_the_reals_for_g(loss):
    assert not hasattr(loss, "generator_ignores_reals")


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_losses_say_whether_their_logits_have_a_zero(loss):
    """Where D can't tell reals from fakes, logits should be 0, or it does not matter what."""
    below, zero, above = (float(loss(*[np.full((2, 1), x)] * 2).d_loss) for x in (-2.0, 0.0, 2.0))
    assert below == pytest.approx(above)
    if getattr(loss, "decides_at_zero", False):
        assert above > zero + 0.1
    else:
        assert above == pytest.approx(zero)


@given(st.integers(0, 2**32 - 1), st.floats(-50, 50))
def test_only_differences_count_in_relativistic_losses(seed, shift):
    real, fake = np.random.default_rng(seed).normal(0, 3, (2, 6, 1))
    for loss in RELATIVISTIC:
        result = loss(real, fake)
        np.testing.assert_allclose(loss(real + shift, fake + shift), result, rtol=1e-9, atol=1e-12)
        # G wants what D would want if real and fake images were exchanged.
        np.testing.assert_allclose(result.g_loss, loss(fake, real).d_loss, rtol=1e-12)
        np.testing.assert_allclose(result.d_loss, result.d_loss_real + result.d_loss_fake)


@pytest.mark.parametrize(
    "loss, value",
    list(zip(RELATIVISTIC, (2 * np.log(2), 2.0, np.log(2)))),
    ids=[loss.__name__ for loss in RELATIVISTIC],
)
def test_relativistic_losses_where_nothing_is_told_apart(loss, value):
    result = loss(np.full((5, 1), 7.0), np.full((5, 1), 7.0))
    np.testing.assert_allclose([result.d_loss, result.g_loss], value, rtol=1e-12)


def test_only_the_paired_loss_depends_on_the_pairs():
    real, fake = np.random.default_rng(2).normal(0, 3, (2, 6, 1))
    for loss in RELATIVISTIC[:2]:
        np.testing.assert_allclose(loss(real, fake[::-1]), loss(real, fake), rtol=1e-12)
    pairs = losses.relativistic_paired(real, fake).d_loss
    assert abs(float(losses.relativistic_paired(real, fake[::-1]).d_loss - pairs)) > 0.01


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
@settings(max_examples=25, deadline=None)
def test_finite_for_extreme_logits(real, fake):
    for loss in ALL:
        assert np.all(np.isfinite(loss(np.float32([[real]]), np.float32([[fake]]))))


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_half_precision_logits_are_averaged_in_float32(loss):
    logits = np.full((4096, 1), 0.1, np.float32)
    halves = tf.cast(logits, tf.bfloat16)
    rounded = np.float64(tf.cast(halves, tf.float32))
    result = loss(halves, halves)
    assert all(value.dtype == tf.float32 for value in result)
    np.testing.assert_allclose(
        result, expected(loss.__name__, rounded, rounded), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize(
    "shapes", [((4,), (4,)), ((4, 1), (4,)), ((4, 1), (5, 1)), ((), ()), ((4, 3), (4, 3))]
)
def test_other_shapes_are_refused(loss, shapes):
    real, fake = (np.zeros(shape, np.float32) for shape in shapes)
    with pytest.raises(ValueError, match=r"real_logits and fake_logits of one shape, \[batch, 1\]"):
        loss(real, fake)


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.__name__)
def test_known_to_gin_by_name_and_logits_cannot_be_bound(loss):
    assert gin.get_configurable(loss.__name__)(np.ones((2, 1)), np.ones((2, 1))) is not None
    with pytest.raises(ValueError, match="denylisted"):
        gin.bind_parameter(f"{loss.__name__}.real_logits", 1.0)
