# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The gradient penalty of DRAGAN."""

import functools

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    Discriminator,
    as_image_batch,
    input_gradient_norms,
)
from compare_gan.replicas import mean_over_replicas


@gin.configurable(denylist=CALL_ARGUMENTS)
def dragan_penalty(
    discriminator: Discriminator,
    real_images: Array,
    fake_images: Array | None = None,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """Asks for gradients of norm 1 around the real images.

        std     = the standard deviation of all values of the global batch of real images, a scalar
        u       ~ U[0, 1), of the images' shape
        x       = clip(real_images + std (u - 1/2), 0, 1)
        penalty = mean (norm(gradient of D's logit at x) - 1)²

    Kodali et al., "On Convergence and Stability of GANs", 2017, https://arxiv.org/abs/1705.07215.
    The norm is `input_gradient_norms`, taken in the clipped images.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      real_images: `[batch, height, width, channels]` in [0, 1].
      fake_images: Not used.
      real_labels: One-hot floats `[batch, classes]`, or None; given to D.
      fake_labels: Not used.
      draws: Where u comes from; None is `Draws(seed=0)`.

    Returns:
      A scalar.

    Raises:
      ValueError: `real_images` is not a batch of images.
    """
    del fake_images, fake_labels
    real_images = as_image_batch(real_images, "real_images")
    draws = Draws(seed=0) if draws is None else draws
    noise = tf.cast(draws.uniform("dragan_penalty", real_images.shape.as_list()), real_images.dtype)
    of_batch = functools.partial(mean_over_replicas, needed_by="@dragan_penalty")
    mean = of_batch(tf.reduce_mean(real_images))
    std = tf.sqrt(of_batch(tf.reduce_mean(tf.square(real_images - mean))))
    images = real_images + std * (noise - 0.5)
    images = tf.clip_by_value(images, 0.0, 1.0)
    return tf.reduce_mean(tf.square(input_gradient_norms(discriminator, images, real_labels) - 1.0))
