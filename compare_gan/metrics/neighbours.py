# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances between all pairs of two sets of features, block by block.

Products are computed in float32, which is twice as fast as float64 and good to six digits; where
that could change an answer, the pairs concerned are computed again in float64, from differences.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from compare_gan.metrics.base import UnmeasurableError

# The more rows a block has, the less often the right side is read and centred.
_ROWS_AT_A_TIME = 4096
_DISTANCES_AT_A_TIME = 2**25
_COLUMNS_AT_A_TIME = 4096
# Of the rounding of one number, times the sum of both squared norms: more than what products of
# centred vectors lose, also where all of many dimensions are alike and errors add up.
_ERROR = 100
_ERROR_OF_A_DIMENSION = 1 / 16
# Where more pairs of a row than these are in doubt, products in float64 settle most of them.
_MANY = 32
# Numbers in the differences that are held at once.
_NUMBERS_AT_A_TIME = 2**22
_COLUMNS_A_GROUP = 16


class Block(NamedTuple):
    """Some rows of the matrix of squared distances.

    Attributes:
      rows: Which rows of the left side.
      distances: [rows, m], at least 0.
      row_errors: [rows]; with `column_errors` [m] bounds of what the distances are off by: that of
        row i and column j by no more than row_errors[i] + column_errors[j].
    """

    rows: slice
    distances: np.ndarray
    row_errors: np.ndarray
    column_errors: np.ndarray

    @property
    def errors_by_row(self) -> np.ndarray:
        """[rows], what no distance of a row is off by more than."""
        return self.row_errors + self.column_errors.max()

    @property
    def errors_by_column(self) -> np.ndarray:
        """[m], the same of a column."""
        return self.column_errors + self.row_errors.max()

    def below(self, limits: np.ndarray) -> np.ndarray:
        """Which distances [rows, m] are below limits, [rows, 1] or [m], in the distances' type."""
        return self.distances < np.ascontiguousarray(limits, self.distances.dtype)


