# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DiffAugment: each policy against NumPy, its derivatives, and the seam it fills."""

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.augmentation import Augmentation, DiffAugment
from compare_gan.randomness import Draws
from tests.augmentation.scripted_draws import (
    ScriptedDraws,
    assert_only_draws_decide,
    pictures,
)


def test_color():
    images = pictures(2, 8, 8, 3)
    brightness, saturation, contrast = (0.2, -0.1), (0.3, 1.8), (0.6, 1.4)
    draws = ScriptedDraws(brightness=brightness, saturation=saturation, contrast=contrast)
    out = DiffAugment("color")(images, draws, "a")
    assert draws.asked == {
        "brightness": (-0.25, 0.25),
        "saturation": (0.0, 2.0),
        "contrast": (0.5, 1.5),
    }
    for index in (0, 1):
        expected = images[index] + brightness[index]
        grey = expected.mean(axis=-1, keepdims=True)
        expected = grey + saturation[index] * (expected - grey)
        expected = expected.mean() + contrast[index] * (expected - expected.mean())
        np.testing.assert_allclose(out[index], expected, atol=1e-6)
    assert out.numpy().max() > 1.0  # not cut


def test_color_is_the_papers_in_another_unit():
    """The paper changes images of [-1, 1] by ±0.5; in our unit the outcome is the same picture."""
    images = pictures(2, 8, 8, 3)
    ours = DiffAugment("color")(
        images,
        ScriptedDraws(brightness=[0.25, -0.15], saturation=[0.5, 1.5], contrast=[0.7, 1.1]),
        "a",
    )
    theirs = 2.0 * images - 1.0
    theirs += np.reshape([0.5, -0.3], (2, 1, 1, 1))
    grey = theirs.mean(axis=3, keepdims=True)
    theirs = (theirs - grey) * np.reshape([0.5, 1.5], (2, 1, 1, 1)) + grey
    mean = theirs.mean(axis=(1, 2, 3), keepdims=True)
    theirs = (theirs - mean) * np.reshape([0.7, 1.1], (2, 1, 1, 1)) + mean
    np.testing.assert_allclose(ours, (theirs + 1.0) / 2.0, atol=1e-6)


def test_grey_images_have_no_saturation():
    draws = ScriptedDraws(brightness=[0.1, 0.0], contrast=[1.0, 0.5])
    images = pictures(2, 8, 8, 1)
    out = DiffAugment(["color"])(images, draws, "a")
    assert "saturation" not in draws.asked
    np.testing.assert_allclose(out[0], images[0] + 0.1, atol=1e-6)
    np.testing.assert_allclose(out[1], (images[1] + images[1].mean()) / 2, atol=1e-6)


def test_translation_then_cutout():
    images = 1.0 + pictures(2, 8, 16, 3)
    draws = ScriptedDraws(down=[1, -1], right=[2, 0], top=[-2, 3], left=[0, 11])
    out = DiffAugment(("cutout", "translation"))(images, draws, "a")
    assert draws.asked == {"down": (-1, 2), "right": (-2, 3), "top": (-2, 7), "left": (-4, 13)}
    expected = np.zeros_like(images)
    expected[0, 1:, 2:] = images[0, :-1, :-2]
    expected[1, :-1] = images[1, 1:]
    expected[0, 0:2, 0:8] = 0.0
    expected[1, 3:7, 11:16] = 0.0
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize(
    "policy, channels", [("color", 3), ("color", 1), ("translation", 3), ("cutout", 1)]
)
def test_determined_by_draws(policy, channels):
    augment, images = DiffAugment(policy), pictures(4, 8, 10, channels)
    assert_only_draws_decide(augment, images)


def test_reals_and_fakes_are_augmented_differently():
    images = tf.constant(pictures(4, 8, 8, 3), tf.float32)
    augment, draws = DiffAugment(), Draws(1)
    assert not np.allclose(augment(images, draws, "real"), augment(images, draws, "fake"))


def value_and_gradient(x):
    draws, weights = Draws(2, 3, "u"), tf.constant(pictures(2, 8, 8, 3, seed=1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(weights * DiffAugment()(x, draws, "a") ** 2)
    return value, tape.gradient(value, x)


def test_gradient_against_differences():
    images = tf.constant(pictures(2, 8, 8, 3))
    direction = tf.constant(pictures(2, 8, 8, 3, seed=2))
    _, gradient = value_and_gradient(images)
    assert np.mean(gradient.numpy() != 0.0) > 0.5
    ahead, _ = value_and_gradient(images + 1e-5 * direction)
    behind, _ = value_and_gradient(images - 1e-5 * direction)
    slope = tf.reduce_sum(gradient * direction)
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-5, rtol=1e-7)


def test_has_no_state():
    augment = DiffAugment()
    assert isinstance(augment, Augmentation)
    assert augment.checkpointables() == {}
    assert list(augment.assignments(tf.zeros([4, 1]))) == []


def test_from_gin():
    @gin.configurable("test_augmentation_user")
    def user(augmentation):
        return augmentation

    gin.parse_config("test_augmentation_user.augmentation = @diff_augment()")
    assert user().policy == ("color", "translation", "cutout")
    gin.parse_config("diff_augment.policy = ('cutout',)")
    assert user().policy == ("cutout",)


@pytest.mark.parametrize("policy", [(), "flip", ("color", "blur"), "color,cutout", 3])
def test_unknown_policies(policy):
    with pytest.raises(ValueError, match="diff_augment.policy = .* 'translation', 'cutout'"):
        DiffAugment(policy)
