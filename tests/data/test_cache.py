# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
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

    def build(folder):
        calls.append(folder)
        images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (3, 2))
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
    def build(folder):
        np.save(folder / "half.npy", np.zeros(3))
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        cache.cached_arrays("kind", 0, build)
    assert list(cache.cache_directory().iterdir()) == []


def test_two_builders_at_the_same_time():
    """The other process finishes while this one still builds: both get the arrays."""

    def build(folder):
        if folder.name.startswith(".") and not cache.is_cached("kind", 0):
            cache.cached_arrays("kind", 0, lambda _: {"a": np.ones(2)})
        return {"a": np.ones(2)}

    assert cache.cached_arrays("kind", 0, build)["a"].tolist() == [1, 1]
    assert len(list(cache.cache_directory().iterdir())) == 1
