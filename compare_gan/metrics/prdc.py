# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Precision, recall, density and coverage, by nearest neighbours in feature space."""

from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.neighbours import closer_than, squared_distances, squared_radii


class PrecisionRecallDensityCoverage(NamedTuple):
    """Four numbers from 0 to 1; `density` may exceed 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(
    *, real: np.ndarray, fake: np.ndarray, nearest_k: int = 5
) -> PrecisionRecallDensityCoverage:
    """How many fakes look real, and how much of the real images' variety they have.

    B(x) is the ball around x that reaches to its k-th nearest neighbour in x's own set.

        precision = share of fakes in B(r) of some real r
        recall    = share of reals in B(f) of some fake f
        density   = (1/k) · mean over fakes of the number of reals r with the fake in B(r)
        coverage  = share of reals r with some fake in B(r)

    Precision is low where fakes are bad, recall and coverage where they are all alike; a few
    outliers with large balls raise precision and recall, which density and coverage mend.
    Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models",
    NeurIPS 2019, https://arxiv.org/abs/1904.06991; Naeem et al., "Reliable Fidelity and Diversity
    Metrics for Generative Models", ICML 2020, https://arxiv.org/abs/2002.09797. Balls are open, as
    in the latter's program: a distance equal to the radius is outside.

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      nearest_k: The k of the balls; 5 is usual here, 3 in the paper of precision and recall.

    Returns:
      The four numbers.

    Raises:
      ValueError: The features cannot be compared, or are not more than k on each side.
    """
    check_whole_number("prdc.nearest_k", nearest_k)
    real, fake = checked_pair(real, fake, least=nearest_k + 1)
    real_radii, fake_radii = squared_radii(real, nearest_k), squared_radii(fake, nearest_k)
    near_real = np.zeros(len(fake), np.int64)  # reals in whose ball a fake is
    in_fake_ball = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for block in squared_distances(real, fake):
        inside = closer_than(block, real_radii[block.rows, None], real, fake)
        near_real += np.count_nonzero(inside, axis=0)
        covered[block.rows] = inside.any(axis=1)
        in_fake_ball[block.rows] = closer_than(block, fake_radii, real, fake).any(axis=1)
    return PrecisionRecallDensityCoverage(
        precision=float((near_real > 0).mean()),
        recall=float(in_fake_ball.mean()),
        density=float(near_real.mean() / nearest_k),
        coverage=float(covered.mean()),
    )


@gin.register("prdc")
class PRDC(Metric):
    """`precision_recall_density_coverage` of the backbone's features, under these four names.

    Args:
      nearest_k: The k of the balls.

    Raises:
      ValueError: It is no whole number from 1.
    """

    names = ("precision", "recall", "density", "coverage")
    uses = ("features",)
    needs_real = True
    better = dict.fromkeys(names, "higher")

    def __init__(self, nearest_k: int = 5):
        check_whole_number("prdc.nearest_k", nearest_k)
        self._nearest_k = nearest_k

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses sides in which an image has no k-th neighbour.

        Raises:
          ValueError: A side has no more than k images.
        """
        if any(0 < n <= self._nearest_k for n in (n_real, n_fake)):
            raise ValueError(
                f"prdc.nearest_k={self._nearest_k} needs more images than that on each side, "
                f"received {n_real} real and {n_fake} fake ones. Lower it, or use more images."
            )

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """The four numbers by name."""
        found = precision_recall_density_coverage(
            real=real.result(), fake=fake.result(), nearest_k=self._nearest_k
        )
        return found._asdict()
