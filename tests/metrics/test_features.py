# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Features kept in memory, and beyond a bound on disk."""

import gc
import weakref

import numpy as np
import pytest

from compare_gan.metrics import Batch
from compare_gan.metrics.features import (
    FeaturesAccumulator,
    LastOfPair,
    checked_features,
    checked_pair,
)

ROWS = np.random.default_rng(0).normal(size=(23, 7)).astype(np.float32)


@pytest.mark.parametrize("bytes_in_memory", [10**6, 300, 0])
def test_all_features_in_order_wherever_they_are_kept(bytes_in_memory):
    kept = FeaturesAccumulator(bytes_in_memory)
    for part in np.array_split(ROWS, 6):
        kept.update(Batch(None, part, None))
    np.testing.assert_array_equal(kept.result(), ROWS)
    np.testing.assert_array_equal(kept.result(), ROWS)  # asked twice
    on_disk = bytes_in_memory < ROWS.nbytes
    assert isinstance(kept.result(), np.memmap) == on_disk
    assert (kept.state() is None) == on_disk
    kept.update(Batch(None, ROWS[:2], None))
    np.testing.assert_array_equal(kept.result(), np.concatenate([ROWS, ROWS[:2]]))


def test_state_and_restore():
    kept, other = FeaturesAccumulator(), FeaturesAccumulator()
    kept.update(Batch(None, ROWS, None))
    other.restore(kept.state())
    np.testing.assert_array_equal(other.result(), ROWS)
    assert other.key == kept.key


def test_labels_are_part_of_the_state():
    kept, other = FeaturesAccumulator(), FeaturesAccumulator()
    for start in (0, 10):
        rows = np.arange(start, min(start + 10, len(ROWS)))
        kept.update(Batch(None, ROWS[rows], None, rows % 3))
    other.restore(kept.state())
    assert other.labels().tolist() == (np.arange(len(other.result())) % 3).tolist()


def test_broken_features_are_counted_in_blocks(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.features._ROWS_AT_A_TIME", 5)
    for row in (0, 4, 5, 22):
        broken = ROWS.copy()
        broken[[row, 7], 3] = np.inf
        with pytest.raises(ValueError, match="2 of 23 feature vectors"):
            checked_features(broken)
    assert checked_features(ROWS) is ROWS


def test_the_last_pair_is_remembered_but_not_kept():
    def accumulator():
        kept = FeaturesAccumulator()
        kept.update(Batch(None, ROWS, None))
        return kept

    calls = []

    def total(real, fake):
        calls.append((len(real.result()), len(fake.result())))
        return sum(calls[-1])

    last = LastOfPair(total)
    real, fake = accumulator(), accumulator()
    assert last(real, fake) == last(real, fake) == 46 and len(calls) == 1
    last(fake, real)
    last(real, fake)
    assert len(calls) == 3  # only the last
    fake.update(Batch(None, ROWS[:2], None))
    assert last(real, fake) == 48  # it has grown
    gone = weakref.ref(fake)
    del fake
    gc.collect()
    assert gone() is None
    last(real, accumulator())
    assert len(calls) == 5


def test_features_that_make_no_sense():
    kept = FeaturesAccumulator()
    with pytest.raises(ValueError, match="There are no features"):
        kept.result()
    with pytest.raises(ValueError, match=r"2 of 23 feature vectors hold NaN"):
        broken = ROWS.copy()
        broken[3, 0], broken[4, 1] = np.nan, np.inf
        kept.update(Batch(None, broken, None))
    kept.update(Batch(None, ROWS, None))
    with pytest.raises(ValueError, match="of 6 dimensions cannot join those of 7"):
        kept.update(Batch(None, ROWS[:, :6], None))


@pytest.mark.parametrize(
    "real, fake, words",
    [
        (ROWS[:, :3], ROWS, "have 3 dimensions and the fake ones 7"),
        (ROWS[:1], ROWS, "At least 2 vectors .* 1 real and 23 fake"),
        (ROWS[0], ROWS, r"\[n, d\], received float32 \(7,\)"),
        (np.array([["a"]]), ROWS, "must be numbers"),
    ],
)
def test_pairs_that_cannot_be_compared(real, fake, words):
    with pytest.raises(ValueError, match=words):
        checked_pair(real, fake, least=2)
