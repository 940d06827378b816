# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The hinge GAN loss."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.losses.base import (
    GANLoss,
    checked_logits,
    decides_at_zero,
    generator_ignores_reals,
)


@gin.configurable(denylist=["real_logits", "fake_logits"])
@generator_ignores_reals
@decides_at_zero
def hinge(real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray) -> GANLoss:
    """D is asked for logits above 1 on real and below -1 on fake images, and for no more.

        d_loss_real = mean relu(1 - real_logits)
        d_loss_fake = mean relu(1 + fake_logits)
        d_loss      = d_loss_real + d_loss_fake
        g_loss      = -mean fake_logits

    Lim & Ye, "Geometric GAN", 2017, https://arxiv.org/abs/1705.02894; Miyato et al., "Spectral
    Normalization for Generative Adversarial Networks", 2018, https://arxiv.org/abs/1802.05957.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    d_loss_real = tf.reduce_mean(tf.nn.relu(1.0 - real_logits))
    d_loss_fake = tf.reduce_mean(tf.nn.relu(1.0 + fake_logits))
    return GANLoss(
        d_loss_real + d_loss_fake, d_loss_real, d_loss_fake, -tf.reduce_mean(fake_logits)
    )
