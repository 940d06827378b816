# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A small data set whose images show which example they are, in any order."""

import numpy as np
import pytest

from compare_gan.data import ArraySource


@pytest.fixture
def make_source():
    """Gives `make_source(labels, order)`: example i has the id "t<i>" and images of the value i.

    The test split has four examples, labelled 0, 1, 0 and unlabelled.
    """

    def make(labels, order=None, num_classes=3, class_names=None):
        labels = np.asarray(labels)
        order = np.arange(len(labels)) if order is None else np.asarray(order)
        images = np.broadcast_to(
            order[:, None, None, None].astype(np.uint8), (len(order), 2, 2, 1)
        ).copy()
        ids = np.array([f"t{index}" for index in order])
        known = np.array([0, 1, 0, -1]) if num_classes else None
        splits = {
            "train": (images, labels[order] if num_classes else None, ids),
            "test": (np.zeros([4, 2, 2, 1], np.uint8), known, ["e0", "e1", "e2", "e3"]),
        }
        return ArraySource("numbers", splits, num_classes, class_names)

    return make
