# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""D's loss where its answers are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.architectures import DiscriminatorOutput
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.discriminator_accuracy import DiscriminatorAccuracy
from compare_gan.metrics.discriminator_loss import DiscriminatorLoss
from tests.metrics.toy_models import ToyGenerator, toy_model

SHAPE = (1, 1, 1)
NAMES = ("discriminator_train_loss", "discriminator_test_loss")


class Brightness(keras.Model):
    """The logit is 4 times the brightness, less 2."""

    def call(self, images, labels=None, training=False):
        logits = 4 * tf.reshape(images, [-1, 1]) - 2
        return DiscriminatorOutput(tf.sigmoid(logits), logits, images)


def measured(loss, train, test, fake=0.125, judge=None, **settings):
    """The losses of a D that sees pixels beside fakes of one brightness."""

    def grey(latents, labels):
        return tf.fill([latents.shape[0], *SHAPE], fake)

    train, test = (np.array(values, np.uint8).reshape(-1, *SHAPE) for values in (train, test))
    generator = ToyGenerator(grey, 2, SHAPE, judge=judge or Brightness(), loss=loss)
    found = DiscriminatorLoss().measure(
        toy_model(generator, train, test, num_samples=len(test), **settings)
    )
    assert tuple(found) == NAMES
    return tuple(found.values())


def softplus(x):
    return np.log1p(np.exp(np.float64(x)))


def test_losses_by_hand():
    # Brightness 1 has the logit 2, brightness 0 the logit -2, the fakes -1.5.
    train, test = measured(losses.hinge, [255, 255], [0, 255, 255, 255])
    assert train == 0  # relu(1 - 2) + relu(1 - 1.5)
    assert test == pytest.approx(3 / 4)  # a quarter of relu(1 + 2)
    train, test = measured(losses.wasserstein, [255], [0, 255], fake=0.5)
    assert (train, test) == pytest.approx((-2, 0))
    train, test = measured(losses.non_saturating, [255, 0], [0, 0])
    fakes = softplus(-1.5)
    assert train == pytest.approx((softplus(-2) + softplus(2)) / 2 + fakes, rel=1e-6)
    assert test == pytest.approx(softplus(2) + fakes, rel=1e-6)


def test_batches_count_by_their_rows():
    """64 that D is wrong about by 2, and 16 that it is right about."""
    _, test = measured(losses.hinge, [255], [0] * 64 + [255] * 16)
    assert test == pytest.approx(3 * 64 / 80)


def test_a_loss_that_compares_reals_with_fakes_does_so_within_a_batch():
    _, test = measured(losses.relativistic_average, [255], [0] * 64 + [255] * 64)
    # The mean of both batches, not the loss of the mean of all logits.
    first, second = (2 * softplus(-margin) for margin in (-2 + 1.5, 2 + 1.5))
    assert test == pytest.approx((first + second) / 2, rel=1e-6)


def test_a_loss_that_fails_is_a_reason_and_no_end():
    def other(real_logits, fake_logits, *, scale):
        raise AssertionError

    with pytest.raises(UnmeasurableError, match="The run's loss failed, TypeError: .*'scale'"):
        measured(other, [0], [0])


def test_a_loss_gets_tensors_as_in_training():
    def ranked(real_logits, fake_logits):
        real_logits.shape.assert_has_rank(2)
        return losses.hinge(real_logits, fake_logits)

    assert measured(ranked, [255], [255]) == (0, 0)


def test_two_metrics_ask_the_discriminator_once():
    asked = []

    class Counted(ToyGenerator):
        def load_discriminator(self):
            asked.append(self)
            return super().load_discriminator()

    generator = Counted(
        lambda latents, labels: tf.fill([latents.shape[0], *SHAPE], 0.5),
        2,
        SHAPE,
        judge=Brightness(),
        loss=losses.hinge,
    )
    model = toy_model(generator)
    DiscriminatorLoss().measure(model)
    DiscriminatorAccuracy().measure(model)
    assert len(asked) == 1


def test_without_a_discriminator_or_its_loss_there_is_none():
    with pytest.raises(UnmeasurableError, match="there is no loss Or leave out the metric"):
        measured(None, [0], [0])
    generator = ToyGenerator(lambda latents, labels: latents, 2, SHAPE, loss=losses.hinge)
    with pytest.raises(UnmeasurableError, match="there is no discriminator Or leave out"):
        DiscriminatorLoss().measure(toy_model(generator))
