# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The relativistic average GAN loss with a hinge."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.losses.base import GANLoss
from compare_gan.losses.relativistic_average import margins_over_averages


@gin.configurable(denylist=["real_logits", "fake_logits"])
def relativistic_average_hinge(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """Reals shall lie 1 above the average fake, and fakes 1 below the average real; G: reversed.

        real_margins = real_logits - mean fake_logits
        fake_margins = fake_logits - mean real_logits
        d_loss_real  = mean relu(1 - real_margins)
        d_loss_fake  = mean relu(1 + fake_margins)
        d_loss       = d_loss_real + d_loss_fake
        g_loss       = mean relu(1 + real_margins) + mean relu(1 - fake_margins)

    Margins are taken from the averages of the global batch, over all replicas. Both losses are 2
    where D tells nothing apart.

    Jolicoeur-Martineau, "The relativistic discriminator: a key element missing from standard GAN",
    2018, https://arxiv.org/abs/1807.00734 (RaHingeGAN).

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_margins, fake_margins = margins_over_averages(real_logits, fake_logits)
    d_loss_real = tf.reduce_mean(tf.nn.relu(1.0 - real_margins))
    d_loss_fake = tf.reduce_mean(tf.nn.relu(1.0 + fake_margins))
    g_loss = tf.reduce_mean(tf.nn.relu(1.0 + real_margins) + tf.nn.relu(1.0 - fake_margins))
    return GANLoss(d_loss_real + d_loss_fake, d_loss_real, d_loss_fake, g_loss)
