# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A backbone of NumPy alone, which costs nothing and whose memory can be traced."""

import numpy as np

from compare_gan.metrics.backbones import Backbone


class Projections(Backbone):
    """Fixed random projections of images; the first of the features are the logits.

    Args:
      shape: The images'.
      feature_dim: How many projections.
      num_logits: How many of them are logits.
    """

    name, hash = "projections", "0"

    def __init__(self, shape, feature_dim, num_logits):
        self.feature_dim, self.num_logits = feature_dim, num_logits
        kernel = np.random.default_rng(0).normal(size=[np.prod(shape), feature_dim])
        self._kernel = kernel.astype(np.float32)

    def forward(self, images):
        features = images.reshape([len(images), -1]) @ self._kernel
        return features, features[:, : self.num_logits]
