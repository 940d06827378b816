# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A data set as training and evaluation use it: batches of uint8 images with labels."""

import copy
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from absl import logging

from compare_gan.data.examples import Examples, Relabel
from compare_gan.data.label_sources import LabelSource
from compare_gan.data.label_sources.base import build_label_source
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
      only_labelled: Whether the training split is only those of its examples that have a label.
    """

    def __init__(
        self,
        source: ImageSource,
        labels: LabelSource,
        seed: int,
        horizontal_flip: bool = False,
        only_labelled: bool = False,
    ):
        self._source = source
        self._labels = labels
        self._seed = seed
        self._horizontal_flip = horizontal_flip
        self._only_labelled = only_labelled
        self._judges = False
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
    def horizontal_flip(self) -> bool:
        """Whether training mirrors images at random."""
        return self._horizontal_flip

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
    def label_source(self) -> LabelSource:
        """What the labels of this run come from."""
        return self._labels

    @property
    def soft_labels(self) -> bool:
        """Whether labels are probabilities, float32 [n, num_classes], instead of int32 [n]."""
        return self._labels.soft

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
        kept = self._kept(split)
        return self._source.num_examples(split) if kept is None else len(kept)

    def ids_and_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """All ids, bytes [n], and this run's labels, in the order of an evaluation.

        Labels are int32 [n], or float32 [n, num_classes] if they are soft. Those that training
        redraws are here as in an evaluation, one fixed for each example.
        """
        self._source.check_split(split)
        ids, true_labels = self._source.ids_and_true_labels(split)
        kept = self._kept(split)
        if kept is not None:
            ids, true_labels = ids[kept], true_labels[kept]
        return ids, self._relabel(split)(ids, true_labels)

    def known_label_ids(self) -> np.ndarray | None:
        """The ids of the training examples whose label is known, bytes [k], sorted.

        None where the label source hides no labels (see `LabelSource.known_ids`).
        """
        return self._labels.known_ids(self._source)

    def labels_digest(self) -> str | None:
        """Tells the labels of training from others (see `LabelSource.digest`); None if unknown."""
        return self._labels.digest(self._source)

    def everything(self) -> "Dataset":
        """The same data set with all its training images, those without a label too.

        What `dataset.only_labelled` leaves out of the training is still of the data set that fakes
        are compared with, and whoever measures real images wants many.
        """
        return self.with_labels(self._labels)

    def with_labels(
        self, labels: LabelSource | Callable[[], LabelSource], only_labelled: bool = False
    ) -> "Dataset":
        """The same data set with other labels.

        Args:
          labels: As for `get_dataset`.
          only_labelled: Whether the training split is only those of all its examples that have one
            of these labels; whether this data set is cut down so does not matter.

        Raises:
          ValueError: If it is no label source, or does not fit the data set.
        """
        labels = build_label_source(labels, "labels")
        labels.check(self._source)
        changed = Dataset(self._source, labels, self._seed, self._horizontal_flip, only_labelled)
        return changed.shard(self._shard_index, self._shard_count)

    def with_evaluation_labels(self) -> "Dataset":
        """The same images, also those of training, labelled as an evaluation split is.

        Their labels are the true ones, or none where this run's classes are not the data set's own
        (see `LabelSource`): so what is asked of images of several splits is asked in the same way.
        """
        judging = copy.copy(self)
        judging._judges = True
        return judging

    def class_histogram(self, split: str | None = None) -> np.ndarray:
        """Counts the labelled examples of each class, int64 [num_classes].

        Of soft labels the likeliest class counts. Images are not decoded for it. Where all records
        had to be read, the result is logged, since `describe` did not have it.

        Args:
          split: A split's name, by default the training split.
        """
        split = split or self.train_split
        self._source.check_split(split)
        at_hand = self._source.labels_at_hand(split)
        histogram = self._labels.histogram(self._source, split)
        # Redrawn labels belong to no example: counts are only how likely each class is.
        redrawn = self._labels.redrawn and split == self.train_split
        if not at_hand and self.num_classes and not redrawn:
            logging.info("%s, %s: %s.", self.name, split, self._count_labels(split, histogram))
        return histogram

    def shard(self, index: int, count: int) -> "Dataset":
        """The same data set as worker `index` of `count` sees it: its rows of each global batch.

        Row i of a batch of training belongs to worker i mod count (see `TrainingPlan`); a batch of
        an evaluation is cut into consecutive parts. Batch sizes given to
        the methods of the result are still those of the global batch.
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
          with `batches_per_step` they are [batches_per_step, rows, ...]. Soft labels are float32
          [rows, num_classes].

        Raises:
          ValueError: If a number is out of range, the workers cannot share the batch evenly, or
            there are no labels as wanted.
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
        redraw = self._labels.redraw if self._labels.redrawn else None
        num_classes = self.num_classes

        def augment(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            if self._horizontal_flip:
                batch["images"] = flip_at_random(batch["images"], batch["positions"], seed)
            if redraw is not None:
                batch["labels"] = redraw(num_classes, batch["positions"], seed)
            return {name: batch[name] for name in names}

        split = self.train_split
        examples = self._examples(split, training=True)
        return _with_options(examples.training_batches(plan, self._relabel(split), augment))

    def evaluation_batches(self, split: str | None = None, batch_size: int = 64) -> tf.data.Dataset:
        """All examples of a split once, in a fixed order, without flips or random crops.

        Args:
          split: A split's name, by default `eval_split`.
          batch_size: Examples in a global batch; the last batch may be smaller.

        Returns:
          A stream of {"images": uint8 [n, h, w, c], "labels": int32 [n], "ids": string [n]}. Soft
          labels are float32 [n, num_classes].
        """
        split = split or self.eval_split
        return _with_options(
            self._examples(split).evaluation_batches(
                batch_size, self._relabel(split), self._shard_index, self._shard_count
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
        if self._labels.redrawn:
            return f"{self._count_classes()}, drawn anew whenever an image is read"
        if not self._labels.available(self._source):
            return f"{self._count_classes()}, to be inferred"
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

    def _examples(self, split: str, training: bool = False) -> Examples:
        self._source.check_split(split)
        examples = self._source.examples(split, training)
        kept = self._kept(split)
        return examples if kept is None else examples.subset(kept)

    def _kept(self, split: str) -> np.ndarray | None:
        """The places of the examples that belong to a split; None for all."""
        if not self._only_labelled or split != self.train_split or self._labels.redrawn:
            return None
        # Whoever infers labels gives them to all.
        return self._labelled if self._labels.available(self._source) else None

    @functools.cached_property
    def _labelled(self) -> np.ndarray:
        """The places of the labelled training examples.

        Raises:
          ValueError: If there are none.
        """
        labels = self._labels.hard_labels(self._source, self.train_split)
        places = np.flatnonzero(labels >= 0)
        if not len(places):
            raise ValueError(
                f"dataset.only_labelled is True, but none of the {len(labels)} training examples "
                f"of {self.name!r} has a label: remove it, or choose another dataset.labels."
            )
        return places

    def _relabel(self, split: str) -> Relabel:
        """What labels the examples of a split; finds out now whether it can."""
        labels = self._labels.judging_labels if self._judges else self._labels.labels
        relabel = Relabel(
            functools.partial(labels, self._source, split),
            self.num_classes if self.soft_labels else None,
        )
        relabel(np.zeros(0, "S1"), np.zeros(0, np.int64))
        return relabel
