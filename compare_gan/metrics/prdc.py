# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Precision, recall, density and coverage, by nearest neighbours in feature space."""

from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.neighbours import closer_than, nearest, squared_distances


class PrecisionRecallDensityCoverage(NamedTuple):
    """Four numbers from 0 to 1; `density` may exceed 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall_density_coverage(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    nearest_k: int = 5,
    precision_recall_k: int | None = None,
    closed: bool = False,
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
    Metrics for Generative Models", ICML 2020, https://arxiv.org/abs/2002.09797.

    The two papers have other balls. Naeem's program measures all four with k = 5 in open balls: a
    distance equal to the radius is outside. That is the default. Kynkäänniemi has k = 3 and closed
    balls, as torch-fidelity does: `precision_recall_k=3, closed=True`, which leaves density and
    coverage as they are. Open and closed balls differ where distances are equal: where one image is
    there k + 1 times, its radius is 0, and in an open ball not even a copy of it.

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      nearest_k: The k of the balls.
      precision_recall_k: That of precision and recall; None is `nearest_k`.
      closed: Whether the balls of precision and recall have their surface.

    Returns:
      The four numbers.

    Raises:
      ValueError: The features cannot be compared, or are not more than k on each side.
    """
    _check_settings(nearest_k, precision_recall_k)
    of_pair = nearest_k if precision_recall_k is None else precision_recall_k
    largest = max(nearest_k, of_pair)
    real, fake = checked_pair(real, fake, least=largest + 1)
    real_radii = nearest(real, real, largest, same=True)[0]
    fake_radii = nearest(fake, fake, of_pair, same=True)[0][:, -1]
    near_real = np.zeros(len(fake), np.int64)  # reals in whose ball a fake is
    precise = np.zeros(len(fake), bool)
    in_fake_ball = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    for block in squared_distances(real, fake):
        radii = real_radii[block.rows]
        inside = closer_than(block, radii[:, nearest_k - 1, None], real, fake)
        near_real += np.count_nonzero(inside, axis=0)
        covered[block.rows] = inside.any(axis=1)
        if closed or of_pair != nearest_k:
            inside = closer_than(block, radii[:, of_pair - 1, None], real, fake, closed)
        precise |= inside.any(axis=0)
        in_fake_ball[block.rows] = closer_than(block, fake_radii, real, fake, closed).any(axis=1)
    return PrecisionRecallDensityCoverage(
        precision=float(precise.mean()),
        recall=float(in_fake_ball.mean()),
        density=float(near_real.mean() / nearest_k),
        coverage=float(covered.mean()),
    )


def _check_settings(nearest_k: int, precision_recall_k: int | None) -> None:
    check_whole_number("prdc.nearest_k", nearest_k)
    if precision_recall_k is not None:
        check_whole_number("prdc.precision_recall_k", precision_recall_k)


@gin.register("prdc")
class PRDC(Metric):
    """`precision_recall_density_coverage` of the backbone's features, under these four names.

    Args:
      nearest_k: The k of the balls.
      precision_recall_k: That of precision and recall; None is `nearest_k`, 3 their paper's.
      closed: Whether a distance equal to a ball's radius is inside, for precision and recall: False
        is as the package prdc has it, True as their paper and torch-fidelity do.

    Raises:
      ValueError: A k is no whole number from 1.
    """

    names = ("precision", "recall", "density", "coverage")
    uses = ("features",)
    needs_real = True
    better = dict.fromkeys(names, "higher")

    def __init__(
        self, nearest_k: int = 5, precision_recall_k: int | None = None, closed: bool = False
    ):
        _check_settings(nearest_k, precision_recall_k)
        self._settings = {
            "nearest_k": nearest_k,
            "precision_recall_k": precision_recall_k,
            "closed": closed,
        }

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses sides in which an image has no k-th neighbour.

        Raises:
          ValueError: A side has no more than k images.
        """
        for name in ("nearest_k", "precision_recall_k"):
            k = self._settings[name]
            if k is not None and any(0 < n <= k for n in (n_real, n_fake)):
                raise ValueError(
                    f"prdc.{name}={k} needs more images than that on each side, received "
                    f"{n_real} real and {n_fake} fake ones. Lower it, or use more images."
                )

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """The four numbers by name."""
        found = precision_recall_density_coverage(
            real=real.result(), fake=fake.result(), **self._settings
        )
        return found._asdict()
