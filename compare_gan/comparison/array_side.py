# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""NumPy files as one side of a comparison: images, or statistics of features."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compare_gan.array_files import read_arrays
from compare_gan.comparison.sides import ImageSide, Labelled, Side, StatisticsSide
from compare_gan.data.digests import file_digest
from compare_gan.metrics.image_sets import even_places
from compare_gan.metrics.moments import Moments

# Ours, and those of a file that `np.savez(path, images, labels)` wrote.
_IMAGE_KEYS = ("images", "arr_0")
_LABEL_KEYS = ("labels", "arr_1")
_CHANNELS = (1, 3)
# What rounding may add to a value that should be 0 or 1.
_TOLERANCE = 1e-6


class ArraySide(ImageSide):
    """Images of an array.

    The classes are called by the numbers that occur as labels.

    Args:
      images: [n, height, width, channels], of 1 or 3 channels, or [n, height, width]: uint8, or
        floats in [0, 1].
      labels: int [n], -1 where there is none; or None.
      description: See `Side`.
      fingerprint: Changes with the contents; "" if that is unknown.

    Raises:
      ValueError: The arrays are something else.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        description: str = "an array",
        fingerprint: str = "",
    ):
        self._images = _checked_images(images, description)
        self._labels: np.ndarray | None = None
        self._fingerprint = fingerprint
        self.count = len(images)
        self.description = f"{description} ({self.count:,} images)"
        if labels is not None:
            # Whatever the numbers are, there are no more classes than images.
            labels = _checked_labels(labels, self.count, description)
            numbers = np.unique(labels[labels >= 0])
            self._labels = np.where(labels < 0, -1, np.searchsorted(numbers, labels))
            self.class_names = tuple(map(str, numbers))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """See `ImageSide.image_shape`."""
        return self._images.shape[1:]

    def fingerprint(self, n: int) -> str:
        """See `Side.fingerprint`."""
        return self._fingerprint

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`."""
        places = even_places(self.count, n)
        for first in range(0, n, batch_size):
            chosen = places[first : first + batch_size]
            labels = None if self._labels is None else self._labels[chosen]
            yield Labelled(self._images[chosen], labels)


def _checked_images(images: np.ndarray, description: str) -> np.ndarray:
    """Returns them as [n, height, width, channels]."""
    is_float = np.issubdtype(images.dtype, np.floating)
    if images.ndim not in (3, 4) or not (images.dtype == np.uint8 or is_float):
        raise ValueError(
            f"Images of {description} must be uint8, or floats in [0, 1], [n, height, width, "
            f"channels]; they are {images.dtype} {images.shape}."
        )
    if not images.size:
        raise ValueError(f"There are no images in {description}: its shape is {images.shape}.")
    if images.ndim == 3:
        if images.shape[-1] in _CHANNELS:
            raise ValueError(
                f"Images of {description} have the shape {images.shape}: is that one image, or are "
                f"they grey and {images.shape[-1]} wide? Make it images[None] for one, "
                "images[..., None] for grey ones."
            )
        images = images[..., None]
    if images.shape[-1] not in _CHANNELS:
        hint = ": transpose them by (0, 2, 3, 1)" if images.shape[1] in _CHANNELS else ""
        raise ValueError(
            f"Images of {description} must be [n, height, width, channels] with 1 or 3 channels; "
            f"they are {images.shape}{hint}."
        )
    if is_float:
        low, high = float(images.min()), float(images.max())
        if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # of NaN, too
            raise ValueError(
                f"Images of {description} must be uint8, or floats in [0, 1]; they are "
                f"{images.dtype} from {low:g} to {high:g}. Divide 0 … 255 by 255, make -1 … 1 "
                "(x + 1) / 2, and remove images that hold NaN."
            )
    return images


def _checked_labels(labels: np.ndarray, count: int, description: str) -> np.ndarray:
    if labels.shape != (count,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"Labels of {description} must be whole numbers [{count}]; they are {labels.dtype} "
            f"{labels.shape}."
        )
    if labels.min() < -1:
        raise ValueError(
            f"Labels of {description} must be 0 or more, or -1 where there is none; the smallest "
            f"is {labels.min()}."
        )
    return labels


def read_array_side(path: Path) -> Side:
    """The images or the statistics that an .npy or .npz file holds; nothing is unpickled.

    Statistics are arrays `mu` [d] and `sigma` [d, d], as most programs write them, and here also
    `n`, `backbone`, `backbone_hash`, `resize` and `input_size`.

    Raises:
      ValueError: It holds neither.
    """
    try:
        content = read_arrays(path)
    except ValueError as error:
        raise ValueError(
            f"{path} cannot be read as a NumPy file: {error}. Save it again by np.savez(path, "
            "images=…), or copy it again."
        ) from error
    arrays = {"images": content} if isinstance(content, np.ndarray) else content  # .npy or .npz
    fingerprint = file_digest(path)[:16]
    if {"mu", "sigma"} <= arrays.keys():
        return _statistics(path, arrays, fingerprint)
    images = next((arrays[key] for key in _IMAGE_KEYS if key in arrays), None)
    if images is None:
        raise ValueError(
            f"{path} holds {', '.join(arrays) or 'nothing'}, but neither images ("
            f"{' or '.join(_IMAGE_KEYS)}) nor statistics (mu and sigma)."
        )
    labels = next((arrays[key] for key in _LABEL_KEYS if key in arrays), None)
    return ArraySide(images, labels, f"file {path}", fingerprint)


def _statistics(path: Path, arrays: dict[str, np.ndarray], fingerprint: str) -> StatisticsSide:
    moments = Moments.of_arrays(arrays, str(path))
    number = f"{moments.n:,}" if moments.n else "an unknown number of"
    return StatisticsSide(
        f"statistics {path} (of {number} images)",
        fingerprint,
        moments,
        str(arrays.get("backbone_hash", "")),
        str(arrays["resize"]) if "resize" in arrays else None,
        _input_size(path, arrays["input_size"]) if "input_size" in arrays else None,
    )


def _input_size(path: Path, size: np.ndarray) -> tuple[int, ...]:
    # An empty array is float64 where no one said otherwise.
    if size.shape == (0,) or (size.shape == (2,) and np.issubdtype(size.dtype, np.integer)):
        return tuple(size.tolist())
    raise ValueError(
        f"input_size in {path} must be (height, width), or empty for any; it is {size.dtype} "
        f"{size.shape}."
    )
