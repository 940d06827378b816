# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Weight decay of a network's kernels."""

from typing import Any

import gin
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.regularizers.base import (
    CALL_ARGUMENTS,
    Array,
    as_float,
    penalizes_weights,
    trainable_kernels,
)


@gin.configurable(denylist=CALL_ARGUMENTS)
@penalizes_weights
def l2_penalty(
    discriminator: Any,
    real_images: Array | None = None,
    fake_images: Array | None = None,
    real_labels: Array | None = None,
    fake_labels: Array | None = None,
    draws: Draws | None = None,
) -> tf.Tensor:
    """Half the sum of squares of a kernel, averaged over the kernels.

        penalty = (1 / number of kernels) · sum over kernels of ½ · sum w²

    Only `trainable_variables` named "kernel" count, no biases, gains or offsets. It is a mean
    over variables, not a sum, so `options.lamba` means the same for deep and shallow networks.
    Kurach, Lucic, Zhai, Michalski, Gelly, "A Large-Scale Study on Regularization and Normalization
    in GANs", ICML 2019, https://arxiv.org/abs/1807.04720.

    Args:
      discriminator: D, or G as `ModularGAN.g_penalty`: anything with `trainable_variables`.
      real_images: Not used, like all that follow; they are there because every regularizer has
        them.

    Returns:
      A scalar.

    Raises:
      ValueError: No trainable variable is called "kernel".
    """
    del real_images, fake_images, real_labels, fake_labels, draws
    kernels = trainable_kernels(discriminator, "l2_penalty")
    return tf.add_n([tf.nn.l2_loss(as_float(kernel)) for kernel in kernels]) / len(kernels)
