# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How several workers evaluate together: batches are dealt out in turn, each worker makes its own
and passes them through the backbone, and the first worker has what came of all of them, in order.

So its accumulators see what those of a single process see, and metrics need not know: a metric of
your own is shared as well.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

import numpy as np

from compare_gan.metrics.base import Batch
from compare_gan.training.workers import Workers

_B = TypeVar("_B")

# The arrays of a `Batch`, in its order: rank, and the type that they travel in. float64 has labels
# exactly.
_FIELDS = {
    "images": (4, np.float32),
    "features": (2, np.float32),
    "logits": (2, np.float32),
    "labels": (1, np.float64),
}


def own_share(batches: Iterable[_B], workers: Workers) -> Iterator[_B]:
    """Those of all batches that are this worker's: batch i belongs to worker i mod their number."""
    return itertools.islice(batches, workers.index, None, workers.count)


def everyones(batch: Batch | None, uses: Collection[str], workers: Workers) -> list[Batch]:
    """The batches that workers bring in one turn, by worker, as the first one needs them.

    Args:
      batch: This worker's; None if it has no more.
      uses: Which of its arrays metrics read; labels always travel along.
      workers: Who brings them. All of them call this together.

    Returns:
      On the first worker those of all that have one, float32, with None for what no metric reads
      of them; on others nothing. One worker has its own batch as it is.
    """
    if workers.count == 1:
        return [] if batch is None else [batch]
    own = {name: None for name in _FIELDS}
    if batch is not None:
        own |= {name: getattr(batch, name) for name in _FIELDS if name in {"labels", *uses}}
    rows = 0 if batch is None else len(batch.images)
    shapes = workers.exchange([rows, *itertools.chain(*map(_shape_of_row, own.values()))])
    numbers_of_rows = shapes[:, 0].tolist()
    gathered = {}
    for index, (name, (rank, kind)) in enumerate(_FIELDS.items()):
        # Who has no batch learns from the others what it would look like.
        is_there, *row = shapes[:, 1 + 4 * index : 5 + 4 * index].max(axis=0).tolist()
        if is_there:
            # All bring equally many rows: whose batch is smaller fills it up.
            filled = np.zeros([max(numbers_of_rows), *row[: rank - 1]], kind)
            if own[name] is not None:
                filled[:rows] = own[name]
            gathered[name] = workers.gather(filled)
    if not workers.writes:
        return []
    if "labels" in gathered:
        gathered["labels"] = gathered["labels"].astype(np.int64)
    return [
        Batch(*(gathered[name][worker, :rows] if name in gathered else None for name in _FIELDS))
        for worker, rows in enumerate(numbers_of_rows)
        if rows
    ]


def _shape_of_row(array: np.ndarray | None) -> list[int]:
    """Whether there is an array, and the shape of one of its rows, filled up to three numbers."""
    if array is None:
        return [0] * 4
    shape = np.shape(array)[1:]
    return [1, *shape, *[1] * (3 - len(shape))]
