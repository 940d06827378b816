# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""ADA: images against NumPy and SciPy, and p against a sequence worked out by hand."""

import math

import gin
import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from compare_gan.augmentation import Ada, Augmentation, ada
from compare_gan.randomness import Draws
from tests.augmentation.scripted_draws import (
    ScriptedDraws,
    assert_only_draws_decide,
    assert_same_in_graph_and_xla,
    assert_two_replicas_see_what_one_sees,
    pictures,
)

EVERYTHING = ("blit", "geometric", "color", "noise", "cutout")


def fixed(policy=EVERYTHING, probability=1.0):
    return Ada(policy, adaptive=False, probability=probability)


def chosen(**values):
    """Draws for images that undergo every part."""
    return ScriptedDraws(**values, **{f"{part}_chosen": [0.0] * 2 for part in values})


@pytest.mark.parametrize(
    "jit_compile, dtype",
    [(None, tf.bfloat16), (None, tf.float64), (False, tf.float32), (True, tf.float32)],
)
def test_without_probability_images_stay_exactly_as_they_are(jit_compile, dtype):
    images = pictures(4, 8, 8, 3)
    images[0, 0] = [0.0, 1.0, 1e-6]
    images = tf.constant(images, dtype)
    augment = Ada(EVERYTHING)

    def augmented(images):
        return augment(images, Draws(1, 2, "u"), "a")

    if jit_compile is not None:
        augmented = tf.function(augmented, autograph=False, jit_compile=jit_compile)
    out = augmented(images)
    assert out.dtype == dtype
    np.testing.assert_array_equal(out, images)


@pytest.mark.parametrize("size", [8, 9])
def test_blitted_pixels_are_neither_changed_nor_lost(size):
    images = pictures(2, size, size, 3)
    draws = chosen(
        flip=[1, 0], quarter_turn=[1, 2], integer_translation=[[0.12, -0.12], [0.0, 0.12]]
    )
    out = fixed("blit")(tf.constant(images), draws, "a")
    # 0.12 of 8 or 9 is about one pixel, and what comes in is mirrored.
    turned = np.pad(np.rot90(images[0][:, ::-1]), [(0, 1), (1, 0), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(out[0], turned[1:, :-1])
    turned = np.pad(images[1][::-1, ::-1], [(1, 0), (0, 0), (0, 0)], mode="reflect")
    np.testing.assert_array_equal(out[1], turned[:-1])


def test_geometry_equals_scipys_of_the_inverse():
    height, width = 10, 13
    images = pictures(2, height, width, 2)
    draws = chosen(
        scale=[1.5, -2.0],
        rotation_before=[0.4, -2.0],
        anisotropic_scale=[-1.0, 2.0],
        rotation_after=[1.0, 0.3],
        fractional_translation=[[0.5, -1.0], [-0.3, 0.2]],
    )
    out = fixed("geometric")(tf.constant(images), draws, "a")

    def turn(angle):  # counter-clockwise, of (down, right)
        return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])

    for index, (scale, before, stretch, after, (right, down)) in enumerate(
        [(1.5, 0.4, -1.0, 1.0, (0.5, -1.0)), (-2.0, -2.0, 2.0, 0.3, (-0.3, 0.2))]
    ):
        stretch = np.diag([2 ** (-0.2 * stretch), 2 ** (0.2 * stretch)])
        forward = turn(after) @ stretch @ turn(before) * 2 ** (0.2 * scale)
        middle = np.array([(height - 1) / 2, (width - 1) / 2])
        move = 0.125 * np.array([down * height, right * width])
        inverse = np.linalg.inv(forward)
        for channel in range(2):
            expected = scipy.ndimage.affine_transform(
                images[index, :, :, channel],
                inverse,
                middle - inverse @ (middle + move),
                order=1,
                mode="mirror",
            )
            np.testing.assert_allclose(out[index, :, :, channel], expected, atol=1e-4)


def test_color_of_each_pixel():
    images = pictures(2, 3, 4, 3)
    draws = chosen(
        brightness=[1.0, -2.0],
        contrast=[-2.0, 1.0],
        luma_flip=[0, 1],
        hue=[2 * math.pi / 3, 0.0],
        saturation=[1.0, -1.0],
    )
    out = fixed("color")(tf.constant(images), draws, "a")
    y = (images[0] - 0.5 + 0.1) / 2
    y = np.roll(y, 1, axis=-1)  # a third of a turn
    grey = y.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(out[0], grey + 2 * (y - grey) + 0.5, atol=1e-6)
    y = (images[1] - 0.5 - 0.2) * math.sqrt(2.0)
    grey = y.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(out[1], -grey + 0.5 * (y - grey) + 0.5, atol=1e-6)


