# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What D sees of augmented images, and what a penalty sees of D. In updates: `test_seams.py`."""

import numpy as np
import tensorflow as tf

from compare_gan.augmentation import Augmentation
from compare_gan.gans.augmented import augmented_halves, penalized_discriminator
from compare_gan.gans.auxiliary import Half
from compare_gan.gans.joint_batch import JudgingDiscriminator
from compare_gan.randomness import Draws
from tests.gans import toy


class Scaling(Augmentation):
    """Scales all images by one number a call. A user's: with names of its own for arguments."""

    def __call__(self, x, rng, key):
        return x * rng.uniform(key, [])


def _number(name):
    return float(Draws(4).uniform(name, []))


def _images(seed):
    return np.random.default_rng(seed).random([3, *toy.SHAPE], np.float32)


def test_each_half_has_draws_of_its_own():
    real, latents = Half(tf.constant(_images(0)), None), tf.zeros([3, 2])
    fake = Half(tf.constant(_images(1)), None, latents, lambda z, y: tf.fill([3, *toy.SHAPE], 0.5))
    seen = augmented_halves(Scaling(), {"real": real, "fake": fake}, Draws(4))
    assert _number("augment_real") != _number("augment_fake")
    for name, half in (("real", real), ("fake", fake)):
        expected = _number(f"augment_{name}") * half.images.numpy()
        np.testing.assert_allclose(seen[name].images, expected, rtol=1e-6)
        assert seen[name].unaugmented is half.images
    # Fakes that are made later can go through what theirs went through.
    made = seen["fake"].generate(latents, None)
    np.testing.assert_array_equal(made, np.full_like(made, 0.5))
    made = seen["fake"].augment(made)
    np.testing.assert_allclose(made, np.full_like(made, 0.5 * _number("augment_fake")), rtol=1e-6)
    assert seen["real"].generate is None and seen["fake"].latents is latents


def test_without_augmentation_everything_is_as_it_was():
    halves = {"real": Half(tf.constant(_images(0)), None)}
    assert augmented_halves(None, halves, Draws(4)) == halves
    judge = JudgingDiscriminator(toy.ToyDiscriminator(toy.SHAPE, 0), [], 0, 3)
    assert penalized_discriminator(judge, None, Draws(4)) is judge


def test_a_penalty_sees_d_of_augmented_images():
    """Also a penalty that calls D with images alone."""
    discriminator = toy.ToyDiscriminator(toy.SHAPE, 0)
    judge = JudgingDiscriminator(discriminator, [], 0, 3)
    penalized = penalized_discriminator(judge, Scaling(), Draws(4))
    _, expected = discriminator.in_numpy(_number("augment_penalized") * _images(0))
    logits = penalized(tf.constant(_images(0))).logits
    np.testing.assert_allclose(np.ravel(logits), np.ravel(expected), rtol=1e-5)
    assert penalized.trainable_variables == judge.trainable_variables
