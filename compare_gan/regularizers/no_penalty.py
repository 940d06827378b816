# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The regularizer that is none."""

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import CALL_ARGUMENTS, Array, Discriminator


@gin.configurable(denylist=CALL_ARGUMENTS)
def no_penalty(
    discriminator: Discriminator | None = None,
    real_images: Array | None = None,
    fake_images: Array | None = None,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """Zero, whatever it is given.

        penalty = 0

    D is not called.
    """
    del discriminator, real_images, fake_images, real_labels, fake_labels, draws
    return tf.constant(0.0)
