# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""All features of a set of images, for metrics that compare them one by one."""

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from compare_gan.metrics.base import Accumulator, Batch, UnmeasurableError
from compare_gan.metrics.kept_rows import KeptRows

_ROWS_AT_A_TIME = 4096


class FeaturesAccumulator(Accumulator):
    """Keeps every feature vector, float32, in the order of the images.

    Args:
      bytes_in_memory: What goes beyond it is in a file: see `KeptRows`.
    """

    key = "features"

    def __init__(self, bytes_in_memory: int | None = None):
        self._rows = KeptRows(np.float32, bytes_in_memory)
        self._labels: list[np.ndarray] | None = []

    def update(self, batch: Batch) -> None:
        """Takes one more batch's features.

        Raises:
          UnmeasurableError: They are not finite.
          ValueError: They have another d than before.
        """
        features = checked_features(batch.features)
        if self._rows.width not in (None, features.shape[1]):
            raise ValueError(
                f"Features of {features.shape[1]} dimensions cannot join those of "
                f"{self._rows.width}: they come from different backbones."
            )
        self._rows.append(features)
        if batch.labels is None or self._labels is None:
            self._labels = None
        else:
            self._labels.append(np.asarray(batch.labels))

    def result(self) -> np.ndarray:
        """The features, float32 [n, d]: an array, or a file mapped into memory.

        Raises:
          ValueError: There are none.
        """
        if not len(self._rows):
            raise ValueError("There are no features: no image was given.")
        return self._rows.result()

    def labels(self) -> np.ndarray | None:
        """The images' labels, int [n]; None if some came without."""
        return np.concatenate(self._labels) if self._labels else None

    def state(self) -> dict[str, np.ndarray] | None:
        """Features, and labels if there are any; None if they were too many to keep in memory."""
        if self._rows.in_file:
            return None
        labels = self.labels()
        return {"features": self.result()} | ({} if labels is None else {"labels": labels})

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Becomes the accumulator with these features and labels."""
        self._rows.restore(state["features"])
        self._labels = [state["labels"]] if "labels" in state else None


class LastOfPair:
    """A function of two accumulators that remembers what it gave last, but not the accumulators.

    For what is wanted twice of the same two sides: a number, and then the curve that it sums up.

    Args:
      function: `(real, fake)` → anything, of the features that the two hold.
    """

    def __init__(self, function: Callable[[FeaturesAccumulator, FeaturesAccumulator], Any]):
        self._function = function
        self._key: list | None = None
        self._value: Any = None

    def __call__(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> Any:
        """The function's value; computed again for other accumulators, or ones that have grown."""
        key = [(weakref.ref(side), len(side.result())) for side in (real, fake)]
        if key != self._key:
            self._value = self._function(real, fake)
            self._key = key
        return self._value


def checked_features(features: np.ndarray) -> np.ndarray:
    """Returns features if they are finite numbers [n, d].

    Raises:
      UnmeasurableError: They are not finite.
      ValueError: They are no numbers [n, d].
    """
    features = np.asarray(features)
    if features.ndim != 2 or not np.issubdtype(features.dtype, np.number):
        raise ValueError(
            f"Features must be numbers [n, d], received {features.dtype} {features.shape}."
        )
    bad = sum(
        np.count_nonzero(~np.isfinite(features[first : first + _ROWS_AT_A_TIME]).all(axis=1))
        for first in range(0, len(features), _ROWS_AT_A_TIME)
    )
    if bad:
        raise UnmeasurableError(
            f"{bad} of {len(features)} feature vectors hold NaN or infinity. Look at the images "
            "they were computed from."
        )
    return features


def checked_pair(real: np.ndarray, fake: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns both sets of features if they can be compared.

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      least: How many vectors each must have.

    Raises:
      UnmeasurableError: They are not finite.
      ValueError: They are no features, differ in d, or are too few.
    """
    real, fake = checked_features(real), checked_features(fake)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"The real features have {real.shape[1]} dimensions and the fake ones {fake.shape[1]}: "
            "features of different backbones cannot be compared."
        )
    if min(len(real), len(fake)) < least:
        raise ValueError(
            f"At least {least} vectors are needed on each side, received {len(real)} real and "
            f"{len(fake)} fake ones."
        )
    return real, fake


def checked_labels(side: str, labels: np.ndarray, n: int) -> np.ndarray:
    """Returns labels if they are whole numbers [n].

    Args:
      side: "real" or "fake", for the message.
      labels: What was given.
      n: How many features there are.

    Raises:
      ValueError: They are not.
    """
    labels = np.asarray(labels)
    if labels.shape != (n,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"{side}_labels must be whole numbers [{n}], received {labels.dtype} {labels.shape}."
        )
    return labels


def labelled_sides(
    metric: str, real: FeaturesAccumulator, fake: FeaturesAccumulator
) -> dict[str, np.ndarray]:
    """Features and labels of both sides, as keyword arguments of what compares them by class.

    Args:
      metric: The metric's gin name, for the message.
      real: One side.
      fake: The other.

    Returns:
      "real", "real_labels", "fake" and "fake_labels".

    Raises:
      ValueError: A side has no classes.
    """
    for name, side in (("real", real), ("fake", fake)):
        if side.labels() is None:
            raise ValueError(
                f"{metric} needs classes on both sides, but the {name} images have none: put them "
                "into one folder a class, or add labels to the file."
            )
    return {
        "real": real.result(),
        "real_labels": real.labels(),
        "fake": fake.result(),
        "fake_labels": fake.labels(),
    }
