# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""One pass of D over reals, fakes and the rows that tasks add."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.gans.auxiliary import AuxiliaryTask, Half
from compare_gan.gans.joint_batch import JudgingDiscriminator
from compare_gan.randomness import Draws
from tests.gans import toy


class Halved(AuxiliaryTask):
    """Adds the first row of the fakes at half its brightness, and 1 to all logits."""

    name = "halved"
    adds_to_discriminator_update = ("fake",)

    def added_rows(self, half, draws):
        labels = None if half.labels is None else half.labels[:1]
        return Half(0.5 * half.images[:1], labels)

    def added_logits(self, features, labels):
        return tf.ones([features.shape[0], 1])


def _half(seed, labels):
    images = np.random.default_rng(seed).uniform(size=(len(labels), *toy.SHAPE))
    return Half(tf.constant(images, tf.float32), tf.constant(toy.one_hot(labels), tf.float32))


def _judge(*tasks):
    return JudgingDiscriminator(toy.ToyDiscriminator(toy.SHAPE, 3), tasks, 3, batch_size=3)


def test_everything_goes_through_d_once_and_comes_back_where_it_belongs():
    network = toy.ToyDiscriminator(toy.SHAPE, 3)
    judge = JudgingDiscriminator(network, [Halved()], 3, batch_size=3)
    real, fake = _half(0, [0, 1, -1]), _half(1, [2, 0, 1])
    judged = judge.judge("discriminator", {"real": real, "fake": fake}, Draws(0))
    ((images, labels),) = network.shown
    joint = np.concatenate([real.images, fake.images, 0.5 * fake.images[:1]])
    np.testing.assert_allclose(images, joint)
    np.testing.assert_array_equal(labels, toy.one_hot([0, 1, -1, 2, 0, 1, 2]))
    features, logits = network.in_numpy(joint)
    np.testing.assert_allclose(judged["real"].logits, logits[:3] + 1, rtol=1e-5)
    np.testing.assert_allclose(judged["fake"].logits, logits[3:6] + 1, rtol=1e-5)
    (of_real,), (of_fake,) = judged["real"].views, judged["fake"].views
    assert of_real.added is None
    np.testing.assert_allclose(of_fake.features, features[3:6], rtol=1e-5)
    np.testing.assert_allclose(of_fake.added.features, features[6:], rtol=1e-5)
    np.testing.assert_allclose(of_fake.added.logits, logits[6:] + 1, rtol=1e-5)
    np.testing.assert_array_equal(of_fake.added.labels, toy.one_hot([2]))


def test_rows_are_shown_in_the_updates_that_ask_for_them():
    judged = _judge(Halved()).judge("generator", {"fake": _half(1, [2, 0, 1])}, Draws(0))
    assert judged["fake"].views[0].added is None


def test_a_regularizer_sees_logits_with_what_tasks_add():
    network, half = toy.ToyDiscriminator(toy.SHAPE, 3), _half(0, [0, 1, 2])
    output = JudgingDiscriminator(network, [Halved()], 3, 3)(half.images, half.labels)
    logits = network.in_numpy(half.images)[1] + 1
    np.testing.assert_allclose(output.logits, logits, rtol=1e-5)
    np.testing.assert_allclose(output.probabilities, 1 / (1 + np.exp(-logits)), rtol=1e-5)


def test_halves_that_are_none():
    class Wrong(Halved):
        adds_to_generator_update = ("reals",)

    with pytest.raises(ValueError, match=r"adds_to_generator_update = \('reals',\); it must be"):
        _judge(Wrong())
