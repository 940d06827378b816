# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from compare_gan.pictures import image_grid, to_uint8


def _numbered(count, height=2, width=3, channels=1):
    images = np.zeros([count, height, width, channels], np.uint8)
    return images + np.arange(count, dtype=np.uint8)[:, None, None, None]


def test_grid_by_hand():
    grid = image_grid(_numbered(3, 1, 1), columns=2, margin=1, minimum_tile=1)
    w = 255
    expected = [
        [w, w, w, w, w],
        [w, 0, w, 1, w],
        [w, w, w, w, w],
        [w, 2, w, w, w],
        [w, w, w, w, w],
    ]
    np.testing.assert_array_equal(grid[:, :, 0], expected)
    assert grid.dtype == np.uint8


def test_small_images_are_enlarged_by_a_whole_factor_without_smoothing():
    image = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    grid = image_grid(image, margin=0, minimum_tile=5)
    np.testing.assert_array_equal(grid[:, :, 0], np.kron(image[0, :, :, 0], np.ones([3, 3])))


def test_large_images_are_not_enlarged():
    assert image_grid(_numbered(1, 64, 100), margin=2).shape == (68, 104, 1)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (64, 8), (65, 9)])
def test_default_is_nearly_square(count, columns):
    grid = image_grid(_numbered(count, 1, 1), margin=0, minimum_tile=1)
    assert grid.shape == (-(-count // columns), columns, 1)


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(
    count=st.integers(1, 12),
    columns=st.integers(1, 6),
    margin=st.integers(0, 3),
    channels=st.sampled_from([1, 3]),
)
def test_every_image_stands_in_its_place(count, columns, margin, channels):
    images = np.random.default_rng(count).integers(0, 256, [count, 3, 2, channels], np.uint8)
    grid = image_grid(images, columns, margin, minimum_tile=1)
    for index, image in enumerate(images):
        top = margin + index // columns * (3 + margin)
        left = margin + index % columns * (2 + margin)
        np.testing.assert_array_equal(grid[top : top + 3, left : left + 2], image)


def test_floats_and_tensors_are_rounded():
    images = np.array([0.0, 0.4999, 0.5, 1.0]).reshape(1, 2, 2, 1)
    expected = [[0, 127], [128, 255]]  # 127.47 and 127.5, to even
    for given in (images, tf.constant(images, tf.float32)):
        grid = image_grid(given, margin=0, minimum_tile=1)
        np.testing.assert_array_equal(grid[:, :, 0], expected)
    half = tf.constant([0.0, 0.5, 1.0], tf.bfloat16)
    np.testing.assert_array_equal(to_uint8(half), [0, 128, 255])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.full([1, 2, 2, 1], np.nan), "4 of 4 values are NaN"),
        (np.full([1, 2, 2, 1], 1.5), r"lie in \[1.5, 1.5\]"),
        (np.full([1, 2, 2, 1], -1.0), r"values in \[-1, 1\] by 0.5"),
        (np.zeros([1, 2, 2, 1], np.int32), "their type is int32"),
        (np.zeros([1, 2, 2, 2]), "1 channel .* or 3"),
        (np.zeros([1, 2, 2, 4]), "1 channel .* or 3"),
        (np.zeros([2, 2, 3]), "shape"),
        (np.zeros([0, 2, 2, 3]), "at least one image"),
    ],
)
def test_wrong_images_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        image_grid(images)


@pytest.mark.parametrize("option", [{"columns": 0}, {"margin": -1}, {"minimum_tile": 0}])
def test_wrong_numbers_are_refused(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        image_grid(np.zeros([1, 2, 2, 1]), **option)
