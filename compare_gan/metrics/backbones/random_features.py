# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A convolutional network with fixed random weights: features of any images, from no file."""

import hashlib

import gin
import numpy as np
import tensorflow as tf

from compare_gan.configuration.whole_numbers import check_seed
from compare_gan.metrics.backbones.base import Backbone

# Three levels, each at half the size of the one before.
_WIDTHS = (32, 48, 48)
# Any change to what `forward` computes changes this text, and so the hash.
_DEFINITION = f"random_features 1: conv 3x3 {_WIDTHS} he, leaky relu 0.2, mean, average pool 2"


@gin.register("random_features")
class RandomFeatures(Backbone):
    """Spatial means over three levels of a random convolutional network.

        h_0      = 2 · image − 1
        a_l      = leaky_relu(conv3×3(h_l)),    leaky_relu(x) = max(x, 0.2 x)
        h_(l+1)  = means of 2×2 pixels of a_l
        features = means over all positions of a_0, a_1 and a_2, of 32, 48 and 48 filters

    Weights are drawn from N(0, 2 / fan_in) (He et al., https://arxiv.org/abs/1502.01852). Random
    features see colors, edges and textures but no objects: a distance in them tells gross failure
    from success and costs next to nothing. It is for tests, and for data on which nothing better
    was trained; so Naeem et al., https://arxiv.org/abs/2002.09797, take an untrained network for
    data unlike ImageNet's.

    Args:
      seed: Decides the weights; a part of the hash. From 0 to 2³² − 1.

    Raises:
      ValueError: The seed is another.
    """

    def __init__(self, seed: int = 0):
        seed = check_seed("random_features.seed", seed)
        self.name = "random_features"
        self.hash = hashlib.sha256(f"{_DEFINITION}; seed {seed}".encode()).hexdigest()
        self.feature_dim = sum(_WIDTHS)
        self._seed = seed
        self._forward = {}

    def _weights(self, channels: int) -> list[np.ndarray]:
        # RandomState's stream is frozen for good, which that of default_rng is not.
        random = np.random.RandomState([self._seed, channels])
        weights, inputs = [], channels
        for width in _WIDTHS:
            kernel = random.standard_normal((3, 3, inputs, width)) * np.sqrt(2.0 / (9 * inputs))
            weights.append(kernel.astype(np.float32))
            inputs = width
        return weights

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        """Features `[batch, 128]` of images of any size and number of channels; no logits."""
        channels = images.shape[3]
        if channels not in self._forward:
            weights = self._weights(channels)

            @tf.function(input_signature=[tf.TensorSpec([None, None, None, channels])])
            def forward(images):
                features, hidden = [], 2.0 * images - 1.0
                for kernel in weights:
                    hidden = tf.nn.leaky_relu(tf.nn.conv2d(hidden, kernel, 1, "SAME"), 0.2)
                    features.append(tf.reduce_mean(hidden, axis=[1, 2]))
                    hidden = tf.nn.avg_pool2d(hidden, 2, 2, "SAME")
                return tf.concat(features, axis=1)

            self._forward[channels] = forward
        return self._forward[channels](images).numpy(), None