def squared_distances(
    left: np.ndarray, right: np.ndarray, dtype: type = np.float32
) -> Iterator[Block]:
    """Blocks of ‖left_i − right_j‖² = ‖a‖² + ‖b‖² − 2 a·b, with a and b centred together.

    Both sides may be files mapped into memory: besides a block, only some rows of each are held.

    Args:
      left: [n, d].
      right: [m, d].
      dtype: Of the products and the distances.

    Raises:
      UnmeasurableError: Squares of the features exceed the range of `dtype`.
    """
    # Rounded, so that vectors of that type are centred in it, by the same number on both sides.
    centre = right.mean(axis=0, dtype=np.float64).astype(dtype)
    # What products lose where they are too small for the type.
    underflow = left.shape[1] * np.finfo(dtype).tiny
    error = max(_ERROR, _ERROR_OF_A_DIMENSION * left.shape[1])
    lost = dtype(error * np.finfo(dtype).eps)
    height = min(_ROWS_AT_A_TIME, max(1, _DISTANCES_AT_A_TIME // len(right)))
    for first in range(0, len(left), height):
        # (−2 a, ‖a‖², 1) · (b, 1, ‖b‖²)
        rows, row_norms = _centred(left[first : first + height], centre)
        rows[:, :-2] *= -2.0
        rows[:, -2], rows[:, -1] = row_norms, 1.0
        distances = np.empty([len(rows), len(right)], dtype)
        column_errors = np.empty(len(right), dtype)
        for start in range(0, len(right), _COLUMNS_AT_A_TIME):
            part = slice(start, start + _COLUMNS_AT_A_TIME)
            columns, column_norms = _centred(right[part], centre)
            columns[:, -2], columns[:, -1] = 1.0, column_norms
            column_errors[part] = lost * column_norms
            tile = distances[:, part]
            np.matmul(rows, columns.T, out=tile)
            np.maximum(tile, 0.0, out=tile)
        yield Block(
            slice(first, first + len(rows)), distances, lost * row_norms + underflow, column_errors
        )


def _centred(vectors: np.ndarray, centre: np.ndarray) -> tuple:
    """Vectors [n, d] less the centre, with two more columns for the caller to fill, in the centre's
    type; and their squared norms [n].
    """
    extended = np.empty([len(vectors), vectors.shape[1] + 2], centre.dtype)
    centred = extended[:, :-2]
    with np.errstate(over="ignore"):
        np.subtract(vectors, centre, out=centred, casting="same_kind")
        norms = np.einsum("ij,ij->i", centred, centred)
    # Four of them are the most that a squared distance, or a sum on the way to it, can be.
    if not np.all(norms < np.finfo(centre.dtype).max / 4):
        raise UnmeasurableError(
            f"Features as large as {np.abs(vectors).max():.3g} are too large for squared distances "
            f"in {centre.dtype.name}. Divide both sides by one number, or look at the network "
            "they come from."
        )
    return extended, norms


def _in_float64(block: Block, left: np.ndarray, right: np.ndarray) -> Block:
    """The same block with products in float64."""
    [again] = squared_distances(left[block.rows], right, np.float64)
    return again._replace(rows=block.rows)


def exact_squared_distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """‖left − right‖² along the last axis, float64, with the other axes broadcast."""
    differences = np.subtract(left, right, dtype=np.float64)
    return np.einsum("...i,...i->...", differences, differences)


def _exact_pairs(left: np.ndarray, right: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """‖left_i − right_j‖² of the pairs given by i and j, float64 [pairs], some at a time."""
    exact = np.empty(len(i))
    step = max(1, _NUMBERS_AT_A_TIME // left.shape[1])
    for first in range(0, len(i), step):
        part = slice(first, first + step)
        exact[part] = exact_squared_distances(left[i[part]], right[j[part]])
    return exact


def _in_doubt(block: Block, unsure: np.ndarray) -> bool:
    """Whether so many pairs are unsure that the block should be computed in float64."""
    many = np.count_nonzero(unsure) > _MANY * len(unsure)
    return bool(many) and block.distances.dtype != np.float64


def closer_than(
    block: Block, radii: np.ndarray, left: np.ndarray, right: np.ndarray, closed: bool = False
) -> np.ndarray:
    """Which squared distances of a block are below squared radii.

    Args:
      block: Of `squared_distances(left, right)`.
      radii: Broadcast against the block: [rows, 1] for radii of the left side, [m] of the right.
      left: As given for the block.
      right: As given for the block.
      closed: Whether those equal to the radii count as well.

    Returns:
      bool [rows, m], right to float64's precision.
    """
    errors = block.errors_by_row[:, None] if radii.ndim == 2 else block.errors_by_column
    inside = block.below(radii - errors)
    unsure = block.below(radii + errors)
    unsure &= ~inside
    if _in_doubt(block, unsure):
        return closer_than(_in_float64(block, left, right), radii, left, right, closed)
    i, j = _true_places(unsure)
    if len(i):
        exact = _exact_pairs(left, right, block.rows.start + i, j)
        limits = np.broadcast_to(radii, inside.shape)[i, j]
        inside[i, j] = exact <= limits if closed else exact < limits
    return inside


def nearest(left: np.ndarray, right: np.ndarray, k: int, same: bool = False) -> tuple:
    """The k nearest of `right` for each of `left`, nearest first.

    Args:
      left: [n, d].
      right: [m, d].
      k: How many, at most m, or m − 1 if `same`.
      same: Whether both are one set, in which nothing is its own neighbour.

    Returns:
      Squared distances float64 [n, k], right to float64's precision, and indices into `right`
      int64 [n, k]; of equally near ones, any.
    """
    distances = np.empty([len(left), k])
    indices = np.empty([len(left), k], np.int64)
    for block in squared_distances(left, right):
        found = _nearest_in(block, left, right, k, same)
        distances[block.rows], indices[block.rows] = found
    return distances, indices


def _nearest_in(block: Block, left: np.ndarray, right: np.ndarray, k: int, same: bool) -> tuple:
    """`nearest` for the rows of a block."""
    rows = np.arange(block.rows.start, block.rows.stop)
    if same:
        block.distances[rows - block.rows.start, rows] = np.inf
    chosen = _smallest(block.distances, k)
    exact = _exact_pairs(left, right, np.repeat(rows, k), chosen.ravel()).reshape(-1, k)
    # Others may be nearer than the farthest of those where rounding hid it. Nothing is nearer than
    # 0, so copies of one vector are in no doubt.
    farthest = exact.max(axis=1)
    unsure = block.below(np.where(farthest > 0, farthest + block.errors_by_row, 0.0)[:, None])
    np.put_along_axis(unsure, chosen, False, axis=1)
    if _in_doubt(block, unsure):
        return _nearest_in(_in_float64(block, left, right), left, right, k, same)
    i, j = _true_places(unsure)
    others = _exact_pairs(left, right, rows[i], j)
    ends = np.searchsorted(i, np.arange(len(rows) + 1))
    for row in np.unique(i):
        part = slice(ends[row], ends[row + 1])
        candidates = np.concatenate([chosen[row], j[part]])
        theirs = np.concatenate([exact[row], others[part]])
        best = np.argsort(theirs)[:k]
        chosen[row], exact[row] = candidates[best], theirs[best]
    order = np.argsort(exact, axis=1)
    return np.take_along_axis(exact, order, axis=1), np.take_along_axis(chosen, order, axis=1)


def _true_places(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`np.nonzero` of [rows, m], several times as fast where little is true."""
    return np.divmod(np.flatnonzero(array), array.shape[1])


def _smallest(values: np.ndarray, k: int) -> np.ndarray:
    """Where the k smallest of each row of [rows, m] are, in no order: indices [rows, k].

    Columns g, g + G, g + 2 G, … are group g of G. A number outside the k groups with the smallest
    minima is no less than these k minima, so the k smallest are in these groups: to find them takes
    one pass over all columns, where a partition of them takes many.
    """
    m = values.shape[1]
    groups = m // _COLUMNS_A_GROUP
    if groups <= max(k, _COLUMNS_A_GROUP):
        return np.argpartition(values, k - 1, axis=1)[:, :k]
    whole = groups * _COLUMNS_A_GROUP
    minima = values[:, :whole].reshape(len(values), _COLUMNS_A_GROUP, groups).min(axis=1)
    np.minimum(minima[:, : m - whole], values[:, whole:], out=minima[:, : m - whole])
    nearest_groups = np.argpartition(minima, k - 1, axis=1)[:, :k, None]
    columns = (nearest_groups + np.arange(0, m, groups)).reshape(len(values), -1)
    candidates = np.take_along_axis(values, np.minimum(columns, m - 1), axis=1)
    candidates[columns >= m] = np.inf
    places = np.argpartition(candidates, k - 1, axis=1)[:, :k]
    return np.take_along_axis(columns, places, axis=1)


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
