# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""GILBO of generators whose mutual information is known."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.gans.latents import LatentPrior, uniform
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.gilbo import GILBO, _Reader
from compare_gan.metrics.posteriors import NormalPosterior
from tests.metrics.toy_models import ToyGenerator, toy_model

SHAPE = (2, 2, 2)
# Orthogonal directions, so that the posterior of each latent is independent of the others.
DIRECTIONS = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0][:, :2]
STRETCH, NOISE = np.array([2.0, 0.5]), 0.5
MATRIX = tf.constant((DIRECTIONS * STRETCH).T, tf.float32)
INFORMATION = 0.5 * np.sum(np.log1p(STRETCH**2 / NOISE**2))


def linear(latents, labels):
    """x = A z + noise, of which I(x; z) = ½ Σ log(1 + aᵢ² / σ²)."""
    noise = NOISE * tf.random.normal([latents.shape[0], 8])
    return tf.reshape(latents @ MATRIX + noise, [-1, *SHAPE])


def collapsed(latents, labels):
    """The same images, whatever z is."""
    return tf.random.uniform([latents.shape[0], *SHAPE])


def short(**changes):
    return GILBO(**{"training_steps": 1500, "learning_rate": 3e-3, "channels": 8, **changes})


def test_of_a_linear_gaussian_generator_it_approaches_the_information_from_below():
    tf.random.set_seed(0)
    metric = short(num_samples=20_000)
    found = metric.measure(toy_model(ToyGenerator(linear, 2, SHAPE)))
    assert set(found) == set(metric.names)
    # The sampling error of the mean is about 0.007; the formula's own is the encoder's.
    assert 0.95 * INFORMATION < found["gilbo"] < INFORMATION + 0.02
    # It gains by training.
    fewer = short(training_steps=30).measure(toy_model(ToyGenerator(linear, 2, SHAPE)))
    assert fewer["gilbo"] < 0.8 * INFORMATION


@pytest.mark.parametrize(
    "prior", [None, pytest.param(LatentPrior(uniform), marks=pytest.mark.slow)]
)
def test_of_a_collapsed_generator_it_is_nothing(prior):
    tf.random.set_seed(0)
    generator = ToyGenerator(collapsed, 3, SHAPE, prior=prior)
    found = short(training_steps=400).measure(toy_model(generator))
    assert -0.05 < found["gilbo"] < 0.01
    # And what is told of the latents is the prior, before and after.
    assert 0 <= found["gilbo_self_consistency"] < 0.02


@pytest.mark.slow
def test_of_uniform_latents_that_choose_between_two_images_it_is_log_two():
    def halves(latents, labels):
        return tf.ones([1, *SHAPE]) * tf.cast(latents > 0, tf.float32)[:, :, None, None]

    generator = ToyGenerator(halves, 1, SHAPE, prior=LatentPrior(uniform))
    found = short(training_steps=800).measure(toy_model(generator))
    # I(x; z) is log 2; Beta distributions with a, b ≥ 1 cannot be flat on a half, but come near.
    assert 0.5 * np.log(2) < found["gilbo"] < np.log(2)


def test_classes_are_averaged_over():
    """x is bright where z > 0, but in class 1 where z < 0: without the class it tells nothing."""

    def flipped(latents, labels):
        sign = 2 * labels[:, :1] - 1
        bright = tf.cast(sign * latents > 0, tf.float32)
        return tf.ones([1, *SHAPE]) * bright[:, :, None, None]

    generator = ToyGenerator(flipped, 1, SHAPE, num_classes=2)
    images = np.full([70, *SHAPE], 255, np.uint8)
    labels = np.resize([0, 1, -1], 70)
    model = toy_model(generator, images, images, train_labels=labels, test_labels=labels)
    found = short(training_steps=300).measure(model)
    assert abs(found["gilbo"]) < 0.02
    assert all(np.isfinite(value) for value in found.values())


def test_the_same_seed_gives_the_same_value():
    def tanh(latents, labels):
        return tf.reshape(tf.tanh(latents @ MATRIX), [-1, *SHAPE])

    metric = short(training_steps=5, num_samples=100)
    first, again = (
        metric.measure(toy_model(ToyGenerator(tanh, 2, SHAPE), seed=seed)) for seed in (1, 1)
    )
    assert first == again


def test_settings():
    with gin.unlock_config():
        gin.parse_config("gilbo.training_steps = 7\ngilbo.num_samples = 9")
    metric = gin.get_configurable("gilbo")()
    assert metric.num_fake == 9 and metric._training_steps == 7 and metric.num_real == 320
    for name, value in (("training_steps", 0), ("channels", 1.5), ("num_samples", True)):
        with pytest.raises(ValueError, match=rf"gilbo\.{name} must be a whole number from 1"):
            GILBO(**{name: value})
    with pytest.raises(
        ValueError, match=r"gilbo\.learning_rate must be a number in .0, inf., received 0"
    ):
        GILBO(learning_rate=0)


def own_prior(draws, name, shape):
    return draws.normal(name, shape) ** 3


def test_latents_without_a_known_density_have_none():
    generator = ToyGenerator(linear, 2, SHAPE, prior=LatentPrior(own_prior))
    with pytest.raises(UnmeasurableError, match="z.distribution_fn is own_prior"):
        GILBO().measure(toy_model(generator))


def test_consistency_makes_images_of_the_same_class():
    """x is its class, and e says N(x, 1): the same again if G is given the class, by hand if not.

    Unlabelled images have a drawn class. Between N(0, 1) and N(1, 1) either divergence is 1/2.
    """

    def shows_class(latents, labels):
        return tf.ones([1, *SHAPE]) * labels[:, 1, None, None, None]

    def encode(images):
        return tf.pad(images[:, 0, 0, :1], [[0, 0], [0, 1]])

    model = toy_model(ToyGenerator(shows_class, 1, SHAPE, num_classes=2))
    reader = _Reader(model, NormalPosterior(), encode)
    one_hot = np.tile(np.eye(2, dtype=np.float32), [32, 1])
    images = np.ones([64, *SHAPE], np.float32) * one_hot[:, 1, None, None, None]
    assert reader.consistency([(images, one_hot)]) == 0
    assert reader.consistency([(images, one_hot[:, ::-1].copy())]) == pytest.approx(0.5)
    _, drawn = model.generator.draw(model.draws("gilbo", 0), 64)
    differ = np.mean(np.argmax(drawn, axis=1) != np.argmax(one_hot, axis=1))
    found = reader.consistency([(images, np.zeros_like(one_hot))])
    assert 0 < differ < 1 and found == pytest.approx(differ / 2)


def test_an_encoder_that_diverges_gives_no_value():
    for prior in (None, LatentPrior(uniform)):
        model = toy_model(ToyGenerator(collapsed, 2, SHAPE, prior=prior))
        with pytest.raises(UnmeasurableError, match=r"lower gilbo\.learning_rate, which is 1e\+38"):
            short(training_steps=4, learning_rate=1e38, num_samples=64).measure(model)
