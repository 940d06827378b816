# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A data set as training and evaluation use it: batches of uint8 images with labels."""

import copy
import functools

import numpy as np
import tensorflow as tf
from absl import logging

from compare_gan.data.examples import Examples
from compare_gan.data.label_sources import LabelSource
from compare_gan.data.order import TrainingPlan
from compare_gan.data.sources import ImageSource
from compare_gan.data.transforms import flip_at_random


def _with_options(dataset: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    # Workers are given their rows explicitly (see `Dataset.shard`).
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.prefetch(tf.data.AUTOTUNE).with_options(options)


class Dataset:
    """Images and labels in batches. Made by `get_dataset`.

    Nothing is read before the first call that needs it.

    Args:
      source: Where images, ids and true labels come from.
      labels: What the labels of this run are.
      seed: The seed of the order, the crops and the flips.
      horizontal_flip: Whether training mirrors images at random.
    """

    def __init__(
        self, source: ImageSource, labels: LabelSource, seed: int, horizontal_flip: bool = False
    ):
        self._source = source
        self._labels = labels
        self._seed = seed
        self._horizontal_flip = horizontal_flip
        self._shard_index = 0
        self._shard_count = 1

    @property
    def name(self) -> str:
        """The data set's name, as in `dataset.name`."""
        return self._source.name

    @property
    def seed(self) -> int:
        """The seed of the data order."""
        return self._seed

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""
        return self._source.image_shape

    @property
    def num_classes(self) -> int:
        """Number of classes of the labels; 0 where there are none."""
        return self._labels.num_classes(self._source)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self._labels.class_names(self._source)

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, the training split first."""
        return self._source.splits

    @property
    def train_split(self) -> str:
        """The split that `training_batches` reads."""
        return self._source.train_split

    @property
    def eval_split(self) -> str:
        """The split whose images are the reals of an evaluation."""
        return self._source.eval_split

    @property
    def num_eval_examples(self) -> int:
        """How many examples of `eval_split`, evenly spaced, an evaluation uses by default."""
        available = self.num_examples(self.eval_split)
        return min(available, self._source.evaluation_limit or available)

    @functools.cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with images, ids, true labels or preprocessing."""
        return self._source.fingerprint

    def num_examples(self, split: str) -> int:
        """Number of examples of a split."""
        self._source.check_split(split)
        return self._source.num_examples(split)

    def ids_and_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """All ids, bytes [n], and this run's labels, int32 [n], in the order of an evaluation."""
        self._source.check_split(split)
        ids, true_labels = self._source.ids_and_true_labels(split)
        return ids, self._relabel(split, ids, true_labels)

    def class_histogram(self, split: str | None = None) -> np.ndarray:
        """Counts the labelled examples of each class, int64 [num_classes].

        Images are not decoded for it. Where all records had to be read, the result is logged, since
        `describe` did not have it.

        Args:
          split: A split's name, by default the training split.
        """
        split = split or self.train_split
        self._source.check_split(split)
        at_hand = self._source.labels_at_hand(split)
        histogram = self._labels.histogram(self._source, split)
        if not at_hand and self.num_classes:
            logging.info("%s, %s: %s.", self.name, split, self._count_labels(split, histogram))
        return histogram

    def shard(self, index: int, count: int) -> "Dataset":
        """The same data set as worker `index` of `count` sees it: its rows of each global batch.

        Batch sizes given to the methods of the result are still those of the global batch.
        """
        if not 0 <= index < count:
            raise ValueError(
                f"A worker's index must be at least 0 and below their number, not {index} of "
                f"{count}."
            )
        sharded = copy.copy(self)
        sharded._shard_index, sharded._shard_count = index, count
        return sharded

    def training_batches(
        self,
        batch_size: int,
        start_batch: int = 0,
        seed: int | None = None,
        batches_per_step: int | None = None,
        ids: bool = False,
    ) -> tf.data.Dataset:
        """An endless stream of batches of the training split.

        Each epoch is an exact permutation of the split, decided by (seed, epoch); batches straddle
        the ends of epochs, so that no example is dropped, and a batch larger than the split wraps
        around. A stream that starts at batch k continues bit for bit what one from 0 yields there.

        Args:
          batch_size: Examples in a global batch.
          start_batch: The number of the first batch.
          seed: The seed of the order, crops and flips; by default the data set's.
          batches_per_step: If given, each element holds so many consecutive batches.
          ids: Whether elements also have "ids" (strings, which stay on the host).

        Returns:
          A stream of {"images": uint8 [rows, h, w, c], "labels": int32 [rows]}, of static shape;
          with `batches_per_step` they are [batches_per_step, rows, ...].

        Raises:
          ValueError: If a number is out of range or the workers cannot share the batch evenly.
        """
        seed = self._seed if seed is None else seed
        plan = TrainingPlan(
            seed,
            batch_size,
            start_batch,
            batches_per_step,
            self._shard_index,
            self._shard_count,
        )
        names = ("images", "labels", "ids") if ids else ("images", "labels")

        def augment(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            if self._horizontal_flip:
                batch["images"] = flip_at_random(batch["images"], batch["positions"], seed)
            return {name: batch[name] for name in names}

        split = self.train_split
        examples = self._source.examples(split, training=True)
        relabel = functools.partial(self._relabel, split)
        return _with_options(examples.training_batches(plan, relabel, augment))

    def evaluation_batches(self, split: str | None = None, batch_size: int = 64) -> tf.data.Dataset:
        """All examples of a split once, in a fixed order, without flips or random crops.

        Args:
          split: A split's name, by default `eval_split`.
          batch_size: Examples in a global batch; the last batch may be smaller.

        Returns:
          A stream of {"images": uint8 [n, h, w, c], "labels": int32 [n], "ids": string [n]}.
        """
        split = split or self.eval_split
        relabel = functools.partial(self._relabel, split)
        return _with_options(
            self._examples(split).evaluation_batches(
                batch_size, relabel, self._shard_index, self._shard_count
            )
        )

    def describe(self) -> str:
        """Says in one line what the data set is: for the start of a run."""
        height, width, channels = self.image_shape
        counts = ", ".join(f"{self.num_examples(split)} {split}" for split in self.splits)
        parts = [f"{counts} images of {height}x{width}x{channels}", self._describe_labels()]
        parts += self._source.remarks
        return f"{self.name}: {'; '.join(parts)}; fingerprint {self.fingerprint}."

    def _describe_labels(self) -> str:
        if not self.num_classes:
            return "no labels"
        if not self._source.labels_at_hand(self.train_split):
            return self._count_classes()
        return self._count_labels(self.train_split, self.class_histogram())

    def _count_classes(self) -> str:
        return f"{self.num_classes} class" + ("es" if self.num_classes > 1 else "")

    def _count_labels(self, split: str, histogram: np.ndarray) -> str:
        unlabelled = self.num_examples(split) - int(histogram.sum())
        kind = "training" if split == self.train_split else split
        if self.num_classes <= 20:
            counts = f"{', '.join(map(str, histogram))} {kind} images"
        else:
            counts = f"{histogram.min()} to {histogram.max()} {kind} images each"
        text = f"{self._count_classes()} with {counts}"
        return f"{text}, {unlabelled} unlabelled" if unlabelled else text

    def _examples(self, split: str) -> Examples:
        self._source.check_split(split)
        return self._source.examples(split)

    def _relabel(self, split: str, ids: np.ndarray, true_labels: np.ndarray) -> np.ndarray:
        return self._labels.labels(self._source, split, ids, true_labels)
