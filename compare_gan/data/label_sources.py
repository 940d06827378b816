# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What training sees as an image's label: `dataset.labels = @true_labels` and others.

A label source maps ids and true labels to the labels of the run. -1 means unlabelled everywhere,
and becomes an all-zero one-hot vector.
"""

import abc
from collections.abc import Callable

import gin
import numpy as np

from compare_gan.data.sources import ImageSource


class LabelSource(abc.ABC):
    """Gives every example of a data set its label in this run.

    One class in one file, decorated with `@gin.register`, is a new label source; its constructor's
    arguments are its settings.
    """

    def num_classes(self, source: ImageSource) -> int:
        """Number of classes of the labels given; by default the data set's own."""
        return source.num_classes

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        """The classes' names; by default the data set's own, or their numbers."""
        if self.num_classes(source) == source.num_classes:
            return source.class_names
        return tuple(str(index) for index in range(self.num_classes(source)))

    @abc.abstractmethod
    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        """Labels some examples of a split; which rows stand beside each other must not matter.

        Args:
          source: The data set. A source that needs all examples of the split to decide, for
            instance to draw a fraction of each class, finds them in `source.examples(split)`.
          split: The split the examples are from.
          ids: Bytes [n], the examples' ids.
          true_labels: int64 [n], the data set's own labels, -1 where it has none.

        Returns:
          int32 [n], values in -1 to num_classes - 1.
        """

    def histogram(self, source: ImageSource, split: str) -> np.ndarray:
        """Counts the labelled examples of each class in a split, int64 [num_classes]."""
        examples = source.examples(split)
        labels = self.labels(source, split, examples.ids(), examples.true_labels())
        return np.bincount(labels[labels >= 0], minlength=self.num_classes(source)).astype(np.int64)


@gin.register("true_labels")
class TrueLabels(LabelSource):
    """The data set's own labels."""

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        return np.asarray(true_labels, np.int32)


def make_label_source(labels: LabelSource | Callable[[], LabelSource] | None) -> LabelSource:
    """Makes what `dataset.labels` names: None, a label source, or a class or function giving one.

    Raises:
      ValueError: If it is anything else.
    """
    if labels is None:
        return TrueLabels()
    made = labels() if callable(labels) and not isinstance(labels, LabelSource) else labels
    if not isinstance(made, LabelSource):
        raise ValueError(
            f"dataset.labels is {labels!r}, but it must name a label source, such as @true_labels."
        )
    return made
