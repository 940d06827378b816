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
)
# Adam would make full steps of the rounding noise in a bias that batch norm takes out again.
FLOAT32 = (*BINDINGS, "ModularGAN.g_optimizer_fn = @tf.train.GradientDescentOptimizer")
BFLOAT16 = (*BINDINGS, "run_config.precision = 'mixed_bfloat16'")
MLIR_TYPES = {"float32": "f32", "int32": "i32", "int64": "i64", "uint8": "ui8"}

pytestmark = pytest.mark.slow


def _export(folder, bindings):
    command = [sys.executable, BENCHMARKS / "export_stablehlo.py", f"--output={folder}"]
    command += [f"--gin_config={CONFIGS / name}" for name in ("digits.gin", "methods/s3gan.gin")]
    command += [f"--gin_bindings={binding}" for binding in bindings]
    subprocess.run([*command, "--check_steps=2"], check=True)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return _export(tmp_path_factory.mktemp("exported"), FLOAT32)


@pytest.fixture(scope="module")
def exported_bfloat16(tmp_path_factory):
    return _export(tmp_path_factory.mktemp("exported_bfloat16"), BFLOAT16)


def _described(folder, name="step.json"):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_arguments_are_those_of_the_module(exported):
    text = (exported / "step.mlir").read_text(encoding="utf-8")
    entry = re.search(r"func\.func @main\((.*?)\) ->", text, re.DOTALL).group(1)
    types = re.findall(r"%arg\d+: tensor<([^>]*)>", entry)
    described = _described(exported)["arguments"]
    stored = np.load(exported / "step.npz")
    assert len(types) == len(described) == len(stored.files)
    for number, (type_, one) in enumerate(zip(types, described, strict=True)):
        array = stored[f"arr_{number}"]
        assert list(array.shape) == one["shape"]
        assert type_ == "x".join([*map(str, array.shape), MLIR_TYPES[str(array.dtype)]])


def test_the_variables_move(exported):
    before, after = np.load(exported / "step.npz"), np.load(exported / "losses.npz")
    described = _described(exported)["arguments"]
    names = {one["name"]: number for number, one in enumerate(described)}
    assert after[f"arr_{names['step']}"] == before[f"arr_{names['step']}"] + 2
    for network in ("generator", "discriminator"):
        kernel = f"arr_{names[f'{network}/B1/conv1/kernel']}"
        assert np.any(before[kernel] != after[kernel])


def test_bfloat16_is_what_it_convolves_in_and_variables_are_float32(exported_bfloat16):
    text = (exported_bfloat16 / "step.mlir").read_text(encoding="utf-8")
    convolved = re.findall(r"stablehlo\.convolution.*-> tensor<[\dx]*x(\w+)>", text)
    assert len(convolved) > 50
    assert set(convolved) == {"bf16"}
    described = _described(exported_bfloat16)
    assert described["precision"] == "bfloat16"
    assert {one["dtype"] for one in described["arguments"]} == set(MLIR_TYPES)


def test_pytorch_is_told_what_is_trained(exported, exported_bfloat16):
    described = _described(exported_bfloat16, "torch.json")
    assert described["precision"] == "bfloat16"
    # A kernel [1, 1, 4 · ch, 4 · ch] and D's of a 3×3 convolution from 1 to 2 · ch channels.
    assert described["parameters"]["generator/B1/conv_shortcut/kernel"] == 16 * 16
    assert described["parameters"]["discriminator/B1/conv1/kernel"] == 9 * 8
    # No gradient descent was written for it.
    assert not (exported / "torch.json").exists()


def _in_jax(folder):
    """What running the step prints, and pairs of values there and by TensorFlow."""
    command = [sys.executable, BENCHMARKS / "run_stablehlo.py", folder, "--steps=1"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pairs = re.findall(r"^  (\S+): (\S+), (\S+)$", printed, re.MULTILINE)
    assert [name for name, _, _ in pairs] == 2 * _described(folder)["values"]
    return printed, [(float(here), float(there)) for _, here, there in pairs]


_NEEDS_JAX = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed"
)


@_NEEDS_JAX
def test_jax_makes_the_same_of_it(exported):
    printed, pairs = _in_jax(exported)
    for here, there in pairs:
        assert here == pytest.approx(there, rel=1e-4, abs=1e-5)
    assert "% of the peak in float32" in printed
    median = float(re.search(r"TensorFlow's: median (\S+),", printed).group(1))
    assert median < 1e-5


@_NEEDS_JAX
def test_jax_makes_nearly_the_same_of_bfloat16(exported_bfloat16):
    printed, pairs = _in_jax(exported_bfloat16)
    for here, there in pairs:  # 8 significant bits, rounded at other places
        assert here == pytest.approx(there, rel=0.05, abs=0.02)
    assert "% of the peak in bfloat16" in printed
