# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Fakes of all of D's updates in a step from one pass of G."""

import functools

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import regularizers
from compare_gan.architectures import Architecture
from compare_gan.gans import ModularGAN, auxiliary
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from compare_gan.training.graphs import update_graphs
from compare_gan.training.work import floating_point_operations
from tests.gans import toy

UPDATES, ROWS = 3, 8


_batches = functools.partial(toy.training_batches, UPDATES, ROWS)


def _gan(jointly, generator=toy.ToyGenerator, conditional=True, **settings):
    keras.utils.set_random_seed(0)
    architecture = Architecture(generator, toy.ToyDiscriminator)
    return ModularGAN(
        toy.dataset(),
        toy.options(disc_iters=UPDATES, architecture=lambda: architecture),
        conditional=conditional,
        experimental_joint_gen_for_disc=jointly,
        **settings,
    )


@pytest.mark.parametrize("conditional", [True, False])
def test_gradients_are_those_of_separate_passes(conditional, float64):
    gan = _gan(True, conditional=conditional)
    batches, update = next(iter(_batches(0))), gan.updates[0]
    draws = [Draws(2, 5, "discriminator", number) for number in range(UPDATES)]
    shared = update.once(batches, draws)
    assert gan.generator.calls == 1 and ("fake_labels" in shared) == conditional
    for number in range(UPDATES):
        batch, own = ({n: v[number] for n, v in of.items()} for of in (batches, shared))
        gan.generator.calls = 0
        jointly = update.gradients({**batch, **own}, draws[number])
        assert gan.generator.calls == 0
        separately = update.gradients(batch, draws[number])
        for one, other in zip(jointly.gradients, separately.gradients, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("conditional, micro_batches", [(True, 1), (False, 1), (True, 2)])
def test_weights_are_those_of_separate_passes(conditional, micro_batches, float64, tmp_path):
    gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)
    found = []
    for jointly in (False, True):
        gan = _gan(
            jointly,
            conditional=conditional,
            g_optimizer_fn=keras.optimizers.SGD,
            g_lr=0.1,
            auxiliary_tasks=[auxiliary.LatentConsistency()],  # uses latents, and G itself
        )
        settings = LoopSettings(2, seed=1, gradient_accumulation=micro_batches)
        train(gan, _batches, tmp_path / str(jointly), settings)
        networks = (gan.generator, gan.discriminator)
        found.append([variable.numpy() for network in networks for variable in network.variables])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_generators_work_is_done_once():
    specs = {
        "images": tf.TensorSpec([ROWS, *toy.SHAPE], tf.uint8),
        "labels": tf.TensorSpec([ROWS], tf.int32),
    }
    assert [graphs.once for graphs in update_graphs(_gan(False), specs)] == [None, None]
    once, of_g = (graphs.once for graphs in update_graphs(_gan(True), specs))
    assert of_g is None
    # Latents and labels, 3 numbers each, times matrices with a column for each of 4 pixels.
    assert floating_point_operations(once) == UPDATES * 2 * ROWS * (3 + toy.CLASSES) * 4


class BrightGenerator(toy.ToyGenerator):
    """Divides all images of a batch by the largest of their values."""

    def generate(self, z, y, training):
        images = super().generate(z, y, training)
        return images / tf.reduce_max(images)


def test_statistics_of_a_batch_are_those_of_all_fakes():
    gan = _gan(True, BrightGenerator)
    batches = next(iter(_batches(0)))
    draws = [Draws(2, 5, "discriminator", number) for number in range(UPDATES)]
    made = gan.updates[0].once(batches, draws)
    z, y, images = zip(*(gan.generator.in_numpy(one, ROWS) for one in draws))
    np.testing.assert_allclose(made["fake_latents"], z, rtol=1e-6)
    np.testing.assert_array_equal(made["fake_labels"], y)
    np.testing.assert_allclose(made["fake_images"], images / np.max(images), rtol=1e-5)