def test_noise_then_cutout():
    images = 1.0 + pictures(2, 8, 8, 1)
    grain = np.random.default_rng(5).normal(size=images.shape)
    draws = ScriptedDraws(
        noise=[-2.0, 1.0],
        noise_chosen=[0.0, 0.9],
        grain=grain,
        cutout_chosen=[0.9, 0.0],
        top=[0, 2],
        left=[0, 6],
    )
    out = fixed(("cutout", "noise"), probability=0.5)(tf.constant(images), draws, "a")
    np.testing.assert_allclose(out[0], images[0] + 0.1 * grain[0], atol=1e-6)
    expected = images[1].copy()
    expected[2:6, 6:] = 0.0
    np.testing.assert_array_equal(out[1], expected)


def test_determined_by_draws_in_every_mode():
    augment, images = fixed(probability=0.6), pictures(4, 8, 8, 3)
    assert_only_draws_decide(augment, images)
    assert_same_in_graph_and_xla(augment, images)
    assert_two_replicas_see_what_one_sees(augment, images)


def test_half_precision_is_rounded_once():
    images = tf.constant(pictures(4, 64, 64, 3), tf.bfloat16)
    augment = fixed(("rotation", "saturation"))

    @tf.function(autograph=False, jit_compile=True)
    def both(images):
        draws = Draws(2)
        return augment(images, draws, "a"), augment(tf.cast(images, tf.float32), draws, "a")

    out, expected = both(images)
    assert out.dtype == tf.bfloat16
    np.testing.assert_array_equal(out, tf.cast(expected, tf.bfloat16))


