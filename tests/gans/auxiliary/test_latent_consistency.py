# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Consistency of neighbours in latent space, against NumPy."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.augmentation import Augmentation, DiffAugment
from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import LatentConsistency
from compare_gan.normalizers import BatchNorm
from compare_gan.randomness import Draws
from tests.gans import toy


@pytest.mark.parametrize("update", ["discriminator", "generator"])
def test_d_judges_neighbours_alike_and_g_keeps_them_apart(update):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
    task = LatentConsistency(weight_d=3.0, weight_g=5.0, stddev=0.3)
    gan = ModularGAN(toy.dataset(), toy.options(4), conditional=True, auxiliary_tasks=[task])
    batch, draws = toy.batch([0, 1, 2, -1]), Draws(5, 0, update)
    index = ("discriminator", "generator").index(update)
    scalars = gan.updates[index].gradients(batch, draws).scalars
    z, y, fakes = gan.generator.in_numpy(draws, 4)
    moved = z + 0.3 * draws.normal("latent_consistency", z.shape).numpy()
    a, b = gan.generator.a.numpy(), gan.generator.b.numpy()
    neighbours = (1 / (1 + np.exp(-(moved @ a + y @ b)))).reshape(fakes.shape)
    images, labels = gan.discriminator.shown[-1]
    shown = [(fakes, y), (neighbours, y)] if update == "discriminator" else [(fakes, y)]
    reals = 4 if update == "discriminator" else 0
    expected = [np.concatenate(arrays) for arrays in zip(*shown)]
    np.testing.assert_allclose(images[reals:], expected[0], atol=1e-5)
    np.testing.assert_array_equal(labels[reals:], expected[1])
    fake, near = (gan.discriminator.in_numpy(x)[1] for x in (fakes, neighbours))
    if update == "discriminator":
        real = gan.discriminator.in_numpy(batch["images"].numpy() / 255.0)[1]
        loss = fake.mean() - real.mean() + 3 * ((fake - near) ** 2).mean()
    else:
        loss = -fake.mean() - 5 * ((fakes - neighbours) ** 2).mean()
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-4)


@pytest.mark.parametrize("policy", [("color",), ("translation", "cutout")])
def test_g_keeps_apart_what_it_made_not_what_d_sees(policy):
    task = LatentConsistency(stddev=0.3)
    gan = ModularGAN(
        toy.dataset(),
        toy.options(4),
        conditional=True,
        auxiliary_tasks=[task],
        augmentation=DiffAugment(policy),
    )
    draws = Draws(5, 0, "generator")
    scalars = gan.updates[1].gradients(toy.batch([0, 1, 2, -1]), draws).scalars
    z, y, fakes = gan.generator.in_numpy(draws, 4)
    moved = z + 0.3 * draws.normal("latent_consistency", z.shape).numpy()
    a, b = gan.generator.a.numpy(), gan.generator.b.numpy()
    neighbours = (1 / (1 + np.exp(-(moved @ a + y @ b)))).reshape(fakes.shape)
    expected = ((fakes - neighbours) ** 2).mean()
    np.testing.assert_allclose(scalars["latent_difference"], expected, rtol=1e-4)
    assert np.abs(gan.discriminator.shown[-1][0][-4:] - fakes).max() > 0.01


class Blotches(Augmentation):
    """Blackens pixels at random."""

    def __call__(self, images, draws, name):
        kept = draws.uniform(name, images.shape) < 0.5
        return tf.where(kept, images, tf.zeros_like(images))


@pytest.mark.parametrize("update, curve", [(0, "consistency"), (1, "difference")])
def test_neighbours_are_augmented_as_their_fakes_are(update, curve):
    task = LatentConsistency(stddev=1e-9)
    gan = ModularGAN(
        toy.dataset(),
        toy.options(4),
        conditional=True,
        auxiliary_tasks=[task],
        augmentation=Blotches(),
    )
    draws = Draws(5, 0, "update")
    scalars = gan.updates[update].gradients(toy.batch([0, 1, 2, -1]), draws).scalars
    np.testing.assert_allclose(scalars[f"latent_{curve}"], 0.0, atol=1e-12)
    shown, _ = gan.discriminator.shown[-1]
    assert (shown[-4:] == 0).any()
    if update == 0:
        np.testing.assert_allclose(shown[-4:], shown[-8:-4], atol=1e-6)


class WithBatchNorm(toy.ToyDiscriminator):
    """D whose verdict of a row depends on the others."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.norm = BatchNorm()
        self.norm.build([None, toy.FEATURES])


def test_a_discriminator_with_batch_norm_sees_the_same_kind_of_batch_in_both_updates():
    networks = Architecture(toy.ToyGenerator, WithBatchNorm)
    options = toy.options(4, architecture=networks)
    gan = ModularGAN(
        toy.dataset(), options, conditional=True, auxiliary_tasks=[LatentConsistency()]
    )
    for update in gan.updates:
        update.gradients(toy.batch([0, 1, 2, -1]), Draws(5, 0, "update"))
    assert [len(images) for images, _ in gan.discriminator.shown[-2:]] == [12, 12]


def test_a_weight_of_zero_costs_nothing():
    task = LatentConsistency(weight_g=0)
    gan = ModularGAN(toy.dataset(), toy.options(4), conditional=True, auxiliary_tasks=[task])
    result = gan.updates[1].gradients(toy.batch([0, 1, 2, -1]), Draws(5, 0, "generator"))
    assert "latent_difference" not in result.scalars and gan.generator.calls == 1


@pytest.mark.parametrize("setting, value", [("weight_d", -1), ("weight_g", None), ("stddev", 0)])
def test_settings_that_make_no_sense(setting, value):
    with pytest.raises(ValueError, match=f"latent_consistency.{setting} .*received {value!r}"):
        LatentConsistency(**{setting: value})
