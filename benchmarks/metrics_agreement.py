# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics beside those of torch-fidelity, clean-fid and prdc: the same features, values and times.

    pip install -e '.[bench]'
    python benchmarks/metrics_agreement.py [--samples=10000] [--dimensions=2048] [--repeats=2]

All take the same float32 features and run in turns; the fastest run of each counts. The fakes are
shifted, so that KID is some 1e-2 and its sixth digit not rounding. Where a package draws subsets at
random, ours draws the same ones; "KID, blocks" is another estimator of the same number, so that its
value is not theirs. For features that are always the same see golden_metrics.py.
"""

import argparse
import time
from collections.abc import Callable

import cleanfid.fid
import numpy as np
import prdc
import torch
from fid_speed import features
from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

from compare_gan.metrics.fid import frechet_distance_from_moments
from compare_gan.metrics.inception_score import inception_score
from compare_gan.metrics.kid import kernel_distance_of_blocks, kernel_distance_of_subsets
from compare_gan.metrics.moments import Moments, moments
from compare_gan.metrics.prdc import precision_recall_density_coverage

_SUBSETS, _SUBSET_SIZE, _SEED = 100, 1000, 2020
_SHIFT = 0.06  # of each of the fakes' features
_LOGIT_SCALE = 10.0  # the features as they are would say next to nothing of a class


def torch_fidelity_kid(real: np.ndarray, fake: np.ndarray) -> float:
    """Their estimate, of random subsets."""
    found = metric_kid.kid_features_to_metric(
        torch.from_numpy(real),
        torch.from_numpy(fake),
        kid_subsets=_SUBSETS,
        kid_subset_size=_SUBSET_SIZE,
        rng_seed=_SEED,
        verbose=False,
    )
    return found[metric_kid.KEY_METRIC_KID_MEAN]


def our_kid(real: np.ndarray, fake: np.ndarray) -> float:
    """Ours, of the subsets that torch-fidelity draws."""
    state = np.random.RandomState(_SEED)
    return kernel_distance_of_subsets(
        real=real, fake=fake, subsets=_SUBSETS, subset_size=_SUBSET_SIZE, seed=state
    ).value


def our_kid_of_clean_fid(real: np.ndarray, fake: np.ndarray) -> float:
    """Ours, of the subsets that clean-fid draws, from its second argument first."""
    return our_kid(fake, real)


def our_kid_of_blocks(real: np.ndarray, fake: np.ndarray) -> float:
    """Our default: every vector in one of ten blocks, in place of subsets that overlap."""
    return kernel_distance_of_blocks(real=real, fake=fake).value


def clean_fid_kid(real: np.ndarray, fake: np.ndarray) -> float:
    """clean-fid's, of subsets drawn by NumPy's own state."""
    np.random.seed(_SEED)
    return cleanfid.fid.kernel_distance(real, fake, _SUBSETS, _SUBSET_SIZE)


def torch_fidelity_fid(real: np.ndarray, fake: np.ndarray) -> float:
    """From features, as ours."""
    sides = [metric_fid.fid_features_to_statistics(torch.from_numpy(x)) for x in (real, fake)]
    found = metric_fid.fid_statistics_to_metric(*sides, verbose=False)
    return found[metric_fid.KEY_METRIC_FID]


def clean_fid_fid(real: np.ndarray, fake: np.ndarray) -> float:
    """From features, as ours."""
    sides = [(x.mean(axis=0), np.cov(x, rowvar=False)) for x in (real, fake)]
    return cleanfid.fid.frechet_distance(*sides[0], *sides[1])


def our_fid(real: np.ndarray, fake: np.ndarray) -> float:
    """The distance, from features."""
    return frechet_distance_from_moments(real=moments(real), fake=moments(fake))


def torch_fidelity_distance(real: Moments, fake: Moments) -> float:
    """From statistics that are there already."""
    sides = [{"mu": side.mean, "sigma": side.covariance} for side in (real, fake)]
    return metric_fid.fid_statistics_to_metric(*sides, verbose=False)[metric_fid.KEY_METRIC_FID]


def clean_fid_distance(real: Moments, fake: Moments) -> float:
    """From statistics that are there already."""
    return cleanfid.fid.frechet_distance(real.mean, real.covariance, fake.mean, fake.covariance)


def our_distance(real: Moments, fake: Moments) -> float:
    """From statistics that are there already."""
    return frechet_distance_from_moments(real=real, fake=fake)


def prdc_package(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """The package's four numbers."""
    found = prdc.compute_prdc(real, fake, nearest_k=5)
    return [found[name] for name in ("precision", "recall", "density", "coverage")]


