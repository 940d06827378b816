# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The projection of labels, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.gans.auxiliary.projection import LabelProjection


def _built(make_head):
    task = LabelProjection()
    task.build(make_head, 3, batch_size=4, replicas=1)
    (embedding,) = task.heads["discriminator_label_projection"].variables
    return task, embedding.numpy()


def test_inner_products_with_the_labels_embedding(make_head):
    task, embedding = _built(make_head)
    assert embedding.shape == (3, 4)  # and there is no bias
    assert make_head.asked["embedding"] == {"initializer": "glorot_normal"}
    features = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    labels = np.array([[0, 0, 1], [1, 0, 0], [0.25, 0.5, 0.25], [0, 0, 0]], np.float32)
    added = task.added_logits(tf.constant(features), tf.constant(labels))
    expected = [
        features[0] @ embedding[2],
        features[1] @ embedding[0],
        features[2] @ (0.25 * embedding[0] + 0.5 * embedding[1] + 0.25 * embedding[2]),
        0.0,  # unlabelled
    ]
    assert added.shape == (4, 1)
    np.testing.assert_allclose(added[:, 0], expected, rtol=1e-5, atol=1e-6)


def test_classes_are_needed(make_head):
    message = r"@label_projection\(\) in ModularGAN.auxiliary_tasks, or .*S3GAN.project_y = True"
    with pytest.raises(ValueError, match=message):
        LabelProjection().build(make_head, 0, batch_size=4, replicas=1)
