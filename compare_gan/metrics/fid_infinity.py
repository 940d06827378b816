# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Fréchet distance that infinitely many fakes would have, by extrapolation."""

from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.fid import frechet_distance_from_moments
from compare_gan.metrics.moments import moments


class Extrapolation(NamedTuple):
    """A line through distances at several numbers of fakes.

    Attributes:
      value: Where it meets 1/n = 0.
      slope: Its rise with 1/n: the bias at n fakes is about slope / n.
      numbers: int [points], how many fakes were used.
      distances: [points], the distances there.
    """

    value: float
    slope: float
    numbers: np.ndarray
    distances: np.ndarray


def frechet_distance_at_infinity(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    points: int = 15,
    smallest_fraction: float = 0.1,
    seed: int = 0,
) -> Extrapolation:
    """Extrapolates `frechet_distance` to infinitely many fakes.

        value, slope = argmin Σ_n (distance(n) − value − slope / n)²

    where the distances are those of random subsets of n fakes, with n equally spaced from
    smallest_fraction · n_fake, but at least 2 d, to n_fake: with fewer fakes the distance does not
    follow the line yet, and the value comes out far below 0. The real side stays whole: the bias
    that its own number causes remains, so compare values at equal n_real. With Inception's features
    this is FID∞: Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find
    Them", CVPR 2020, https://arxiv.org/abs/1911.07023.

    Args:
      real: [n_real, d].
      fake: [n_fake, d], at least 2 d + points − 1; several times as many are better.
      points: How many subsets, at least 2.
      smallest_fraction: Of the fakes in the smallest of them, between 0 and 1; where that is fewer
        than 2 d, the smallest has 2 d.
      seed: Of the draws.

    Returns:
      The line and the points it goes through.

    Raises:
      ValueError: The features cannot be compared, the fakes are too few, or a setting is out of
        its range.
    """
    real, fake = checked_pair(real, fake, least=2)
    _check_settings(points, smallest_fraction)
    smallest = _smallest(len(fake), fake.shape[1], points, smallest_fraction)
    numbers = np.linspace(smallest, len(fake), points).astype(int)
    of_reals = moments(real)
    rng = np.random.default_rng(seed)
    distances = []
    for number in numbers:
        chosen = np.sort(rng.choice(len(fake), number, replace=False))
        of_fakes = moments(fake, chosen)
        distances.append(frechet_distance_from_moments(real=of_reals, fake=of_fakes))
    slope, value = np.polyfit(1.0 / numbers, distances, 1)
    return Extrapolation(float(value), float(slope), numbers, np.array(distances))


def _smallest(n_fake: int, feature_dim: int, points: int, smallest_fraction: float) -> int:
    """How many fakes the smallest subset has.

    Raises:
      ValueError: There are too few for so many subsets.
    """

    def smallest_of(n: int) -> int:
        return max(int(np.ceil(smallest_fraction * n)), 2 * feature_dim, 2)

    smallest = smallest_of(n_fake)
    if n_fake - smallest >= points - 1:
        return smallest
    enough = n_fake
    while enough - smallest_of(enough) < points - 1:
        enough += 1
    message = (
        f"fid_infinity takes {points} subsets of different sizes, from {smallest:,} fakes (at "
        f"least twice the feature dimensions) to all of them, but there are {n_fake:,}: use "
        f"{enough:,} or more"
    )
    if n_fake > smallest:
        message += f", set fid_infinity.points = {n_fake - smallest + 1}"
    raise ValueError(f"{message}, or take kid, whose expectation does not depend on the number.")


def _check_settings(points: int, smallest_fraction: float) -> None:
    check_whole_number("fid_infinity.points", points, least=2)
    check_number("fid_infinity.smallest_fraction", smallest_fraction, "(0, 1)")


@gin.register("fid_infinity")
class FIDInfinity(Metric):
    """`frechet_distance_at_infinity` of the backbone's features, under the name `fid_infinity`.

    Args:
      points: See there.
      smallest_fraction: See there.

    Raises:
      ValueError: One is out of its range.
    """

    names = ("fid_infinity",)
    uses = ("features",)
    needs_real = True
    fits_gaussians = True
    better = {"fid_infinity": "lower"}

    def __init__(self, points: int = 15, smallest_fraction: float = 0.1):
        _check_settings(points, smallest_fraction)
        self._points = points
        self._smallest_fraction = smallest_fraction

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses fakes that are too few for the subsets.

        Raises:
          ValueError: They are.
        """
        if n_fake:
            _smallest(n_fake, feature_dim, self._points, self._smallest_fraction)

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"fid_infinity": value}`."""
        found = frechet_distance_at_infinity(
            real=real.result(),
            fake=fake.result(),
            points=self._points,
            smallest_fraction=self._smallest_fraction,
        )
        return {"fid_infinity": found.value}
