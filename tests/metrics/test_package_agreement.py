# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The values that other packages print for the same features, which need not be installed.

`python benchmarks/golden_metrics.py` printed them, and makes the features.
"""

import pathlib

import numpy as np
import pytest
from golden_metrics import SEED, SUBSET_SIZE, SUBSETS, golden_features, golden_logits

from compare_gan.metrics import frechet_distance, precision_recall_density_coverage
from compare_gan.metrics.inception_score import inception_score_of_parts
from compare_gan.metrics.kid import kernel_distance_of_subsets

VERSIONS = {
    "torch-fidelity": "0.4.0",
    "clean-fid": "0.1.35",
    "prdc": "0.2",
    "torch": "2.13.0+cpu",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
}
PRINTED = {
    "torch-fidelity": {
        "frechet_inception_distance": 3.525183597761483,
        "kernel_inception_distance_mean": 0.3179134267883711,
        "kernel_inception_distance_std": 0.06095560588462977,
        "precision": 0.9559999704360962,
        "recall": 0.31333333253860474,
        "f_score": 0.4719747854114561,
        "inception_score_mean": 3.471313855050677,
        "inception_score_std": 0.28223004272120933,
    },
    "clean-fid": {"fid": 3.5251835977614725, "kid": 0.33120394601161435},
    "prdc": {
        "precision": 0.984,
        "recall": 0.3933333333333333,
        "density": 2.1568,
        "coverage": 0.8866666666666667,
    },
}
SUMS = (72.75, 982.0)
SUM_OF_LOGITS = 177.9703085776963
REAL, FAKE = golden_features()


def _agrees(found, package, *names):
    # Some of theirs are rounded to float32.
    expected = [PRINTED[package][name] for name in names]
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_the_features_are_those_that_were_measured():
    assert REAL.shape == (300, 16) and FAKE.shape == (250, 16)
    assert (REAL.sum(), FAKE.sum()) == SUMS
    np.testing.assert_allclose(golden_logits().sum(), SUM_OF_LOGITS, rtol=1e-12)


def test_the_extra_installs_the_versions_that_were_measured():
    setup = pathlib.Path(__file__).resolve().parents[2] / "setup.py"
    for package in PRINTED:
        assert f'"{package}=={VERSIONS[package]}"' in setup.read_text()


@pytest.mark.parametrize(
    "package, name", [("torch-fidelity", "frechet_inception_distance"), ("clean-fid", "fid")]
)
def test_frechet_distance(package, name):
    _agrees([frechet_distance(real=REAL, fake=FAKE)], package, name)


# clean-fid draws from its second argument first; the distance is symmetric.
@pytest.mark.parametrize(
    "package, sides, names",
    [
        (
            "torch-fidelity",
            {"real": REAL, "fake": FAKE},
            ["kernel_inception_distance_mean", "kernel_inception_distance_std"],
        ),
        ("clean-fid", {"real": FAKE, "fake": REAL}, ["kid"]),
    ],
)
def test_kernel_distance_of_the_subsets_that_are_drawn(package, sides, names):
    seed = np.random.RandomState(SEED)
    found = kernel_distance_of_subsets(**sides, subsets=SUBSETS, subset_size=SUBSET_SIZE, seed=seed)
    _agrees(found[: len(names)], package, *names)


def test_precision_recall_density_and_coverage():
    found = precision_recall_density_coverage(real=REAL, fake=FAKE)
    _agrees(found, "prdc", "precision", "recall", "density", "coverage")


def test_precision_and_recall_of_closed_balls():
    found = precision_recall_density_coverage(
        real=REAL, fake=FAKE, precision_recall_k=3, closed=True
    )
    _agrees(found[:2], "torch-fidelity", "precision", "recall")
    _agrees(found[2:], "prdc", "density", "coverage")
    # Here it makes a difference.
    assert found[:2] != precision_recall_density_coverage(real=REAL, fake=FAKE, nearest_k=3)[:2]


def test_inception_score():
    found = inception_score_of_parts(golden_logits(), splits=10)
    _agrees(found, "torch-fidelity", "inception_score_mean", "inception_score_std")
