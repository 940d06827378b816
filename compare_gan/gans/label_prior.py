# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which classes fakes have."""

import numpy as np

from compare_gan.data import Dataset


def label_frequencies(dataset: Dataset, fitted: bool) -> np.ndarray:
    """The probability of each class among the fakes, float64 [classes].

    Args:
      dataset: Tells the classes and how many labelled images of each there are.
      fitted: Whether fakes follow these numbers; otherwise all classes are equally probable.

    Raises:
      ValueError: They shall follow, but no image has a label.
    """
    if not fitted:
        return np.full([dataset.num_classes], 1.0 / dataset.num_classes)
    counts = np.asarray(dataset.class_histogram(), np.float64)
    if not counts.sum():
        raise ValueError(
            "ModularGAN.fit_label_distribution=True needs labelled images, but the data set "
            f"{dataset.name} has none."
        )
    return counts / counts.sum()
