# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan.data import to_unit_floats, transforms
from compare_gan.data.order import position_bits


def _image(height, width, channels=3, seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, [height, width, channels], np.uint8)


def _bits(position):
    return position_bits(547, "transform", tf.constant(position, tf.int64))


def _resize_by_hand(image, height, width):
    """TF1's bilinear resize in float64: pixel y of the output lies at y * (h / height)."""
    h, w = image.shape[:2]
    image = image.astype(np.float64)
    y, x = np.arange(height) * h / height, np.arange(width) * w / width
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    bottom, right = np.minimum(top + 1, h - 1), np.minimum(left + 1, w - 1)
    dy, dx = (y - top)[:, None, None], (x - left)[None, :, None]
    upper = image[top][:, left] * (1 - dx) + image[top][:, right] * dx
    lower = image[bottom][:, left] * (1 - dx) + image[bottom][:, right] * dx
    return upper * (1 - dy) + lower * dy


@pytest.mark.parametrize(("height", "width"), [(160, 160), (50, 90), (64, 64), (7, 200)])
def test_resize_as_tf1(height, width):
    image = _image(height, width)
    expected = _resize_by_hand(image, 64, 64)
    resized = transforms.resize_as_tf1(tf.constant(image), 64, 64).numpy()
    assert resized.dtype == np.uint8
    # Rounding may go either way where float32 and float64 fall on two sides of a half.
    assert np.abs(resized - expected).max() < 0.5 + 1e-3


def test_celeb_a_crop():
    image = _image(218, 178)
    transform = transforms.CropThenResize(crop=160, size=64)
    expected = _resize_by_hand(image[29:189, 9:169], 64, 64)
    assert np.abs(transform(tf.constant(image), _bits(0)).numpy() - expected).max() < 0.501


def test_crop_or_pad_does_not_resize():
    transform = transforms.CropOrPad(6)
    image = _image(10, 4)
    result = transform(tf.constant(image), _bits(0)).numpy()
    np.testing.assert_array_equal(result[:, 1:5], image[2:8])
    assert not result[:, [0, 5]].any()


@pytest.mark.parametrize(("height", "width"), [(30, 50), (50, 30), (41, 30)])
def test_middle_and_none(height, width):
    image = _image(height, width)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = transforms.SquareCrop("middle", side)(tf.constant(image), _bits(0))
    np.testing.assert_array_equal(middle, image[top : top + side, left : left + side])
    whole = transforms.SquareCrop("none", 20)(tf.constant(image), _bits(0)).numpy()
    assert np.abs(whole - _resize_by_hand(image, 20, 20)).max() < 0.501


def test_random_crop_is_the_largest_square_at_any_place():
    # Each column's color is its number, so that the crop's place can be read off.
    image = np.tile(np.arange(30, dtype=np.uint8)[None, :, None], [20, 1, 3])
    transform = transforms.SquareCrop("random", 20)
    places = []
    for position in range(200):
        crop = transform(tf.constant(image), _bits(position)).numpy()
        np.testing.assert_array_equal(crop[0, :, 0], crop[0, 0, 0] + np.arange(20))
        places.append(crop[0, 0, 0])
    assert set(places) == set(range(10))


def test_distorted_crop_is_a_square_of_half_the_area_or_more():
    height, width = 40, 64
    rows = np.arange(height, dtype=np.uint8)[:, None] * np.ones(width, np.uint8)
    columns = np.arange(width, dtype=np.uint8) * np.ones([height, 1], np.uint8)
    image = tf.constant(np.stack([rows, columns, rows], axis=2))
    transform = transforms.SquareCrop("distorted", 40)
    sides = []
    for position in range(100):
        crop = transform(image, _bits(position)).numpy().astype(float)
        # The resized crop's last row lies at side * 39/40 below its first.
        tall, wide = np.ptp(crop[:, :, 0]) * 40 / 39, np.ptp(crop[:, :, 1]) * 40 / 39
        assert abs(tall - wide) <= 3
        sides.append(tall)
    # Areas from half of 40 * 64 pixels (side 35.8) to all that fits (side 40).
    assert min(sides) > 34 and max(sides) <= 41
    assert np.ptp(sides) > 2


@pytest.mark.parametrize("method", ["random", "distorted"])
def test_random_crops_are_a_function_of_the_position(method):
    image = tf.constant(_image(30, 50))
    transform = transforms.SquareCrop(method, 16)
    first = [transform(image, _bits(position)).numpy() for position in range(10)]
    tf.random.set_seed(99)
    again = [transform(image, _bits(position)).numpy() for position in range(10)]
    np.testing.assert_array_equal(first, again)
    assert any((first[0] != other).any() for other in first[1:])


def test_unknown_crop_method_is_refused():
    with pytest.raises(ValueError, match="'center'.*distorted, random, middle, none"):
        transforms.SquareCrop("center", 64)
    with pytest.raises(ValueError, match="eval_imagenet_transform.*random.*'middle'"):
        transforms.eval_imagenet_transform(64, crop_method="random")


def test_flips_are_a_function_of_the_position():
    count = 2000
    images = np.random.default_rng(0).integers(0, 256, [count, 2, 3, 1], np.uint8)
    images[:, :, 0] = images[:, :, 2] + np.uint8(1)  # no image is its own mirror image
    positions = tf.range(count, dtype=tf.int64)
    flipped = transforms.flip_at_random(tf.constant(images), positions, seed=1).numpy()
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2, 3))
    kept = (flipped == images).all(axis=(1, 2, 3))
    assert (mirrored ^ kept).all()
    assert abs(mirrored.mean() - 0.5) < 4 * 0.5 / np.sqrt(count)
    part = transforms.flip_at_random(tf.constant(images[7:9]), positions[7:9], seed=1)
    np.testing.assert_array_equal(part, flipped[7:9])
    other = transforms.flip_at_random(tf.constant(images), positions, seed=2).numpy()
    assert (other != flipped).any(axis=(1, 2, 3)).mean() > 0.4


def test_fit_is_pillow():
    image = _image(30, 50)
    transform = transforms.Fit(20, 20, 3, "stretch")
    expected = Image.fromarray(image).resize((20, 20), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(transform(tf.constant(image), _bits(0)), np.asarray(expected))


def test_to_unit_floats():
    values = to_unit_floats(np.array([0, 51, 255], np.uint8))
    assert values.dtype == tf.float32
    np.testing.assert_allclose(values, [0.0, 0.2, 1.0], rtol=1e-7)
