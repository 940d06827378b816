# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""D's accuracy where its answers are known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import DiscriminatorOutput, infogan
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.discriminator_accuracy import DiscriminatorAccuracy
from compare_gan.normalizers import BatchNorm
from tests.metrics.toy_models import ToyGenerator, toy_model

SHAPE = (1, 1, 1)
NAMES = tuple(f"discriminator_{kind}_accuracy" for kind in ("train", "test", "fake"))


class Brightness(keras.Model):
    """The logit is brightness − 0.2, or brightness − 0.8 in class 1; −1 without a class."""

    def call(self, images, labels=None, training=False):
        assert not training
        offset = 0.2 if labels is None else labels @ [[0.2], [0.8]]
        logits = tf.reshape(images, [-1, 1]) - offset
        if labels is not None:
            logits = tf.where(tf.reduce_any(labels > 0, axis=1, keepdims=True), logits, -1.0)
        return DiscriminatorOutput(tf.sigmoid(logits), logits, images)


def pixels(*values):
    return np.array(values, np.uint8).reshape(-1, *SHAPE)


def grey(value):
    return lambda latents, labels: tf.fill([latents.shape[0], *SHAPE], value)


def measured(generator, **settings):
    found = DiscriminatorAccuracy().measure(toy_model(generator, **settings))
    assert tuple(found) == NAMES
    return tuple(found.values())


def test_shares_by_hand():
    # 51 / 255 is 0.2, whose logit is 0: taken for real.
    train, test = pixels(0, 50, 51, 255), pixels(*[0] * 67, *[100] * 33)
    dark = ToyGenerator(grey(0.1), 2, SHAPE, judge=Brightness())
    assert measured(dark, train=train, test=test, num_samples=100) == (0.5, 0.33, 1)
    # Of 50, every second of the test images: 34 of the first 67, 16 of the rest.
    assert measured(dark, train=train, test=test, num_samples=50) == (0.5, 16 / 50, 1)
    bright = ToyGenerator(grey(0.2), 2, SHAPE, judge=Brightness())
    assert measured(bright, train=train, test=test)[2] == 0


def test_fakes_are_of_the_prior():
    """x = z > 0, of which half are bright."""

    def half(latents, labels):
        return tf.cast(latents[:, :1, None, None] > 0, tf.float32)

    fake = measured(
        ToyGenerator(half, 1, SHAPE, judge=Brightness()), test=pixels(*[0] * 1000), num_samples=1000
    )[2]
    assert 0.45 < fake < 0.55


def test_classes_are_told():
    images = pixels(127, 127, 255, 255)
    generator = ToyGenerator(grey(0.5), 2, SHAPE, num_classes=2, judge=Brightness())
    # Of as many test images, repeated so that there are fakes of both classes.
    rows = 40
    found = measured(
        generator,
        train=images,
        test=np.repeat(images[:1], rows, axis=0),
        train_labels=np.array([0, 1, 1, -1]),
        test_labels=np.tile(np.eye(2), [rows // 2, 1]),  # soft ones
        num_samples=rows,
    )
    assert found[:2] == (0.5, 0.5)
    # Fakes of class 0 look real, those of class 1 do not.
    _, labels = generator.draw(toy_model(generator).draws("accuracy", 0), rows)
    share = np.mean(labels, axis=0)[1]
    assert found[2] == pytest.approx(share) and 0 < share < 1 and share != 0.5


def test_a_discriminator_with_batch_norm_sees_reals_and_fakes_together():
    """As in training: by hand, in one batch."""
    shape = (8, 8, 1)
    network = infogan.Discriminator(shape, normalizer=BatchNorm, ch=2)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, [8, *shape]).astype(np.uint8)
    generator = ToyGenerator(
        lambda z, y: tf.sigmoid(z[:, :1, None, None] + tf.zeros([1, *shape])),
        2,
        shape,
        judge=network,
    )
    found = measured(generator, train=images, test=images, num_samples=8)
    model = toy_model(generator)
    latents, _ = generator.draw(model.draws("accuracy", 0), 8)
    joint = tf.concat([images / np.float32(255), generator.generate(latents, None)], axis=0)
    logits = network(joint, training=True).logits.numpy()[:, 0]
    assert found == (np.mean(logits[:8] >= 0),) * 2 + (np.mean(logits[8:] < 0),)
    alone = network(joint, training=False).logits.numpy()[:, 0]
    assert not np.allclose(logits, alone)


def test_without_a_discriminator_there_is_none():
    with pytest.raises(UnmeasurableError, match="there is no discriminator"):
        measured(ToyGenerator(grey(0.5), 2, SHAPE))


def test_classes_that_no_image_has():
    generator = ToyGenerator(grey(0.5), 2, SHAPE, num_classes=2, judge=Brightness())
    images = pixels(0, 255)
    with pytest.raises(UnmeasurableError, match="no image of the split 'test' of toy has"):
        measured(
            generator,
            train=images,
            test=images,
            train_labels=np.array([0, 1]),
            test_labels=np.array([-1, -1]),
        )
