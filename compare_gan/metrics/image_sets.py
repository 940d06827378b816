# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batches of images brought into order before they are measured: checked, chosen, counted.

A batch is a pair of images `[b, height, width, channels]` and labels, int `[b]`, −1 where there is
none; or None in the place of labels, where the set has no classes.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from compare_gan.data import to_unit_floats
from compare_gan.data.label_sources.base import likeliest
from compare_gan.training.workers import ALONE, Workers

LabelledBatch = tuple[np.ndarray, np.ndarray | None]

# What rounding may add to a value that should be 0 or 1.
_TOLERANCE = 1e-6


class InvalidImagesError(ValueError):
    """Generated images are no images: not finite, or not in [0, 1]."""


def exactly(
    batches: Iterable[np.ndarray | LabelledBatch], n: int, what: str, workers: Workers = ALONE
) -> Iterator[LabelledBatch | None]:
    """The first n images of `batches`, in batches of float32, each checked.

    Several workers have n images together and take batches in turn: the first batch of each, then
    the second of each. What one finds wrong all raise, before any of these is used.

    Args:
      batches: Pairs of images and labels, of any sizes; or images alone, which have no labels. Of
        several workers, this one's.
      n: How many images are wanted.
      what: What to call them in an error.
      workers: Who has the images.

    Yields:
      Images and labels. Where only other workers have a batch left, None.

    Raises:
      InvalidImagesError: Images hold NaN, infinity, or values outside [0, 1].
      ValueError: There are fewer than n images, or more of several workers; an array has another
        rank, or there is not one label for each image.
    """
    own = _not_empty(batches, what)
    seen = 0
    while seen < n:
        batch = next(own, None)
        if batch is not None:
            images, labels = batch
            images = images[: n - seen].astype(np.float32, copy=False)
            batch = images, None if labels is None else labels[: len(images)]
        everyones = workers.exchange(
            [0, 0, 0] if batch is None else [len(images), *_faults(images)]
        )
        for rows, not_finite, outside in everyones.tolist():
            if not_finite or outside:
                raise InvalidImagesError(
                    f"Of images {seen} to {seen + rows - 1} of {what}, {not_finite} hold NaN or "
                    f"infinity and {outside} hold values outside [0, 1]: there is nothing to "
                    "measure. Training may have diverged; see its losses, or evaluate an earlier "
                    "checkpoint."
                )
            seen += rows
        if not everyones[:, 0].any():
            raise ValueError(f"{n} images of {what} were asked for, but only {seen} came.")
        if seen > n:
            raise ValueError(
                f"{n} images of {what} were asked for, but {workers.count} workers brought more: "
                "each must bring its own batches only."
            )
        yield batch


def _not_empty(
    batches: Iterable[np.ndarray | LabelledBatch], what: str
) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Pairs of arrays of those batches that hold images."""
    for batch in batches:
        images, labels = batch if isinstance(batch, tuple) else (batch, None)
        if labels is not None and np.shape(labels) != (len(images),):
            raise ValueError(
                f"Labels must be [batch], one for each image; {what} has {len(images)} images with "
                f"labels {np.shape(labels)}."
            )
        images = np.asarray(images)
        if images.ndim != 4:
            raise ValueError(
                f"Images must be [batch, height, width, channels], those of {what} are "
                f"{images.shape}."
            )
        if len(images):
            yield images, None if labels is None else np.asarray(labels)


def _faults(images: np.ndarray) -> tuple[int, int]:
    """How many images hold NaN or infinity, and how many hold values outside [0, 1]."""
    finite, per_image = np.isfinite(images), (1, 2, 3)
    not_finite = np.count_nonzero(~finite.all(axis=per_image))
    with np.errstate(invalid="ignore"):
        outside = ((images < -_TOLERANCE) | (images > 1 + _TOLERANCE)) & finite
    return not_finite, np.count_nonzero(outside.any(axis=per_image))


def batches_of_size(batches: Iterable[LabelledBatch], size: int) -> Iterator[LabelledBatch]:
    """The same images and labels in the same order, `size` at once; the last ones may be fewer.

    Args:
      batches: Of any sizes; all have labels, or none has.
      size: At least 1.
    """
    waiting: list[LabelledBatch] = []
    for batch in batches:
        waiting.append(batch)
        while sum(len(images) for images, _ in waiting) >= size:
            images, labels = _joined(waiting)
            yield images[:size], None if labels is None else labels[:size]
            rest = None if labels is None else labels[size:]
            waiting = [(images[size:], rest)] if len(images) > size else []
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[LabelledBatch]) -> LabelledBatch:
    if len(batches) == 1:
        return batches[0]
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), None if labels[0] is None else np.concatenate(labels)


def even_places(total: int, n: int) -> np.ndarray:
    """Which n of `total` images are taken, at equal distances: total · k // n for k = 0 … n − 1.

    Images may be stored class after class, of which the first n would miss some. Where n = total
    these are all of them.
    """
    return np.arange(n) * total // n


def evenly_spaced(
    batches: Iterable[dict[str, Any]],
    total: int,
    n: int,
    batch_size: int,
    what: str,
    labels: Callable[[Any], np.ndarray] | None = None,
) -> Iterator[LabelledBatch]:
    """n of a data set's `total` images, at equal distances, as float32 in [0, 1].

    They are those at `even_places`.

    Args:
      batches: Dictionaries with uint8 "images" `[b, height, width, channels]` and, if they are
        asked for, "labels": int `[b]`, or probabilities `[b, classes]`.
      total: How many images they hold.
      n: How many are wanted, at most `total`.
      batch_size: The size of the batches returned, the last of which may be smaller.
      what: What to call the images in an error.
      labels: What to make of a batch's labels, such as `hard`; None gives None in their place.

    Raises:
      ValueError: There are not `total` images, or they are not uint8.
    """

    def first(rows: int) -> LabelledBatch:
        images = to_unit_floats(np.stack(kept[:rows])).numpy()
        return images, np.asarray(kept_labels[:rows]) if labels else None

    wanted = even_places(total, n)
    seen, kept, kept_labels = 0, [], []
    for batch in batches:
        images = np.asarray(batch["images"])
        if images.dtype != np.uint8:
            raise ValueError(f"The images of {what} must be uint8, they are {images.dtype}.")
        start, stop = np.searchsorted(wanted, [seen, seen + len(images)])
        chosen = wanted[start:stop] - seen
        kept.extend(images[chosen])
        if labels:
            kept_labels.extend(labels(batch["labels"])[chosen])
        seen += len(images)
        while len(kept) >= batch_size:
            yield first(batch_size)
            kept, kept_labels = kept[batch_size:], kept_labels[batch_size:]
    if seen != total:
        raise ValueError(f"{what} should have {total} images, but {seen} came.")
    if kept:
        yield first(len(kept))


def hard(labels: Any) -> np.ndarray:
    """Labels as int [n], −1 for none; of probabilities [n, classes] the likeliest class counts."""
    labels = np.asarray(labels)
    return likeliest(labels) if labels.ndim == 2 else labels
