# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A run that is killed and started again ends with the weights of one that was not, bit for bit."""

import random
import signal
import subprocess
import sys
import time

import pytest
import tensorflow as tf

from compare_gan.training import Checkpoints

STEPS = 400


def _start(folder, bindings):
    command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={folder}"]
    command += [f"--gin_bindings={binding}" for binding in bindings]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def _finish(folder, bindings):
    process = _start(folder, bindings)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return errors


def _weights(folder):
    """Everything in the last checkpoint, as bytes by name."""
    prefix = str(Checkpoints(folder / "checkpoints").folder(STEPS) / "state")
    reader = tf.train.load_checkpoint(prefix)
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: reader.get_tensor(name).tobytes() for name in sorted(names)}


@pytest.fixture
def bindings(tiny):
    return [*tiny, f"options.training_steps = {STEPS}", "run_config.save_checkpoints_steps = 50"]


@pytest.fixture
def uninterrupted(bindings, tmp_path):
    _finish(tmp_path / "whole", bindings)
    return _weights(tmp_path / "whole")


def _interrupt(folder, bindings, number, seconds):
    """Starts a run, waits for its first step and some seconds more, and sends a signal."""
    process = _start(folder, bindings)
    for line in process.stderr:
        if "First step done" in line:
            break
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def _check(uninterrupted, bindings, folder, seconds):
    for number, wait in zip([signal.SIGKILL, signal.SIGTERM] * (len(seconds) // 2), seconds):
        code, errors = _interrupt(folder, bindings, number, wait)
        if number == signal.SIGTERM and code != 0:  # 0: it was done before the signal came
            assert code == 128 + signal.SIGTERM, errors
            assert "which is saved" in errors
    _finish(folder, bindings)
    assert _weights(folder) == uninterrupted


def test_killed_and_terminated_runs_resume_exactly(uninterrupted, bindings, tmp_path):
    _check(uninterrupted, bindings, tmp_path / "parts", [1.0, 0.5])


@pytest.mark.slow
def test_many_random_moments(uninterrupted, bindings, tmp_path):
    moments = random.Random(0)
    waits = [moments.uniform(0, 2) for _ in range(8)]
    _check(uninterrupted, bindings, tmp_path / "parts", waits)
