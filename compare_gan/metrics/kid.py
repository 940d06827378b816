# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The kernel distance between two sets of features; with Inception's features, KID."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import gin
import numpy as np

from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair

_ROWS_AT_A_TIME = 2048


class KernelDistance(NamedTuple):
    """An estimate and how sure it is.

    Attributes:
      value: The estimate; it may be negative.
      standard_error: Of `value`; NaN where it can't be told.
      standard_deviation: Of the parts' estimates; NaN for a single part.
    """

    value: float
    standard_error: float
    standard_deviation: float


def kernel_distance(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    degree: int = 3,
    gamma: float | None = None,
    offset: float = 1.0,
) -> float:
    """The unbiased squared maximum mean discrepancy of two sets of features, over all pairs.

        k(x, y) = (gamma x·y + offset)^degree,  gamma = 1/d
        mean over i ≠ j of k(r_i, r_j) + mean over i ≠ j of k(f_i, f_j) − 2 · mean of k(r_i, f_j)

    in float64, in blocks of rows: memory grows with n, not with n². On Inception-2015's pool_3 this
    is KID: Bińkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", ICLR 2018,
    https://arxiv.org/abs/1801.01401. Unlike FID its expectation does not depend on n; published
    KIDs are often given times 1,000, or 100.

    Args:
      real: [n_real, d].
      fake: [n_fake, d]; n may differ.
      degree: Of the polynomial.
      gamma: Factor of the inner product; None is 1/d.
      offset: Added to it.

    Returns:
      The estimate, negative where chance makes it so.

    Raises:
      ValueError: The features are not of rank 2, differ in d, are fewer than 2, or are not finite.
    """
    real, fake = checked_pair(real, fake, least=2)
    gamma = 1.0 / real.shape[1] if gamma is None else gamma
    within_real = _sum_of_kernels(real, real, degree, gamma, offset, without_diagonal=True)
    within_fake = _sum_of_kernels(fake, fake, degree, gamma, offset, without_diagonal=True)
    between = _sum_of_kernels(real, fake, degree, gamma, offset)
    n, m = len(real), len(fake)
    return within_real / (n * (n - 1)) + within_fake / (m * (m - 1)) - 2.0 * between / (n * m)


def kernel_distance_of_blocks(
    *, real: np.ndarray, fake: np.ndarray, block_size: int = 1024
) -> KernelDistance:
    """The mean of `kernel_distance` over disjoint blocks: Compare GAN v3's estimator.

    Both sides are cut, in their order, into ceil(max(n_real, n_fake) / block_size) consecutive
    blocks as equal in size as can be. Blocks are independent, so the standard error of the mean is
    √(variance of the blocks / blocks); below five blocks it is NaN. (v3 took the real blocks'
    lengths for the fakes too, and gave nonsense where the sides differ in size.)

    Args:
      real: [n_real, d], in random order.
      fake: [n_fake, d], in random order.
      block_size: The most vectors in a block.

    Raises:
      ValueError: As `kernel_distance`, or `block_size` leaves a block below 2 vectors.
    """
    real, fake = checked_pair(real, fake, least=2)
    _check_size("kid.block_size", block_size)
    blocks = math.ceil(max(len(real), len(fake)) / block_size)
    if min(len(real), len(fake)) < 2 * blocks:
        raise ValueError(
            f"{len(real)} real and {len(fake)} fake vectors in {blocks} blocks leave a block below "
            "2 vectors; raise kid.block_size, or use more images."
        )
    parts = zip(np.array_split(real, blocks), np.array_split(fake, blocks), strict=True)
    return _summary([kernel_distance(real=r, fake=f) for r, f in parts], least_for_error=5)


