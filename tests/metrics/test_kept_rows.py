# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rows that are kept, in memory or in a file, and what that holds."""

import tracemalloc

import numpy as np
import pytest

from compare_gan.metrics.kept_rows import KeptRows, gathered

ROWS = np.random.default_rng(0).normal(size=(23, 7)).astype(np.float32)


@pytest.fixture(autouse=True)
def _few_rows_at_a_time(monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.kept_rows._BYTES_AT_A_TIME", 3 * 7 * 4)


@pytest.mark.parametrize("bytes_in_memory", [None, ROWS.nbytes, ROWS.nbytes - 1, 0])
@pytest.mark.parametrize("cuts", [[], [0, 5], [23], range(1, 23)])
def test_all_in_order_wherever_they_are(bytes_in_memory, cuts):
    kept = KeptRows(np.float32, bytes_in_memory)
    assert kept.width is None
    for part in np.split(ROWS, cuts):
        kept.append(part)
    assert len(kept) == 23 and kept.width == 7
    np.testing.assert_array_equal(kept.result(), ROWS)
    np.testing.assert_array_equal(kept.result(), ROWS)  # asked twice
    assert kept.in_file == isinstance(kept.result(), np.memmap)
    assert kept.in_file == (bytes_in_memory is not None and bytes_in_memory < ROWS.nbytes)


@pytest.mark.parametrize("bytes_in_memory", [None, 0])
def test_what_was_handed_out_stays_as_it_was(bytes_in_memory):
    kept = KeptRows(np.float64, bytes_in_memory)
    kept.append(ROWS)
    before = kept.result()
    for _ in range(5):
        kept.append(2 * ROWS)
    np.testing.assert_array_equal(before, ROWS)
    np.testing.assert_array_equal(kept.result(), np.concatenate([ROWS, *5 * [2 * ROWS]]))
    assert before.dtype == np.float64


def test_restored_rows_are_not_written_to():
    given = ROWS.copy()
    kept = KeptRows()
    kept.restore(given)
    kept.append(ROWS[:2])
    np.testing.assert_array_equal(kept.result(), np.concatenate([ROWS, ROWS[:2]]))
    np.testing.assert_array_equal(given, ROWS)


def test_none():
    with pytest.raises(ValueError, match="There are no rows"):
        KeptRows().result()


@pytest.mark.parametrize("bytes_in_memory", [None, 0])
def test_gathered(bytes_in_memory):
    indices = np.array([0, 0, 3, 22, 5, 5, 5, 21])
    found = gathered(ROWS, indices, bytes_in_memory)
    np.testing.assert_array_equal(found, ROWS[indices])
    assert isinstance(found, np.memmap) == (bytes_in_memory == 0)
    assert gathered(ROWS, indices[:0], bytes_in_memory).shape == (0, 7)


@pytest.mark.parametrize("bytes_in_memory", [2**30, 2**18])
def test_never_twice_in_memory(bytes_in_memory, monkeypatch):
    monkeypatch.setattr("compare_gan.metrics.kept_rows._BYTES_AT_A_TIME", 2**15)
    batch = np.ones([64, 128], np.float32)
    tracemalloc.start()
    try:
        kept = KeptRows(np.float32, bytes_in_memory)
        for _ in range(256):
            kept.append(batch)
        assert kept.result().shape == (256 * 64, 128)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.25 * min(256 * batch.nbytes, bytes_in_memory) + 2**17
