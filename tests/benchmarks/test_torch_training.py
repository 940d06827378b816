# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""PyTorch's training step of a tiny S3GAN, in float32 and bfloat16; where PyTorch is installed."""

import json
import subprocess
import sys

import pytest
import torch
from peers.torch_operations import step_operations
from peers.torch_training import Training

from tests.benchmarks.conftest import BENCHMARKS

_ADAM = {"learning_rate": 1e-3, "beta_1": 0.0, "beta_2": 0.999, "epsilon": 1e-8}
_STATISTICS = {"settings": {"decay": 0.9, "epsilon": 1e-5}}
_BOTH = {"image_shape": [8, 8, 1], "num_classes": 3, "spectral_norm": {"singular_value": "auto"}}


def _description(**changed):
    return {
        "family": "resnet_biggan",
        "generator": {
            **_BOTH,
            "normalizer": {"class": "ConditionalBatchNorm", "config": _STATISTICS},
            "final_normalizer": {"class": "BatchNorm", "config": _STATISTICS},
            "z_dim": 6,
            "ch": 2,
            "hierarchical_z": True,
            "embed_y_dim": 5,
        },
        "discriminator": {**_BOTH, "ch": 4, "project_y": False},
        "heads": {
            "discriminator_rotation_head": [8, 4],
            "discriminator_label_projection_embedding": [3, 8],
        },
        "precision": "float32",
        "batch_size": 8,
        "disc_iters": 2,
        "z_dim": 6,
        "loss": "hinge",
        "prior": "normal",
        "optimizers": {"discriminator": _ADAM, "generator": _ADAM},
        "ema_decay": 0.9,
        "rotation": {"rows": 2, "weight_d": 0.5, "weight_g": 0.2},
        **changed,
    }


def _losses(training):
    """D's and G's loss of one batch, each from the weights that the seed gives."""
    batch = *training.reals(), training.latents(8), training.fake_labels(8)
    return [
        float(training.differentiate("discriminator", *batch)),
        float(training.differentiate("generator", *batch[2:])),
    ]


def test_bfloat16_is_near_float32_and_is_not_float32():
    plain = _losses(Training(_description(), "contiguous"))
    mixed = _losses(Training(_description(precision="bfloat16"), "contiguous"))
    # 8 significant bits, and some ten layers.
    assert mixed == pytest.approx(plain, rel=0.05)
    assert mixed != plain


def test_spectral_norms_are_computed_in_float32():
    layer = Training(_description(), "contiguous").discriminator.B1.conv2
    with torch.no_grad():
        plain = layer.weight()
        with torch.autocast("cpu", torch.bfloat16):
            mixed = layer.weight()
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, plain)


@pytest.mark.parametrize("form", ["contiguous", "channels_last"])
def test_a_step_in_bfloat16_moves_float32_weights(form):
    training = Training(_description(precision="bfloat16"), form)
    networks = training.generator, training.discriminator, training.heads
    before = [p.clone() for network in networks for p in network.parameters()]
    training.seconds(2)
    after = [p for network in networks for p in network.parameters()]
    assert {parameter.dtype for parameter in after} == {torch.float32}
    assert any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_operations_are_those_of_both_updates():
    # Each more of D's updates adds the same.
    counts = [
        step_operations(Training(_description(disc_iters=updates), "contiguous"))
        for updates in (1, 2, 3)
    ]
    assert counts[2] - counts[1] == counts[1] - counts[0] > 0


@pytest.mark.slow
def test_the_compiled_form_makes_the_same_step():
    plain, compiled = (
        Training(_description(), form) for form in ("contiguous", "contiguous+compile")
    )
    torch.manual_seed(1)
    expected = [float(plain.step()) for _ in range(2)]
    torch.manual_seed(1)
    assert [float(compiled.step()) for _ in range(2)] == pytest.approx(expected, rel=1e-4)
    own = dict(compiled.discriminator.named_buffers())
    for name, vector in plain.discriminator.named_buffers():
        torch.testing.assert_close(own[name], vector, rtol=1e-3, atol=1e-3)


@pytest.mark.slow
def test_the_command_needs_no_tensorflow(tmp_path):
    (tmp_path / "torch.json").write_text(json.dumps(_description()))
    blocked = "import sys, runpy; sys.modules['tensorflow'] = None; sys.argv = sys.argv[1:]; "
    blocked += "sys.path.insert(0, sys.argv[0].rpartition('/')[0]); "
    blocked += "runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", blocked, str(BENCHMARKS / "torch_step.py")]
    command += [str(tmp_path / "torch.json"), "--device=cpu", "--precision=bfloat16"]
    command += ["--forms=contiguous,channels_last", "--steps=2"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "channels_last: " in printed
    assert "% of the peak in bfloat16" in printed
