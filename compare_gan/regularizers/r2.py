# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""R2: the gradient penalty on fake images."""

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
def r2_penalty(
    discriminator: Discriminator,
    real_images: Array | None,
    fake_images: Array,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """Asks for a flat D where the fakes are.

        penalty = ½ mean over the fake images of norm(gradient of D's logit)²

    `options.lamba` is γ of Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually
    Converge?", ICML 2018, https://arxiv.org/abs/1801.04406. With R1, as `penalty.fn =
    [@r1_penalty, @r2_penalty]`, it is what keeps a relativistic loss stable: Huang, Gokaslan,
    Kuleshov, Tompkin, "The GAN is dead; long live the GAN! A Modern GAN Baseline", NeurIPS 2024,
    https://arxiv.org/abs/2501.05441. The squared norm is exact, see `squared_gradient_norms`.

    Images are in [0, 1], where gradients are twice as long as in the [-1, 1] of most papers: a γ
    that is given for those is `options.lamba = γ / 4` here.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      real_images: Not used.
      fake_images: `[batch, height, width, channels]` in [0, 1]; no gradient flows back into them.
      real_labels: Not used.
      fake_labels: One-hot floats `[batch, classes]`, or None; given to D.
      draws: Not used.

    Returns:
      A scalar.

    Raises:
      ValueError: `fake_images` is not a batch of images.
    """
    del real_images, real_labels, draws
    fake_images = tf.stop_gradient(as_image_batch(fake_images, "fake_images"))
    return 0.5 * tf.reduce_mean(squared_gradient_norms(discriminator, fake_images, fake_labels))
