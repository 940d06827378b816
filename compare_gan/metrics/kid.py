# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The kernel distance between two sets of features; with Inception's features, KID."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair

_ROWS_AT_A_TIME = 2048
# The deviation of fewer says too little.
_BLOCKS_FOR_ERROR = 5


class KernelDistance(NamedTuple):
    """An estimate and how sure it is.

    Attributes:
      value: The estimate; it may be negative.
      standard_error: Of `value`; NaN with fewer than 4 vectors on a side.
    """

    value: float
    standard_error: float


class KernelDistanceOfSubsets(NamedTuple):
    """An estimate, and how its subsets scatter.

    Attributes:
      value: The estimate; it may be negative.
      standard_deviation: Of the subsets' estimates, divided by their number: no standard error of
        `value`; 0 for a single subset.
    """

    value: float
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

        k(x, y)  = (gamma x·y + offset)^degree,  gamma = 1/d
        distance = mean over i ≠ j of k(r_i, r_j) + mean over i ≠ j of k(f_i, f_j)
                   − 2 · mean of k(r_i, f_j)

    in float64, in blocks of rows: memory grows with n, not with n². On Inception-2015's pool_3 this
    is KID: Bińkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", ICLR 2018,
    https://arxiv.org/abs/1801.01401. Unlike FID its expectation does not depend on n; published
    KIDs are often given times 1,000, or 100.

    Args:
      real: [n_real, d].
      fake: [n_fake, d]; n may differ.
      degree: Of the polynomial, from 1.
      gamma: Factor of the inner product, positive; None is 1/d.
      offset: Added to it, not negative.

    Returns:
      The estimate, negative where chance makes it so.

    Raises:
      ValueError: The features are not of rank 2, differ in d, are fewer than 2, or are not finite;
        or the kernel is none.
    """
    real, fake = checked_pair(real, fake, least=2)
    gamma = 1.0 / real.shape[1] if gamma is None else gamma
    check_whole_number("degree", degree)
    if not (gamma > 0 and offset >= 0):
        raise ValueError(
            f"A kernel needs gamma > 0 and offset >= 0, received {gamma!r} and {offset!r}."
        )
    return _distance(real, fake, _Kernel(degree, gamma, offset))


def kernel_distance_of_blocks(
    *, real: np.ndarray, fake: np.ndarray, block_size: int = 1024, seed: int = 0
) -> KernelDistance:
    """The mean of `kernel_distance` over disjoint blocks: Compare GAN v3's estimator.

    Both sides are shuffled (first the reals, then the fakes, by permutations that
    `numpy.random.default_rng(seed)` draws), since a data set sorted by class would have blocks of
    single classes, and cut into ceil(max(n_real, n_fake) / block_size) blocks as equal in size as
    can be. (v3 trusted the order, took the real blocks' lengths for the fakes too, and gave
    nonsense where the sides differ in size.)

        value          = mean of the blocks' v_b
        standard error = √(Σ (v_b − mean)² / (B − 1) / B)   of B blocks

    Blocks are independent, so this is the error of their mean. Where there are fewer than five, the
    error alone is that of five (or of as many as have 2 vectors): smaller blocks scatter no less,
    so it is rather too large, for one block up to √5 times where both distributions are equal.

    Args:
      real: [n_real, d], in any order.
      fake: [n_fake, d], in any order.
      block_size: The most vectors in a block.
      seed: Of the permutations.

    Raises:
      ValueError: As `kernel_distance`, or `block_size` leaves a block below 2 vectors.
    """
    real, fake = checked_pair(real, fake, least=2)
    check_whole_number("kid.block_size", block_size, least=2)
    _check_blocks(len(real), len(fake), block_size)
    blocks = math.ceil(max(len(real), len(fake)) / block_size)
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(side)) for side in (real, fake)]

    def values(number: int) -> list[float]:
        # Sorted within a block, where order does not matter: a file is read from front to back.
        parts = [[np.sort(part) for part in np.array_split(order, number)] for order in orders]
        return [kernel_distance(real=real[r], fake=fake[f]) for r, f in zip(*parts, strict=True)]

    found = values(blocks)
    for_error = max(blocks, min(_BLOCKS_FOR_ERROR, min(len(real), len(fake)) // 2))
    scattered = found if for_error == blocks else values(for_error)
    error = math.nan
    if for_error > 1:
        error = float(np.std(scattered, ddof=1) / math.sqrt(for_error))
    return KernelDistance(float(np.mean(found)), error)


def _check_blocks(n_real: int, n_fake: int, block_size: int) -> None:
    """Raises where a block would have fewer than 2 vectors; 0 stands for an unknown number."""
    known = [n for n in (n_real, n_fake) if n]
    blocks = math.ceil(max(known, default=0) / block_size)
    if min(known, default=0) < 2 * blocks:
        raise ValueError(
            f"{n_real} real and {n_fake} fake vectors in {blocks} blocks leave a block below 2 "
            "vectors; raise kid.block_size, or use more images."
        )


def kernel_distance_of_subsets(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    subsets: int = 100,
    subset_size: int = 1000,
    seed: int | np.random.Generator | np.random.RandomState = 0,
) -> KernelDistanceOfSubsets:
    """The mean of `kernel_distance` over random subsets: the estimator of torch-fidelity.

    Each subset is drawn without replacement, that of the reals before that of the fakes. Products
    of float32 features are in float32, as there, and their sums in float64, if the first subset
    shows that this changes a value by less than a hundredth of what subsets scatter; otherwise all
    is in float64. What other
    programs print after "±" is `standard_deviation`. It says how much single subsets scatter, and
    is no standard error: that of the mean is smaller, but not by √subsets, since subsets overlap.
    An error is given by `kernel_distance_of_blocks`, and by a bootstrap.

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      subsets: How many.
      subset_size: Vectors of each side in a subset.
      seed: Of the draws, or what draws: `numpy.random.RandomState(2020)` and the images to be
        measured as `real` give the subsets, and so the value, of torch-fidelity.

    Raises:
      ValueError: As `kernel_distance`, or a subset is larger than a side.
    """
    real, fake = checked_pair(real, fake, least=2)
    check_whole_number("kid.subset_size", subset_size, least=2)
    check_whole_number("kid.subsets", subsets)
    _check_subsets(len(real), len(fake), subset_size)
    # A RandomState has draws of its own, which a Generator of the same bits would not repeat.
    rng = seed if isinstance(seed, np.random.RandomState) else np.random.default_rng(seed)
    chosen = [
        [np.sort(rng.choice(len(x), subset_size, replace=False)) for x in (real, fake)]
        for _ in range(subsets)
    ]

    def distances(rows: Sequence[Sequence[np.ndarray]], dtype: type) -> list[float]:
        kernel = _Kernel(3, 1.0 / real.shape[1], 1.0, dtype)
        return [_distance(real[of_real], fake[of_fake], kernel) for of_real, of_fake in rows]

    values = []
    if np.result_type(real, fake) == np.float32:
        with np.errstate(over="ignore", invalid="ignore"):
            values = distances(chosen, np.float32)
        (exact,) = distances(chosen[:1], np.float64)
    # Not so where values are no numbers.
    if not values or not abs(values[0] - exact) < 0.01 * np.std(values):
        values = distances(chosen, np.float64)
    return KernelDistanceOfSubsets(float(np.mean(values)), float(np.std(values)))


def _check_subsets(n_real: int, n_fake: int, subset_size: int) -> None:
    """Raises where a subset is larger than a side; 0 stands for an unknown number."""
    if any(0 < n < subset_size for n in (n_real, n_fake)):
        raise ValueError(
            f"kid.subset_size={subset_size} is more than there are: {n_real} real and {n_fake} "
            "fake vectors. Lower it, or use more images."
        )


class _Kernel(NamedTuple):
    """k(x, y) = (gamma x·y + offset)^degree, with products in `dtype`."""

    degree: int
    gamma: float
    offset: float
    dtype: type = np.float64

    def extended(self, rows: np.ndarray) -> np.ndarray:
        """Vectors whose inner products are gamma x·y + offset: (√gamma x, √offset)."""
        extended = np.empty([len(rows), rows.shape[1] + 1], self.dtype)
        np.multiply(rows, math.sqrt(self.gamma), out=extended[:, :-1], casting="same_kind")
        extended[:, -1] = math.sqrt(self.offset)
        return extended

    def sum_of_powers(self, values: np.ndarray) -> float:
        """Σ values^degree by products: NumPy's own power is many times slower."""
        if self.degree == 1:
            return float(values.sum(dtype=np.float64))
        power = values
        for _ in range(self.degree - 2):
            power = power * values
        if self.dtype == np.float64:
            return float(np.vdot(power, values))
        return float((power * values).sum(dtype=np.float64))


