# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The zero-centered gradient penalty between real and fake images."""

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    Discriminator,
    interpolated,
    squared_gradient_norms,
)


@gin.configurable(denylist=CALL_ARGUMENTS)
def zero_centered_penalty(
    discriminator: Discriminator,
    real_images: Array,
    fake_images: Array,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
    interpolate_labels: bool = True,
) -> tf.Tensor:
    """Asks for a flat D on the lines between real and fake images.

        penalty = mean norm(gradient of D's logit at x)²

    Thanh-Tung, Tran, Venkatesh, "Improving Generalization and Stability of Generative Adversarial
    Networks", ICLR 2019, https://arxiv.org/abs/1902.03984. Without R1's ½. The squared norm is
    exact, see `squared_gradient_norms`. Images are in [0, 1], where it is four times what it is in
    [-1, 1].

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
        "zero_centered_penalty",
        real_images,
        fake_images,
        real_labels,
        fake_labels,
        draws,
        interpolate_labels,
    )
    return tf.reduce_mean(squared_gradient_norms(discriminator, images, labels))
