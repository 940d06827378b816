# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Training images beside fakes: whether a generator only copies."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def nearest_neighbors(
    fakes: np.ndarray, batches: Iterable[dict[str, Any]], count: int, at_most: int = 50_000
) -> np.ndarray:
    """The images nearest to each fake, by the Euclidean distance of pixels.

    Args:
      fakes: float32 [n, height, width, channels] in [0, 1].
      batches: Dictionaries with uint8 "images" [batch, height, width, channels].
      count: How many neighbors, nearest first.
      at_most: Images beyond this many are not looked at, so that a large data set does not hold up.

    Returns:
      float32 [n, count, height, width, channels] in [0, 1].

    Raises:
      ValueError: There are fewer than `count` images.
    """
    flat = fakes.reshape(len(fakes), -1).astype(np.float64)
    squares = (flat**2).sum(1)[:, None]
    nearest = np.zeros([len(fakes), count, *fakes.shape[1:]], np.uint8)
    distances = np.full([len(fakes), count], np.inf)
    seen = 0
    for batch in batches:
        images = np.asarray(batch["images"])[: at_most - seen]
        rows = images.reshape(len(images), -1) / 255.0
        distances_here = squares + (rows**2).sum(1)[None] - 2 * flat @ rows.T
        candidates = np.concatenate([distances, distances_here], axis=1)
        # A stable order: of equally near images the first stays.
        order = np.argsort(candidates, axis=1, kind="stable")[:, :count]
        distances = np.take_along_axis(candidates, order, axis=1)
        for index in np.flatnonzero((order >= count).any(axis=1)):
            nearest[index] = _chosen(nearest[index], images, order[index])
        seen += len(images)
        if seen >= at_most:
            break
    if seen < count:
        raise ValueError(f"{count} nearest neighbors were asked for among {seen} images.")
    return nearest.astype(np.float32) / 255.0


def _chosen(old: np.ndarray, new: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The images at `order` among the old and, after them, the new, without joining the two."""
    return np.stack([old[i] if i < len(old) else new[i - len(old)] for i in order])
