# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every GAN loss returns, and what it demands of its logits."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

Loss = TypeVar("Loss", bound=Callable[..., "GANLoss"])


class GANLoss(NamedTuple):
    """The value of a GAN loss: four scalar tensors, float32 (float64 for float64 logits).

    Attributes:
      d_loss: What the discriminator minimizes.
      d_loss_real: The part of `d_loss` from the real images, before any common factor.
      d_loss_fake: The part of `d_loss` from the fake images, before any common factor.
      g_loss: What the generator minimizes.
    """

    d_loss: tf.Tensor
    d_loss_real: tf.Tensor
    d_loss_fake: tf.Tensor
    g_loss: tf.Tensor


def generator_ignores_reals(loss: Loss) -> Loss:
    """Declares that a loss's `g_loss` has no term with the real logits.

    Then G's update need not show any real images to D. A loss that does not say so is taken to
    compare fakes with reals, as relativistic losses do. Goes below gin's decorator.
    """
    loss.generator_ignores_reals = True
    return loss


def decides_at_zero(loss: Loss) -> Loss:
    """Declares that a loss wants logits of reals above 0 and those of fakes below 0.

    Then the sign of a logit is D's verdict. Where D can't tell reals from fakes, `d_loss` is least
    at logits of 0. A loss that does not say so is taken to compare reals with fakes alone, as the
    Wasserstein loss and relativistic losses do: it does not change if one number is added to all
    logits, so that their signs mean nothing. Goes below gin's decorator.
    """
    loss.decides_at_zero = True
    return loss


def checked_logits(
    real_logits: tf.Tensor | np.ndarray, fake_logits: tf.Tensor | np.ndarray
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns both logits as tensors of one dtype, after checking that they are `[batch, 1]` alike.

    They become float32, since a mean over a batch in a half precision loses digits; float64 stays
    float64. Shapes are checked because `[batch]` logits against `[batch, 1]`
    ones would be broadcast to `[batch, batch]` by a loss that pairs them, silently.

    Raises:
      ValueError: The logits are not [batch, 1] both, or differ in shape.
    """
    real_logits = tf.convert_to_tensor(real_logits)
    fake_logits = tf.convert_to_tensor(fake_logits)
    real_shape, fake_shape = real_logits.shape, fake_logits.shape
    column = tf.TensorShape([None, 1])
    if not (
        real_shape.rank == fake_shape.rank == 2
        and real_shape.is_compatible_with(column)
        and fake_shape.is_compatible_with(column)
        and real_shape.is_compatible_with(fake_shape)
    ):
        raise ValueError(
            "A GAN loss takes real_logits and fake_logits of one shape, [batch, 1]; received "
            f"{real_shape} and {fake_shape}. Reshape them with tf.reshape(logits, [-1, 1]), and "
            "use as many fake images as real ones."
        )
    dtype = tf.float64 if tf.float64 in (real_logits.dtype, fake_logits.dtype) else tf.float32
    return tf.cast(real_logits, dtype), tf.cast(fake_logits, dtype)
