# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @random_labels`: labels that have nothing to do with the images."""

import gin
import numpy as np
import tensorflow as tf

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data.id_table import id_bits
from compare_gan.data.label_sources.base import LabelSource, evaluation_labels
from compare_gan.data.order import position_bits
from compare_gan.data.sources import ImageSource


@gin.register("random_labels")
class RandomLabels(LabelSource):
    """Labels of training examples, drawn uniformly: RANDOM LABEL of Lucic et al. (ICML 2019).

    The classes are nobody's, even if they are as many as the data set's, so the examples of other
    splits are unlabelled.

    Args:
      num_classes: Number of classes, by default as many as the data set has.
      redraw: Whether training draws a label at every read, a function of (seed, position), as v3
        meant to. Otherwise, and wherever the training split is not read by training, it is fixed
        for each example, a function of (seed, id).
      seed: Another seed draws others.

    Raises:
      ValueError: If a number is out of range.
    """

    def __init__(self, num_classes: int | None = None, redraw: bool = True, seed: int = 0):
        if num_classes is not None:
            num_classes = check_whole_number("random_labels.num_classes", num_classes)
        if not isinstance(redraw, bool):
            raise ValueError(f"random_labels.redraw is {redraw!r}, but it must be True or False.")
        self.redrawn = redraw
        self._num_classes = num_classes
        self._seed = check_whole_number("random_labels.seed", seed, least=None)

    def check(self, source: ImageSource) -> None:
        if not self.num_classes(source):
            raise ValueError(
                f"random_labels.num_classes is missing, and the data set {source.name!r} has no "
                "classes: set it, for instance to 10."
            )

    def num_classes(self, source: ImageSource) -> int:
        return source.num_classes if self._num_classes is None else self._num_classes

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        return tuple(str(index) for index in range(self.num_classes(source)))

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        if split != source.train_split:
            return evaluation_labels(true_labels, own_classes=False)
        return fixed_random_labels(self._seed, ids, self.num_classes(source))

    def redraw(self, num_classes: int, positions: tf.Tensor, seed: int) -> tf.Tensor:
        bits = position_bits(seed, f"random_labels {self._seed}", positions)
        # floor(num_classes * u) for u in [0, 1) with 32 bits, in integers.
        high_bits = tf.bitwise.right_shift(bits, tf.constant(32, tf.uint64))
        product = high_bits * tf.constant(num_classes, tf.uint64)
        return tf.cast(tf.bitwise.right_shift(product, tf.constant(32, tf.uint64)), tf.int32)

    def histogram(self, source: ImageSource, split: str) -> np.ndarray:
        """Counts as `LabelSource.histogram`; where labels are redrawn, evenly spread counts."""
        if not self.redrawn or split != source.train_split:
            return super().histogram(source, split)
        # At least one of each: every class occurs in the long run, however few examples there are.
        classes = self.num_classes(source)
        return np.full(classes, max(1, round(source.num_examples(split) / classes)), np.int64)


def fixed_random_labels(seed: int, ids: np.ndarray, num_classes: int) -> np.ndarray:
    """Draws a class for each id uniformly, a function of (seed, id), int32 [n]."""
    high_bits = id_bits("random_labels", seed, ids) >> np.uint64(32)
    return (high_bits * np.uint64(num_classes) >> np.uint64(32)).astype(np.int32)
