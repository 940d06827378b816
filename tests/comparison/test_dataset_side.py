# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A split of a data set as a side."""

import numpy as np
import pytest

from compare_gan.comparison import parse_side
from compare_gan.data import get_dataset
from tests.comparison.images import all_of


def test_a_split_of_a_data_set():
    side = parse_side("dataset:digits@train")
    images, labels = all_of(side, 100, batch_size=32)
    batches = list(get_dataset(name="digits").evaluation_batches("train"))
    every = np.concatenate([batch["images"] for batch in batches])
    every_label = np.concatenate([batch["labels"] for batch in batches])
    places = np.arange(100) * 1260 // 100
    np.testing.assert_allclose(images, every[places] / 255.0, rtol=1e-6)
    np.testing.assert_array_equal(labels, every_label[places])
    assert parse_side("dataset:digits").protocol == {"split": "test"}
    assert side.image_shape == images.shape[1:]
    with pytest.raises(ValueError, match="no split 'val'; its splits are train, test"):
        parse_side("dataset:digits@val")