def kernel_distance_of_subsets(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> KernelDistance:
    """The mean of `kernel_distance` over random subsets: the estimator of torch-fidelity.

    Each subset is drawn without replacement. Subsets of one another overlap, so √(variance /
    subsets) would understate the error: `standard_error` is NaN, and what other programs print as
    "std" is `standard_deviation` (of the population of subsets, divided by their number).

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      subsets: How many.
      subset_size: Vectors of each side in a subset.
      seed: Of the draws.

    Raises:
      ValueError: As `kernel_distance`, or a subset is larger than a side.
    """
    real, fake = checked_pair(real, fake, least=2)
    _check_size("kid.subset_size", subset_size)
    _check_size("kid.subsets", subsets, least=1)
    if subset_size > min(len(real), len(fake)):
        raise ValueError(
            f"kid.subset_size={subset_size} is more than there are: {len(real)} real and "
            f"{len(fake)} fake vectors. Lower it, or use more images."
        )
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(subsets):
        chosen = [np.sort(rng.choice(len(x), subset_size, replace=False)) for x in (real, fake)]
        values.append(kernel_distance(real=real[chosen[0]], fake=fake[chosen[1]]))
    value, _, deviation = _summary(values, least_for_error=math.inf)
    return KernelDistance(value, math.nan, deviation)


def _summary(values: list[float], least_for_error: float) -> KernelDistance:
    deviation = float(np.std(values)) if len(values) > 1 else math.nan
    error = math.nan
    if len(values) >= least_for_error:
        error = float(np.std(values, ddof=1) / math.sqrt(len(values)))
    return KernelDistance(float(np.mean(values)), error, deviation)


def _check_size(setting: str, value: int, least: int = 2) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{setting} must be a whole number from {least}, received {value!r}.")


def _blocks(rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for first in range(0, len(rows), _ROWS_AT_A_TIME):
        yield first, np.asarray(rows[first : first + _ROWS_AT_A_TIME], np.float64)


def _sum_of_kernels(
    left: np.ndarray,
    right: np.ndarray,
    degree: int,
    gamma: float,
    offset: float,
    without_diagonal: bool = False,
) -> float:
    """Σ k(left_i, right_j), block by block; `without_diagonal` where both are one set."""
    total = 0.0
    for first, rows in _blocks(left):
        for start, columns in _blocks(right):
            if without_diagonal and start < first:
                continue  # a mirror image, counted twice below
            kernels = rows @ columns.T
            kernels *= gamma
            kernels += offset
            part = float(np.sum(_power(kernels, degree)))
            if without_diagonal and start == first:
                norms = gamma * np.einsum("ij,ij->i", rows, rows) + offset
                part -= float(np.sum(norms**degree))
            elif without_diagonal:
                part *= 2.0
            total += part
    return total


def _power(values: np.ndarray, degree: int) -> np.ndarray:
    """values^degree by products: NumPy's own power is many times slower."""
    result = values.copy()
    for _ in range(degree - 1):
        result *= values
    return result


@gin.register("kid")
class KID(Metric):
    """A kernel distance of the backbone's features, under the name `kid`.

    Args:
      estimator: "blocks" (v3's, see `kernel_distance_of_blocks`), "subsets" (torch-fidelity's, see
        `kernel_distance_of_subsets`), or "all" pairs (`kernel_distance`).
      block_size: See `kernel_distance_of_blocks`.
      subsets: See `kernel_distance_of_subsets`.
      subset_size: See `kernel_distance_of_subsets`.

    Raises:
      ValueError: There is no such estimator, or a size is none.
    """

    names = ("kid",)
    uses = ("features",)
    needs_real = True

    def __init__(
        self,
        estimator: str = "blocks",
        block_size: int = 1024,
        subsets: int = 100,
        subset_size: int = 1000,
    ):
        if estimator not in ("blocks", "subsets", "all"):
            raise ValueError(
                f"kid.estimator must be 'blocks', 'subsets' or 'all', received {estimator!r}."
            )
        _check_size("kid.block_size", block_size)
        _check_size("kid.subsets", subsets, least=1)
        _check_size("kid.subset_size", subset_size)
        self._estimator = estimator
        self._block_size = block_size
        self._subsets = subsets
        self._subset_size = subset_size

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"kid": distance}`."""
        sides = {"real": real.result(), "fake": fake.result()}
        if self._estimator == "all":
            return {"kid": kernel_distance(**sides)}
        if self._estimator == "blocks":
            return {"kid": kernel_distance_of_blocks(**sides, block_size=self._block_size).value}
        found = kernel_distance_of_subsets(
            **sides, subsets=self._subsets, subset_size=self._subset_size
        )
        return {"kid": found.value}
