# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The maximum mean discrepancy with a Gaussian kernel; of CLIP's embeddings, CMMD."""

import gin
import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.metrics.base import Metric, UnmeasurableError
from compare_gan.metrics.features import FeaturesAccumulator, checked_pair
from compare_gan.metrics.kept_rows import KeptRows
from compare_gan.metrics.neighbours import squared_distances

_ROWS_AT_A_TIME = 1024


def gaussian_mmd(
    *,
    real: np.ndarray,
    fake: np.ndarray,
    sigma: float = 10.0,
    scale: float = 1000.0,
    unbiased: bool = False,
    normalize: bool = False,
) -> float:
    """The squared maximum mean discrepancy of two sets of features.

        k(x, y)  = exp(−‖x − y‖² / (2 sigma²))
        distance = scale · (mean of k(r_i, r_j) + mean of k(f_i, f_j) − 2 · mean of k(r_i, f_j))

    over all pairs, those of a vector with itself included; in float64, in blocks. The kernel,
    sigma = 10, scale = 1000 and these pairs are those of CMMD's program, which also divides each of
    CLIP's embeddings by its norm: `normalize=True` on such embeddings gives CMMD. Jayasumana et
    al., "Rethinking FID: Towards a Better Evaluation Metric for Image Generation", CVPR 2024,
    https://arxiv.org/abs/2401.09603.

    Which sigma: vectors of norm 1 are at most 2 apart, so with sigma = 10 the kernel is nearly
    linear in squared distances, and CMMD nearly scale · |mean r − mean f|² / sigma². Leave it so to
    compare with published CMMDs. Features that are not normalized, and distributions whose means
    are alike, need a sigma near the usual distance of two images: far below it every k is 0.

    Args:
      real: [n_real, d].
      fake: [n_fake, d].
      sigma: The kernel's width.
      scale: Factor of the result, positive.
      unbiased: Leave out the pairs of a vector with itself.
      normalize: Divide each vector by its norm first.

    Returns:
      The estimate: at least 0 but for rounding, unless unbiased.

    Raises:
      UnmeasurableError: A vector that is to be normalized is zero.
      ValueError: The features cannot be compared, or sigma or scale is not positive.
    """
    real, fake = checked_pair(real, fake, least=2)
    _check_settings(sigma, scale)
    if normalize:
        real, fake = _directions(real), _directions(fake)

    def mean_kernel(left: np.ndarray, right: np.ndarray) -> float:
        total = sum(
            np.exp(block.distances / (-2.0 * sigma**2)).sum()
            for block in squared_distances(left, right, np.float64)
        )
        if unbiased and left is right:
            return float(total - len(left)) / (len(left) * (len(left) - 1))
        return float(total) / (len(left) * len(right))

    within = mean_kernel(real, real) + mean_kernel(fake, fake)
    return scale * (within - 2.0 * mean_kernel(real, fake))


def _check_settings(sigma: float, scale: float) -> None:
    for name, value in (("sigma", sigma), ("scale", scale)):
        check_number(f"gaussian_mmd.{name}", value, "(0, inf)")


def _directions(features: np.ndarray) -> np.ndarray:
    """Vectors [n, d] of length 1, float64; in a file, where they are too many to hold."""
    directions, zero = KeptRows(np.float64), 0
    for first in range(0, len(features), _ROWS_AT_A_TIME):
        rows = features[first : first + _ROWS_AT_A_TIME].astype(np.float64)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        zero += np.count_nonzero(norms == 0)
        directions.append(np.divide(rows, norms, out=rows, where=norms > 0))
    if zero:
        raise UnmeasurableError(
            f"gaussian_mmd.normalize=True needs vectors that are not zero; {zero} of "
            f"{len(features)} are: set it to False, or choose another backbone."
        )
    return directions.result()


@gin.register("gaussian_mmd")
class GaussianMMD(Metric):
    """`gaussian_mmd` of the backbone's features, under this name.

    Args:
      sigma: See there.
      scale: See there.
      unbiased: See there.
      normalize: Divide each vector by its norm first: CMMD, where the backbone is CLIP.

    Raises:
      ValueError: sigma or scale is not positive.
    """

    names = ("gaussian_mmd",)
    uses = ("features",)
    needs_real = True
    better = {"gaussian_mmd": "lower"}

    def __init__(
        self,
        sigma: float = 10.0,
        scale: float = 1000.0,
        unbiased: bool = False,
        normalize: bool = False,
    ):
        _check_settings(sigma, scale)
        self._settings = {
            "sigma": sigma,
            "scale": scale,
            "unbiased": unbiased,
            "normalize": normalize,
        }

    def accumulator(self) -> FeaturesAccumulator:
        """All features."""
        return FeaturesAccumulator()

    def compute(self, real: FeaturesAccumulator, fake: FeaturesAccumulator) -> dict[str, float]:
        """`{"gaussian_mmd": value}`."""
        value = gaussian_mmd(real=real.result(), fake=fake.result(), **self._settings)
        return {"gaussian_mmd": value}
