# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`deprecated_split_disc_calls`: D sees the reals and the fakes in a batch of their own."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.gans import SSGAN, ModularGAN
from compare_gan.normalizers import BatchNorm, StandardizeBatch
from compare_gan.randomness import Draws
from tests.gans import toy

DECAY, EPSILON = 0.75, 1e-3


class Normalizing(toy.ToyDiscriminator):
    """A toy whose images, the single channel of their pixels, are standardized first."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.norm = BatchNorm(StandardizeBatch(DECAY, EPSILON))
        self.norm.build((None, *self.image_shape))

    def discriminate(self, x, y, training):
        return super().discriminate(self.norm(x, training=training), y, training)


def _gan(gan_class=ModularGAN, discriminator=Normalizing, split=True, **settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.hinge)
        gin.bind_parameter("ModularGAN.deprecated_split_disc_calls", split)
    networks = Architecture(toy.ToyGenerator, discriminator)
    return gan_class(toy.dataset(), toy.options(architecture=lambda: networks), **settings)


def _batches(gan, update):
    """The update's reals and fakes in NumPy, and what it computes."""
    batch, draws = toy.batch([0] * 8), Draws(0, 0, update.name)
    computed = update.gradients(batch, draws)
    return batch["images"].numpy() / 255.0, gan.generator.in_numpy(draws, 8)[2], computed


def _standardized(images):
    return (images - images.mean()) / np.sqrt(images.var() + EPSILON)


def test_batch_statistics_are_of_the_reals_and_of_the_fakes():
    gan = _gan()
    reals, fakes, computed = _batches(gan, gan.updates[0])
    shown = [images for images, _ in gan.discriminator.shown]
    assert len(shown) == 2
    for found, images in zip(shown, (reals, fakes)):
        np.testing.assert_allclose(found, _standardized(images), atol=1e-5)
    real_logits, fake_logits = (
        gan.discriminator.in_numpy(_standardized(images))[1] for images in (reals, fakes)
    )
    loss = np.maximum(0, 1 - real_logits).mean() + np.maximum(0, 1 + fake_logits).mean()
    np.testing.assert_allclose(computed.scalars["loss"], loss, rtol=1e-4)


def test_moving_averages_take_the_reals_and_then_the_fakes():
    gan = _gan()
    reals, fakes, computed = _batches(gan, gan.updates[0])
    mean, variance = 0.0, 1.0
    for images in (reals, fakes):
        mean = DECAY * mean + (1 - DECAY) * images.mean()
        variance = DECAY * variance + (1 - DECAY) * images.var()
    norm = gan.discriminator.norm
    moved = [(variable.name, value) for variable, value in computed.assignments]
    assert [name for name, _ in moved] == ["moving_mean", "moving_variance"]
    np.testing.assert_allclose(moved[0][1], [mean], rtol=1e-5)
    np.testing.assert_allclose(moved[1][1], [variance], rtol=1e-5)
    assert norm.moving_mean.numpy() == 0.0  # until the loop assigns them


def test_the_generators_update_needs_no_reals():
    gan = _gan()
    _, fakes, computed = _batches(gan, gan.updates[1])
    ((shown, _),) = gan.discriminator.shown
    np.testing.assert_allclose(shown, _standardized(fakes), atol=1e-5)
    logits = gan.discriminator.in_numpy(_standardized(fakes))[1]
    np.testing.assert_allclose(computed.scalars["loss"], -logits.mean(), rtol=1e-4)


@pytest.mark.parametrize("index, batches", [(0, 2), (1, 1)])
def test_rows_that_tasks_add_stay_with_their_half(index, batches):
    gan = _gan(SSGAN, toy.ToyDiscriminator, rotated_batch_size=8)
    reals, fakes, _ = _batches(gan, gan.updates[index])
    shown = [images for images, _ in gan.discriminator.shown]
    assert len(shown) == batches
    turned = [np.rot90(images[-2:], k, axes=(1, 2)) for images in (reals, fakes) for k in (1, 2, 3)]
    if index == 0:
        np.testing.assert_allclose(shown[0], np.concatenate([reals, *turned[:3]]), atol=1e-6)
        np.testing.assert_allclose(shown[1], fakes, atol=1e-6)
    else:
        np.testing.assert_allclose(shown[0], np.concatenate([fakes, *turned[3:]]), atol=1e-6)


@pytest.mark.parametrize("split, calls", [(False, 2), (True, 3)])
def test_a_penalty_calls_d_as_ever(split, calls):
    with gin.unlock_config():
        gin.parse_config("penalty.fn = @wgangp_penalty")
    gan = _gan(split=split)
    _, _, computed = _batches(gan, gan.updates[0])
    assert len(gan.discriminator.shown) == calls
    assert tf.math.is_finite(computed.scalars["penalty"])
