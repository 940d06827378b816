# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The non-saturating GAN loss."""

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
def non_saturating(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """Binary cross entropy for D; for G the labels are swapped rather than the sign.

        d_loss_real = mean softplus(-real_logits)      (= mean -log D(x))
        d_loss_fake = mean softplus(fake_logits)       (= mean -log(1 - D(G(z))))
        d_loss      = d_loss_real + d_loss_fake
        g_loss      = mean softplus(-fake_logits)      (= mean -log D(G(z)))

    Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    d_loss_real = tf.reduce_mean(tf.math.softplus(-real_logits))
    d_loss_fake = tf.reduce_mean(tf.math.softplus(fake_logits))
    g_loss = tf.reduce_mean(tf.math.softplus(-fake_logits))
    return GANLoss(d_loss_real + d_loss_fake, d_loss_real, d_loss_fake, g_loss)
