# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SSGAN-LA's terms, against NumPy."""

import gin
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import RotationLabelAugmentation
from compare_gan.randomness import Draws
from tests.gans import toy
from tests.gans.auxiliary.rows import features, in_numpy, rows


def test_eight_classes(make_head):
    task = RotationLabelAugmentation(2, weight_d=0.5, weight_g=0.25)
    task.build(make_head, 0, batch_size=5, replicas=1)
    (head,) = task.heads.values()
    halves, log_probabilities = [], []
    for seed in (0, 2):
        own, added = features(5, seed), features(6, seed + 1)
        halves.append(rows(own, added=added))
        logits = in_numpy(head, np.concatenate([own[3:], added]))
        assert logits.shape == (8, 8)
        log_probabilities.append(scipy.special.log_softmax(logits, axis=1))
    real, fake = log_probabilities
    row, angles = np.arange(8), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    loss = -real[row, angles].mean() - fake[row, 4 + angles].mean()
    np.testing.assert_allclose(task.discriminator_terms(*halves).loss, 0.5 * loss, rtol=1e-5)
    loss = -fake[row, angles].mean() + fake[row, 4 + angles].mean()
    np.testing.assert_allclose(
        task.generator_terms(None, halves[1]).loss, 0.25 * loss, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("replaces", [True, False])
def test_it_takes_the_place_of_the_gans_loss_unless_told_otherwise(replaces):
    if not replaces:
        with gin.unlock_config():
            gin.bind_parameter("penalty.fn", lambda *arguments: tf.constant(5.0))
    task = RotationLabelAugmentation(2, replaces_gan_loss=replaces)
    gan = ModularGAN(toy.dataset(), toy.options(4), auxiliary_tasks=[task])
    scalars = gan.updates[0].gradients(toy.batch([0, 1, 2, 1]), Draws(0, 0, "d")).scalars
    expected = scalars["rotation_label_augmentation_loss"]
    if not replaces:
        expected += scalars["loss_real"] + scalars["loss_fake"] + 5
    np.testing.assert_allclose(scalars["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("setting", ["weight_d", "weight_g"])
def test_settings_that_make_no_sense(setting):
    with pytest.raises(ValueError, match=f"rotation_label_augmentation.{setting} .*received -1"):
        RotationLabelAugmentation(2, **{setting: -1})