def _distance(real: np.ndarray, fake: np.ndarray, kernel: _Kernel) -> float:
    """`kernel_distance` of vectors that were checked."""
    within_real = _sum_of_kernels(real, real, kernel, without_diagonal=True)
    within_fake = _sum_of_kernels(fake, fake, kernel, without_diagonal=True)
    between = _sum_of_kernels(real, fake, kernel)
    n, m = len(real), len(fake)
    return within_real / (n * (n - 1)) + within_fake / (m * (m - 1)) - 2.0 * between / (n * m)


def _sum_of_kernels(
    left: np.ndarray, right: np.ndarray, kernel: _Kernel, without_diagonal: bool = False
) -> float:
    """Σ k(left_i, right_j), block by block; `without_diagonal` where both are one set."""
    total = 0.0
    for first in range(0, len(left), _ROWS_AT_A_TIME):
        rows = kernel.extended(left[first : first + _ROWS_AT_A_TIME])
        # Below the diagonal blocks lie mirror images of those above, which are counted twice.
        for start in range(first if without_diagonal else 0, len(right), _ROWS_AT_A_TIME):
            if without_diagonal and start == first:
                # NumPy computes half of the product of an array with its own transpose.
                norms = np.einsum("ij,ij->i", rows, rows)
                total += kernel.sum_of_powers(rows @ rows.T) - kernel.sum_of_powers(norms)
            else:
                columns = kernel.extended(right[start : start + _ROWS_AT_A_TIME])
                times = 2.0 if without_diagonal else 1.0
                total += times * kernel.sum_of_powers(rows @ columns.T)
    return total


