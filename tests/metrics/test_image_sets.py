# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Choosing, counting and checking images before they are measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.metrics.image_sets import (
    InvalidImagesError,
    batches_of_size,
    evenly_spaced,
    exactly,
    hard,
)


def images(n):
    """Image i is filled with i."""
    return np.tile(np.arange(n, dtype=np.uint8)[:, None, None, None], (1, 2, 2, 1))


def dataset(n, batch_size):
    return [{"images": part} for part in np.split(images(n), range(batch_size, n, batch_size))]


def _images(batches):
    """The images of batches that have no labels."""
    images, labels = zip(*batches)
    assert set(labels) == {None}
    return list(images)


@given(st.integers(2, 200), st.data())
def test_evenly_spaced_takes_exactly_n(total, data):
    n = data.draw(st.integers(1, total))
    stored, wanted = data.draw(st.integers(1, 50)), data.draw(st.integers(1, 50))
    batches = _images(evenly_spaced(dataset(total, stored), total, n, wanted, "the split"))
    assert [len(batch) for batch in batches[:-1]] == [wanted] * (len(batches) - 1)
    result = np.concatenate(batches)
    assert result.dtype == np.float32
    indices = np.round(result[:, 0, 0, 0] * 255).astype(int)
    assert indices.tolist() == [total * k // n for k in range(n)]


@given(st.integers(2, 100), st.data(), st.booleans())
def test_labels_stay_with_their_images(total, data, soft):
    n = data.draw(st.integers(1, total))
    stored, wanted = data.draw(st.integers(1, 50)), data.draw(st.integers(1, 50))
    classes = np.arange(total) % 5 - 1  # and −1 in between
    given_labels = np.eye(4)[np.maximum(classes, 0)] * (classes >= 0)[:, None] if soft else classes
    batches = dataset(total, stored)
    for batch, labels in zip(batches, np.split(given_labels, range(stored, total, stored))):
        batch["labels"] = labels
    spaced = evenly_spaced(batches, total, n, wanted, "the split", labels=hard)
    fewer = max(1, n - 1)
    for found, labels in exactly(spaced, fewer, "the split"):
        indices = np.round(found[:, 0, 0, 0] * 255).astype(int)
        assert labels.tolist() == (indices % 5 - 1).tolist()
        fewer -= len(found)
    assert fewer == 0


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(1, 20), st.booleans())
def test_batches_are_cut_anew(sizes, size, with_labels):
    total = sum(sizes)
    cuts = np.cumsum(sizes)[:-1] if sizes else []
    labels = np.split(np.arange(total), cuts) if with_labels else [None] * len(sizes)
    given_batches = zip(np.split(images(total), cuts), labels) if sizes else []
    found = list(batches_of_size(given_batches, size))
    expected = [min(size, total - first) for first in range(0, total, size)]
    assert [len(batch) for batch, _ in found] == expected
    values = [int(value) for batch, _ in found for value in batch[:, 0, 0, 0]]
    assert values == list(range(total))
    for batch, kept in found:
        assert kept is None if not with_labels else kept.tolist() == batch[:, 0, 0, 0].tolist()


def test_there_is_a_label_for_each_image():
    with pytest.raises(ValueError, match=r"fakes has 4 images with labels \(3,\)"):
        list(exactly([(floats(4), np.zeros(3, int))], 4, "fakes"))


def test_evenly_spaced_misses_no_class_of_a_sorted_split():
    labels = np.repeat(np.arange(10), 20)
    batches = evenly_spaced(dataset(200, 64), 200, 30, 8, "the split")
    indices = np.round(np.concatenate(_images(batches))[:, 0, 0, 0] * 255).astype(int)
    assert np.bincount(labels[indices]).tolist() == [3] * 10


def test_a_split_of_another_size_or_type_is_an_error():
    with pytest.raises(ValueError, match="the split should have 30 images, but 20 came"):
        list(evenly_spaced(dataset(20, 8), 30, 15, 8, "the split"))
    floats = [{"images": images(4) / 255.0}]
    with pytest.raises(ValueError, match="must be uint8"):
        list(evenly_spaced(floats, 4, 4, 4, "the split"))


def floats(n):
    return np.random.default_rng(0).uniform(size=(n, 2, 2, 1))


@given(st.integers(1, 60), st.lists(st.integers(0, 60), max_size=6))
def test_exactly_cuts_what_is_too_many(n, cuts):
    x = floats(60)
    result = np.concatenate(_images(exactly(np.split(x, sorted(cuts)), n, "fakes")))
    np.testing.assert_array_equal(result, x[:n].astype(np.float32))


def test_exactly_stops_asking_when_it_has_enough():
    def forever():
        while True:
            yield floats(8)

    assert sum(len(images) for images, _ in exactly(forever(), 20, "fakes")) == 20


def test_too_few_images_are_an_error():
    with pytest.raises(ValueError, match="20 images of fake set 1 were asked for, but only 16"):
        list(exactly([floats(8)] * 2, 20, "fake set 1"))


def test_broken_images_are_counted():
    good, bad = floats(8), floats(8)
    bad[1, 0, 0, 0], bad[2, 1, 1, 0], bad[2, 0, 0, 0] = np.nan, np.inf, np.nan
    bad[5], bad[6, 0, 0, 0], bad[7, 0, 0, 0] = 1.5, -0.1, 1.0 + 1e-7
    with pytest.raises(InvalidImagesError) as error:
        list(exactly([good, bad], 16, "fake set 2"))
    message = str(error.value)
    assert (
        "images 8 to 15 of fake set 2, 2 hold NaN or infinity and 2 hold values outside" in message
    )
    assert isinstance(error.value, ValueError)


def test_images_beyond_the_nth_are_not_looked_at():
    bad = floats(8)
    bad[5:] = np.nan
    assert sum(len(images) for images, _ in exactly([bad], 5, "fakes")) == 5


def test_one_image_is_no_batch():
    with pytest.raises(ValueError, match=r"\[batch, height, width, channels\]"):
        list(exactly([floats(8)[0]], 5, "fakes"))
