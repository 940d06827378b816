# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What evaluation asks of a data set, and the real images it takes from one."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from compare_gan.metrics.image_sets import evenly_spaced


class ImageDataset(Protocol):
    """What evaluation asks of a data set.

    Attributes:
      name: For people.
      fingerprint: Changes with the images and their preprocessing.
      splits: The splits' names.
      train_split: The one that is trained on.
      eval_split: The one whose images are the reals, unless another is asked for.
      num_eval_examples: How many of its images are, unless another number is asked for.
    """

    name: str
    fingerprint: str
    splits: Sequence[str]
    train_split: str
    eval_split: str
    num_eval_examples: int

    def num_examples(self, split: str) -> int:
        """How many examples the split has."""

    def evaluation_batches(self, split: str, batch_size: int) -> Iterable[dict[str, Any]]:
        """All examples in a fixed order, once: dictionaries with uint8 "images"."""


def real_images(dataset: ImageDataset, split: str, n: int, batch_size: int) -> Iterator[np.ndarray]:
    """n images of a split, evenly spaced over it, in batches of float32 in [0, 1]."""
    return evenly_spaced(
        dataset.evaluation_batches(split, batch_size),
        total=dataset.num_examples(split),
        n=n,
        batch_size=batch_size,
        what=f"the split {split!r} of {dataset.name}",
    )


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