def our_prdc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """Our four numbers."""
    return list(precision_recall_density_coverage(real=real, fake=fake, nearest_k=5))


def torch_fidelity_prc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """Their precision and recall, of closed balls to the third neighbour."""
    # Their first argument is what is measured.
    found = metric_prc.prc_features_to_metric(
        torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=3, prc_batch_size=10_000,
        save_cpu_ram=False, verbose=False,
    )  # fmt: skip
    return [found[metric_prc.KEY_METRIC_PRECISION], found[metric_prc.KEY_METRIC_RECALL]]


def our_prc(real: np.ndarray, fake: np.ndarray) -> list[float]:
    """Ours, likewise."""
    return list(precision_recall_density_coverage(real=real, fake=fake, nearest_k=3, closed=True))[
        :2
    ]


def _logits(fake: np.ndarray) -> np.ndarray:
    return _LOGIT_SCALE * fake[:, :1000]


def torch_fidelity_isc(real: np.ndarray, fake: np.ndarray) -> float:
    """Their score of ten splits, in order."""
    logits = torch.from_numpy(_logits(fake))
    found = metric_isc.isc_features_to_metric(logits, splits=10, shuffle=False)
    return found[metric_isc.KEY_METRIC_ISC_MEAN]


def our_isc(real: np.ndarray, fake: np.ndarray) -> float:
    """Ours, likewise."""
    return inception_score(_logits(fake), splits=10)


OF_STATISTICS = {
    "FID, of statistics": {
        "ours": our_distance,
        "torch-fidelity": torch_fidelity_distance,
        "clean-fid": clean_fid_distance,
    },
}
OF_FEATURES: dict[str, dict[str, Callable]] = {
    "FID": {"ours": our_fid, "torch-fidelity": torch_fidelity_fid, "clean-fid": clean_fid_fid},
    "KID": {"ours": our_kid, "torch-fidelity": torch_fidelity_kid},
    "KID, other subsets": {"ours": our_kid_of_clean_fid, "clean-fid": clean_fid_kid},
    "KID, blocks": {"ours": our_kid_of_blocks, "torch-fidelity": torch_fidelity_kid},
    "PRDC, k = 5": {"ours": our_prdc, "prdc": prdc_package},
    "PR, k = 3": {"ours": our_prc, "torch-fidelity": torch_fidelity_prc},
    "IS, 10 splits": {"ours": our_isc, "torch-fidelity": torch_fidelity_isc},
}


def main() -> None:
    """Prints a line for each metric and package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--dimensions", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    n, d = arguments.samples, arguments.dimensions
    real, fake = (
        (features(n, d, seed) + shift).astype(np.float32) for seed, shift in ((1, 0.0), (2, _SHIFT))
    )
    print(f"{n} vectors of {d} numbers on each side")
    statistics = moments(real), moments(fake)
    for metric, functions in {**OF_STATISTICS, **OF_FEATURES}.items():
        sides = statistics if metric in OF_STATISTICS else (real, fake)
        values: dict[str, np.ndarray] = {}
        seconds: dict[str, list[float]] = {name: [] for name in functions}
        for _ in range(arguments.repeats):
            for name, function in functions.items():
                started = time.perf_counter()
                values[name] = np.atleast_1d(function(*sides))
                seconds[name].append(time.perf_counter() - started)
        for name in functions:
            off = np.max(np.abs(values[name] - values["ours"]) / np.abs(values["ours"]))
            ratio = min(seconds[name]) / min(seconds["ours"])
            listed = ", ".join(f"{value:.6g}" for value in values[name])
            times = f"{min(seconds[name]):.1f} s, {ratio:.1f} times ours"
            print(f"{metric:<18} {name:<15} {listed:<44} off by {off:.1e}; {times}", flush=True)


if __name__ == "__main__":
    main()
