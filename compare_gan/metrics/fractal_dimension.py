# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The correlation dimension of a set of images: along how many directions they vary."""

import gin
import numpy as np

from compare_gan.metrics.base import Accumulator, Batch, Metric
from compare_gan.metrics.neighbours import exact_squared_distances


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
    log(centres · n), within ± width / 2 of that range: very near and very far pairs tell about
    single points and about the edge. Grassberger and Procaccia, "Measuring the Strangeness of
    Strange Attractors", 1983, https://doi.org/10.1016/0167-2789(83)90298-1; as in Compare GAN v3.

    Args:
      images: [n, ...], at least 2, not all alike.
      centres: How many random images distances are measured from; at most n are.
      radii: How many radii, logarithmically spaced from the least distance to the largest.
      width: The share of the range of log C in which the line is fitted.
      seed: Of the choice of centres.

    Returns:
      The dimension.

    Raises:
      ValueError: There are too few different images for a line.
    """
    points = np.asarray(images, np.float64).reshape(len(images), -1)
    centres = min(centres, len(points))
    chosen = np.random.default_rng(seed).choice(len(points), centres, replace=False)
    distances = np.sqrt([exact_squared_distances(points[index], points) for index in chosen])
    positive = distances[distances > 0]
    if not positive.size or positive.min() == positive.max():
        raise ValueError(
            f"fractal_dimension needs images at different distances, but the {len(points)} given "
            "are all alike."
        )
    at = np.logspace(np.log10(positive.min()), np.log10(positive.max()), radii)
    counts = np.searchsorted(np.sort(distances, axis=None), at, side="left")
    log_counts, log_radii = np.log(counts), np.log(at)
    least, most = np.log(centres), np.log(centres * len(points))
    inside = np.abs(log_counts - (least + most) / 2) <= width / 2 * (most - least)
    if np.count_nonzero(inside) < 2:
        raise ValueError(
            f"fractal_dimension finds no two radii in the middle of the range for {len(points)} "
            "images: use more images, or raise `width`."
        )
    slope, _ = np.polyfit(log_radii[inside], log_counts[inside], 1)
    return float(slope)


class _PixelsAccumulator(Accumulator):
    key = "pixels"

    def __init__(self):
        self.batches: list[np.ndarray] = []

    def update(self, batch: Batch) -> None:
        self.batches.append(batch.images.reshape(len(batch.images), -1))


@gin.register("fractal_dimension")
class FractalDimension(Metric):
    """`fractal_dimension` of the fakes' pixels, under this name."""

    names = ("fractal_dimension",)
    uses = ("images",)
    needs_real = False

    def accumulator(self) -> Accumulator:
        """All images."""
        return _PixelsAccumulator()

    def compute(self, real: None, fake: _PixelsAccumulator) -> dict[str, float]:
        """`{"fractal_dimension": slope}`."""
        return {"fractal_dimension": fractal_dimension(np.concatenate(fake.batches))}
