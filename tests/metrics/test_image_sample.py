# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Random samples of images."""

import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.image_sample import ImageSampleAccumulator


def _numbered(n):
    """Images of one pixel that hold their number."""
    return np.arange(n, dtype=np.float32).reshape(n, 1, 1, 1)


def _sample(images, most, seed=0):
    kept = ImageSampleAccumulator(most, seed)
    for part in np.array_split(images, 3):
        kept.update(Batch(part, None, None))
    return kept.images


def test_every_image_has_the_same_chance():
    draws = [_sample(_numbered(10), 4, seed).ravel().astype(int) for seed in range(1, 2001)]
    assert all(len(set(draw)) == 4 for draw in draws)
    shares = np.bincount(np.concatenate(draws), minlength=10) / len(draws)
    # Each is among the four of ten in 2/5 of the draws, ± 0.011 by chance.
    np.testing.assert_allclose(shares, 0.4, atol=0.05)


def test_no_more_images_than_are_kept():
    for n in (5, 8):
        np.testing.assert_array_equal(_sample(_numbered(n), 8), _numbered(n))


def test_batches_are_not_kept():
    batch = np.ones([6, 2, 2, 3], np.float32)
    kept = ImageSampleAccumulator(6)
    kept.update(Batch(batch, None, None))
    assert kept.images.dtype == np.float32 and not np.shares_memory(kept.images, batch)


def test_samples_that_differ_have_other_keys():
    keys = {ImageSampleAccumulator(*given).key for given in ((4,), (5,), (4, 1))}
    assert len(keys) == 3 and ImageSampleAccumulator(4).key in keys


def test_no_images():
    with pytest.raises(ValueError, match="no image was given"):
        _ = ImageSampleAccumulator(3).images
