# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What regularizers share: D as a function, and the norm of its gradient in image space."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

# (images, labels) -> (probabilities, logits, features)
Discriminator = Callable[[tf.Tensor, tf.Tensor | None], tuple[Any, Any, Any]]
Array = tf.Tensor | np.ndarray

# Every parameter that a regularizer is called with: none of them can be bound in a configuration.
CALL_ARGUMENTS = (
    "discriminator",
    "real_images",
    "fake_images",
    "real_labels",
    "fake_labels",
    "draws",
)

# Inside the root, so that its derivative is finite where D is flat. Compare GAN v3's value.
_SQUARED_NORM_OFFSET = 1e-4


def as_float(values: Array) -> tf.Tensor:
    """`values` as a float32 tensor; float64 stays float64."""
    values = tf.convert_to_tensor(values)
    return values if values.dtype == tf.float64 else tf.cast(values, tf.float32)


def as_image_batch(images: Array, argument: str) -> tf.Tensor:
    """`images` as a float tensor `[batch, height, width, channels]` of a known batch size.

    Raises:
      ValueError: Another rank, or a batch size unknown at tracing time.
    """
    images = as_float(images)
    if images.shape.rank != 4 or images.shape[0] is None:
        raise ValueError(
            f"{argument} must be [batch, height, width, channels] with a known batch size, "
            f"received {images.shape}. Batch with drop_remainder=True, or set the shape."
        )
    return images


def input_gradient_norms(
    discriminator: Discriminator, images: Array, labels: Array | None = None
) -> tf.Tensor:
    """The norm of the gradient of D's logit in its own image, one number for each image.

        norm_i = sqrt(1e-4 + sum over height, width, channels of (d logits_i / d images_i)²)

    The gradient is taken of the sum of the logits: it is each image's own if D treats images
    independently, which batch normalization in D does not.

    Args:
      discriminator: `(images, labels)` → `(probabilities, logits, features)`.
      images: `[batch, height, width, channels]`.
      labels: One-hot floats `[batch, classes]`, or None.

    Returns:
      `[batch]`, differentiable in D's weights.
    """
    images = as_image_batch(images, "images")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        logits = as_float(discriminator(images, labels)[1])
    gradient = tape.gradient(logits, images, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return tf.sqrt(
        _SQUARED_NORM_OFFSET + tf.reduce_sum(tf.square(as_float(gradient)), axis=[1, 2, 3])
    )
