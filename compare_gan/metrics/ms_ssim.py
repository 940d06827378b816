# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Multi-scale structural similarity, and the diversity of images by it."""

import gin
import numpy as np
import scipy.ndimage

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric
from compare_gan.metrics.image_sample import ImageSampleAccumulator

# Wang, Simoncelli and Bovik's, from the finest scale to the coarsest.
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_K1, _K2 = 0.01, 0.03
_FILTER_SIZE, _FILTER_SIGMA = 11, 1.5
# What rounding may add to a value that should be 0 or 1.
_TOLERANCE = 1e-6


def ms_ssim(
    images_a: np.ndarray, images_b: np.ndarray, weights: tuple[float, ...] | None = WEIGHTS
) -> np.ndarray:
    """How alike pairs of images are to the eye, at five scales.

        product over scales s < S of relu(c_s)^w_s  ·  relu(l_S c_S)^w_S

    with the means l and c over an image of, around each pixel,

        l = (2 μ_a μ_b + C1) / (μ_a² + μ_b² + C1),  c = (2 σ_ab + C2) / (σ_a² + σ_b² + C2)

    where means and (biased) covariances are weighted by an 11 × 11 Gaussian of σ 1.5, without
    padding; C1 = 0.01², C2 = 0.03². Between scales images are averaged over 2 × 2 pixels, an odd
    side repeating its last pixel. The filter shrinks to images that are smaller than it, its σ in
    proportion. Wang, Simoncelli, Bovik, "Multi-scale Structural Similarity for Image Quality
    Assessment", 2003, https://doi.org/10.1109/ACSSC.2003.1292216.

    Args:
      images_a: [n, height, width, channels] in [0, 1]; each channel is an image of its own.
      images_b: The same shape.
      weights: One a scale; None is a plain product over five scales (all powers 1).

    Returns:
      float64 [n], at most 1: the mean over the channels; 1 for equal images.

    Raises:
      ValueError: The images are no batches of one shape, or not in [0, 1].
    """
    a, b = _unit_floats(images_a), _unit_floats(images_b)
    if a.ndim != 4 or a.shape != b.shape:
        raise ValueError(
            "ms_ssim takes two batches [n, height, width, channels] of one shape, received "
            f"{a.shape} and {b.shape}."
        )
    weights = (1.0,) * len(WEIGHTS) if weights is None else weights
    product = np.ones([len(a), a.shape[3]])
    for scale, weight in enumerate(weights):
        similarity, contrast = _ssim(a, b)
        last = scale == len(weights) - 1
        product *= np.maximum(similarity if last else contrast, 0.0) ** weight
        if not last:
            a, b = _halved(a), _halved(b)
    return product.mean(axis=1)


def ms_ssim_diversity(
    images: np.ndarray, batch_size: int = 64, batches: int = 5, seed: int = 0
) -> float:
    """How alike the images of a set are, in pairs: lower is more varied.

        diversity = mean over the batches, and over pairs i ≠ j in each, of ms_ssim(x_i, x_j)

    As in Compare GAN v3: all pairs within each of some random batches. Odena, Olah, Shlens,
    "Conditional Image Synthesis with Auxiliary Classifier GANs", ICML 2017,
    https://arxiv.org/abs/1610.09585, compares images of one class. Blurred images are alike too:
    read it beside the value of real images.

    Args:
      images: [n, height, width, channels] in [0, 1].
      batch_size: Images in a batch, at least 2.
      batches: How many.
      seed: Of their choice.

    Raises:
      ValueError: There are fewer images than in a batch, they are not in [0, 1], or a number is
        none.
    """
    images = np.asarray(images)
    _check_settings(batch_size, batches)
    _check_number(len(images), batch_size)
    rng = np.random.default_rng(seed)
    total = 0.0
    for _ in range(batches):
        chosen = images[rng.choice(len(images), batch_size, replace=False)]
        # It is symmetric: each pair once.
        total += sum(ms_ssim(chosen[:-k], chosen[k:]).sum() for k in range(1, batch_size))
    return float(total / (batches * batch_size * (batch_size - 1) / 2))


