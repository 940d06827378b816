# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What every data set offers, wherever its images lie."""

import abc
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from compare_gan.data import cache
from compare_gan.data.examples import ArrayExamples, Examples


class MissingDataError(ValueError):
    """The data are not where they were looked for."""


class ImageSource(abc.ABC):
    """A data set before a label source and a batch size are chosen.

    Making one is cheap: images are read when `examples` is called.

    Attributes:
      name: As in `dataset.name`.
      train_split: The split to train on.
      eval_split: The split whose images are the reals of an evaluation.
      evaluation_limit: How many examples of `eval_split` an evaluation uses; None means all.
      default_labels: Makes the label source that the data set's name asks for, unless
        `dataset.labels` says otherwise; None for the data set's own labels.
      only_labelled: Whether the data set's name asks for training on labelled examples only.
      fake: Whether random images stand in for the data.
      remarks: What a person should know about how the data were read, one clause each.
    """

    name: str
    train_split: str = "train"
    eval_split: str = "test"
    evaluation_limit: int | None = None
    default_labels: Callable[[], object] | None = None
    only_labelled: bool = False
    fake: bool = False
    remarks: Sequence[str] = ()

    @property
    @abc.abstractmethod
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""

    @property
    @abc.abstractmethod
    def num_classes(self) -> int:
        """Number of classes; 0 where the data set has no labels."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, by default their numbers."""
        return tuple(str(index) for index in range(self.num_classes))

    @property
    @abc.abstractmethod
    def splits(self) -> tuple[str, ...]:
        """The names of the splits, the training split first."""

    @property
    @abc.abstractmethod
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change with images, ids, labels or their preprocessing.

        Where ids belong to the examples and are not their positions, it should not change with
        the order in which they are stored: labels are joined by id.
        """

    def check(self) -> None:
        """Raises ValueError where the data are not at hand, before a run has begun."""
        return None

    @abc.abstractmethod
    def num_examples(self, split: str) -> int:
        """Number of examples of a split."""

    @abc.abstractmethod
    def examples(self, split: str, training: bool = False) -> Examples:
        """The examples of a split.

        Args:
          split: One of `splits`.
          training: Whether images are prepared as training wants them (perhaps with random crops)
            or as evaluation does, always the same.
        """

    def labels_at_hand(self, split: str) -> bool:
        """Whether `ids_and_true_labels` costs little, measured by what training reads anyway."""
        return True

    def ids_and_true_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """All ids, bytes [n], and labels, int64 [n], in the order of an evaluation.

        A source that decodes images in `examples` should find them without that.
        """
        examples = self.examples(split)
        return examples.ids(), examples.true_labels()

    def check_split(self, split: str) -> None:
        """Raises ValueError unless the data set has the split."""
        if split not in self.splits:
            raise ValueError(
                f"The data set {self.name!r} has no split {split!r}: it has "
                f"{', '.join(map(repr, self.splits))}."
            )


class ArraySource(ImageSource):
    """A data set given as arrays in memory.

    Args:
      name: Its name.
      splits: Images, labels and perhaps ids by the split's name, the training split first. Images
        are uint8 [n, height, width, channels], with any number of channels; labels are integers
        [n], -1 for unlabelled, or None where there are none; ids are bytes or strings [n], distinct
        within their split, by default the index.
      num_classes: Number of classes, 0 without labels.
      class_names: Their names, by default their numbers.

    Raises:
      ValueError: If arrays do not fit together.
    """

    def __init__(
        self,
        name: str,
        splits: Mapping[str, Sequence[np.ndarray | None]],
        num_classes: int = 0,
        class_names: Sequence[str] | None = None,
    ):
        self.name = name
        self._num_classes = num_classes
        self._class_names = tuple(class_names) if class_names is not None else None
        self._examples = {}
        for split, (images, labels, *ids) in splits.items():
            labels = np.full(len(images), -1) if labels is None else np.asarray(labels)
            if labels.size and not -1 <= labels.min() <= labels.max() < max(num_classes, 1):
                raise ValueError(
                    f"The labels of {name!r} must lie in -1 (unlabelled) to {num_classes - 1}, but "
                    f"those of the split {split!r} lie in {labels.min()} to {labels.max()}."
                )
            ids = ids[0] if ids else np.array([f"{index:09d}" for index in range(len(images))])
            self._examples[split] = ArrayExamples(images, labels, ids)
            self._check_ids(split)
        shapes = {examples.image_shape for examples in self._examples.values()}
        if len(shapes) != 1:
            raise ValueError(f"The splits of {name!r} have images of different shapes: {shapes}.")
        self._image_shape = shapes.pop()
        names = tuple(self._examples)
        self.train_split = names[0]
        self.eval_split = "test" if "test" in names else names[-1]

    def _check_ids(self, split: str) -> None:
        found, counts = np.unique(self._examples[split].ids(), return_counts=True)
        if found.size and counts.max() > 1:
            example = bytes(found[counts.argmax()])
            raise ValueError(
                f"The ids of {self.name!r} must be distinct within a split, but in the split "
                f"{split!r} {counts.max()} examples have the id {example!r}."
            )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    @property
    def num_classes(self) -> int:
        return self._num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        return super().class_names if self._class_names is None else self._class_names

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._examples)

    @property
    def fingerprint(self) -> str:
        contents = {split: examples.digest() for split, examples in self._examples.items()}
        return cache.fingerprint({"name": self.name, "contents": contents})

    def num_examples(self, split: str) -> int:
        return self.examples(split).num_examples

    def examples(self, split: str, training: bool = False) -> Examples:
        self.check_split(split)
        return self._examples[split]
