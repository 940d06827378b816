# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The Fréchet distance between two sets of features; with Inception's features, FID."""

import gin
import numpy as np
import scipy.linalg

from compare_gan.metrics.base import Metric
from compare_gan.metrics.moments import Moments, MomentsAccumulator, moments

# A covariance whose Cholesky factor has a diagonal with squares below this fraction of the largest
# is treated as singular. Square roots of eigenvalues that are zero but for rounding, some 1e-16 of
# the largest, are 1e-8 of its root: enough of them would show.
_SINGULAR = 1e-10


def frechet_distance(*, real: np.ndarray, fake: np.ndarray) -> float:
    """The squared Fréchet (2-Wasserstein) distance of Gaussians fitted to two sets of features.

        distance = |μ_real − μ_fake|² + tr(Σ_real + Σ_fake − 2 (Σ_real Σ_fake)^½)

    with covariances divided by n − 1, all in float64. On Inception-2015's pool_3 this is FID:
    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium", 2017, https://arxiv.org/abs/1706.08500. The estimate is biased upwards, the more
    so the fewer vectors: compare values only at equal n.

    Args:
      real: `[n_real, d]`.
      fake: `[n_fake, d]`.

    Returns:
      The distance, at least 0.

    Raises:
      ValueError: The features are not of rank 2, differ in d, are fewer than 2, or are not finite.
    """
    return frechet_distance_from_moments(real=moments(real), fake=moments(fake))


def frechet_distance_from_moments(*, real: Moments, fake: Moments) -> float:
    """`frechet_distance` where the moments are known already."""
    return frechet_distance_from_statistics(
        real_mean=real.mean,
        real_covariance=real.covariance,
        fake_mean=fake.mean,
        fake_covariance=fake.covariance,
    )


def frechet_distance_from_statistics(
    *,
    real_mean: np.ndarray,
    real_covariance: np.ndarray,
    fake_mean: np.ndarray,
    fake_covariance: np.ndarray,
) -> float:
    """`frechet_distance` from means `[d]` and covariances `[d, d]`.

    Raises:
      ValueError: The shapes do not fit each other.
    """
    statistics = (real_mean, real_covariance, fake_mean, fake_covariance)
    real_mean, real_covariance, fake_mean, fake_covariance = (
        np.asarray(value, np.float64) for value in statistics
    )
    d = real_mean.shape[0] if real_mean.ndim == 1 else None
    shapes = [value.shape for value in (real_covariance, fake_mean, fake_covariance)]
    if d is None or shapes != [(d, d), (d,), (d, d)]:
        raise ValueError(
            "Means must be [d] and covariances [d, d] with one d; received real "
            f"{real_mean.shape}, {shapes[0]} and fake {shapes[1]}, {shapes[2]}. Features of "
            "different backbones cannot be compared."
        )
    difference = real_mean - fake_mean
    traces = np.trace(real_covariance) + np.trace(fake_covariance)
    distance = (
        difference @ difference + traces - 2.0 * trace_of_root(real_covariance, fake_covariance)
    )
    # The distance of equal Gaussians comes out as rounding, of either sign.
    return max(float(distance), 0.0)


def trace_of_root(a: np.ndarray, b: np.ndarray) -> float:
    """tr((A B)^½) of symmetric positive semidefinite A and B `[d, d]`, without a matrix root.

    With A = L Lᵀ the eigenvalues of A B are those of the symmetric Lᵀ B L, so the trace is the sum
    of their roots: a Cholesky factor and `eigvalsh`, more than ten times as fast as the general
    `scipy.linalg.sqrtm` at d = 2048, and never complex.

    Where a covariance is singular (fewer vectors than dimensions, or dead features) its eigenvalues
    that are zero come out as rounding, whose root is not small. There the trace is computed as the
    sum of singular values of Rᵀ S, where A = R Rᵀ and B = S Sᵀ are pivoted Cholesky factors with as
    many columns as the ranks: no root is taken at all.

    Compare GAN v3 (TF-GAN) took A^½ by SVD and tr((A^½ B A^½)^½) by another, leaving singular
    values below 1e-10 without a root: the same number but for rounding.
    """
    factor = _well_conditioned_cholesky(a)
    if factor is not None and _well_conditioned_cholesky(b) is not None:
        # Lᵀ B L, its lower triangle only: a quarter of the work of two products.
        congruent, _ = scipy.linalg.lapack.dsygst(b, factor, itype=2, lower=1)
        eigenvalues = scipy.linalg.eigvalsh(congruent, check_finite=False, overwrite_a=True)
        return float(np.sum(np.sqrt(np.maximum(eigenvalues, 0.0))))
    product = _semidefinite_factor(a).T @ _semidefinite_factor(b)
    if not product.size:
        return 0.0
    return float(np.sum(scipy.linalg.svdvals(product, check_finite=False)))


def _well_conditioned_cholesky(matrix: np.ndarray) -> np.ndarray | None:
    """The lower Cholesky factor; None where the matrix is singular or nearly so."""
    try:
        factor = scipy.linalg.cholesky(matrix, lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    pivots = np.square(np.diagonal(factor))
    return factor if pivots.min() > _SINGULAR * pivots.max() else None


def _semidefinite_factor(matrix: np.ndarray) -> np.ndarray:
    """R `[d, rank]` with R Rᵀ = matrix: a Cholesky factor with pivoting, which finds the rank."""
    factor, pivots, rank, _ = scipy.linalg.lapack.dpstrf(matrix, lower=1)
    # Row k of the factor belongs to row pivots[k] (counted from 1) of the matrix.
    unpivoted = np.empty((len(matrix), rank))
    unpivoted[pivots - 1] = np.tril(factor)[:, :rank]
    return unpivoted


@gin.register("fid")
class FID(Metric):
    """`frechet_distance` of the backbone's features, under the name `fid`."""

    names = ("fid",)
    uses = ("features",)
    needs_real = True
    fits_gaussians = True
    better = {"fid": "lower"}

    def accumulator(self) -> MomentsAccumulator:
        """The features' moments."""
        return MomentsAccumulator()

    def compute(self, real: MomentsAccumulator, fake: MomentsAccumulator) -> dict[str, float]:
        """`{"fid": distance}`."""
        distance = frechet_distance_from_moments(real=real.result(), fake=fake.result())
        return {"fid": distance}
