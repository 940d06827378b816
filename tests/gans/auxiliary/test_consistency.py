# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Consistency under views, against NumPy."""

import gin
import numpy as np
import pytest

from compare_gan import losses
from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import Consistency
from compare_gan.randomness import Draws
from tests.gans import toy

LABELS = [0, 1, 2, -1]


def _darker(images, draws, name):
    return images * draws.uniform(name, [images.shape[0], 1, 1, 1])


def _gan(**settings):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
    task = Consistency(view=_darker, **settings)
    return ModularGAN(toy.dataset(), toy.options(4), conditional=True, auxiliary_tasks=[task])


@pytest.mark.parametrize("weight_fake", [0.0, 3.0])
def test_views_are_judged_like_their_images(weight_fake):
    gan = _gan(weight_real=2.0, weight_fake=weight_fake)
    batch, draws = toy.batch(LABELS), Draws(5, 0, "discriminator")
    scalars = gan.updates[0].gradients(batch, draws).scalars
    reals = batch["images"].numpy() / 255.0
    _, y, fakes = gan.generator.in_numpy(draws, 4)
    views = [
        images * draws.uniform(f"consistency_{name}", [4, 1, 1, 1]).numpy()
        for images, name in ((reals, "real"), (fakes, "fake"))
    ]
    joint = [reals, views[0], fakes, *([views[1]] if weight_fake else [])]
    labels = [toy.one_hot(LABELS)] * 2 + [y] * (2 if weight_fake else 1)
    images, shown_labels = gan.discriminator.shown[-1]
    np.testing.assert_allclose(images, np.concatenate(joint), atol=1e-6)
    np.testing.assert_array_equal(shown_labels, np.concatenate(labels))
    real, real_view, fake, fake_view = (
        gan.discriminator.in_numpy(x)[1] for x in (reals, views[0], fakes, views[1])
    )
    loss = fake.mean() - real.mean() + 2 * ((real - real_view) ** 2).mean()
    loss += weight_fake * ((fake - fake_view) ** 2).mean()
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)

    gan.updates[1].gradients(batch, Draws(5, 0, "generator"))
    assert len(gan.discriminator.shown[-1][0]) == 4  # no views in G's update


def test_both_weights_may_be_zero():
    gan = _gan(weight_real=0, weight_fake=0)
    gan.updates[0].gradients(toy.batch(LABELS), Draws(5, 0, "discriminator"))
    assert len(gan.discriminator.shown[-1][0]) == 8


def test_views_that_ship_can_be_chosen_by_reference():
    with gin.unlock_config():
        gin.parse_config(
            "ModularGAN.auxiliary_tasks = [@consistency()]\nconsistency.view = @strong_view\n"
            "strong_view.noise = 0.5"
        )
    gan = ModularGAN(toy.dataset(), toy.options(4), conditional=True)
    gan.updates[0].gradients(toy.batch(LABELS), Draws(5, 0, "discriminator"))
    images, _ = gan.discriminator.shown[-1]
    assert np.abs(images[4:8] - images[:4]).max() > 0.1


@pytest.mark.parametrize(
    "setting, value", [("weight_real", -1), ("weight_fake", float("inf")), ("view", "flip")]
)
def test_settings_that_make_no_sense(setting, value):
    with pytest.raises(ValueError, match=f"consistency.{setting} .*received {value!r}"):
        Consistency(**{setting: value})