@gin.register("kid")
class KID(Metric):
    """`kernel_distance` of the backbone's features, by one of its estimators, as `kid`.

    Blocks give `kid_standard_error` beside it, the error of `kid`. Several subsets give
    `kid_subsets_std`, which torch-fidelity prints after "±": how single subsets scatter, and no
    error. All pairs give `kid` alone; for their error there is the metric `bootstrap`.

    Args:
      estimator: "blocks" (v3's, see `kernel_distance_of_blocks`), "subsets" (torch-fidelity's, see
        `kernel_distance_of_subsets`), or "all" pairs (`kernel_distance`).
      block_size: See `kernel_distance_of_blocks`.
      subsets: See `kernel_distance_of_subsets`.
      subset_size: See `kernel_distance_of_subsets`.

    Raises:
      ValueError: There is no such estimator, or a size is none.
    """

    uses = ("features",)
    needs_real = True
    better = {"kid": "lower"}

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
        check_whole_number("kid.block_size", block_size, least=2)
        check_whole_number("kid.subsets", subsets)
        check_whole_number("kid.subset_size", subset_size, least=2)
        self._estimator = estimator
        self._block_size = block_size
        self._subsets = subsets
        self._subset_size = subset_size
        self.names = ("kid",)
        if estimator == "blocks":
            self.names = ("kid", "kid_standard_error")
        if estimator == "subsets" and subsets > 1:
            self.names = ("kid", "kid_subsets_std")

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses sides that blocks or subsets cannot be taken from.

        Raises:
          ValueError: They are too small, for `block_size` or `subset_size`.
        """
        if self._estimator == "blocks":
            _check_blocks(n_real, n_fake, self._block_size)
        if self._estimator == "subsets":
            _check_subsets(n_real, n_fake, self._subset_size)

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"kid": distance}`, and what its estimator gives beside it."""
        sides = {"real": real.result(), "fake": fake.result()}
        if self._estimator == "all":
            return {"kid": kernel_distance(**sides)}
        if self._estimator == "blocks":
            found = kernel_distance_of_blocks(**sides, block_size=self._block_size)
        else:
            found = kernel_distance_of_subsets(
                **sides, subsets=self._subsets, subset_size=self._subset_size
            )
        return dict(zip(self.names, found, strict=False))  # one subset has no deviation
