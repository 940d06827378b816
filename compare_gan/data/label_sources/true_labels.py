# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @true_labels`: the data set's own labels."""

import gin
import numpy as np

from compare_gan.data.label_sources.base import LabelSource
from compare_gan.data.sources import ImageSource


@gin.register("true_labels")
class TrueLabels(LabelSource):
    """The data set's own labels."""

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        return np.asarray(true_labels, np.int32)
