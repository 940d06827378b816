# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The rows that rotation tasks share, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.gans.auxiliary import Half, Rotation
from compare_gan.gans.auxiliary.rotated_rows import accuracy, mean_cross_entropy
from compare_gan.randomness import Draws
from tests.gans import toy
from tests.gans.auxiliary.rows import features, in_numpy, rows

IMAGES = np.random.default_rng(0).uniform(size=(5, 2, 2, 1)).astype(np.float32)


def test_the_last_rows_are_turned_and_keep_their_labels(make_head):
    task = Rotation(2)
    task.build(make_head, 3, batch_size=5, replicas=1)
    labels = toy.one_hot([0, 1, 2, 0, 1])
    added = task.added_rows(Half(tf.constant(IMAGES), tf.constant(labels)), Draws(0))
    turned = [np.rot90(IMAGES[3:], turns, axes=(1, 2)) for turns in (1, 2, 3)]
    np.testing.assert_array_equal(added.images, np.concatenate(turned))
    np.testing.assert_array_equal(added.labels, np.tile(labels[3:], [3, 1]))
    assert task.added_rows(Half(tf.constant(IMAGES), None), Draws(0)).labels is None


def test_upright_rows_are_judged_before_the_turned_ones(make_head):
    task = Rotation(2)
    task.build(make_head, 0, batch_size=5, replicas=1)
    own, added = features(5, 0), features(6, 1)
    logits, angles = task.judged(rows(own, added=added))
    (head,) = task.heads.values()
    expected = in_numpy(head, np.concatenate([own[3:], added]))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(angles, [0, 0, 1, 1, 2, 2, 3, 3])


@pytest.mark.parametrize("images, replicas", [(0, 1), (6, 1), (2.0, 1), (3, 2)])
def test_numbers_of_images_that_do_not_fit(make_head, images, replicas):
    with pytest.raises(ValueError, match=f"rotation.rotated_images.*received {images!r}"):
        Rotation(images).build(make_head, 0, batch_size=5, replicas=replicas)


def test_cross_entropy_and_accuracy():
    logits = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 0.5]], np.float32)
    classes = tf.constant([0, 2, 0])
    log_softmax = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -np.mean([log_softmax[0, 0], log_softmax[1, 2], log_softmax[2, 0]])
    np.testing.assert_allclose(
        mean_cross_entropy(tf.constant(logits), classes), expected, rtol=1e-5
    )
    np.testing.assert_allclose(accuracy(tf.constant(logits), classes), 2 / 3, rtol=1e-6)
