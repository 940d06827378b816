# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batches of images brought into order before they are measured: checked, chosen, counted."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from compare_gan.data import to_unit_floats

# What rounding may add to a value that should be 0 or 1.
_TOLERANCE = 1e-6


class InvalidImagesError(ValueError):
    """Generated images are no images: not finite, or not in [0, 1]."""


def exactly(batches: Iterable[np.ndarray], n: int, what: str) -> Iterator[np.ndarray]:
    """The first n images of `batches`, in batches of float32, each checked.

    Args:
      batches: Arrays `[b, height, width, channels]`, of any sizes b.
      n: How many images are wanted.
      what: What to call them in an error.

    Raises:
      InvalidImagesError: Images hold NaN, infinity, or values outside [0, 1].
      ValueError: There are fewer than n images, or an array has another rank.
    """
    seen = 0
    for batch in batches:
        images = _checked(np.asarray(batch)[: n - seen], what, seen)
        if len(images):
            yield images
        seen += len(images)
        if seen == n:
            return
    raise ValueError(f"{n} images of {what} were asked for, but only {seen} came.")


def _checked(images: np.ndarray, what: str, first: int) -> np.ndarray:
    if images.ndim != 4:
        raise ValueError(
            f"Images must be [batch, height, width, channels], those of {what} are {images.shape}."
        )
    images = images.astype(np.float32, copy=False)
    finite, per_image = np.isfinite(images), (1, 2, 3)
    not_finite = np.count_nonzero(~finite.all(axis=per_image))
    with np.errstate(invalid="ignore"):
        outside = ((images < -_TOLERANCE) | (images > 1 + _TOLERANCE)) & finite
    outside = np.count_nonzero(outside.any(axis=per_image))
    if not_finite or outside:
        raise InvalidImagesError(
            f"Of images {first} to {first + len(images) - 1} of {what}, {not_finite} hold NaN or "
            f"infinity and {outside} hold values outside [0, 1]: there is nothing to measure. "
            "Training may have diverged; see its losses, or evaluate an earlier checkpoint."
        )
    return images


def evenly_spaced(
    batches: Iterable[dict[str, Any]], total: int, n: int, batch_size: int, what: str
) -> Iterator[np.ndarray]:
    """n of a data set's `total` images, at equal distances, as float32 in [0, 1].

    A split may be stored class after class; its first n images would then miss classes. Images
    total · k // n for k = 0 … n − 1 are taken, which are all of them where n = total.

    Args:
      batches: Dictionaries with uint8 "images" `[b, height, width, channels]`.
      total: How many images they hold.
      n: How many are wanted, at most `total`.
      batch_size: The size of the batches returned, the last of which may be smaller.
      what: What to call the images in an error.

    Raises:
      ValueError: There are not `total` images, or they are not uint8.
    """
    wanted = np.arange(n) * total // n
    seen, kept = 0, []
    for batch in batches:
        images = np.asarray(batch["images"])
        if images.dtype != np.uint8:
            raise ValueError(f"The images of {what} must be uint8, they are {images.dtype}.")
        first, last = np.searchsorted(wanted, [seen, seen + len(images)])
        kept.extend(images[wanted[first:last] - seen])
        seen += len(images)
        while len(kept) >= batch_size:
            yield to_unit_floats(np.stack(kept[:batch_size])).numpy()
            kept = kept[batch_size:]
    if seen != total:
        raise ValueError(f"{what} should have {total} images, but {seen} came.")
    if kept:
        yield to_unit_floats(np.stack(kept)).numpy()
