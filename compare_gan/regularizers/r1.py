# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""R1: the gradient penalty on real images."""

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    Discriminator,
    as_image_batch,
    squared_gradient_norms,
)


@gin.configurable(denylist=CALL_ARGUMENTS)
def r1_penalty(
    discriminator: Discriminator,
    real_images: Array,
    fake_images: Array | None = None,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """Asks for a flat D where the data is.

        penalty = ½ mean over the real images of norm(gradient of D's logit)²

    `options.lamba` is γ of Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually
    Converge?", ICML 2018, https://arxiv.org/abs/1801.04406. The squared norm is exact, see
    `squared_gradient_norms`.

    Images are in [0, 1], where gradients are twice as long as in the [-1, 1] of most papers: a γ
    that is given for those is `options.lamba = γ / 4` here.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      real_images: `[batch, height, width, channels]` in [0, 1].
      fake_images: Not used.
      real_labels: One-hot floats `[batch, classes]`, or None; given to D.
      fake_labels: Not used.
      draws: Not used.

    Returns:
      A scalar.

    Raises:
      ValueError: `real_images` is not a batch of images.
    """
    del fake_images, fake_labels, draws
    real_images = as_image_batch(real_images, "real_images")
    return 0.5 * tf.reduce_mean(squared_gradient_norms(discriminator, real_images, real_labels))
