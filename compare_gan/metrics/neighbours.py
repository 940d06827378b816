# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances between all pairs of two sets of features, block by block."""

from collections.abc import Iterator

import numpy as np

_ROWS_AT_A_TIME = 1024


def squared_distances(left: np.ndarray, right: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Blocks of ‖left_i − right_j‖².

    By ‖a‖² + ‖b‖² − 2 a·b in float64, which loses digits only where vectors are nearly equal: at a
    distance of 1e-6 of their length it is right to about 1e-4.

    Args:
      left: [n, d].
      right: [m, d].

    Yields:
      A slice of the rows of `left`, and float64 [rows, m], at least 0.
    """
    right = np.asarray(right, np.float64)
    norms = np.einsum("ij,ij->i", right, right)
    for first in range(0, len(left), _ROWS_AT_A_TIME):
        rows = np.asarray(left[first : first + _ROWS_AT_A_TIME], np.float64)
        distances = rows @ right.T
        distances *= -2.0
        distances += np.einsum("ij,ij->i", rows, rows)[:, None]
        distances += norms
        np.maximum(distances, 0.0, out=distances)
        yield slice(first, first + len(rows)), distances


def squared_radii(features: np.ndarray, nearest_k: int) -> np.ndarray:
    """The squared distance of each vector to its k-th nearest other one, float64 [n].

    Raises:
      ValueError: There are not more than k vectors.
    """
    if not 1 <= nearest_k < len(features):
        raise ValueError(
            f"nearest_k={nearest_k} must be from 1 to below the number of vectors, {len(features)}."
        )
    radii = np.empty(len(features))
    for rows, distances in squared_distances(features, features):
        own = np.arange(rows.start, rows.stop)
        distances[own - rows.start, own] = np.inf  # it is no neighbour of itself
        radii[rows] = np.partition(distances, nearest_k - 1, axis=1)[:, nearest_k - 1]
    return radii
