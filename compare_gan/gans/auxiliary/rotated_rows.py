# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every rotation task in D shares: the turned rows, and a head on their features."""

import numbers
from collections.abc import Mapping

import keras
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    Half,
    HeadMaker,
    Rows,
    apply_head,
    cross_entropy,
)
from compare_gan.layers import micro_batch_count
from compare_gan.randomness import Draws
from compare_gan.self_supervision import rotate_images, rotation_labels

_TURNS = (1, 2, 3)  # upright images are in the batch already


class RotatedRows(AuxiliaryTask):
    """Shows D the last rows of a half in all four directions; a head judges them.

    Args:
      rotated_images: How many images of a global batch are turned, each in all directions.

    Attributes:
      outputs: How many logits the head has.
    """

    outputs: int
    reads_rotation = True

    def __init__(self, rotated_images: int):
        self._rotated_images = rotated_images
        self._head: keras.layers.Layer | None = None
        self._rows = 0

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are more images to turn than in a batch, or replicas can't share them.
        """
        images = self._rotated_images
        is_whole = isinstance(images, numbers.Integral) and not isinstance(images, bool)
        if not is_whole or not 1 <= images <= batch_size or images % replicas:
            shared = f", and divisible by the number of replicas, {replicas}"
            raise ValueError(
                f"{self.images_setting}, a quarter of the rotated batch, must be between 1 "
                f"and options.batch_size={batch_size}{shared if replicas > 1 else ''}, received "
                f"{images!r}."
            )
        self._rows = images // replicas
        self._head = make_head("head", make_head.features, self.outputs)

    @property
    def images_setting(self) -> str:
        """What the number of images that are turned is called, for messages."""
        return f"{self.name}.rotated_images"

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {f"discriminator_{self.name}": self._head}

    def added_rows(self, half: Half, draws: Draws) -> Half:
        """The last rows at 90, at 180 and at 270 degrees."""
        rows = self._own_rows()
        labels = None if half.labels is None else tf.tile(half.labels[-rows:], [3, 1])
        return Half(rotate_images(half.images[-rows:], _TURNS), labels)

    def judged(self, half: Rows) -> tuple[tf.Tensor, tf.Tensor]:
        """The head's logits [4 · rows, outputs] of the last rows at 0, 90, 180 and 270 degrees,
        and their angles in quarter turns, int32 [4 · rows].
        """
        rows = self._own_rows()
        features = tf.concat([half.features[-rows:], half.added.features], axis=0)
        return apply_head(self._head, features), rotation_labels(rows)

    def _own_rows(self) -> int:
        """How many rows of what passes at once on this replica are turned.

        Raises:
          ConfigurationError: Micro-batches can't share them.
        """
        count = micro_batch_count()
        if self._rows % count:
            raise ConfigurationError(
                f"{self.images_setting} = {self._rotated_images}, a quarter of the rotated "
                f"batch, are {self._rows} on each replica, which must be divisible by "
                f"run_config.gradient_accumulation={count}: change one of them."
            )
        return self._rows // count


def mean_cross_entropy(logits: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """−(1/n) Σ_i log_softmax(logits_i)[classes_i], of a head with more classes than angles."""
    chosen = tf.one_hot(classes, logits.shape[1], dtype=logits.dtype)
    return tf.reduce_mean(cross_entropy(logits, chosen))


def accuracy(logits: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """The fraction of rows whose largest logit is that of their class, a float32 scalar."""
    right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), classes)
    return tf.reduce_mean(tf.cast(right, tf.float32))
