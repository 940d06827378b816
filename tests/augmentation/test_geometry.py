# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Shifts against NumPy, affine maps against SciPy, covered rectangles by their definition."""

import math

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.augmentation import geometry
from compare_gan.randomness import Draws
from tests.augmentation.scripted_draws import ScriptedDraws, pictures


def shifted(image, down, right, fill):
    padding = [(20, 20), (20, 20), (0, 0)]
    padded = np.pad(image, padding, mode={"zero": "constant"}.get(fill, fill))
    height, width, _ = image.shape
    return padded[20 - down : 20 - down + height, 20 - right : 20 - right + width]


@given(
    moves=st.lists(st.tuples(st.integers(-12, 12), st.integers(-12, 12)), min_size=2, max_size=2),
    fill=st.sampled_from(geometry.FILLS),
)
def test_shift_equals_a_cut_from_a_padded_image(moves, fill):
    images = pictures(2, 9, 11, 3)
    down, right = zip(*moves)
    out = geometry.shift_pixels(tf.constant(images), tf.constant(down), tf.constant(right), fill)
    for image, result, move in zip(images, out, moves):
        np.testing.assert_array_equal(result, shifted(image, *move, fill))


def test_random_shifts_reach_an_eighth_of_each_side():
    draws = ScriptedDraws(down=[1, -1], right=[-2, 0])
    images = pictures(2, 8, 20, 1)
    out = geometry.random_shift(tf.constant(images), draws, "a", 0.125)
    # 8 / 8 = 1, and 20 / 8 = 2.5, rounded to 3; the upper end of a draw isn't drawn.
    assert draws.asked == {"down": (-1, 2), "right": (-3, 4)}
    np.testing.assert_array_equal(out[0], shifted(images[0], 1, -2, "zero"))
    np.testing.assert_array_equal(out[1], shifted(images[1], -1, 0, "zero"))


