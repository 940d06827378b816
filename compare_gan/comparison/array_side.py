# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""NumPy files as one side of a comparison: images, or statistics of features."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compare_gan.comparison.sides import (
    ImageSide,
    Labelled,
    Side,
    StatisticsSide,
    evenly_spaced,
)
from compare_gan.data.digests import file_digest
from compare_gan.metrics.moments import Moments

# Ours, and those of a file that `np.savez(path, images, labels)` wrote.
_IMAGE_KEYS = ("images", "arr_0")
_LABEL_KEYS = ("labels", "arr_1")


class ArraySide(ImageSide):
    """Images of an array.

    Args:
      images: [n, height, width, channels] or [n, height, width]: uint8, or floats in [0, 1].
      labels: int [n], or None.
      description: See `Side`.
      fingerprint: See `Side`.

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
        if images.ndim == 3:
            images = images[..., None]
        if images.ndim != 4 or not (
            images.dtype == np.uint8 or np.issubdtype(images.dtype, np.floating)
        ):
            raise ValueError(
                f"Images of {description} must be uint8, or floats in [0, 1], [n, height, width, "
                f"channels]; they are {images.dtype} {images.shape}."
            )
        if labels is not None and (
            labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer)
        ):
            raise ValueError(
                f"Labels of {description} must be whole numbers [{len(images)}]; they are "
                f"{labels.dtype} {labels.shape}."
            )
        self._images = images
        self._labels = labels
        self.count = len(images)
        self.description = f"{description} ({self.count:,} images)"
        self.fingerprint = fingerprint
        if labels is not None and len(labels):
            self.class_names = tuple(str(index) for index in range(int(labels.max()) + 1))

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`."""
        places = evenly_spaced(self.count, n)
        for first in range(0, n, batch_size):
            chosen = places[first : first + batch_size]
            labels = None if self._labels is None else self._labels[chosen]
            yield Labelled(self._images[chosen], labels)


def read_array_side(path: Path) -> Side:
    """The images or the statistics that an .npy or .npz file holds; nothing is unpickled.

    Statistics are arrays `mu` [d] and `sigma` [d, d], as most programs write them, and here also
    `n`, `backbone` and `backbone_hash`.

    Raises:
      ValueError: It holds neither.
    """
    try:
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):  # an .npy file
            arrays = {"images": content}
        else:
            with content:
                arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as a NumPy file: {error}") from error
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
    mean, covariance = (np.asarray(arrays[name], np.float64) for name in ("mu", "sigma"))
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
        raise ValueError(
            f"{path} holds mu {mean.shape} and sigma {covariance.shape}; they must be [d] and "
            "[d, d]."
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(f"The statistics of {path} hold NaN or infinity: make them anew.")
    if not np.allclose(covariance, covariance.T, rtol=1e-4, atol=1e-6 * np.abs(covariance).max()):
        raise ValueError(f"sigma in {path} is not symmetric, and so no covariance: make it anew.")
    n = int(arrays["n"]) if "n" in arrays else 0
    number = f"{n:,}" if n else "an unknown number of"
    return StatisticsSide(
        f"statistics {path} (of {number} images)",
        fingerprint,
        Moments(mean, covariance, n),
        str(arrays.get("backbone_hash", "")),
    )
