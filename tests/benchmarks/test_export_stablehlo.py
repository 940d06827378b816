# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The exported step of a tiny S3GAN, and that JAX makes of it what TensorFlow makes of its own."""

import importlib.util
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from tests.benchmarks.conftest import BENCHMARKS

CONFIGS = BENCHMARKS.parent / "configs" / "few_labels"
BINDINGS = (
    "dataset.labels = @true_labels",
    "options.batch_size = 16",
    "resnet_biggan.Generator.ch = 4",
    "resnet_biggan.Discriminator.ch = 4",
    # Adam would make full steps of the rounding noise in a bias that batch norm takes out again.
    "ModularGAN.g_optimizer_fn = @tf.train.GradientDescentOptimizer",
)
MLIR_TYPES = {"float32": "f32", "int32": "i32", "int64": "i64", "uint8": "ui8"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    command = [sys.executable, BENCHMARKS / "export_stablehlo.py", f"--output={folder}"]
    command += [f"--gin_config={CONFIGS / name}" for name in ("digits.gin", "methods/s3gan.gin")]
    command += [f"--gin_bindings={binding}" for binding in BINDINGS]
    subprocess.run([*command, "--check_steps=2"], check=True)
    return folder


def test_the_arguments_are_those_of_the_module(exported):
    text = (exported / "step.mlir").read_text(encoding="utf-8")
    entry = re.search(r"func\.func @main\((.*?)\) ->", text, re.DOTALL).group(1)
    types = re.findall(r"%arg\d+: tensor<([^>]*)>", entry)
    described = json.loads((exported / "step.json").read_text(encoding="utf-8"))["arguments"]
    stored = np.load(exported / "step.npz")
    assert len(types) == len(described) == len(stored.files)
    for number, (type_, one) in enumerate(zip(types, described, strict=True)):
        array = stored[f"arr_{number}"]
        assert list(array.shape) == one["shape"]
        assert type_ == "x".join([*map(str, array.shape), MLIR_TYPES[str(array.dtype)]])


def test_the_variables_move(exported):
    before, after = np.load(exported / "step.npz"), np.load(exported / "losses.npz")
    described = json.loads((exported / "step.json").read_text(encoding="utf-8"))["arguments"]
    names = {one["name"]: number for number, one in enumerate(described)}
    assert after[f"arr_{names['step']}"] == before[f"arr_{names['step']}"] + 2
    for network in ("generator", "discriminator"):
        kernel = f"arr_{names[f'{network}/B1/conv1/kernel']}"
        assert np.any(before[kernel] != after[kernel])


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_makes_the_same_of_it(exported):
    command = [sys.executable, BENCHMARKS / "run_stablehlo.py", exported, "--steps=1"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pairs = re.findall(r"^  (\S+): (\S+), (\S+)$", printed, re.MULTILINE)
    values = json.loads((exported / "step.json").read_text(encoding="utf-8"))["values"]
    assert [name for name, _, _ in pairs] == 2 * values
    for _, here, there in pairs:
        assert float(here) == pytest.approx(float(there), rel=1e-4, abs=1e-5)
    median = float(re.search(r"TensorFlow's: median (\S+),", printed).group(1))
    assert median < 1e-5
