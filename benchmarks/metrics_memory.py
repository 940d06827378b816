# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The peak memory of a process that computes a metric of two sets of features.

    python benchmarks/metrics_memory.py [--samples=10000] [--dimensions=2048]

A process for each metric; what it holds before, with both sets of features, is printed beside.
"""

import argparse
import multiprocessing
import resource
from collections.abc import Callable

import numpy as np
from fid_speed import features

from compare_gan.metrics.fid import frechet_distance
from compare_gan.metrics.kid import kernel_distance, kernel_distance_of_blocks
from compare_gan.metrics.prdc import precision_recall_density_coverage

METRICS: dict[str, Callable] = {
    "FID": frechet_distance,
    "KID, blocks": kernel_distance_of_blocks,
    "KID, all pairs": kernel_distance,
    "PRDC": precision_recall_density_coverage,
}


def _peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9  # KiB on Linux


def gigabytes(name: str, n: int, d: int) -> tuple[float, float]:
    """What the process held at most, before and after a metric of float32 features."""
    # Drawn some rows at a time: the draws are float64, and would be the peak.
    sides = [
        np.concatenate(
            [features(n // 10, d, 10 * side + part).astype(np.float32) for part in range(10)]
        )
        for side in (1, 2)
    ]
    before = _peak_gigabytes()
    METRICS[name](real=sides[0], fake=sides[1])
    return before, _peak_gigabytes()


def main() -> None:
    """Prints a line for each metric."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=2048)
    arguments = parser.parse_args()
    print(f"{arguments.samples} vectors of {arguments.dimensions} numbers on each side")
    for name in METRICS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            sizes = (name, arguments.samples, arguments.dimensions)
            before, after = pool.apply(gigabytes, sizes)
        print(f"{name:<16} {after:.2f} GB at most, {before:.2f} GB before it", flush=True)


if __name__ == "__main__":
    main()
