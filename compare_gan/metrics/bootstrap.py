# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How far a distance would move if the images were drawn again."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.features import checked_pair
from compare_gan.metrics.kept_rows import gathered


class Interval(NamedTuple):
    """A value and the interval around it.

    Attributes:
      value: Of the images at hand.
      low: The lower end.
      high: The upper end.
      standard_error: The standard deviation over the resamples.
    """

    value: float
    low: float
    high: float
    standard_error: float


def bootstrap_interval(
    metric: Callable[..., float],
    *,
    real: np.ndarray,
    fake: np.ndarray,
    resamples: int = 200,
    confidence: float = 0.95,
    resample_real: bool = True,
    seed: int = 0,
) -> Interval:
    """A bootstrap interval for a distance of two sets of features.

        v_i    = the distance of vectors drawn with replacement, as many as there are
        low    = value + quantile of v at (1 − confidence) / 2 − mean v
        high   = value + quantile of v at (1 + confidence) / 2 − mean v

    A resample holds each vector several times, so distances that are biased by the number of
    vectors, as Fréchet's is, come out too large throughout; the interval is therefore moved so
    that the resamples' mean lies at the value: it tells how a value at these numbers scatters, and
    leaves the bias where it is. Where both distributions are (nearly) equal, distances such as
    Fréchet's and the kernel's scatter less than their resamples do: the interval is then too wide,
    nearly twice. A resample too large to hold is in a file (`gathered`). Efron,
    "Bootstrap Methods: Another Look at the Jackknife", 1979,
    https://doi.org/10.1214/aos/1176344552.

    Args:
      metric: `(real=, fake=) -> float`, e.g. `frechet_distance` or `kernel_distance`.
      real: [n_real, d].
      fake: [n_fake, d].
      resamples: How many times the distance is computed.
      confidence: The share of resamples in the interval.
      resample_real: False leaves the real side as it is, for a fixed reference set.
      seed: Of the draws.

    Raises:
      ValueError: The features cannot be compared, or a setting is out of its range.
    """
    real, fake = checked_pair(real, fake, least=2)
    check_whole_number("resamples", resamples, least=2)
    check_number("confidence", confidence, "(0, 1)", usual=0.95)
    rng = np.random.default_rng(seed)

    def drawn(rows: np.ndarray) -> np.ndarray:
        return gathered(rows, np.sort(rng.integers(len(rows), size=len(rows))))

    value = float(metric(real=real, fake=fake))
    again = np.array(
        [
            metric(real=drawn(real) if resample_real else real, fake=drawn(fake))
            for _ in range(resamples)
        ]
    )
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(again, [tail, 1.0 - tail]) + value - again.mean()
    return Interval(value, float(low), float(high), float(again.std(ddof=1)))
