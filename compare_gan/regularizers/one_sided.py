# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The gradient penalty of WGAN-LP, which lets D be flat."""

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
def one_sided_penalty(
    discriminator: Discriminator,
    real_images: Array,
    fake_images: Array,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
    interpolate_labels: bool = True,
) -> tf.Tensor:
    """Asks for gradients of norm 1 or less on the lines between real and fake images.

        penalty = mean max(0, norm(gradient of D's logit at x) - 1)²

    A 1-Lipschitz D needs no more: `wgangp_penalty` also pulls gradients up to norm 1. Petzka,
    Fischer, Lukovnicov, "On the Regularization of Wasserstein GANs", ICLR 2018,
    https://arxiv.org/abs/1709.08894. The norm is `input_gradient_norms`, of images in [0, 1]: the 1
    is 1/2 in [-1, 1].

    The points x and their labels are those of `wgangp_penalty`, between a real and a fake image.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      real_images: `[batch, height, width, channels]` in [0, 1].
      fake_images: The same shape; no gradient flows back into them.
      real_labels: One-hot floats `[batch, classes]`, or None.
      fake_labels: One-hot floats `[batch, classes]`, or None: then `real_labels` are used as they
        are.
      draws: Where the points come from; None is `Draws(seed=0)`.
      interpolate_labels: False gives D the real labels, although x is partly fake.

    Returns:
      A scalar.

    Raises:
      ValueError: The images are not batches of one shape.
    """
    images, labels = interpolated(
        "one_sided_penalty",
        real_images,
        fake_images,
        real_labels,
        fake_labels,
        draws,
        interpolate_labels,
    )
    excess = tf.nn.relu(input_gradient_norms(discriminator, images, labels) - 1.0)
    return tf.reduce_mean(tf.square(excess))