def _check_settings(batch_size: int, batches: int) -> None:
    check_whole_number("ms_ssim.batch_size", batch_size, least=2)
    check_whole_number("ms_ssim.batches", batches)


def _check_number(n: int, batch_size: int) -> None:
    if n < batch_size:
        raise ValueError(
            f"ms_ssim.batch_size={batch_size} is more than there are: {n} images. Lower it, or use "
            "more images."
        )


def _unit_floats(images: np.ndarray) -> np.ndarray:
    """The images as float64, if they are floats in [0, 1]."""
    images = np.asarray(images)
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"ms_ssim takes floats in [0, 1], received {images.dtype}: divide bytes by 255."
        )
    if images.size and not (images.min() >= -_TOLERANCE and images.max() <= 1 + _TOLERANCE):
        raise ValueError(
            "ms_ssim takes images in [0, 1], received values from "
            f"{images.min():g} to {images.max():g}."
        )
    return images.astype(np.float64)


def _ssim(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over the pixels of l·c and of c, [n, channels]."""
    mean_a, mean_b = _filtered(a), _filtered(b)
    variances = _filtered(a * a + b * b) - mean_a**2 - mean_b**2
    covariance = _filtered(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _K1**2) / (mean_a**2 + mean_b**2 + _K1**2)
    contrast = (2 * covariance + _K2**2) / (variances + _K2**2)
    return (luminance * contrast).mean(axis=(1, 2)), contrast.mean(axis=(1, 2))


def _filtered(images: np.ndarray) -> np.ndarray:
    """Gaussian means around each pixel whose whole neighbourhood is inside."""
    size = min(_FILTER_SIZE, images.shape[1], images.shape[2])
    sigma = _FILTER_SIGMA * size / _FILTER_SIZE
    kernel = np.exp(-((np.arange(size) - (size - 1) / 2) ** 2) / (2 * sigma**2))
    kernel /= kernel.sum()
    for axis in (1, 2):
        whole = scipy.ndimage.correlate1d(images, kernel, axis=axis, mode="constant")
        inside = slice(size // 2, size // 2 + images.shape[axis] - size + 1)
        images = whole[:, inside] if axis == 1 else whole[:, :, inside]
    return images


def _halved(images: np.ndarray) -> np.ndarray:
    padding = [(0, 0), (0, images.shape[1] % 2), (0, images.shape[2] % 2), (0, 0)]
    images = np.pad(images, padding, mode="symmetric")
    n, height, width, channels = images.shape
    return images.reshape(n, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))


@gin.register("ms_ssim")
class MSSSIM(Metric):
    """`ms_ssim_diversity` of the fakes, under the name `ms_ssim`.

    Args:
      batch_size: See there.
      batches: See there.

    Raises:
      ValueError: batch_size is no whole number from 2, or batches none from 1.
    """

    names = ("ms_ssim",)
    uses = ("images",)
    needs_real = False

    def __init__(self, batch_size: int = 64, batches: int = 5):
        _check_settings(batch_size, batches)
        self._batch_size = batch_size
        self._batches = batches

    def check(self, n_real: int, n_fake: int, feature_dim: int = 0) -> None:
        """Refuses fakes that do not fill a batch.

        Raises:
          ValueError: They do not.
        """
        if n_fake:
            _check_number(n_fake, self._batch_size)

    def accumulator(self) -> ImageSampleAccumulator:
        """A random sample of images."""
        return ImageSampleAccumulator(self._batch_size * self._batches)

    def compute(self, real: None, fake: ImageSampleAccumulator) -> dict[str, float]:
        """`{"ms_ssim": score}`."""
        return {"ms_ssim": ms_ssim_diversity(fake.images, self._batch_size, self._batches)}
