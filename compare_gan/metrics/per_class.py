# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A distance within each class: what a distance of whole sets cannot see."""

import logging
from collections.abc import Callable

import gin
import numpy as np

from compare_gan.metrics.base import Metric, UnmeasurableError
from compare_gan.metrics.features import (
    FeaturesAccumulator,
    LastOfPair,
    checked_labels,
    checked_pair,
    labelled_sides,
)
from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.kept_rows import gathered

_log = logging.getLogger(__name__)


def per_class_distance(
    *,
    real: np.ndarray,
    real_labels: np.ndarray,
    fake: np.ndarray,
    fake_labels: np.ndarray,
    distance: Callable[..., float] = frechet_distance,
) -> dict[int, float]:
    """The distance between the reals and the fakes of each class.

        distance of class c = distance(real = {r: label(r) = c}, fake = {f: label(f) = c})

    A G that gives good images of wrong classes has a good FID; its per-class distances show it.
    Their mean is known as intra-class FID. Each class has few images: distances that are biased by
    the number of vectors, as Fréchet's is, come out far larger than those of whole sets, and must
    be compared at equal numbers only. Miyato and Koyama, "cGANs with Projection Discriminator",
    ICLR 2018, https://arxiv.org/abs/1802.05637.

    Args:
      real: [n_real, d].
      real_labels: int [n_real]; −1, unlabelled, is left out.
      fake: [n_fake, d].
      fake_labels: int [n_fake].
      distance: `(real=, fake=) -> float`. Of Fréchet's, classes with too few images are warned of.

    Returns:
      The distance by class, for the classes of the real side, in order.

    Raises:
      UnmeasurableError: No real is labelled, or a class has fewer than 2 images on a side.
      ValueError: Labels do not fit the features.
    """
    real, fake = checked_pair(real, fake, least=2)
    labels = (
        checked_labels("real", real_labels, len(real)),
        checked_labels("fake", fake_labels, len(fake)),
    )
    if not np.any(labels[0] >= 0):
        raise UnmeasurableError(
            f"There is no class to compare within: all {len(real)} real images are unlabelled (−1)."
        )
    distances: dict[int, float] = {}
    few: dict[int, int] = {}
    for name in np.unique(labels[0][labels[0] >= 0]):
        # A class may be nearly the whole side.
        sides = [
            gathered(side, np.flatnonzero(of_side == name))
            for side, of_side in zip((real, fake), labels, strict=True)
        ]
        fewest = min(map(len, sides))
        if fewest < 2:
            raise UnmeasurableError(
                f"Class {name} has {len(sides[0])} real and {len(sides[1])} fake images; at least "
                "2 of each are needed."
            )
        if fewest <= real.shape[1] and distance is frechet_distance:
            few[int(name)] = fewest
        distances[int(name)] = float(distance(real=sides[0], fake=sides[1]))
    if few:
        _log.warning(
            "%d of %d classes have no more images on a side (class %d has %d) than features have "
            "dimensions (%d): their Fréchet distances, and so their mean, are mostly bias.",
            len(few),
            len(distances),
            *min(few.items(), key=lambda item: item[1]),
            real.shape[1],
        )
    return distances


@gin.register("per_class_fid")
class PerClassFID(Metric):
    """The mean of `per_class_distance` over the classes, under the name `per_class_fid`."""

    names = ("per_class_fid",)
    uses = ("features", "labels")
    needs_real = True
    fits_gaussians = True
    better = {"per_class_fid": "lower"}

    def __init__(self):
        self._by_class = LastOfPair(self._compute_by_class)

    def accumulator(self) -> FeaturesAccumulator:
        """All features, with labels."""
        return FeaturesAccumulator()

    def by_class(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[int, float]:
        """The distance of each class; of the sides that `compute` saw last, those it computed.

        Raises:
          ValueError: A side has no classes.
        """
        return self._by_class(real, fake)

    def _compute_by_class(
        self, real: FeaturesAccumulator, fake: FeaturesAccumulator
    ) -> dict[int, float]:
        return per_class_distance(**labelled_sides("per_class_fid", real, fake))

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"per_class_fid": mean}`."""
        return {"per_class_fid": float(np.mean(list(self.by_class(real, fake).values())))}
