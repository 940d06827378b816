# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import errno
import os
import time

import numpy as np
import pytest

from compare_gan.data import cache


def test_fingerprint_depends_on_content_only():
    assert cache.fingerprint({"a": 1, "b": [2, "x"]}) == cache.fingerprint({"b": [2, "x"], "a": 1})
    assert cache.fingerprint({"a": 1}) != cache.fingerprint({"a": 2})
    # A promise: entries and scores of earlier runs stay valid.
    assert cache.fingerprint({"a": 1}) == "015abd7f5cc57a2d"


def test_built_once():
    calls = []

    def build(workspace):
        calls.append(workspace)
        images = workspace.array("images", np.uint8, (3, 2))
        images[:] = 7
        return {"images": images, "labels": np.arange(3)}

    key = ["x", 1]
    assert not cache.is_cached("kind", key)
    for _ in range(2):
        arrays = cache.cached_arrays("kind", key, build)
        assert arrays["images"].tolist() == [[7, 7]] * 3
        assert arrays["labels"].tolist() == [0, 1, 2]
        assert not arrays["images"].flags.writeable
    assert len(calls) == 1 and cache.is_cached("kind", key)
    cache.cached_arrays("kind", ["x", 2], build)
    assert len(calls) == 2


def test_a_failed_build_leaves_nothing():
    def build(workspace):
        workspace.array("half", np.float32, (3,))[:] = 1
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        cache.cached_arrays("kind", 0, build)
    assert list(cache.cache_directory().iterdir()) == []


def test_two_builders_at_the_same_time():
    """The other process finishes while this one still builds: both get the arrays."""

    def build(workspace):
        if not cache.is_cached("kind", 0):
            cache.cached_arrays("kind", 0, lambda _: {"a": np.ones(2)})
        return {"a": np.ones(2)}

    assert cache.cached_arrays("kind", 0, build)["a"].tolist() == [1, 1]
    assert len(list(cache.cache_directory().iterdir())) == 1


def _build(workspace):
    images = workspace.array("images", np.uint8, (4, 1000))
    images[:] = np.arange(4)[:, None]
    return {"images": images, "labels": np.arange(4)}


def _full_disk(*arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["posix_fallocate", "fsync", "rename"])
def test_a_full_disk_costs_the_cache_but_not_the_run(where, monkeypatch, caplog):
    monkeypatch.setattr(os, where, _full_disk, raising=False)
    with caplog.at_level("WARNING", logger="absl"):
        for key in range(2):
            arrays = cache.cached_arrays("kind", key, _build)
            assert arrays["images"][:, 999].tolist() == [0, 1, 2, 3]
            assert arrays["labels"].tolist() == [0, 1, 2, 3]
            assert not arrays["images"].flags.writeable
    assert len(caplog.records) == 1
    assert "No space left" in caplog.text and "COMPARE_GAN_CACHE" in caplog.text
    assert list(cache.cache_directory().iterdir()) == []


@pytest.mark.parametrize("by", [None, errno.EINVAL])
def test_disk_space_is_claimed_before_it_is_written(by, monkeypatch):
    """Where the system cannot do that at once, zeros are written."""

    def unsupported(*arguments):
        raise OSError(by, "not supported")

    if by is not None:
        monkeypatch.setattr(os, "posix_fallocate", unsupported, raising=False)

    def build(workspace):
        array = workspace.array("images", np.uint8, (3, 2**20))
        assert os.stat(array.filename).st_blocks * 512 >= 3 * 2**20
        assert not array.any()
        return {"images": array}

    cache.cached_arrays("kind", 0, build)


@pytest.mark.parametrize("damage", ["missing", "short", "manifest"])
def test_an_incomplete_entry_is_built_anew(damage):
    cache.cached_arrays("kind", 0, _build)
    (entry,) = cache.cache_directory().iterdir()
    if damage == "missing":
        (entry / "labels.npy").unlink()
    elif damage == "short":
        (entry / "images.npy").write_bytes((entry / "images.npy").read_bytes()[:-1])
    else:
        (entry / "manifest.json").write_text("{")
    arrays = cache.cached_arrays("kind", 0, _build)
    assert sorted(arrays) == ["images", "labels"]
    assert arrays["images"].shape == (4, 1000)


def test_entries_of_another_format_are_not_read(monkeypatch):
    cache.cached_arrays("kind", 0, _build)
    assert cache.is_cached("kind", 0)
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    assert not cache.is_cached("kind", 0)


def test_what_killed_processes_left_is_removed_after_a_day():
    root = cache.cache_directory()
    for name, hours in ((".kind-0-a", 25), (".kind-0-b", 23)):
        (root / name).mkdir(parents=True)
        (root / name / "images.npy").write_bytes(b"")
        then = time.time() - 3600 * hours
        for path in (root / name / "images.npy", root / name):
            os.utime(path, (then, then))
    cache.cached_arrays("kind", 0, _build)
    assert not (root / ".kind-0-a").exists() and (root / ".kind-0-b").exists()
