# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What regularizers share: D as a function, its gradient in image space, the lines between real and
fake images, a network's kernels.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from compare_gan.randomness import Draws

# (images, labels) -> (probabilities, logits, features)
Discriminator = Callable[[tf.Tensor, tf.Tensor | None], tuple[Any, Any, Any]]
Array = tf.Tensor | np.ndarray
Regularizer = TypeVar("Regularizer", bound=Callable[..., tf.Tensor])

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


def penalizes_weights(regularizer: Regularizer) -> Regularizer:
    """Declares that a regularizer looks at D's weights alone, and at no images.

    Then it also makes sense where D's logits are not trained, since an auxiliary task replaces the
    GAN's loss. Goes below gin's decorator.
    """
    regularizer.penalizes_weights = True
    return regularizer


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


def squared_gradient_norms(
    discriminator: Discriminator, images: Array, labels: Array | None = None
) -> tf.Tensor:
    """The squared norm of the gradient of D's logit in its own image, one number for each image.

        squared_norm_i = sum over height, width, channels of (d logits_i / d images_i)²

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
    return tf.reduce_sum(tf.square(as_float(gradient)), axis=[1, 2, 3])


def input_gradient_norms(
    discriminator: Discriminator, images: Array, labels: Array | None = None
) -> tf.Tensor:
    """The norm of the gradient of D's logit in its own image, one number for each image.

        norm_i = sqrt(1e-4 + squared_norm_i)

    See `squared_gradient_norms` for the arguments and the squared norm. The offset keeps the
    derivative finite where D is flat.

    Returns:
      `[batch]`, differentiable in D's weights.
    """
    return tf.sqrt(_SQUARED_NORM_OFFSET + squared_gradient_norms(discriminator, images, labels))


def interpolated(
    penalty: str,
    real_images: Array,
    fake_images: Array,
    real_labels: Array | None,
    fake_labels: Array | None,
    draws: Draws | None,
    interpolate_labels: bool,
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """A random point between each real image and the fake one beside it, with its label.

        a      ~ U[0, 1), one for each pair
        x      = real_images + a (fake_images - real_images)
        labels = real_labels + a (fake_labels - real_labels)

    Args:
      penalty: The regularizer's name, which keys a and is named in errors.
      real_images: `[batch, height, width, channels]`.
      fake_images: The same shape; no gradient flows back into them.
      real_labels: One-hot floats `[batch, classes]`, or None.
      fake_labels: One-hot floats `[batch, classes]`, or None.
      draws: Where a comes from; None is `Draws(seed=0)`.
      interpolate_labels: Whether labels are interpolated; otherwise, or where there are no
        `fake_labels`, they are `real_labels` as they are.

    Returns:
      Images and labels.

    Raises:
      ValueError: The images are not batches of one shape.
    """
    real_images = as_image_batch(real_images, "real_images")
    fake_images = tf.stop_gradient(as_image_batch(fake_images, "fake_images"))
    if real_images.shape != fake_images.shape:
        raise ValueError(
            f"{penalty} pairs each real image with a fake one: real_images and fake_images "
            f"must have one shape, received {real_images.shape} and {fake_images.shape}."
        )
    draws = Draws(seed=0) if draws is None else draws
    mix = tf.cast(draws.uniform(penalty, [real_images.shape[0], 1, 1, 1]), real_images.dtype)
    images = real_images + mix * (tf.cast(fake_images, real_images.dtype) - real_images)
    if not interpolate_labels or real_labels is None or fake_labels is None:
        return images, real_labels
    real_labels, fake_labels = as_float(real_labels), as_float(fake_labels)
    mix = tf.cast(mix[:, :, 0, 0], real_labels.dtype)
    return images, real_labels + mix * (fake_labels - real_labels)


def trainable_kernels(network: Any, penalty: str) -> list[tf.Variable | keras.Variable]:
    """The trainable variables of a network that are named "kernel": no biases, gains or offsets.

    Args:
      network: Anything with `trainable_variables`.
      penalty: The regularizer's name, for the error.

    Raises:
      ValueError: There is none.
    """
    variables = network.trainable_variables
    kernels = [variable for variable in variables if _is_kernel(variable)]
    if not kernels:
        raise ValueError(
            f'{penalty} penalizes a network\'s trainable variables named "kernel"; of '
            f"{len(variables)} variables none is. Name the weights so, or choose another penalty."
        )
    return kernels


def _is_kernel(variable: Any) -> bool:
    # "layer/kernel" in Keras, "layer/kernel:0" in TensorFlow
    path = getattr(variable, "path", variable.name)
    return path.split("/")[-1].split(":")[0] == "kernel"
