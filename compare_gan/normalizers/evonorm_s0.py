# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""EvoNorm-S0, a normalizer with a nonlinearity of its own."""

import gin
import tensorflow as tf

from compare_gan.normalizers.group_norm import GroupNorm


@gin.register("evonorm_s0", denylist=["dtype", "trainable", "name"])
class EvoNormS0(GroupNorm):
    """Normalizer and activation together: networks apply no relu after it.

        out = γ · x · sigmoid(v · x) / sqrt(variance + ε) + β

    with the variance over groups of channels; the mean stays. v (ones at first) is trainable, one
    number per channel, as are γ and β. (Liu, Brock, Simonyan, Le, "Evolving
    Normalization-Activation Layers", 2020, https://arxiv.org/abs/2004.02967.)

    See `GroupNorm` for the groups and for the arguments, and `PerExampleNorm` for how it is called.
    """

    gin_name = "evonorm_s0"
    includes_activation = True

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, ..., channels]."""
        super().build(x_shape)
        self.v = self.add_channel_weight("v", x_shape[-1], 1.0)

    def standardize(self, x: tf.Tensor, centered: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
        """What γ and β are applied to: x · sigmoid(v · x) · scale."""
        del centered
        return x * tf.sigmoid(tf.cast(self.v.value, x.dtype) * x) * scale
