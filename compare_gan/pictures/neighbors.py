# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Training images beside fakes: whether a generator only copies."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def nearest_neighbors(
    fakes: np.ndarray,
    batches: Iterable[dict[str, Any]],
    count: int,
    features: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """The images nearest to each fake, by the Euclidean distance of pixels or of features.

    All images are looked at, a batch at a time: of a part of them a copy could be missed.

    Args:
      fakes: float32 [n, height, width, channels] in [0, 1].
      batches: Dictionaries with uint8 "images" [batch, height, width, channels].
      count: How many neighbors, nearest first.
      features: From float32 images [batch, height, width, channels] in [0, 1] to vectors
        [batch, d], as a backbone gives them; None takes the pixels themselves.

    Returns:
      float32 [n, count, height, width, channels] in [0, 1].

    Raises:
      ValueError: There are fewer than `count` images.
    """
    flat = _vectors(fakes, features)
    squares = (flat**2).sum(1)[:, None]
    nearest = np.zeros([len(fakes), count, *fakes.shape[1:]], np.uint8)
    distances = np.full([len(fakes), count], np.inf)
    seen = 0
    for batch in batches:
        images = np.asarray(batch["images"])
        rows = _vectors(images, features)
        distances_here = squares + (rows**2).sum(1)[None] - 2 * flat @ rows.T
        candidates = np.concatenate([distances, distances_here], axis=1)
        # A stable order: of equally near images the first stays.
        order = np.argsort(candidates, axis=1, kind="stable")[:, :count]
        distances = np.take_along_axis(candidates, order, axis=1)
        for index in np.flatnonzero((order >= count).any(axis=1)):
            nearest[index] = _chosen(nearest[index], images, order[index])
        seen += len(images)
    if seen < count:
        raise ValueError(f"{count} nearest neighbors were asked for among {seen} images.")
    return nearest.astype(np.float32) / 255.0


def _vectors(images: np.ndarray, features: Callable[[np.ndarray], np.ndarray] | None) -> np.ndarray:
    """float64 [n, d] of images, uint8 or floats in [0, 1]."""
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    if features is None:
        return np.divide(images.reshape(len(images), -1), scale, dtype=np.float64)
    return np.asarray(features((images / scale).astype(np.float32)), np.float64)


def _chosen(old: np.ndarray, new: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The images at `order` among the old and, after them, the new, without joining the two."""
    return np.stack([old[i] if i < len(old) else new[i - len(old)] for i in order])
