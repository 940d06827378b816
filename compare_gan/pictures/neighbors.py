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
    best = np.zeros([len(fakes), 0, *fakes.shape[1:]], np.float32)
    distances = np.zeros([len(fakes), 0])
    seen = 0
    for batch in batches:
        images = np.asarray(batch["images"]).astype(np.float32) / 255.0
        rows = images.reshape(len(images), -1).astype(np.float64)
        squared = (flat**2).sum(1)[:, None] + (rows**2).sum(1)[None] - 2 * flat @ rows.T
        distances = np.concatenate([distances, squared], axis=1)
        candidates = np.broadcast_to(images, [len(fakes), *images.shape])
        best = np.concatenate([best, candidates], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, :count]
        distances = np.take_along_axis(distances, order, axis=1)
        best = np.take_along_axis(best, order[:, :, None, None, None], axis=1)
        seen += len(images)
        if seen >= at_most:
            break
    if seen < count:
        raise ValueError(f"{count} nearest neighbors were asked for among {seen} images.")
    return best
