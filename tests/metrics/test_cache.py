# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The cache of real images' statistics."""

import pathlib

import numpy as np
import pytest

from compare_gan.data.cache import cache_root
from compare_gan.metrics.cache import load_statistics, save_statistics

KEY = {"dataset": "folder:/a b/c", "split": "test", "n": 10, "fingerprint": "x" * 64}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_folder_is_the_environments_or_in_the_home_folder(monkeypatch, cache):
    assert cache_root() == cache
    monkeypatch.delenv("COMPARE_GAN_CACHE")
    assert cache_root() == pathlib.Path.home() / ".cache" / "compare_gan"


def test_what_is_kept_is_found_by_its_whole_key():
    assert load_statistics(KEY) is None
    save_statistics(KEY, {"mu": np.arange(3.0), "n": np.int64(10)})
    found = load_statistics(dict(KEY))
    assert sorted(found) == ["mu", "n"]
    np.testing.assert_array_equal(found["mu"], np.arange(3.0))
    for name, value in {"dataset": "folder:/a", "split": "train", "n": 11}.items():
        assert load_statistics({**KEY, name: value}) is None
    # The fingerprint is cut in the file's name, not in its key.
    assert load_statistics({**KEY, "fingerprint": "x" * 63 + "y"}) is None


def test_a_cache_that_cannot_be_written_costs_time_only(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("COMPARE_GAN_CACHE", str(tmp_path / "file"))
    save_statistics(KEY, {"mu": np.arange(3.0)})
    assert load_statistics(KEY) is None


def test_a_damaged_file_counts_as_none(cache):
    save_statistics(KEY, {"mu": np.arange(3.0)})
    [file] = (cache / "statistics").iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    assert load_statistics(KEY) is None
    save_statistics(KEY, {"mu": np.arange(3.0)})
    assert load_statistics(KEY) is not None


def test_a_damaged_compressed_file_counts_as_none(cache):
    """As a user may have made it to save room: zlib, not the archive, finds the damage."""
    save_statistics(KEY, {"mu": np.random.default_rng(0).integers(0, 9, 5000)})
    [file] = (cache / "statistics").iterdir()
    with np.load(file) as kept:
        np.savez_compressed(file, **kept)
    assert load_statistics(KEY) is not None
    content = bytearray(file.read_bytes())
    middle = slice(len(content) // 2, len(content) // 2 + 64)
    content[middle] = bytes(255 - byte for byte in content[middle])
    file.write_bytes(content)
    assert load_statistics(KEY) is None
