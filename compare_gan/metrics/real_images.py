# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What evaluation asks of a data set, and the real images it takes from one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from compare_gan.metrics.image_sets import LabelledBatch, evenly_spaced, hard


class ImageDataset(Protocol):
    """What evaluation asks of a data set.

    Attributes:
      name: For people.
      fingerprint: Changes with the images and their preprocessing.
      splits: The splits' names.
      train_split: The one that is trained on.
      eval_split: The one whose images are the reals, unless another is asked for.
      num_eval_examples: How many of its images are, unless another number is asked for.
      class_names: What the classes are called. This and labels are asked for only where a metric
        uses labels.
    """

    name: str
    fingerprint: str
    splits: Sequence[str]
    train_split: str
    eval_split: str
    num_eval_examples: int
    class_names: Sequence[str]

    def num_examples(self, split: str) -> int:
        """How many examples the split has."""

    def evaluation_batches(self, split: str, batch_size: int) -> Iterable[dict[str, Any]]:
        """All examples in a fixed order, once: dictionaries with uint8 "images" and "labels"."""

    def with_evaluation_labels(self) -> "ImageDataset":
        """The same images, all with labels such as those of an evaluation split.

        Asked for only where a metric of a model shows it real images.
        """

    def ids_and_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """All ids and labels, in the same order."""


def real_images(
    dataset: ImageDataset, split: str, n: int, batch_size: int, with_labels: bool = False
) -> Iterator[LabelledBatch]:
    """n images of a split, evenly spaced over it, in batches of float32 in [0, 1]; with their
    labels, or None.
    """
    return evenly_spaced(
        dataset.evaluation_batches(split, batch_size),
        total=dataset.num_examples(split),
        n=n,
        batch_size=batch_size,
        what=f"the split {split!r} of {dataset.name}",
        labels=hard if with_labels else None,
    )


def real_labels(dataset: ImageDataset, split: str) -> np.ndarray:
    """The class of each example of a split, int [n], −1 for none; no image is decoded for it."""
    return hard(dataset.ids_and_labels(split)[1])


def checked_split(dataset: ImageDataset, split: str | None) -> str:
    """The split asked for; for None the one that the data set is evaluated on.

    Raises:
      ValueError: The data set does not have it.
    """
    split = dataset.eval_split if split is None else split
    if split not in dataset.splits:
        raise ValueError(
            f"eval.split: {dataset.name} has no {split!r}; its splits are "
            f"{', '.join(dataset.splits)}."
        )
    return split
