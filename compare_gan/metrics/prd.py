# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Precision-recall curves of distributions, by clusters in feature space."""

from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, LastOfPair, checked_pair
from compare_gan.metrics.kept_rows import KeptRows

_SMALLEST = 1e-10


class PRDCurve(NamedTuple):
    """A curve of precision and recall.

    Attributes:
      precision: [angles], from 0 to 1.
      recall: [angles], from 0 to 1.
    """

    precision: np.ndarray
    recall: np.ndarray


def prd_curve(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    clusters: int = 20,
    clusterings: int = 10,
    angles: int = 1001,
    seed: int = 0,
) -> PRDCurve:
    """Which parts of the fakes can be had from the reals and the reverse, at every trade-off.

    Both sets are clustered together by k-means; p and q are the shares of the real and the fake
    vectors in each cluster. For slopes λ = tan(angle),

        precision(λ) = Σ_c min(λ p_c, q_c),    recall(λ) = Σ_c min(p_c, q_c / λ)

    averaged over several clusterings. These draw their batches from both sides at once, at random:
    together the sides are held in float32 (of features that are) up to a gigabyte, and beyond it in
    a file, whose reading takes its time where it does not fit the system's memory. Sajjadi, Bachem,
    Lucic, Bousquet, Gelly, "Assessing Generative Models via Precision and Recall", NeurIPS 2018,
    https://arxiv.org/abs/1806.00035. `f_scores` sums a curve up.

    Args:
      real: [n, d].
      fake: [n, d]: as many, since clusters would otherwise be those of the larger side.
      clusters: The k of k-means.
      clusterings: How many are averaged.
      angles: Equally spaced, from 1e-10 to π/2 − 1e-10.
      seed: Of the first clustering; the others count on.

    Returns:
      Both numbers at each angle.

    Raises:
      ValueError: The features cannot be compared, differ in number, or are fewer than clusters;
        or a number is none.
    """
    from sklearn.cluster import MiniBatchKMeans  # takes half a second to import

    real, fake = checked_pair(real, fake, least=1)
    _check_settings(clusters, clusterings)
    check_whole_number("angles", angles)
    _check_numbers(len(real), len(fake), clusters)
    both = KeptRows(np.result_type(real, fake))
    both.append(real)
    both.append(fake)
    vectors = both.result()
    curves = []
    for number in range(clusterings):
        means = MiniBatchKMeans(clusters, n_init=10, random_state=seed + number)
        labels = means.fit_predict(vectors)
        shares = [np.bincount(part, minlength=clusters) / len(part) for part in np.split(labels, 2)]
        curves.append(prd_curve_of_histograms(real=shares[0], fake=shares[1], angles=angles))
    return PRDCurve(*np.mean(curves, axis=0))


def _check_settings(clusters: int, clusterings: int) -> None:
    check_whole_number("prd.clusters", clusters)
    check_whole_number("prd.clusterings", clusterings)


def _check_numbers(n_real: int, n_fake: int, clusters: int) -> None:
    """Raises where the sides cannot be clustered so; 0 stands for an unknown number."""
    if n_real and n_fake and n_real != n_fake:
        raise ValueError(
            f"prd_curve needs as many fakes as reals, received {n_real} real and {n_fake} fake "
            "vectors: leave some of the larger side out."
        )
    together = 2 * max(n_real, n_fake)
    if 0 < together < clusters:
        raise ValueError(
            f"prd.clusters={clusters} must be from 1 to the number of vectors, {together}."
        )


def prd_curve_of_histograms(*, real: np.ndarray, fake: np.ndarray, angles: int = 1001) -> PRDCurve:
    """`prd_curve` of two distributions over the same cells, [cells] each, that sum to 1.

    Raises:
      ValueError: They are no distributions over the same cells.
    """
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    sums = [float(part.sum()) for part in (real, fake)]
    if real.ndim != 1 or real.shape != fake.shape or not np.allclose(sums, 1.0):
        raise ValueError(
            f"Histograms must be [cells] alike and sum to 1, received {real.shape} with sum "
            f"{sums[0]:g} and {fake.shape} with sum {sums[1]:g}."
        )
    slopes = np.tan(np.linspace(_SMALLEST, np.pi / 2 - _SMALLEST, angles))
    precision = np.minimum(slopes[:, None] * real, fake).sum(axis=1)
    recall = precision / slopes
    return PRDCurve(np.clip(precision, 0.0, 1.0), np.clip(recall, 0.0, 1.0))


def f_scores(curve: PRDCurve, beta: float = 8.0) -> tuple[float, float]:
    """The largest F_β and F_{1/β} on a curve: F_8 weighs recall, F_1/8 precision.

        F_β = (1 + β²) · precision · recall / (β² · precision + recall)

    Raises:
      ValueError: β is not positive.
    """
    if not beta > 0:
        raise ValueError(f"beta must be positive, received {beta!r}.")
    return tuple(float(_f_score(curve, weight).max()) for weight in (beta, 1.0 / beta))


def _f_score(curve: PRDCurve, beta: float) -> np.ndarray:
    product = curve.precision * curve.recall
    return (1 + beta**2) * product / (beta**2 * curve.precision + curve.recall + _SMALLEST)


@gin.register("prd")
class PRD(Metric):
    """`prd_curve` of the backbone's features, summed up as `prd_f8` (recall) and `prd_f1_8`.

        F_β = max over the curve of (1 + β²) · precision · recall / (β² · precision + recall)

    Args:
      clusters: See `prd_curve`.
      clusterings: See `prd_curve`.

    Raises:
      ValueError: One is no whole number from 1.
    """

    names = ("prd_f8", "prd_f1_8")
    uses = ("features",)
    needs_real = True
    better = {"prd_f8": "higher", "prd_f1_8": "higher"}

    def __init__(self, clusters: int = 20, clusterings: int = 10):
        _check_settings(clusters, clusterings)
        self._clusters = clusters
        self._clusterings = clusterings
        self._curve = LastOfPair(self._compute_curve)

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses sides that differ in number, or have fewer images than clusters.

        Raises:
          ValueError: They do.
        """
        _check_numbers(n_real, n_fake, self._clusters)

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """Both scores by name."""
        return dict(zip(self.names, f_scores(self.curve(real, fake)), strict=True))

    def curve(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> PRDCurve:
        """The curve itself; of the sides that `compute` saw last, the one it computed."""
        return self._curve(real, fake)

    def _compute_curve(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> PRDCurve:
        return prd_curve(
            real=real.result(),
            fake=fake.result(),
            clusters=self._clusters,
            clusterings=self._clusterings,
        )
