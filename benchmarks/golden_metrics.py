# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What other packages print for small sets of features, to be kept: prints Python literals.

    pip install -e '.[bench]'
    python benchmarks/golden_metrics.py

`tests/metrics/test_package_agreement.py` has this output, and needs none of the packages.
"""

import contextlib
import importlib.metadata
import pprint
import sys

import numpy as np

PACKAGES = ("torch-fidelity", "clean-fid", "prdc", "torch", "numpy", "scipy")
SUBSETS, SUBSET_SIZE, SEED = 20, 100, 2020


def golden_features() -> tuple[np.ndarray, np.ndarray]:
    """Real [300, 16] and fake [250, 16] features, float64, the same in every version of NumPy.

    They are quarters, so that squared distances are exact even in float32, and many are equal;
    one real is there six times, and the fakes have a copy of it: open and closed balls differ.
    """
    state = np.random.RandomState(0)
    real = np.round(4.0 * state.standard_normal((300, 16))) / 4.0
    fake = np.round(4.0 * (0.8 * state.standard_normal((250, 16)) + 0.25)) / 4.0
    real[:, 0] *= 2.0
    real[:6] = fake[0] = real[0] + 1.0
    return real, fake


def golden_logits() -> np.ndarray:
    """Logits [250, 10], with a score far from both 1 and 10."""
    return np.random.RandomState(1).standard_normal((250, 10)) * 3.0


def values() -> dict[str, dict[str, float]]:
    """What the packages print, by package."""
    import cleanfid.fid
    import prdc
    import torch
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    real, fake = golden_features()
    tensors = torch.from_numpy(real), torch.from_numpy(fake)
    kid = {"kid_subsets": SUBSETS, "kid_subset_size": SUBSET_SIZE, "rng_seed": SEED}
    statistics = [metric_fid.fid_features_to_statistics(side) for side in tensors]
    fidelity = {
        **metric_fid.fid_statistics_to_metric(*statistics, verbose=False),
        **metric_kid.kid_features_to_metric(*tensors, **kid, verbose=False),
        # Its first argument is what is measured, in this version.
        **metric_prc.prc_features_to_metric(
            *tensors[::-1], prc_neighborhood=3, save_cpu_ram=False, verbose=False
        ),
        **metric_isc.isc_features_to_metric(
            torch.from_numpy(golden_logits()), splits=10, shuffle=False
        ),
    }
    of_numpy = [(side.mean(axis=0), np.cov(side, rowvar=False)) for side in (real, fake)]
    np.random.seed(SEED)  # clean-fid draws from NumPy's own state.
    clean = {
        "fid": cleanfid.fid.frechet_distance(*of_numpy[0], *of_numpy[1]),
        "kid": cleanfid.fid.kernel_distance(real, fake, SUBSETS, SUBSET_SIZE),
    }
    naeem = prdc.compute_prdc(real, fake, nearest_k=5)
    found = {"torch-fidelity": fidelity, "clean-fid": clean, "prdc": naeem}
    return {
        package: {name: float(value) for name, value in its.items()}
        for package, its in found.items()
    }


def main() -> None:
    """Prints the versions and the values."""
    with contextlib.redirect_stdout(sys.stderr):  # prdc prints
        found = values()
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    print("VERSIONS =", pprint.pformat(versions, sort_dicts=False))
    print("PRINTED =", pprint.pformat(found, sort_dicts=False))


if __name__ == "__main__":
    main()
