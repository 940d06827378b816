# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The correlation dimension of a set of images: along how many directions they vary."""

import gin
import numpy as np

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.metrics.base import Metric, UnmeasurableError
from compare_gan.metrics.image_sample import ImageSampleAccumulator
from compare_gan.metrics.neighbours import exact_squared_distances

# Numbers in the differences of images that are held at once.
_NUMBERS_AT_A_TIME = 2**22
# Distances that differ by a smaller share of themselves are one: float32 pixels are good to 1e-7.
_SAME = 1e-6


def fractal_dimension(
    images: np.ndarray,
    centres: int = 100,
    radii: int = 1000,
    width: float = 0.1,
    seed: int = 0,
) -> float:
    """The exponent with which the number of pairs of images nearer than r grows.

        log C(r) ≈ dimension · log r + constant,   C(r) = number of pairs nearer than r

    For points spread over a set of dimension D, the number within a distance r of one of them grows
    as r^D. Distances are Euclidean, between flattened images; pairs are those of some random images
    with all. The slope is fitted where log C is near the middle of its range, log(centres) to
    log(centres · n), within ± width · log(n): very near and very far pairs tell about single points
    and about the edge. Grassberger and Procaccia, "Measuring the Strangeness of Strange
    Attractors", 1983, https://doi.org/10.1016/0167-2789(83)90298-1. Centres, radii and width are
    by default as many as in Compare GAN v3, which drew its centres from NumPy's global generator,
    and so others in each run.

    Args:
      images: [n, ...], at least 2, not all alike.
      centres: How many random images distances are measured from, different ones; at most n are.
      radii: How many radii, logarithmically spaced from the least distance to the largest.
      width: The share of the range of log C, to either side of its middle, in which the line is
        fitted.
      seed: Of the choice of centres.

    Returns:
      The dimension.

    Raises:
      UnmeasurableError: There are too few different images for a line.
    """
    points = np.asarray(images).reshape(len(images), -1)
    centres = min(centres, len(points))
    chosen = np.random.default_rng(seed).choice(len(points), centres, replace=False)
    distances = np.empty([centres, len(points)])
    step = max(1, _NUMBERS_AT_A_TIME // points.shape[1])
    for first in range(0, len(points), step):
        block = points[first : first + step]
        for row, index in enumerate(chosen):
            squares = exact_squared_distances(points[index], block)
            distances[row, first : first + step] = np.sqrt(squares)
    positive = distances[distances > 0]
    if not positive.size or positive.max() <= (1 + _SAME) * positive.min():
        found = "at one distance from each other" if positive.size else "all alike"
        raise UnmeasurableError(
            f"fractal_dimension needs images at different distances, but the {len(points)} given "
            f"are {found}."
        )
    at = np.logspace(np.log10(positive.min()), np.log10(positive.max()), radii)
    counts = np.searchsorted(np.sort(distances, axis=None), at, side="left")
    log_counts, log_radii = np.log(counts), np.log(at)
    least, most = np.log(centres), np.log(centres * len(points))
    inside = np.abs(log_counts - (least + most) / 2) <= width * (most - least)
    if np.count_nonzero(inside) < 2:
        raise UnmeasurableError(
            f"fractal_dimension finds no two radii in the middle of the range for {len(points)} "
            "images: use more images, or raise `width`."
        )
    slope, _ = np.polyfit(log_radii[inside], log_counts[inside], 1)
    return float(slope)


@gin.register("fractal_dimension")
class FractalDimension(Metric):
    """`fractal_dimension` of the pixels of a random sample of the fakes, under this name.

    Args:
      sample_size: The most images that are looked at; as float32, they are held in memory. (v3 took
        all: raise it to as many for its value.)

    Raises:
      ValueError: sample_size is no whole number from 2.
    """

    names = ("fractal_dimension",)
    uses = ("images",)
    needs_real = False

    def __init__(self, sample_size: int = 5000):
        check_whole_number("fractal_dimension.sample_size", sample_size, least=2)
        self._sample_size = sample_size

    def accumulator(self) -> ImageSampleAccumulator:
        """A random sample of images."""
        return ImageSampleAccumulator(self._sample_size)

    def compute(self, real: None, fake: ImageSampleAccumulator) -> dict[str, float]:
        """`{"fractal_dimension": slope}`."""
        return {"fractal_dimension": fractal_dimension(fake.images)}