def bilinear(image, matrix, offset, fill):
    """SciPy counts (down, right) from the first pixel; ours (right, down) from the centre."""
    height, width, _ = image.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    matrix, offset = np.asarray(matrix)[::-1, ::-1], np.asarray(offset)[::-1]
    mode = {"zero": "grid-constant", "edge": "nearest", "reflect": "mirror"}[fill]
    channels = [
        scipy.ndimage.affine_transform(
            channel, matrix, offset + middle - matrix @ middle, order=1, mode=mode
        )
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack(channels, axis=-1)


@given(
    numbers=st.lists(st.floats(-1.5, 1.5), min_size=4, max_size=4),
    offset=st.tuples(st.floats(-9.0, 9.0), st.floats(-9.0, 9.0)),
    fill=st.sampled_from(geometry.FILLS),
)
def test_affine_sampling_equals_scipy(numbers, offset, fill):
    images = pictures(2, 8, 11, 2)
    matrices = np.stack([np.reshape(numbers, (2, 2)), np.eye(2)])
    offsets = np.stack([offset, [0.25, -0.5]])
    out = geometry.affine_sample(tf.constant(images), matrices, offsets, fill)
    for image, result, matrix, shift in zip(images, out, matrices, offsets):
        np.testing.assert_allclose(result, bilinear(image, matrix, shift, fill), atol=1e-9)


def test_half_precision_finds_its_places_in_full():
    images = tf.constant(pictures(1, 4, 300, 1), tf.bfloat16)
    matrix, offset = [[1.001, 0.0], [0.0, 1.0]], [0.3, 0.0]
    out = geometry.affine_sample(images, [matrix], [offset], "edge")
    assert out.dtype == tf.bfloat16
    expected = bilinear(tf.cast(images, tf.float64).numpy()[0], matrix, offset, "edge")
    np.testing.assert_allclose(tf.cast(out[0], tf.float64), expected, atol=2**-6)


@pytest.mark.parametrize("shape", [(8, 8), (9, 9)])
def test_quarter_turns_and_mirrors_are_exact(shape):
    images = pictures(3, *shape, 2)
    quarter_turn, mirror, nothing = [[0, -1], [1, 0]], [[-1, 0], [0, 1]], np.eye(2)
    out = geometry.affine_sample(
        tf.constant(images), np.array([quarter_turn, mirror, nothing], np.float64), np.zeros((3, 2))
    )
    # out[right, down] = image[-down, right]: the right side comes to the top.
    np.testing.assert_allclose(out[0], np.rot90(images[0]), atol=1e-12)
    np.testing.assert_allclose(out[1], images[1][:, ::-1], atol=1e-12)
    np.testing.assert_allclose(out[2], images[2], atol=1e-12)


@pytest.mark.parametrize(
    "size, fraction, length, first_and_last",
    [(8, 0.5, 4, (-2, 6)), (9, 0.5, 5, (-2, 6)), (28, 0.5, 14, (-7, 21)), (8, 0.1, 1, (0, 7))],
)
def test_cutout(size, fraction, length, first_and_last):
    first, last = first_and_last
    images = 1.0 + pictures(3, size, 8, 1)
    draws = ScriptedDraws(top=[first, last, 3], left=[0, 1, 2])
    out = geometry.random_cutout(tf.constant(images), draws, "a", fraction).numpy()
    assert draws.asked["top"] == (first, last + 1)
    wide = math.floor(8 * fraction + 0.5)
    for image, result, top, left in zip(images, out, (first, last, 3), (0, 1, 2)):
        expected = image.copy()
        expected[max(top, 0) : top + length, left : left + wide] = 0.0
        np.testing.assert_array_equal(result, expected)
    # About the centre of the range, as much is covered at one end as at the other.
    assert np.sum(out[0] == 0.0) == np.sum(out[1] == 0.0) > 0


def test_cutout_covers_each_place_alike():
    images = tf.ones([20_000, 8, 1, 1])
    covered = 1.0 - tf.reduce_mean(geometry.random_cutout(images, Draws(1), "a", 0.25), axis=0)
    # 9 places of 2 pixels, and the one column is covered half of the time: k = round(0.25) = 0
    # pixels of 1 are never covered.
    np.testing.assert_array_equal(covered, np.zeros([8, 1, 1]))
    images = tf.ones([20_000, 8, 4, 1])
    covered = 1.0 - tf.reduce_mean(geometry.random_cutout(images, Draws(1), "a", 0.25), axis=0)
    # Of a side of 8, 2 pixels begin at -1 … 7, a side of 4 has 1 pixel at 0 … 3.
    np.testing.assert_allclose(covered, np.full([8, 4, 1], 2 / 9 / 4), atol=0.006)


def second_derivative(function, images):
    """The Hessian's product with ones of Σ function(x)³, and the gradient."""
    images = tf.convert_to_tensor(images)
    with tf.GradientTape() as outer:
        outer.watch(images)
        with tf.GradientTape() as inner:
            inner.watch(images)
            total = tf.reduce_sum(function(images) ** 3)
        gradient = inner.gradient(total, images)
    return gradient, outer.gradient(gradient, images)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_first_and_second_derivatives_of_a_shift(jit_compile):
    images = pictures(2, 8, 8, 1)
    down, right = tf.constant([1, -2]), tf.constant([0, 3])

    def shift(x):
        return geometry.shift_pixels(x, down, right)

    function = tf.function(lambda x: second_derivative(shift, x), jit_compile=jit_compile)
    gradient, second = function(images)
    # A shift by (d, r) keeps a pixel if it stays inside: derivatives 3x² and 6x there, else 0.
    for index, (d, r) in enumerate(((1, 0), (-2, 3))):
        kept = shifted(shifted(np.ones((8, 8, 1)), d, r, "zero"), -d, -r, "zero")
        np.testing.assert_allclose(gradient[index], 3 * images[index] ** 2 * kept, atol=1e-12)
        np.testing.assert_allclose(second[index], 6 * images[index] * kept, atol=1e-12)


def test_images_must_be_floats_of_known_sizes():
    with pytest.raises(ValueError, match=r"weak_view needs floats in \[0, 1\], got uint8; use"):
        geometry.check_images(np.zeros((2, 8, 8, 1), np.uint8), "weak_view")
    with pytest.raises(ValueError, match="weak_view needs images .* got shape \\(8, 8, 1\\)"):
        geometry.check_images(np.zeros((8, 8, 1)), "weak_view")

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1])])
    def unknown(x):
        return geometry.check_images(x, "weak_view")

    with pytest.raises(ValueError, match="drop_remainder=True"):
        unknown(tf.zeros([2, 8, 8, 1]))
