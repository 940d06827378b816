# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rotation prediction: turn images by multiples of 90 degrees, and ask a head by how much.

Gidaris, Singh, Komodakis, "Unsupervised Representation Learning by Predicting Image Rotations",
ICLR 2018, https://arxiv.org/abs/1803.07728. The head is a linear layer with `NUM_ROTATIONS` outputs
on a network's features.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

NUM_ROTATIONS = 4


def rotate_images(
    images: tf.Tensor | np.ndarray, rot90_scalars: Sequence[int] = (0, 1, 2, 3)
) -> tf.Tensor:
    """Turns all images by each angle, without interpolation.

    Args:
      images: [batch, height, width, channels] of any type.
      rot90_scalars: By how many quarter turns, counter-clockwise as in `numpy.rot90`.

    Returns:
      [len(rot90_scalars) · batch, height, width, channels], rotation-major: all images at the first
      angle, then all at the second, and so on.

    Raises:
      ValueError: The images have another rank, or are not square although quarter turns are asked
        for; or a number of turns is not whole.
    """
    images = tf.convert_to_tensor(images)
    if images.shape.rank != 4:
        raise ValueError(
            f"rotate_images takes images [batch, height, width, channels], received {images.shape}."
        )
    turns = _turns(rot90_scalars)
    if not turns:
        raise ValueError("rotate_images needs at least one of rot90_scalars, received none.")
    if any(turn % 2 for turn in turns) and not images.shape[1:3].is_compatible_with(
        images.shape[2:0:-1]
    ):
        raise ValueError(
            "Rotation by 90 degrees needs square images, but these are "
            f"{images.shape[1]}x{images.shape[2]}; set dataset.image_size to one number."
        )
    return tf.concat([_rotated(images, turn) for turn in turns], axis=0)


def _rotated(images: tf.Tensor, turns: int) -> tf.Tensor:
    if turns == 1:
        return tf.reverse(tf.transpose(images, [0, 2, 1, 3]), [1])
    if turns == 2:
        return tf.reverse(images, [1, 2])
    if turns == 3:
        return tf.transpose(tf.reverse(images, [1]), [0, 2, 1, 3])
    return images


def _turns(rot90_scalars: Sequence[int]) -> list[int]:
    """The angles as numbers in 0 … 3."""
    if not all(isinstance(scalar, int | np.integer) for scalar in rot90_scalars):
        raise ValueError(
            "rot90_scalars counts quarter turns in whole numbers, e.g. (0, 1, 2, 3), received "
            f"{rot90_scalars!r}."
        )
    return [int(scalar) % NUM_ROTATIONS for scalar in rot90_scalars]


def rotation_labels(count: int, rot90_scalars: Sequence[int] = (0, 1, 2, 3)) -> tf.Tensor:
    """The angles of `rotate_images` for `count` images: int32 [len(rot90_scalars) · count]."""
    return tf.repeat(tf.constant(_turns(rot90_scalars), tf.int32), count)


def rotation_loss(logits: tf.Tensor | np.ndarray, labels: tf.Tensor | np.ndarray) -> tf.Tensor:
    """The mean cross-entropy of the head.

        loss = −(1/n) Σ_i log_softmax(logits_i)[labels_i]

    Compare GAN v3 took log(softmax + 1e-10), which is flat where the softmax is far below 1e-10.

    Args:
      logits: [n, 4], the head's outputs.
      labels: int [n], quarter turns in 0 … 3.

    Returns:
      A scalar.

    Raises:
      ValueError: The shapes are others, or a label is that is known when this is called or traced.
    """
    logits, labels = _checked(logits, labels)
    chosen = tf.one_hot(labels, NUM_ROTATIONS, dtype=logits.dtype)
    return -tf.reduce_mean(tf.reduce_sum(chosen * tf.nn.log_softmax(logits), axis=-1))


def rotation_accuracy(logits: tf.Tensor | np.ndarray, labels: tf.Tensor | np.ndarray) -> tf.Tensor:
    """The fraction of rows whose largest logit is that of their angle, a float32 scalar.

    Raises:
      ValueError: As for `rotation_loss`.
    """
    logits, labels = _checked(logits, labels)
    right = tf.equal(tf.argmax(logits, axis=-1, output_type=tf.int32), tf.cast(labels, tf.int32))
    return tf.reduce_mean(tf.cast(right, tf.float32))


def _checked(
    logits: tf.Tensor | np.ndarray, labels: tf.Tensor | np.ndarray
) -> tuple[tf.Tensor, tf.Tensor]:
    logits, labels = tf.convert_to_tensor(logits), tf.convert_to_tensor(labels)
    rows = logits.shape[:1]
    if (
        not logits.shape.is_compatible_with([None, NUM_ROTATIONS])
        or not labels.shape.is_compatible_with(rows)
        or not labels.dtype.is_integer
    ):
        raise ValueError(
            "Rotation is judged from logits [n, 4] and n whole numbers as labels, received logits "
            f"{logits.shape} and labels {labels.shape} of {labels.dtype.name}."
        )
    known = tf.get_static_value(labels)
    if known is not None and not np.isin(known, range(NUM_ROTATIONS)).all():
        raise ValueError(
            f"Labels of rotations are quarter turns in 0 … 3, received {known.min()} … "
            f"{known.max()}; see rotation_labels."
        )
    return logits, labels
