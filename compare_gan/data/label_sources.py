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
            instance to draw a fraction of each class, finds them by
            `source.ids_and_true_labels(split)`.
          split: The split the examples are from.
          ids: Bytes [n], the examples' ids.
          true_labels: int64 [n], the data set's own labels, -1 where it has none.

        Returns:
          int32 [n], values in -1 to num_classes - 1.
        """

    def histogram(self, source: ImageSource, split: str) -> np.ndarray:
        """Counts the labelled examples of each class in a split, int64 [num_classes]."""
        labels = self.labels(source, split, *source.ids_and_true_labels(split))
        return np.bincount(labels[labels >= 0], minlength=self.num_classes(source)).astype(np.int64)


@gin.register("true_labels")
class TrueLabels(LabelSource):
    """The data set's own labels."""

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        return np.asarray(true_labels, np.int32)


@gin.register("single_label")
class SingleLabel(LabelSource):
    """All images are of one class: what an unconditional GAN has, in a conditional architecture."""

    def num_classes(self, source: ImageSource) -> int:
        return 1

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        return ("all",)

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        return np.zeros(len(ids), np.int32)

    def histogram(self, source: ImageSource, split: str) -> np.ndarray:
        return np.array([source.num_examples(split)], np.int64)


@gin.configurable("replace_labels")
def check_label_files(file_pattern: str | None = None) -> None:
    """Refuses v3's binding for files with other labels, which v3 zipped to the data by position.

    Raises:
      ValueError: If there is a pattern.
    """
    if file_pattern is not None:
        raise ValueError(
            f"replace_labels.file_pattern is {file_pattern!r}, but v3's files with labels are not "
            "read: they have no ids, so which image a label belongs to rests on v3's order of the "
            "data. Remove the binding, and give labels by dataset.labels, a LabelSource of one's "
            "own that finds them by id."
        )


def make_label_source(
    labels: LabelSource | Callable[[], LabelSource] | None, source: ImageSource
) -> LabelSource:
    """Makes what `dataset.labels` names: None, a label source, or a class or function giving one.

    None stands for the data set's own labels, or a single one where the data set is of that kind.

    Raises:
      ValueError: If it is anything else.
    """
    if labels is None:
        return SingleLabel() if source.single_class else TrueLabels()
    made = labels() if callable(labels) and not isinstance(labels, LabelSource) else labels
    if not isinstance(made, LabelSource):
        raise ValueError(
            f"dataset.labels is {labels!r}, but it must name a label source, such as @true_labels."
        )
    return made
