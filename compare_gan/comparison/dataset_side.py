# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A split of a data set as one side of a comparison."""

from collections.abc import Iterator

from compare_gan.comparison.sides import ImageSide, Labelled
from compare_gan.data import Dataset
from compare_gan.metrics.real_images import real_images


class DatasetSide(ImageSide):
    """The images of a split.

    Args:
      dataset: The data set.
      split: One of its splits; None is the one it is evaluated on.

    Attributes:
      dataset: The data set.
      split: The split.

    Raises:
      ValueError: It has no such split.
    """

    def __init__(self, dataset: Dataset, split: str | None):
        self.dataset = dataset
        self.split = dataset.eval_split if split is None else split
        if self.split not in dataset.splits:
            raise ValueError(
                f"{dataset.name} has no split {self.split!r}; its splits are "
                f"{', '.join(dataset.splits)}."
            )
        self.count = dataset.num_examples(self.split)
        self.class_names = tuple(dataset.class_names)
        self.description = f"{dataset.name}, split {self.split} ({self.count:,} images)"
        self.protocol = {"split": self.split}
        self.are_training_images = self.split == dataset.train_split

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """See `ImageSide.image_shape`."""
        return tuple(self.dataset.image_shape)

    def fingerprint(self, n: int) -> str:
        """See `Side.fingerprint`: that of the whole data set."""
        return self.dataset.fingerprint

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`."""
        with_labels = bool(self.class_names)
        for batch in real_images(self.dataset, self.split, n, batch_size, with_labels):
            yield Labelled(*batch)
