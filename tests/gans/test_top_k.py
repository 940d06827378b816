# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Top-k updates against NumPy."""

import math
from fractions import Fraction

import gin
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan import configuration
from compare_gan.gans import ModularGAN, TopK
from compare_gan.gans.auxiliary import RotationLabelAugmentation
from compare_gan.randomness import Draws
from tests.gans import toy

LABELS = np.array([0, 1, 2, -1, 1, 0, 2, 2], np.int32)


@settings(deadline=None, max_examples=40)
@given(
    batch_size=st.integers(1, 100),
    decay=st.fractions(Fraction(1, 10), Fraction(99, 100), max_denominator=100),
    smallest=st.fractions(Fraction(1, 50), 1, max_denominator=50),
    decay_steps=st.integers(1, 7),
    step=st.integers(0, 200),
)
def test_k_is_that_of_exact_fractions(batch_size, decay, smallest, decay_steps, step):
    top_k = TopK(float(decay), decay_steps, float(smallest))
    expected = math.ceil(batch_size * max(decay ** (step // decay_steps), smallest))
    assert int(top_k.how_many(batch_size, tf.constant(step, tf.int64))) == expected


def test_k_falls_from_the_batch_to_its_half():
    top_k = TopK(decay_steps=10)
    ks = [
        int(top_k.how_many(64, tf.constant(step, tf.int64))) for step in (0, 9, 10, 20, 690, 9999)
    ]
    # 64 · 0.99 = 63.4, 64 · 0.99² = 62.7, 0.99⁶⁹ < 1/2
    assert ks == [64, 64, 64, 63, 32, 32]


def _expected(gan, draws, k):
    """The derivatives of the mean of softplus(−logit) over the k best fakes in A and B."""
    z, y, images = gan.generator.in_numpy(draws, 8)
    f, w = (v.numpy().astype(np.float64) for v in (gan.discriminator.f, gan.discriminator.w))
    logits = gan.discriminator.in_numpy(images)[1][:, 0]
    in_a, in_b = np.zeros([z.shape[1], f.shape[0]]), np.zeros([y.shape[1], f.shape[0]])
    for row in sorted(range(8), key=lambda row: -logits[row])[:k]:
        x = images[row].reshape(-1)
        in_logit = -1 / (1 + np.exp(logits[row])) / k
        in_x = in_logit * f @ ((1 - np.tanh(x @ f) ** 2) * w[:, 0])
        in_product = in_x * x * (1 - x)
        in_a += np.outer(z[row], in_product)
        in_b += np.outer(y[row], in_product)
    return (in_a, in_b), np.mean(np.log1p(np.exp(-logits)))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_those_of_the_mean_over_the_best(jit_compile):
    gan = ModularGAN(toy.dataset(), toy.options(), conditional=True, top_k=TopK(0.7, 10, 0.3))
    batch = toy.batch(LABELS)

    @tf.function(jit_compile=jit_compile)
    def update(step):
        result = gan.updates[1].gradients(batch, Draws(2, step, "generator"))
        return result.gradients, result.scalars["gan_loss"]

    for step, k in ((0, 8), (10, 6), (25, 4), (39, 3), (1000, 3)):  # 8 · 0.7ⁿ = 5.6, 3.9, 2.7
        gradients, loss = update(tf.constant(step))
        expected, mean = _expected(gan, Draws(2, step, "generator"), k)
        for gradient, value in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(gradient, value, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(loss, mean, rtol=1e-5)


def test_equal_logits_share_the_last_places():
    logits = tf.constant([[1.0], [2.0], [2.0], [5.0], [2.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        kept = TopK(0.6, 1, 0.6).only_best(logits, tf.constant(1, tf.int64))  # k = 3
        mean = tf.reduce_mean(kept)
    np.testing.assert_array_equal(kept, logits)
    gradient = tape.gradient(mean, logits)
    expected = [[0], [2 / 9], [2 / 9], [1 / 3], [2 / 9]]  # two places for three, of the weight 1/3
    np.testing.assert_allclose(gradient, expected, rtol=1e-6)


@pytest.mark.parametrize(
    "setting, value",
    [
        ("decay", 1),
        ("decay", 0.0),
        ("decay", "0.99"),
        ("decay_steps", 0),
        ("decay_steps", 2.5),
        ("smallest_fraction", 0),
        ("smallest_fraction", 1.5),
    ],
)
def test_settings_that_make_no_sense(setting, value):
    with pytest.raises(ValueError, match=f"top_k.{setting} .*received {value!r}"):
        TopK(**{setting: value})


def test_it_can_be_named_in_a_configuration():
    configuration.parse([], ["ModularGAN.top_k = @top_k()", "top_k.decay_steps = 20"])
    gan = ModularGAN(toy.dataset(), toy.options(), conditional=True)
    batch, draws = toy.batch(LABELS), Draws(0, 20 * 69, "generator")
    expected, _ = _expected(gan, draws, 4)
    np.testing.assert_allclose(
        gan.updates[1].gradients(batch, draws).gradients[0], expected[0], rtol=1e-4, atol=1e-6
    )


def test_it_needs_a_gan_loss():
    with pytest.raises(ValueError, match="ModularGAN.top_k .* leave it out"):
        ModularGAN(
            toy.dataset(), toy.options(), top_k=TopK(),
            auxiliary_tasks=[RotationLabelAugmentation(2)],
        )  # fmt: skip
    with gin.unlock_config():
        gin.bind_parameter("ModularGAN.top_k", 3)
    with pytest.raises(ValueError, match="ModularGAN.top_k takes references .* received 3"):
        ModularGAN(toy.dataset(), toy.options())
