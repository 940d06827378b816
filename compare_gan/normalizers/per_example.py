# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The core of the normalizers that look at one example at a time."""

import abc
import math
from typing import Any

import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number
from compare_gan.layers.precision import full_precision
from compare_gan.normalizers.channel_weights import ChannelWeights


class PerExampleNorm(ChannelWeights, abc.ABC):
    """γ · (x - mean) / sqrt(variance + ε) + β, with moments of groups of one example's channels.

    The channels are cut into groups of neighbours, equally large. The mean and the biased variance
    of a group are taken over its channels and all positions of one example, so that no example
    sees another, and training and sampling are alike. γ (ones at first) and β (zeros) are
    trainable, one number per channel. All is computed in float32 at least.

    Subclasses set `gin_name` and say how many groups there are.

    Call: x [batch, ..., channels]; z, y and `training` are ignored.

    Args:
      epsilon: Added to the variance, above 0.
      dtype: Keras dtype policy; None means the global one.
      trainable: As for every Keras layer.
      name: Name of the layer.

    Raises:
      ValueError: If epsilon isn't above 0.
    """

    gin_name: str

    def __init__(
        self,
        epsilon: float = 1e-5,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.epsilon = check_number(f"{self.gin_name}.epsilon", epsilon, "(0, inf)", usual=1e-5)

    @abc.abstractmethod
    def group_count(self, channels: int) -> int:
        """How many groups so many channels are cut into; a divisor of their number."""

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, ..., channels].

        Raises:
          ValueError: If a group is a single number, as far as the shape is known.
        """
        channels = x_shape[-1]
        self.group_size = channels // self.group_count(channels)
        self._check_group_has_variance(tf.TensorShape(x_shape))
        self.gamma = self.add_channel_weight("gamma", channels, 1.0)
        self.beta = self.add_channel_weight("beta", channels, 0.0)

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the normalized x.

        Raises:
          ValueError: If a group is a single number.
        """
        del z, y, training
        self._check_group_has_variance(x.shape)
        precise = full_precision(self)
        x = tf.cast(x, precise)
        # Not tf.nn.moments, whose second derivative is wrong (see BatchStandardizer).
        centered = x - self._group_means(x)
        variance = self._group_means(tf.square(centered))
        x = self.standardize(x, centered, tf.math.rsqrt(variance + self.epsilon))
        x = x * tf.cast(self.gamma.value, precise) + tf.cast(self.beta.value, precise)
        return tf.cast(x, self.compute_dtype)

    def standardize(self, x: tf.Tensor, centered: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        """What γ and β are applied to.

        Args:
          x: The input.
          centered: x - mean.
          scale: 1 / sqrt(variance + ε), of a shape that multiplies x.
        """
        del x
        return centered * scale

    def _group_means(self, x: tf.Tensor) -> tf.Tensor:
        """The mean of each number's group, of a shape that can be subtracted from x."""
        size, channels, rank = self.group_size, x.shape[-1], x.shape.rank
        if size == channels:
            return tf.reduce_mean(x, list(range(1, rank)), keepdims=True)
        means = tf.reduce_mean(x, list(range(1, rank - 1)), keepdims=True)
        if size == 1:
            return means
        groups = tf.reshape(means, [-1, channels // size, size])
        means = tf.repeat(tf.reduce_mean(groups, 2, keepdims=True), size, axis=2)
        return tf.reshape(means, [-1, *[1] * (rank - 2), channels])

    def _check_group_has_variance(self, shape: tf.TensorShape) -> None:
        positions = shape[1:-1]
        if self.group_size > 1 or not positions.is_fully_defined() or math.prod(positions) > 1:
            return
        raise ValueError(
            f"{self.name}: {self.gin_name} normalizes each channel by itself here, but an input of "
            f"shape {tuple(shape)} has one number per channel, which has no variance; use "
            "@layer_norm or @batch_norm, or group_norm with fewer groups than channels."
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "epsilon": self.epsilon,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }
