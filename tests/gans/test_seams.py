# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Auxiliary tasks and augmentations of one's own, chosen in a configuration."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.augmentation import Augmentation
from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import AuxiliaryTask, Half, Terms
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from tests.gans import toy

LABELS = [0, 1, 2, 1]


@gin.register(module="test_seams")
class Negatives(AuxiliaryTask):
    """Shows D the negatives of both halves; a head tells them from the originals."""

    name = "negatives"
    adds_to_discriminator_update = ("real", "fake")
    adds_to_generator_update = ("fake",)

    def __init__(self, weight=2.0):
        self._weight = weight

    def build(self, make_head, num_classes, batch_size, replicas):
        self._head = make_head("head", make_head.features, 1)

    @property
    def heads(self):
        return {"discriminator_negatives": self._head}

    def added_rows(self, half):
        return Half(1.0 - half.images, half.labels)

    def _error(self, half):
        own, added = self._head(half.features), self._head(half.added_features)
        return tf.reduce_mean(tf.square(own - 1.0)) + tf.reduce_mean(tf.square(added + 1.0))

    def discriminator_terms(self, real, fake):
        error = self._error(real) + self._error(fake)
        return Terms(self._weight * error, {"negatives_error": error})

    def generator_terms(self, real, fake):
        return Terms(-self._weight * self._error(fake), {})


@gin.register(module="test_seams")
class Dimmer(Augmentation):
    """Halves the brightness of a random subset, whose size follows D's logits of the reals."""

    def __init__(self):
        self.probability = tf.Variable(0.5, trainable=False)

    def __call__(self, images, draws, name):
        dim = draws.uniform(name, [images.shape[0], 1, 1, 1]) < self.probability
        return tf.where(dim, 0.5 * images, images)

    def checkpointables(self):
        return {"augmentation_probability": self.probability}

    def assignments(self, real_logits):
        return [(self.probability, self.probability + 0.01)]


def _gan(*bindings, **options):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
        gin.parse_config(bindings)
    return ModularGAN(toy.dataset(), toy.options(4, **options), conditional=True)


def _negatives_error(gan, images):
    kernel, bias = toy.head(gan, "discriminator_negatives")
    own, added = (gan.discriminator.in_numpy(x)[0] @ kernel + bias for x in (images, 1 - images))
    return ((own - 1) ** 2).mean() + ((added + 1) ** 2).mean()


def _shown(gan):
    return [images for images, _ in gan.discriminator.shown][-1]


def test_a_task_adds_rows_a_head_and_terms():
    gan = _gan("ModularGAN.auxiliary_tasks = [@Negatives()]", "Negatives.weight = 3.0")
    batch = toy.batch(LABELS)
    scalars = gan.updates[0].gradients(batch, Draws(0, 0, "discriminator")).scalars
    shown = _shown(gan)
    reals, fakes = shown[:4], shown[8:12]
    np.testing.assert_allclose(reals, batch["images"].numpy() / 255.0, atol=1e-6)
    np.testing.assert_allclose(shown[4:8], 1 - reals, atol=1e-6)
    np.testing.assert_allclose(shown[12:], 1 - fakes, atol=1e-6)
    error = _negatives_error(gan, reals) + _negatives_error(gan, fakes)
    np.testing.assert_allclose(scalars["negatives_error"], error, rtol=1e-5)
    logits = gan.discriminator.in_numpy(shown)[1]
    loss = logits[8:12].mean() - logits[:4].mean() + 3 * error
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)

    scalars = gan.updates[1].gradients(batch, Draws(0, 0, "generator")).scalars
    shown = _shown(gan)
    assert len(shown) == 8
    loss = -gan.discriminator.in_numpy(shown[:4])[1].mean() - 3 * _negatives_error(gan, shown[:4])
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)


def test_augmentation_is_what_d_sees_in_both_updates():
    gan = _gan("ModularGAN.augmentation = @Dimmer()")
    batch, draws = toy.batch(LABELS), Draws(0, 0, "discriminator")
    computed = gan.updates[0].gradients(batch, draws)
    dim = draws.uniform("augment_real", [4, 1, 1, 1]).numpy() < 0.5
    assert 0 < dim.sum() < 4
    reals = batch["images"].numpy() / 255.0
    np.testing.assert_allclose(_shown(gan)[:4], np.where(dim, reals / 2, reals), atol=1e-6)
    ((variable, value),) = computed.assignments
    np.testing.assert_allclose([variable, value], [0.5, 0.51])

    # In G's update fakes alone, and G learns through the augmentation.
    z_draws = Draws(0, 0, "generator")
    computed = gan.updates[1].gradients(batch, z_draws)
    assert len(_shown(gan)) == 4 and not computed.assignments
    dim = z_draws.uniform("augment_fake", [4, 1, 1, 1]).numpy() < 0.5
    gin.clear_config()
    plain = _gan().updates[1].gradients(batch, z_draws).scalars["loss"]
    assert dim.any() and abs(float(computed.scalars["loss"] - plain)) > 1e-4


def test_state_of_an_augmentation_is_kept(tmp_path):
    batch = toy.batch(LABELS)
    data = {name: values[None] for name, values in batch.items()}
    gan = _gan("ModularGAN.augmentation = @Dimmer()")
    for steps in (2, 3):
        gan = ModularGAN(toy.dataset(), toy.options(4), conditional=True)
        train(
            gan,
            lambda step: tf.data.Dataset.from_tensors(data).repeat(),
            tmp_path,
            LoopSettings(steps),
        )
        kept = gan.checkpointables()["augmentation_probability"]
        np.testing.assert_allclose(kept.numpy(), 0.5 + 0.01 * steps, rtol=1e-6)


@pytest.mark.parametrize(
    "binding, message",
    [
        ("ModularGAN.auxiliary_tasks = ['rotation']", "auxiliary_tasks takes .* to a AuxiliaryTas"),
        ("ModularGAN.augmentation = @hinge", "augmentation takes references"),
        ("ModularGAN.augmentation = 'color'", "augmentation takes references"),
        ("ModularGAN.auxiliary_tasks = [@Negatives, @Negatives]", "Two auxiliary tasks have"),
    ],
)
def test_what_is_no_part_is_refused(binding, message):
    with pytest.raises(ValueError, match=message):
        _gan(binding)