@tf.function(autograph=False, jit_compile=True)
def derivatives(images, direction):
    """Of Σ weights · ada(x)²: the gradient, and the derivative of its slope in a direction."""
    weights = tf.constant(pictures(2, 8, 8, 3, seed=1))
    with tf.GradientTape() as outer:
        outer.watch(images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            out = fixed(("scale", "rotation", "hue", "cutout"))(images, Draws(2, 3, "u"), "a")
            value = tf.reduce_sum(weights * out**2)
        gradient = inner.gradient(value, images)
        slope = tf.reduce_sum(gradient * direction)
    return value, gradient, outer.gradient(slope, images)


def test_derivatives_against_differences():
    images, direction = (tf.constant(pictures(2, 8, 8, 3, seed=seed)) for seed in (0, 2))
    _, gradient, second = derivatives(images, direction)
    ahead, behind = (derivatives(images + step * direction, direction) for step in (1e-5, -1e-5))
    assert np.any(second.numpy())
    slope = np.sum(gradient * direction)
    np.testing.assert_allclose(slope, (ahead[0] - behind[0]) / 2e-5, rtol=1e-7)
    np.testing.assert_allclose(second, (ahead[1] - behind[1]) / 2e-5, rtol=1e-6, atol=1e-7)


def logits(*signs):
    return tf.constant([[3.0 * sign] for sign in signs], tf.bfloat16)


def adjust(augment, real_logits):
    for variable, value in augment.assignments(real_logits):
        variable.assign(value)
    return float(augment.probability)


def test_probability_follows_the_signs():
    """Two updates of 4 reals are 8 of 40 images: p moves by 0.2."""
    augment = Ada(target=0.5, adjustment_images=40, interval=2, largest_probability=0.5)
    sure, unsure = logits(1, 1, 1, 1), logits(-1, 1, 1, -1)
    for real_logits, expected in [
        (sure, 0.0),
        (sure, 0.2),  # r_t = 1
        (unsure, 0.2),
        (sure, 0.2),  # 1 / 2, as wished
        (logits(1, 1, 1, 0), 0.2),
        (logits(1, 1, 0, 0), 0.4),  # (3 / 4 + 2 / 4) / 2
        (sure, 0.4),
        (sure, 0.5),  # and no more
        (logits(1, 1, 1, -1), 0.5),
        (unsure, 0.3),  # (2 / 4 + 0) / 2
        (unsure, 0.3),
        (unsure, 0.1),
        (unsure, 0.1),
        (logits(-1, -1, -1, -1), 0.0),  # and no less
    ]:
        assert adjust(augment, real_logits) == pytest.approx(expected, abs=1e-6)


def test_the_papers_speed():
    """From 0 to 1 in 500,000 images: by 4 · 64 / 500,000 every 4th update."""
    augment = Ada(largest_probability=1.0)
    found = [adjust(augment, tf.ones([64, 1])) for _ in range(8)]
    np.testing.assert_allclose(found, [0, 0, 0, 0.000512, *[0.000512] * 3, 0.001024], rtol=1e-6)


def test_the_sign_is_that_of_the_global_batch(monkeypatch):
    """This replica's reals are judged worse than wished; with the other's, they are all well."""
    monkeypatch.setattr(ada, "mean_over_replicas", lambda value, **_: (value + 1.0) / 2)
    monkeypatch.setattr(ada, "replica_count", lambda: 2)
    augment = Ada(adjustment_images=100, interval=1)
    # r_t = (1 / 2 + 1) / 2 > 0.6, and 2 · 4 of 100 images.
    assert adjust(augment, logits(1, 1, 1, -1)) == pytest.approx(0.08)


def test_state_and_curve():
    augment = Ada("flip", probability=0.5)
    assert isinstance(augment, Augmentation)
    augment.checkpointables()["augmentation_probability"].assign(0.25)
    assert float(augment.curves()["augmentation_probability"]) == 0.25
    images = pictures(400, 2, 2, 1)
    out = augment(tf.constant(images), Draws(1), "a").numpy()
    flipped = np.mean(np.any(out != images, axis=(1, 2, 3)))
    assert abs(flipped - 0.125) < 0.06


def test_a_checkpoint_has_the_probability(tmp_path):
    settings = {"adjustment_images": 40, "interval": 2}
    augment = Ada(**settings)
    for _ in range(3):
        adjust(augment, logits(1, 1, 1, 1))
    path = tf.train.Checkpoint(**augment.checkpointables()).write(str(tmp_path / "state"))
    resumed = Ada(**settings)
    state = tf.train.Checkpoint(**resumed.checkpointables())
    state.read(path).assert_consumed().assert_existing_objects_matched()
    assert float(resumed.probability) == pytest.approx(0.2)
    # The interval goes on where it was: the mean of 1 and -1 is below 0.6.
    assert adjust(resumed, logits(-1, -1, -1, -1)) == 0.0


def test_a_fixed_probability_has_no_state():
    augment = fixed(probability=0.25)
    assert float(augment.probability) == 0.25
    assert augment.checkpointables() == {} and augment.curves() == {}
    assert list(augment.assignments(tf.ones([4, 1]))) == []


def test_from_gin():
    @gin.configurable("test_ada_user")
    def user(augmentation):
        return augmentation

    gin.parse_config("test_ada_user.augmentation = @ada()\nada.policy = ['flip', 'color']")
    assert user().policy == ("flip", "color")
    assert float(user().probability) == 0.0


def test_images_that_do_not_fit():
    oblong = tf.zeros([2, 8, 16, 1])
    with pytest.raises(
        ValueError, match=r"ada.policy = .* square ones, received 8×16; list 'flip'"
    ):
        fixed()(oblong, Draws(1), "a")
    for policy in (("flip", "integer_translation", "geometric", "color", "noise", "cutout"), "hue"):
        assert fixed(policy)(tf.zeros([2, 8, 16, 3]), Draws(1), "a").shape == (2, 8, 16, 3)
    with pytest.raises(ValueError, match="ada.policy has 'hue', .* 3 channels, received 1"):
        fixed(("scale", "hue"))(oblong, Draws(1), "a")
    with pytest.raises(ValueError, match="ada needs floats"):
        fixed()(tf.zeros([2, 8, 8, 1], tf.uint8), Draws(1), "a")


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"policy": ()}, r"ada.policy = \(\) must hold .* 'blit', .* 'cutout'; without"),
        ({"policy": "blur"}, "ada.policy = 'blur' must hold"),
        ({"policy": ("flip", 3)}, "ada.policy = .* must hold"),
        ({"adaptive": "False"}, "ada.adaptive = 'False' must be True or False"),
        ({"adaptive": False}, "ada.adaptive = False .* set ada.probability"),
        ({"adaptive": False, "probability": 1.5}, "ada.probability must be .* received 1.5"),
        (
            {"probability": 0.9},
            "ada.probability, .* must be a number in .0, 0.8., received 0.9",
        ),
        ({"largest_probability": 2}, "ada.largest_probability must be .* received 2"),
        ({"target": 60}, "ada.target must be a number in .-1, 1., received 60"),
        ({"adjustment_images": 0.5}, "ada.adjustment_images must be .* received 0.5"),
        ({"interval": 0}, "ada.interval must be a whole number from 1, received 0"),
        ({"interval": True}, "ada.interval must be .* received True"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=message):
        Ada(**settings)
