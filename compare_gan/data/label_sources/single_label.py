# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @single_label`: one class for all."""

import gin
import numpy as np

from compare_gan.data.label_sources.base import LabelSource
from compare_gan.data.sources import ImageSource


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
