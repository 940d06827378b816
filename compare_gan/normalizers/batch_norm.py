# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batch normalization with one scale and shift per channel."""

import gin
import tensorflow as tf

from compare_gan.normalizers.statistics import BatchStandardizer


@gin.register("batch_norm", denylist=["dtype", "trainable", "name"])
class BatchNorm(BatchStandardizer):
    """Standardizes each channel over the batch, then scales and shifts it.

        out = γ · standardized(x) + β

    with trainable γ (ones at first) and β (zeros), both [channels]. (Ioffe and Szegedy, "Batch
    Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift", 2015,
    https://arxiv.org/abs/1502.03167.)

    Call: x [batch, channels] or [batch, height, width, channels]; z and y are ignored; `training`
    chooses the statistics, see `BatchStandardizer`, which also documents the constructor.
    """

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [..., channels]."""
        self.add_statistics(x_shape[-1])
        self.gamma = self.add_channel_weight("gamma", x_shape[-1], 1.0)
        self.beta = self.add_channel_weight("beta", x_shape[-1], 0.0)

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the normalized x."""
        del z, y
        return self.standardize(x, training, self.gamma.value, self.beta.value)
