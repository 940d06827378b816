# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Examples in memory, and how many rows an evaluation gives each worker."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_gan.data.examples import ArrayExamples, as_bytes, evaluation_rows


@given(
    examples=st.integers(1, 60), rows=st.integers(1, 9), workers=st.integers(1, 5),
)  # fmt: skip
def test_workers_share_each_batch_of_an_evaluation(examples, rows, workers):
    """Batches of rows · workers are dealt out in runs; the last one goes to the first workers."""
    batch_size = rows * workers
    batches = [
        list(range(start, min(start + batch_size, examples)))
        for start in range(0, examples, batch_size)
    ]
    for worker in range(workers):
        own = [batch[worker * rows : (worker + 1) * rows] for batch in batches]
        full = len(own[0]) if len(batches) > 1 else rows
        planned = evaluation_rows(examples, batch_size, worker, workers)
        assert planned == (len(batches), full, len(own[-1]))


def test_a_batch_has_at_least_a_row():
    with pytest.raises(ValueError, match="batch_size must be at least 1, but it is 0"):
        evaluation_rows(5, 0, 0, 1)


@pytest.mark.parametrize(
    "ids", [["a", "zürich"], np.array(["a", "zürich"], object), np.array([b"a", "zürich".encode()])]
)
def test_ids_become_bytes(ids):
    found = as_bytes(np.asarray(ids))
    assert found.dtype == "S7" and found.tolist() == [b"a", "zürich".encode()]


IMAGES = np.arange(5 * 2 * 3 * 1, dtype=np.uint8).reshape(5, 2, 3, 1)
LABELS = np.array([2, 0, -1, 1, 0])
IDS = ["e", "a", "d", "c", "b"]


def test_a_digest_of_contents_in_any_order():
    digest = ArrayExamples(IMAGES, LABELS, IDS).digest()
    order = [3, 0, 4, 1, 2]
    moved = ArrayExamples(IMAGES[order], LABELS[order], [IDS[index] for index in order])
    assert moved.digest() == digest
    changes = [
        (np.where(IMAGES == 7, 8, IMAGES).astype(np.uint8), LABELS, IDS),
        (IMAGES, np.where(LABELS == 1, 2, LABELS), IDS),
        (IMAGES, LABELS, ["e", "a", "d", "c", "f"]),
        (IMAGES[order], LABELS, IDS),  # the same images, but each another's
    ]
    assert digest not in {ArrayExamples(*change).digest() for change in changes}


def test_a_subset_keeps_images_labels_and_ids_together():
    part = ArrayExamples(IMAGES, LABELS, IDS).subset(np.array([4, 1]))
    assert part.num_examples == 2 and part.image_shape == (2, 3, 1)
    assert part.ids().tolist() == [b"b", b"a"] and part.true_labels().tolist() == [0, 0]


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES.astype(np.float32), LABELS, "must be uint8 .* float32 of shape"),
        (IMAGES[..., 0], LABELS, "must be uint8 of shape"),
        (IMAGES[:3], LABELS, "3 images but 5 labels"),
    ],
)
def test_arrays_that_are_no_examples(images, labels, message):
    with pytest.raises(ValueError, match=message):
        ArrayExamples(images, labels, IDS)
