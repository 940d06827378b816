# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import tracemalloc

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from compare_gan.pictures import nearest_neighbors


def _images(count, seed, shape=(3, 2, 1)):
    return np.random.default_rng(seed).integers(0, 256, [count, *shape], np.uint8)


def _batches(images, size):
    return [{"images": images[start : start + size]} for start in range(0, len(images), size)]


def _by_brute_force(fakes, images, count):
    reals = images.astype(np.float64) / 255.0
    distances = ((fakes[:, None] - reals[None]) ** 2).sum(axis=(2, 3, 4))
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return reals[order]


@hypothesis.settings(max_examples=30, deadline=None)
@hypothesis.given(
    total=st.integers(4, 40), size=st.integers(1, 45), count=st.integers(1, 4), seed=st.integers(0)
)
def test_equals_brute_force(total, size, count, seed):
    images = _images(total, seed)
    fakes = np.random.default_rng(seed + 1).uniform(size=(5, 3, 2, 1)).astype(np.float32)
    found = nearest_neighbors(fakes, _batches(images, size), count)
    assert found.dtype == np.float32 and found.shape == (5, count, 3, 2, 1)
    np.testing.assert_allclose(found, _by_brute_force(fakes, images, count), atol=1e-6)


def test_a_copy_is_found_first_and_all_its_twins_after_it():
    images = _images(30, seed=0)
    images[[4, 11, 29]] = images[17]
    fakes = images[[17, 3]].astype(np.float32) / 255.0
    found = nearest_neighbors(fakes, _batches(images, 7), 5)
    np.testing.assert_array_equal(found[0, :4], np.stack([fakes[0]] * 4))
    np.testing.assert_array_equal(found[1, 0], fakes[1])
    assert not np.array_equal(found[0, 4], fakes[0])


def test_nearest_in_features():
    """Of the mean alone, which a turned copy shares with its source."""
    images = _images(30, seed=0)
    fakes = images[[17, 3], ::-1].astype(np.float32) / 255.0

    def means(batch):
        assert batch.dtype == np.float32 and batch.max() <= 1
        return batch.mean(axis=(1, 2))

    found = nearest_neighbors(fakes, _batches(images, 7), 3, means)
    reals = images / 255.0
    distances = np.abs(fakes.mean(axis=(1, 2, 3))[:, None] - reals.mean(axis=(1, 2, 3))[None])
    order = np.argsort(distances, axis=1)[:, :3]
    assert order[:, 0].tolist() == [17, 3]
    np.testing.assert_allclose(found, reals[order], atol=1e-6)


def test_the_last_of_many_images_is_found():
    """No number of images is too many to look at."""
    last = _images(1, seed=1)
    batches = [{"images": np.zeros([20_000, 3, 2, 1], np.uint8)}] * 3 + [{"images": last}]
    found = nearest_neighbors(last.astype(np.float32) / 255.0, batches, 1)
    np.testing.assert_allclose(found[0, 0], last[0] / 255.0, atol=1e-6)


def test_fewer_images_than_neighbors_are_an_error():
    fakes = _images(2, seed=0) / 255.0
    with pytest.raises(ValueError, match="5 nearest neighbors were asked for among 4 images"):
        nearest_neighbors(fakes, _batches(_images(4, seed=1), 3), 5)


def test_a_batch_is_not_copied_for_every_fake():
    """Once as float64, its squares, and little else, however many fakes there are."""
    images = _images(64, seed=0, shape=(64, 64, 3))
    fakes = _images(10, seed=1, shape=(64, 64, 3)).astype(np.float32) / 255.0
    tracemalloc.start()
    nearest_neighbors(fakes, _batches(images, 64), 5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 8 * images.size
