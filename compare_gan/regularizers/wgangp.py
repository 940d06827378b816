# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The gradient penalty of WGAN-GP."""

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    Discriminator,
    input_gradient_norms,
    interpolated,
)


@gin.configurable(denylist=CALL_ARGUMENTS)
def wgangp_penalty(
    discriminator: Discriminator,
    real_images: Array,
    fake_images: Array,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
    interpolate_labels: bool = True,
) -> tf.Tensor:
    """Asks for gradients of norm 1 on the lines between real and fake images.

        a       ~ U[0, 1), one for each pair
        x       = real_images + a (fake_images - real_images)
        penalty = mean (norm(gradient of D's logit at x) - 1)²

    Gulrajani et al., "Improved Training of Wasserstein GANs", 2017,
    https://arxiv.org/abs/1704.00028. The norm is `input_gradient_norms`, of images in [0, 1], as in
    Compare GAN v3: the 1 is 1/2 in [-1, 1].

    A conditional D needs a label for x. By default the one-hot labels are interpolated like the
    images, which a projection discriminator, linear in its label, takes as the weighted mean of
    both embeddings.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      real_images: `[batch, height, width, channels]` in [0, 1].
      fake_images: The same shape; no gradient flows back into the generator's update from here.
      real_labels: One-hot floats `[batch, classes]`, or None.
      fake_labels: One-hot floats `[batch, classes]`, or None: then `real_labels` are used as they
        are.
      draws: Where a comes from; None is `Draws(seed=0)`.
      interpolate_labels: False gives D the real labels, although x is partly fake, as Compare GAN
        v3 did.

    Returns:
      A scalar.

    Raises:
      ValueError: The images are not batches of one shape.
    """
    images, labels = interpolated(
        "wgangp_penalty",
        real_images,
        fake_images,
        real_labels,
        fake_labels,
        draws,
        interpolate_labels,
    )
    return tf.reduce_mean(tf.square(input_gradient_norms(discriminator, images, labels) - 1.0))
