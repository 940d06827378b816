# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances between all pairs of two sets of features, block by block.

Products are computed in float32, which is twice as fast as float64 and good to six digits; where
that could change an answer, the pairs concerned are computed again in float64, from differences.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_ROWS_AT_A_TIME = 1024
# Of the rounding of one number, times the sum of both squared norms: several times what products of
# centred vectors lose.
_ERROR = 100
# So many more than k nearest are computed again, in case float32 has their order wrong.
_SPARE = 4


class Block(NamedTuple):
    """Some rows of the matrix of squared distances.

    Attributes:
      rows: Which rows of the left side.
      distances: [rows, m], at least 0.
      errors: [rows, m], bounds of what the distances are off by.
    """

    rows: slice
    distances: np.ndarray
    errors: np.ndarray


def squared_distances(
    left: np.ndarray, right: np.ndarray, dtype: type = np.float32
) -> Iterator[Block]:
    """Blocks of ‖left_i − right_j‖² = ‖a‖² + ‖b‖² − 2 a·b, with a and b centred together.

    Args:
      left: [n, d].
      right: [m, d].
      dtype: Of the products and the distances.
    """
    centre = right.mean(axis=0, dtype=np.float64)
    columns = (right - centre).astype(dtype)
    column_norms = np.einsum("ij,ij->i", columns, columns)
    for first in range(0, len(left), _ROWS_AT_A_TIME):
        rows = (left[first : first + _ROWS_AT_A_TIME] - centre).astype(dtype)
        norms = np.einsum("ij,ij->i", rows, rows)[:, None] + column_norms
        distances = rows @ columns.T
        distances *= -2.0
        distances += norms
        np.maximum(distances, 0.0, out=distances)
        norms *= _ERROR * np.finfo(dtype).eps
        yield Block(slice(first, first + len(rows)), distances, norms)


def exact_squared_distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """‖left − right‖² along the last axis, float64, with the other axes broadcast."""
    return np.square(np.asarray(left, np.float64) - right).sum(axis=-1)


def closer_than(block: Block, radii: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Which squared distances of a block are below squared radii.

    Args:
      block: Of `squared_distances(left, right)`.
      radii: Broadcast against the block: [rows, 1] for radii of the left side, [m] of the right.
      left: As given for the block.
      right: As given for the block.

    Returns:
      bool [rows, m], right to float64's precision.
    """
    radii = np.broadcast_to(radii, block.distances.shape)
    inside = block.distances < radii
    i, j = np.nonzero(np.abs(block.distances - radii) <= block.errors)
    if len(i):
        exact = exact_squared_distances(left[block.rows.start + i], right[j])
        inside[i, j] = exact < radii[i, j]
    return inside


def nearest(left: np.ndarray, right: np.ndarray, k: int, same: bool = False) -> tuple:
    """The k nearest of `right` for each of `left`, nearest first.

    Args:
      left: [n, d].
      right: [m, d].
      k: How many, at most m, or m − 1 if `same`.
      same: Whether both are one set, in which nothing is its own neighbour.

    Returns:
      Squared distances float64 [n, k], and indices into `right` int64 [n, k].
    """
    distances = np.empty([len(left), k])
    indices = np.empty([len(left), k], np.int64)
    candidates = min(k + _SPARE, len(right) - same)
    for block in squared_distances(left, right):
        if same:
            own = np.arange(block.rows.start, block.rows.stop)
            block.distances[own - block.rows.start, own] = np.inf
        chosen = np.argpartition(block.distances, candidates - 1, axis=1)[:, :candidates]
        chosen.sort(axis=1)  # so that of equally near ones the first comes first
        exact = np.stack(
            [
                exact_squared_distances(row, right[near])
                for row, near in zip(left[block.rows], chosen, strict=True)
            ]
        )
        order = np.argsort(exact, axis=1, kind="stable")[:, :k]
        distances[block.rows] = np.take_along_axis(exact, order, axis=1)
        indices[block.rows] = np.take_along_axis(chosen, order, axis=1)
    return distances, indices


def squared_radii(features: np.ndarray, nearest_k: int) -> np.ndarray:
    """The squared distance of each vector to its k-th nearest other one, float64 [n].

    Raises:
      ValueError: There are not more than k vectors.
    """
    if not 1 <= nearest_k < len(features):
        raise ValueError(
            f"nearest_k={nearest_k} must be from 1 to below the number of vectors, {len(features)}."
        )
    distances, _ = nearest(features, features, nearest_k, same=True)
    return distances[:, -1]
