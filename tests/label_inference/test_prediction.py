# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np
import pytest
import scipy.special
import tensorflow as tf
from PIL import Image

from compare_gan.data import Dataset, TrueLabels
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.prediction import compute_features, predict_probabilities
from compare_gan.label_inference.views import (
    CroppedViews,
    RotatedViews,
    ShiftedViews,
    all_views,
)


def test_rotated_views():
    images = np.random.default_rng(0).random([2, 3, 3, 1]).astype(np.float32)
    views = RotatedViews()(images)
    for turns, view in enumerate(views):
        np.testing.assert_array_equal(view, np.rot90(images, turns, axes=(1, 2)))
    assert len(views) == 4


@pytest.mark.parametrize("pixels", [1, 2])
def test_shifted_views(pixels):
    images = np.random.default_rng(0).random([2, 5, 4, 3]).astype(np.float32)
    padded = np.pad(images, [(0, 0), (pixels, pixels), (pixels, pixels), (0, 0)], mode="edge")
    views = ShiftedViews(pixels)(tf.constant(images))
    offsets = (0, pixels, 2 * pixels)
    expected = [padded[:, t : t + 5, left : left + 4] for t in offsets for left in offsets]
    assert len(views) == 9
    for view, wanted in zip(views, expected, strict=True):
        np.testing.assert_array_equal(view, wanted)
    np.testing.assert_array_equal(views[4], images)


@pytest.mark.parametrize("fraction, tall, wide", [(0.75, 6, 8), (0.9, 7, 9), (0.01, 1, 1)])
def test_cropped_views(fraction, tall, wide):
    images = np.random.default_rng(0).random([2, 8, 11, 1]).astype(np.float32)
    down, right = 8 - tall, 11 - wide
    corners = [(down // 2, right // 2), (0, 0), (0, right), (down, 0), (down, right)]
    views = CroppedViews(fraction)(tf.constant(images))
    assert len(views) == 5
    for view, (top, left) in zip(views, corners, strict=True):
        for image, found in zip(images, view, strict=True):
            crop = Image.fromarray(image[top : top + tall, left : left + wide, 0])
            expected = crop.resize((11, 8), Image.Resampling.BILINEAR)
            np.testing.assert_allclose(found[..., 0], expected, atol=1e-5)


@pytest.mark.parametrize("fraction", [0, 1.0, -0.5, "0.9", True])
def test_crops_are_a_part(fraction):
    with pytest.raises(ValueError, match="cropped_views.fraction must be a number in .0, 1., rec"):
        CroppedViews(fraction)


def test_views_of_views():
    images = tf.random.uniform([2, 3, 3, 1])
    assert len(all_views(images, [])) == 1
    views = all_views(images, [ShiftedViews(), RotatedViews()])
    assert len(views) == 36
    np.testing.assert_array_equal(views[4 * 4 + 1], np.rot90(images, 1, axes=(1, 2)))


def test_shift_of_nothing_is_refused():
    for pixels in (0, True):
        with pytest.raises(ValueError, match="shifted_views.pixels must be a whole number"):
            ShiftedViews(pixels)


@pytest.fixture
def dataset(toy):
    return Dataset(toy(), TrueLabels(), seed=0)


@pytest.mark.parametrize("views", [(), (CroppedViews(0.75),), (ShiftedViews(), RotatedViews())])
def test_probabilities_are_means_over_views(toy_encoder, dataset, views):
    network = EncoderWithHeads(toy_encoder((4, 4, 1)), {"class": 3, "rotation": 4})
    for variable in network.variables:
        variable.assign(np.random.default_rng(0).random(variable.shape))
    # 90 images in batches of 32: the last batch is smaller.
    found = predict_probabilities(network, dataset, "train", views, batch_size=32)
    images = _images(dataset, "train")
    expected = np.zeros([90, 3])
    several = [view.numpy() for view in all_views(tf.constant(images), views)]
    for view in several:
        expected += scipy.special.softmax(network(view)["class"].numpy(), axis=1) / len(several)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_features(toy_encoder, dataset):
    encoder = toy_encoder((4, 4, 1))
    found = compute_features(encoder, dataset, "test", batch_size=7)
    images = _images(dataset, "test")
    np.testing.assert_allclose(found, encoder(images), atol=1e-6)


def _images(dataset, split):
    (batch,) = dataset.evaluation_batches(split, dataset.num_examples(split))
    return batch["images"].numpy() / np.float32(255)
