# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every label source offers."""

import abc
import hashlib
import os
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from compare_gan.data.id_table import labels_digest
from compare_gan.data.sources import ImageSource

_PORTION = 4096


class LabelSource(abc.ABC):
    """Gives every example of a data set its label in this run.

    One class in one file, decorated with `@gin.register`, is a new label source; its constructor's
    arguments are its settings.

    A source that hides, infers or invents labels does so in the training split. The other splits
    are for judging what came of it: there examples have their true labels, if the classes are the
    data set's own, and none (-1) otherwise; `evaluation_labels` gives these.

    Attributes:
      soft: Whether labels are probabilities of all classes.
      redrawn: Whether training sees a new label at every read, from `redraw`.
      hides_labels: Whether labels that the data set has, or could have, are not given.
    """

    soft: bool = False
    redrawn: bool = False
    hides_labels: bool = False

    def num_classes(self, source: ImageSource) -> int:
        """Number of classes of the labels given; by default the data set's own."""
        return source.num_classes

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        """The classes' names; by default the data set's own, or their numbers."""
        if self.num_classes(source) == source.num_classes:
            return source.class_names
        return tuple(str(index) for index in range(self.num_classes(source)))

    def check(self, source: ImageSource) -> None:
        """Raises ValueError where the settings do not fit the data set; reads no data."""
        return None

    def available(self, source: ImageSource) -> bool:
        """Whether labels can be had now; those that a run infers can only be had after that."""
        return True

    def with_store(self, folder: str | os.PathLike[str] | None) -> "LabelSource":
        """The same source, told where this run keeps the labels it infers."""
        return self

    @abc.abstractmethod
    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        """Labels some examples of a split; which rows stand beside each other must not matter.

        Args:
          source: The data set. A source that needs all examples of the split to decide, for
            instance to draw a fraction of each class, finds them by
            `source.ids_and_true_labels(split)`.
          split: The split the examples are from.
          ids: Bytes [n], the examples' ids.
          true_labels: int64 [n], the data set's own labels, -1 where it has none.

        Returns:
          int32 [n], values in -1 to num_classes - 1; if `soft`, float32 [n, num_classes], rows of
          probabilities, all zero for unlabelled.
        """

    def judging_labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        """Labels examples of any split, also of training, as those of the evaluation split are.

        To be defined anew where these are looked up by split. Arguments and result are those of
        `labels`.
        """
        return self.labels(source, source.eval_split, ids, true_labels)

    def redraw(self, num_classes: int, positions: tf.Tensor, seed: int) -> tf.Tensor:
        """Labels what stands at some positions of training, if `redrawn`; runs in a graph.

        Args:
          num_classes: Number of classes.
          positions: int64 [n] (see `compare_gan.data.order`).
          seed: The seed of the data order.

        Returns:
          int32 [n].
        """
        raise NotImplementedError(
            f"{type(self).__name__} has redrawn = True, but no method redraw."
        )

    def hard_labels(self, source: ImageSource, split: str) -> np.ndarray:
        """The label of each example, or its likeliest class, int32 [n]; -1 for unlabelled.

        In the order of an evaluation.
        """
        ids, true_labels = source.ids_and_true_labels(split)
        if not self.soft:
            return np.asarray(self.labels(source, split, ids, true_labels), np.int32)
        # All probabilities at once might not fit into memory.
        parts = [np.zeros(0, np.int32)]
        for start in range(0, len(ids), _PORTION):
            rows = slice(start, start + _PORTION)
            parts.append(likeliest(self.labels(source, split, ids[rows], true_labels[rows])))
        return np.concatenate(parts)

    def known_ids(self, source: ImageSource) -> np.ndarray | None:
        """The ids of the training examples whose label is known, bytes [k], sorted.

        None where no labels are hidden.
        """
        if not self.hides_labels:
            return None
        ids, _ = source.ids_and_true_labels(source.train_split)
        known = self.hard_labels(source, source.train_split) >= 0
        return None if known.all() else np.sort(ids[known])

    def digest(self, source: ImageSource) -> str | None:
        """Tells the labels of training from others: 64 hexadecimal digits, whatever the order.

        None where labels are redrawn, or all records would have to be read for it.
        """
        split = source.train_split
        if self.redrawn or not source.labels_at_hand(split):
            return None
        ids, true_labels = source.ids_and_true_labels(split)
        parts = [str(self.num_classes(source)), labels_digest(ids, self.hard_labels(source, split))]
        if self.soft:
            # All probabilities might be gigabytes. Labels inferred anew differ in every row.
            order = np.argsort(ids, kind="stable")
            some = order[:: max(1, len(order) // _PORTION)]
            rows = self.labels(source, split, ids[some], true_labels[some])
            parts.append(hashlib.sha256(rows.astype("<f4").tobytes()).hexdigest())
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def histogram(self, source: ImageSource, split: str) -> np.ndarray:
        """Counts the labelled examples of each class in a split, int64 [num_classes]."""
        labels = self.hard_labels(source, split)
        return np.bincount(labels[labels >= 0], minlength=self.num_classes(source)).astype(np.int64)


def build_label_source(
    labels: LabelSource | Callable[[], LabelSource], setting: str
) -> LabelSource:
    """Makes a label source of a reference to one.

    Raises:
      ValueError: If it is none; the message names the setting.
    """
    made = labels() if callable(labels) and not isinstance(labels, LabelSource) else labels
    if not isinstance(made, LabelSource):
        raise ValueError(
            f"{setting} is {labels!r}, but it must name a label source, such as @true_labels."
        )
    return made


def shortened(names: Sequence[str]) -> str:
    """Lists the names of classes for a message, the first ten of many."""
    text = ", ".join(map(repr, names[:10]))
    return f"{text}, ..." if len(names) > 10 else text


def evaluation_labels(
    true_labels: np.ndarray, own_classes: bool, num_soft_classes: int | None = None
) -> np.ndarray:
    """Labels outside the training split.

    Args:
      true_labels: int64 [n].
      own_classes: Whether the label source's classes are those of the data set.
      num_soft_classes: For a soft source, its number of classes.

    Returns:
      What `LabelSource.labels` does: the true labels, or none if the classes are others.
    """
    labels = np.where(own_classes, true_labels, -1).astype(np.int32)
    return labels if num_soft_classes is None else one_hot(labels, num_soft_classes)


def one_hot(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Turns labels int [n] into float32 [n, num_classes]; -1 becomes a row of zeros."""
    return (labels[:, None] == np.arange(num_classes)).astype(np.float32)


def likeliest(probabilities: np.ndarray) -> np.ndarray:
    """Turns probabilities [n, classes] into int32 [n]; a row of zeros becomes -1."""
    if not probabilities.shape[1]:
        return np.full(len(probabilities), -1, np.int32)
    labelled = (probabilities > 0).any(axis=1)
    return np.where(labelled, probabilities.argmax(axis=1), -1).astype(np.int32)
