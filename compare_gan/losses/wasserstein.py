# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Wasserstein GAN loss."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.losses.base import GANLoss, checked_logits, generator_ignores_reals


@gin.configurable(denylist=["real_logits", "fake_logits"])
@generator_ignores_reals
def wasserstein(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> GANLoss:
    """The difference of D's means, an estimate of the Wasserstein-1 distance if D is 1-Lipschitz.

        d_loss_real = -mean real_logits
        d_loss_fake = mean fake_logits
        d_loss      = d_loss_real + d_loss_fake
        g_loss      = -d_loss_fake

    Nothing here keeps D Lipschitz: use it with a penalty (`wgangp_penalty`) or spectral
    normalization. Arjovsky et al., "Wasserstein GAN", 2017, https://arxiv.org/abs/1701.07875.

    Args:
      real_logits: D's logits for real images, `[batch, 1]`.
      fake_logits: D's logits for generated images, `[batch, 1]`.

    Returns:
      A `GANLoss` of scalars.

    Raises:
      ValueError: The logits are not both `[batch, 1]`.
    """
    real_logits, fake_logits = checked_logits(real_logits, fake_logits)
    d_loss_real = -tf.reduce_mean(real_logits)
    d_loss_fake = tf.reduce_mean(fake_logits)
    return GANLoss(d_loss_real + d_loss_fake, d_loss_real, d_loss_fake, -d_loss_fake)
