# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The least-squares GAN loss."""

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
def least_squares(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """Squared distances of D's *probabilities* p = sigmoid(logits) from their targets.

        d_loss_real = mean (real_p - 1)²
        d_loss_fake = mean fake_p²
        d_loss      = (d_loss_real + d_loss_fake) / 2
        g_loss      = mean (fake_p - 1)² / 2

    Mao et al., "Least Squares Generative Adversarial Networks", 2017,
    https://arxiv.org/abs/1611.04076, with a = 0, b = c = 1. As in Compare GAN v3 the squares are
    taken of probabilities, where the paper's D ends without a sigmoid: the logit half-way between
    the targets is 0, not the paper's 1/2.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars; the two parts of `d_loss` come without its factor 1/2.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    real_probabilities = tf.sigmoid(real_logits)
    fake_probabilities = tf.sigmoid(fake_logits)
    d_loss_real = tf.reduce_mean(tf.square(real_probabilities - 1.0))
    d_loss_fake = tf.reduce_mean(tf.square(fake_probabilities))
    g_loss = 0.5 * tf.reduce_mean(tf.square(fake_probabilities - 1.0))
    return GANLoss(0.5 * (d_loss_real + d_loss_fake), d_loss_real, d_loss_fake, g_loss)
