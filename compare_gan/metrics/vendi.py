# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Vendi score: how many different images there are, in effect."""

import gin
import numpy as np
import scipy.linalg
import scipy.special

from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_features


def vendi_score(features: np.ndarray) -> float:
    """The exponential of the entropy of the eigenvalues of the similarity matrix.

        K_ij  = cosine of x_i and x_j,    λ = eigenvalues of K / n
        score = exp(−Σ λ log λ)

    1 where all images are alike, n where all are orthogonal. There is no reference, so noise scores
    high: read it beside precision. It is computed from the d × d matrix of the same eigenvalues
    where d < n. Friedman and Dieng, "The Vendi Score: A Diversity Evaluation Metric for Machine
    Learning", TMLR 2023, https://arxiv.org/abs/2210.02410.

    Args:
      features: [n, d], none of them zero.

    Returns:
      The score, from 1 to min(n, d).

    Raises:
      ValueError: There are no features, or one is zero and has no direction.
    """
    features = checked_features(features).astype(np.float64)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    if not len(features) or not np.all(norms > 0):
        raise ValueError(
            f"vendi_score needs features that are not zero; {np.count_nonzero(norms == 0)} of "
            f"{len(features)} are."
        )
    directions = features / norms
    n, d = directions.shape
    gram = directions.T @ directions if d < n else directions @ directions.T
    eigenvalues = np.maximum(scipy.linalg.eigvalsh(gram / n, check_finite=False), 0.0)
    return float(np.exp(scipy.special.entr(eigenvalues).sum()))


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
