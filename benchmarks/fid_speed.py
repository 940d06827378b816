# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How much faster the Fréchet distance is than with scipy.linalg.sqrtm, and whether it is equal.

    python benchmarks/fid_speed.py [--dimensions=2048] [--repeats=2] [--samples 10000 300]

Both take the same covariances and run in turns, so that whatever else the machine does falls on
both; the fastest run of each counts. With fewer samples than dimensions the covariances are
singular: there both values are also compared with the exact one, which needs no covariance.
"""

import argparse
import os
import time

import numpy as np
import scipy.linalg

from compare_gan.metrics.fid import frechet_distance_from_moments
from compare_gan.metrics.moments import Moments, moments


def with_sqrtm(real: Moments, fake: Moments) -> float:
    """The textbook's formula."""
    root = scipy.linalg.sqrtm(real.covariance @ fake.covariance)
    difference = real.mean - fake.mean
    traces = np.trace(real.covariance) + np.trace(fake.covariance) - 2 * np.trace(root).real
    return float(difference @ difference + traces)


def features(n: int, d: int, seed: int) -> np.ndarray:
    """Vectors whose variances fall off over four decades, as a classifier's features do."""
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]
    scales = np.logspace(0, -2, d) * rng.uniform(0.7, 1.3, d)
    return np.maximum((rng.normal(size=(n, d)) * scales) @ rotation + 0.05, 0)


def timed(function, *arguments, **named):
    """The function's value and how many seconds it took."""
    start = time.perf_counter()
    value = function(*arguments, **named)
    return value, time.perf_counter() - start


def exact(real: np.ndarray, fake: np.ndarray) -> float:
    """The distance from few vectors [n, d].

    With centered and scaled vectors as A and B the covariances are Aᵀ A and Bᵀ B, and the trace of
    the root of their product is the sum of the singular values of A Bᵀ, [n, n].
    """
    a = (real - real.mean(0)) / np.sqrt(len(real) - 1)
    b = (fake - fake.mean(0)) / np.sqrt(len(fake) - 1)
    difference = real.mean(0) - fake.mean(0)
    root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(difference @ difference + np.sum(a**2) + np.sum(b**2) - 2 * root)


def compare(n: int, d: int, repeats: int) -> None:
    """Prints times, their ratio, and the relative differences of the values."""
    vectors = [features(n, d, seed) for seed in (1, 2)]
    real, fake = map(moments, vectors)
    ours, theirs = [], []
    for _ in range(repeats):
        value, seconds = timed(frechet_distance_from_moments, real=real, fake=fake)
        ours.append(seconds)
        reference, seconds = timed(with_sqrtm, real, fake)
        theirs.append(seconds)
    print(f"{d} dimensions, {n} vectors on each side, {repeats} times each, {os.cpu_count()} cores")
    print(f"sqrtm:       {min(theirs):8.2f} s   {reference:.10f}")
    print(f"compare_gan: {min(ours):8.2f} s   {value:.10f}")
    print(
        f"ratio {min(theirs) / min(ours):.1f}, relative difference {abs(value / reference - 1):.1e}"
    )
    if n <= d:
        expected = exact(*vectors)
        print(
            f"relative difference from the exact value: compare_gan "
            f"{abs(value / expected - 1):.1e}, sqrtm {abs(reference / expected - 1):.1e}"
        )


def main() -> None:
    """Compares for each number of vectors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dimensions", type=int, default=2048)
    parser.add_argument("--samples", type=int, nargs="+", default=[10000, 300])
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    for n in arguments.samples:
        compare(n, arguments.dimensions, arguments.repeats)


if __name__ == "__main__":
    main()
