# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Layer normalization."""

from typing import Any

import gin
import keras
import tensorflow as tf

from compare_gan.layers.precision import full_precision


@gin.register("layer_norm", denylist=["dtype", "trainable", "name"])
class LayerNorm(keras.layers.Layer):
    """γ · (x - mean) / sqrt(variance + ε) + β, moments over all axes of one example.

    γ (ones at first) and β (zeros) are trainable, one number per channel. (Ba et al.,
    https://arxiv.org/abs/1607.06450.)

    Call: x [batch, ..., channels]; z, y and `training` are ignored.

    Args:
      epsilon: Added to the variance.
      dtype: Keras dtype policy; None means the global one.
      trainable: As for every Keras layer.
      name: Name of the layer.
    """

    def __init__(
        self,
        epsilon: float = 1e-12,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.epsilon = epsilon

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, ..., channels]."""
        shape = (x_shape[-1],)
        self.gamma = self.add_weight(name="gamma", shape=shape, initializer="ones", autocast=False)
        self.beta = self.add_weight(name="beta", shape=shape, initializer="zeros", autocast=False)

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the normalized x."""
        del z, y, training
        precise = full_precision(self)
        x = tf.cast(x, precise)
        axes = list(range(1, x.shape.rank))
        # Not tf.nn.moments, whose second derivative is wrong (see BatchStandardizer).
        centered = x - tf.reduce_mean(x, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centered), axes, keepdims=True)
        x = centered * tf.math.rsqrt(variance + self.epsilon)
        x = x * tf.cast(self.gamma.value, precise) + tf.cast(self.beta.value, precise)
        return tf.cast(x, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "epsilon": self.epsilon,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }
