# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A random sample of a set of images, for metrics that look at some of them."""

import numpy as np

from compare_gan.metrics.base import Accumulator, Batch


class ImageSampleAccumulator(Accumulator):
    """Keeps as many images as are asked for, each of the set's with the same chance.

    Where there are no more than that, they are all there, in their order. Memory for the whole
    sample is taken with the first batch, float32.

    Args:
      most: How many are kept.
      seed: Of the choice.
    """

    def __init__(self, most: int, seed: int = 0):
        self.key = f"image_sample_{most}" + (f"_seed_{seed}" if seed else "")
        self._most = most
        self._rng = np.random.default_rng(seed)
        self._seen = 0
        self._kept: np.ndarray | None = None

    def update(self, batch: Batch) -> None:
        """Takes one more batch of images: Vitter's reservoir sampling."""
        if self._kept is None:
            self._kept = np.empty([self._most, *batch.images.shape[1:]], np.float32)
        for image in batch.images:
            # The image numbered n from 0 is among the first `most` of n + 1 shuffled ones, or not.
            full = self._seen >= self._most
            place = self._rng.integers(self._seen + 1) if full else self._seen
            if place < self._most:
                self._kept[place] = image
            self._seen += 1

    @property
    def images(self) -> np.ndarray:
        """The sample, float32 [n, height, width, channels].

        Raises:
          ValueError: No image was given.
        """
        if self._kept is None:
            raise ValueError("There is no sample of images: no image was given.")
        return self._kept[: self._seen]
