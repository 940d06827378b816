# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Vendi score: how many different images there are, in effect."""

import gin
import numpy as np
import scipy.linalg
import scipy.special

from compare_gan.metrics.base import Metric, UnmeasurableError
from compare_gan.metrics.features import FeaturesAccumulator, checked_features

_ROWS_AT_A_TIME = 1024


def vendi_score(features: np.ndarray) -> float:
    """The exponential of the entropy of the eigenvalues of the similarity matrix.

        K_ij  = cosine of x_i and x_j,    λ = eigenvalues of K / n
        score = exp(−Σ λ log λ)

    1 where all images are alike, n where all are orthogonal. There is no reference, so noise scores
    high: read it beside precision. Where d < n it is computed from the d × d matrix of the same
    eigenvalues, a sum over some rows at a time. Friedman and Dieng, "The Vendi Score: A
    Diversity Evaluation Metric for Machine Learning", TMLR 2023, https://arxiv.org/abs/2210.02410.

    Args:
      features: [n, d], none of them zero.

    Returns:
      The score, from 1 to min(n, d).

    Raises:
      UnmeasurableError: One is zero and has no direction.
      ValueError: There are no features.
    """
    features = checked_features(features)
    n, d = features.shape
    if not n:
        raise ValueError("vendi_score needs one feature vector at least, received none.")
    parts = [slice(first, first + _ROWS_AT_A_TIME) for first in range(0, n, _ROWS_AT_A_TIME)]
    zero = sum(np.count_nonzero(~features[part].any(axis=1)) for part in parts)
    if zero:
        raise UnmeasurableError(
            f"vendi_score needs features that are not zero; {zero} of {n} are. Look at the images "
            "they were computed from."
        )
    if d < n:
        gram = np.zeros([d, d])
        for part in parts:
            directions = _directions(features[part])
            gram += directions.T @ directions
    else:
        directions = _directions(features)
        gram = directions @ directions.T
    eigenvalues = np.maximum(scipy.linalg.eigvalsh(gram / n, check_finite=False), 0.0)
    return float(np.exp(scipy.special.entr(eigenvalues).sum()))


def _directions(features: np.ndarray) -> np.ndarray:
    """Vectors [n, d] of length 1, float64."""
    directions = np.array(features, np.float64)
    # First by the largest number: squares of tiny ones would be 0, of large ones infinite.
    directions /= np.abs(directions).max(axis=1, keepdims=True)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions


@gin.register("vendi")
class Vendi(Metric):
    """`vendi_score` of the backbone's features of the fakes, under the name `vendi_score`."""

    names = ("vendi_score",)
    uses = ("features",)
    needs_real = False

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: None, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"vendi_score": score}`."""
        return {"vendi_score": vendi_score(fake.result())}
