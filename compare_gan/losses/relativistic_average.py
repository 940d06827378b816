# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The relativistic average GAN loss."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.losses.base import GANLoss, checked_logits
from compare_gan.replicas import mean_over_replicas


def margins_over_averages(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> tuple[tf.Tensor, tf.Tensor]:
    """How far D's logits lie above the average logit of the other kind.

        real_margins = real_logits - mean fake_logits
        fake_margins = fake_logits - mean real_logits

    The averages are those of the global batch, over all replicas; gradients flow through them.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      real_margins and fake_margins, `[batch, 1]`.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    averages = tf.stack([tf.reduce_mean(real_logits), tf.reduce_mean(fake_logits)])
    averages = mean_over_replicas(averages, needed_by="a relativistic average loss")
    real_average, fake_average = tf.unstack(averages)
    return real_logits - fake_average, fake_logits - real_average


@gin.configurable(denylist=["real_logits", "fake_logits"])
def relativistic_average(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """Cross entropy of whether an image looks more real than the average of the other kind.

        real_margins = real_logits - mean fake_logits
        fake_margins = fake_logits - mean real_logits
        d_loss_real  = mean softplus(-real_margins)
        d_loss_fake  = mean softplus(fake_margins)
        d_loss       = d_loss_real + d_loss_fake
        g_loss       = mean softplus(real_margins) + mean softplus(-fake_margins)

    Margins are taken from the averages of the global batch, over all replicas. Both losses are
    2 log 2 where D tells nothing apart.

    Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN",
    2018, https://arxiv.org/abs/1807.00734 (RaSGAN). As in the paper the two terms are added; some
    implementations average them, which halves all gradients.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_margins, fake_margins = margins_over_averages(real_logits, fake_logits)
    d_loss_real = tf.reduce_mean(tf.math.softplus(-real_margins))
    d_loss_fake = tf.reduce_mean(tf.math.softplus(fake_margins))
    g_loss = tf.reduce_mean(tf.math.softplus(real_margins) + tf.math.softplus(-fake_margins))
    return GANLoss(d_loss_real + d_loss_fake, d_loss_real, d_loss_fake, g_loss)
