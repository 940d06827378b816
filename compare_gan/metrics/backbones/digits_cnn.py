# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A small classifier of the 8x8 digits, whose weights come with the package.

It gives the digits what Inception gives photographs: features in which distances mean something,
and logits. `train_digits_cnn` made the weights from the training split alone.
"""

import hashlib
import pathlib

import gin
import numpy as np
import tensorflow as tf

from compare_gan.metrics.backbones.base import Backbone

WEIGHTS_FILE = pathlib.Path(__file__).with_name("digits_cnn.npz")

# Name and shape of every weight.
WEIGHT_SHAPES = {
    "conv1/kernel": (3, 3, 1, 32),
    "conv1/bias": (32,),
    "conv2/kernel": (3, 3, 32, 64),
    "conv2/bias": (64,),
    "conv3/kernel": (3, 3, 64, 64),
    "conv3/bias": (64,),
    "hidden/kernel": (256, 64),
    "hidden/bias": (64,),
    "output/kernel": (64, 10),
    "output/bias": (10,),
}
_DEFINITION = "digits_cnn 1"


def digits_network(
    weights: dict, images: tf.Tensor, dropout_mask=1.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Features `[batch, 64]` and logits `[batch, 10]` of images `[batch, 8, 8, 1]` in [0, 1].

    Three 3x3 convolutions with ReLU, 2x2 averages after the second and the third, a hidden layer
    whose ELUs are the features (a ReLU would leave a quarter of them dead), and a linear layer,
    which sees them times `dropout_mask`.
    """

    def convolve(name, inputs):
        outputs = tf.nn.conv2d(inputs, weights[f"{name}/kernel"], 1, "SAME")
        return tf.nn.relu(outputs + weights[f"{name}/bias"])

    hidden = convolve("conv2", convolve("conv1", images))
    hidden = convolve("conv3", tf.nn.avg_pool2d(hidden, 2, 2, "VALID"))
    hidden = tf.reshape(tf.nn.avg_pool2d(hidden, 2, 2, "VALID"), [-1, 256])
    features = tf.nn.elu(hidden @ weights["hidden/kernel"] + weights["hidden/bias"])
    logits = (features * dropout_mask) @ weights["output/kernel"] + weights["output/bias"]
    return features, logits


def hash_of_weights(weights: dict[str, np.ndarray]) -> str:
    """SHA-256 over the definition and all weights, independent of how the file stores them."""
    digest = hashlib.sha256(_DEFINITION.encode())
    for name in WEIGHT_SHAPES:
        digest.update(f"\0{name}\0".encode() + weights[name].astype("<f2").tobytes())
    return digest.hexdigest()


@gin.register("digits_cnn")
class DigitsCNN(Backbone):
    """Features `[batch, 64]` and logits `[batch, 10]` of 8x8 grey images in [0, 1].

        c(x)     = relu(conv3×3(x)),    pool(x) = means of 2×2 pixels
        h        = pool(c(pool(c(c(image)))))    with 32, 64 and 64 filters; [2, 2, 64]
        features = elu(linear(h))
        logits   = linear(features)

    Features are ELUs (Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units", 2016, https://arxiv.org/abs/1511.07289), since relus would leave a
    quarter of them dead.
    """

    def __init__(self):
        self.name = "digits_cnn"
        self.input_size = (8, 8)
        self.channels = 1
        self.feature_dim = WEIGHT_SHAPES["hidden/bias"][0]
        self.num_logits = WEIGHT_SHAPES["output/bias"][0]
        with np.load(WEIGHTS_FILE, allow_pickle=False) as file:
            stored = {name: file[name] for name in WEIGHT_SHAPES}
        self.hash = hash_of_weights(stored)
        # Half precision on disk only.
        weights = {name: tf.constant(value, tf.float32) for name, value in stored.items()}
        signature = [tf.TensorSpec([None, 8, 8, 1], tf.float32)]
        self._forward = tf.function(
            lambda images: digits_network(weights, images), input_signature=signature
        )

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The hidden layer and the logits."""
        features, logits = self._forward(images)
        return features.numpy(), logits.numpy()
