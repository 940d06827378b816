# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The relativistic paired GAN loss."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.losses.base import GANLoss, checked_logits


@gin.configurable(denylist=["real_logits", "fake_logits"])
def relativistic_paired(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """Cross entropy of which image of a pair, the i-th real and the i-th fake one, is real.

        margins     = real_logits - fake_logits
        d_loss      = mean softplus(-margins)
        d_loss_real = d_loss_fake = d_loss / 2
        g_loss      = mean softplus(margins)

    Every term belongs to a real and a fake image alike, so each part of `d_loss` is half of it.
    Both losses are log 2 where D tells nothing apart.

    Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN",
    2018, https://arxiv.org/abs/1807.00734 (RSGAN). Huang et al., "The GAN is dead; long live the
    GAN! A Modern GAN Baseline", 2024, https://arxiv.org/abs/2501.05441 (RpGAN), show that its
    training converges locally with gradient penalties on both real and fake images, R1 and R2; use
    it with both.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    margins = real_logits - fake_logits
    d_loss = tf.reduce_mean(tf.math.softplus(-margins))
    g_loss = tf.reduce_mean(tf.math.softplus(margins))
    return GANLoss(d_loss, 0.5 * d_loss, 0.5 * d_loss, g_loss)
