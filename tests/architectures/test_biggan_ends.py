# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The ends of BigGAN's networks, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures.biggan_ends import BigGANDiscriminator

MAPS = np.random.default_rng(0).normal(size=(3, 2, 4, 5)).astype(np.float32)
LABELS = np.eye(3, dtype=np.float32)[[2, 0, 1]]


class End(BigGANDiscriminator):
    """A discriminator that is nothing but its end."""

    def __init__(self, project_y, num_classes=3):
        super().__init__((8, 8, 1), num_classes, None, False, None, "normal", None, None)
        self.project_y = project_y
        self.build_end(MAPS.shape[3])
        self.built = True

    def discriminate(self, x, y, training):
        return self.judge(x, y)


@pytest.mark.parametrize("project_y, num_classes", [(False, 3), (True, 3), (True, 0)])
def test_sums_of_what_is_positive_are_judged_and_projected(project_y, num_classes):
    end = End(project_y, num_classes)
    logits, features = end.judge(tf.constant(MAPS), tf.constant(LABELS))
    sums = np.maximum(MAPS, 0).sum(axis=(1, 2))
    np.testing.assert_allclose(features, sums, rtol=1e-5)
    expected = sums @ end.final_fc.kernel.numpy() + end.final_fc.bias.numpy()
    assert hasattr(end, "embedding") == (project_y and num_classes > 0)
    if hasattr(end, "embedding"):
        embedded = LABELS @ end.embedding.kernel.numpy()
        expected = expected + (embedded * sums).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-6)
