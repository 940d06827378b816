# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Random images in place of a data set, to try a configuration where the data are not at hand."""

import numpy as np

from compare_gan.data import cache
from compare_gan.data.examples import ArrayExamples, Examples
from compare_gan.data.sources import ImageSource

NUM_EXAMPLES = 100


ASSUMED_CLASSES = 10


class ShapeSource(ImageSource):
    """What is assumed of a data set that is not there, for `FakeSource` to stand in for it.

    Args:
      name: Its name.
      image_shape: Height, width and channels.
    """

    def __init__(self, name: str, image_shape: tuple[int, int, int]):
        self.name = name
        self.remarks = (f"the data are missing, so {ASSUMED_CLASSES} classes are assumed",)
        self._image_shape = image_shape

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    @property
    def num_classes(self) -> int:
        return ASSUMED_CLASSES

    @property
    def splits(self) -> tuple[str, ...]:
        return (self.train_split, self.eval_split)

    @property
    def fingerprint(self) -> str:
        return cache.fingerprint(["shape", self.name, self._image_shape])

    def num_examples(self, split: str) -> int:
        return 0

    def examples(self, split: str, training: bool = False) -> Examples:
        raise ValueError(f"The data set {self.name!r} is not there.")


class FakeSource(ImageSource):
    """100 images of uniform noise of a data set's shape in each split, all of class 1.

    Args:
      source: The data set to stand in for. Only its description is used, no data.
      seed: The seed of the images.
    """

    fake = True

    def __init__(self, source: ImageSource, seed: int):
        self.name = source.name
        self.train_split = source.train_split
        self.eval_split = source.eval_split
        self.default_labels = source.default_labels
        self.only_labelled = source.only_labelled
        self.remarks = ("random images in place of the data",)
        if isinstance(source, ShapeSource):
            self.remarks += source.remarks
        self._source = source
        self._seed = seed
        self._made: dict[str, ArrayExamples] = {}

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._source.image_shape

    @property
    def num_classes(self) -> int:
        return self._source.num_classes

    @property
    def splits(self) -> tuple[str, ...]:
        return self._source.splits

    @property
    def fingerprint(self) -> str:
        return cache.fingerprint(
            ["fake", self.name, self._seed, self.splits, self.image_shape, self.num_classes]
        )

    def num_examples(self, split: str) -> int:
        self.check_split(split)
        return NUM_EXAMPLES

    def examples(self, split: str, training: bool = False) -> Examples:
        self.check_split(split)
        if split not in self._made:
            generator = np.random.default_rng([self._seed, self.splits.index(split)])
            images = generator.integers(0, 256, (NUM_EXAMPLES, *self.image_shape), np.uint8)
            # Where there is but one class, it is class 0; where there is none, -1 is unlabelled.
            labels = np.full(NUM_EXAMPLES, min(1, self.num_classes - 1))
            ids = np.array([f"fake-{split}-{index:03d}" for index in range(NUM_EXAMPLES)])
            self._made[split] = ArrayExamples(images, labels, ids)
        return self._made[split]
