# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Vectors of which no more than a bound is held in memory: what goes beyond it is in a file."""

import tempfile

import numpy as np
import numpy.typing as npt

# A gigabyte: 128,000 vectors of 2,048 numbers in float32.
BYTES_IN_MEMORY = 2**30
_BYTES_AT_A_TIME = 2**22


class KeptRows:
    """An array [n, d] to which rows are appended.

    Args:
      dtype: Of its numbers.
      bytes_in_memory: Where there are more, all are written to an unnamed temporary file and read
        from there as they are needed. None is `BYTES_IN_MEMORY`.
    """

    def __init__(self, dtype: npt.DTypeLike = np.float32, bytes_in_memory: int | None = None):
        self._dtype = np.dtype(dtype)
        self._bytes_in_memory = _bound(bytes_in_memory)
        self._array: np.ndarray | None = None  # the rows, and room for more
        self._is_shared = False  # whether others see the array, which may not move then
        self._file = None
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def width(self) -> int | None:
        """The d of the rows; None before the first."""
        return None if self._array is None else self._array.shape[1]

    @property
    def in_file(self) -> bool:
        """Whether they were too many to keep in memory."""
        return self._file is not None

    def append(self, rows: np.ndarray) -> None:
        """Takes rows [m, d], of which a file mapped into memory may have any number."""
        for part in _parts(len(rows), rows.shape[1] * self._dtype.itemsize):
            self._append(np.ascontiguousarray(rows[part], self._dtype))

    def _append(self, rows: np.ndarray) -> None:
        if self._array is None:
            self._array = np.empty([0, rows.shape[1]], self._dtype)
        n = self._n + len(rows)
        if self._file is None and n * rows.shape[1] * rows.itemsize > self._bytes_in_memory:
            # Closed, and so deleted, with this object; what `result` maps of it stays.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115
            self._file.write(self._array[: self._n])
            self._array = np.empty([0, rows.shape[1]], self._dtype)
        if self._file is not None:
            self._file.write(rows)
        else:
            self._make_room(n)
            self._array[self._n : n] = rows
        self._n = n

    def _make_room(self, n: int) -> None:
        if n > len(self._array):
            if self._is_shared:
                self._array, self._is_shared = self._array.copy(), False
            # Where it is large, its pages get another address: there are never two of it, as a list
            # of batches and their concatenation would be.
            self._array.resize([n + n // 8, self._array.shape[1]], refcheck=False)

    def result(self) -> np.ndarray:
        """All rows [n, d], in order: an array, or a file mapped into memory. It is not to be
        written to.

        Raises:
          ValueError: There are none.
        """
        if not self._n:
            raise ValueError("There are no rows: none was appended.")
        if self._file is not None:
            self._file.flush()
            shape = (self._n, self._array.shape[1])
            return np.memmap(self._file, self._dtype, mode="r", shape=shape)
        if not self._is_shared:
            self._array.resize([self._n, self._array.shape[1]], refcheck=False)
            self._is_shared = True
        return self._array

    def restore(self, rows: np.ndarray) -> None:
        """Becomes these rows [n, d], which are kept in memory."""
        self._array, self._is_shared = np.asarray(rows, self._dtype), True
        self._file, self._n = None, len(rows)


def gathered(
    rows: np.ndarray, indices: np.ndarray, bytes_in_memory: int | None = None
) -> np.ndarray:
    """`rows[indices]`, in a file mapped into memory where that would be too much to hold.

    Args:
      rows: [n, d].
      indices: int [m]; ascending ones read a file from front to back.
      bytes_in_memory: See `KeptRows`.
    """
    row_bytes = rows.shape[1] * rows.itemsize
    if len(indices) * row_bytes <= _bound(bytes_in_memory):
        return rows[indices]
    kept = KeptRows(rows.dtype, bytes_in_memory)
    for part in _parts(len(indices), row_bytes):
        kept.append(rows[indices[part]])
    return kept.result()


def _bound(bytes_in_memory: int | None) -> int:
    return BYTES_IN_MEMORY if bytes_in_memory is None else bytes_in_memory


def _parts(n: int, row_bytes: int) -> list[slice]:
    """n rows, some at a time; one part of no rows for none."""
    step = max(1, _BYTES_AT_A_TIME // max(1, row_bytes))
    return [slice(first, first + step) for first in range(0, max(1, n), step)]
