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

# What is done before a signal comes is about 100 steps.
STEPS = 600
STEPS_OF_MANY_RUNS = 2500
SAVED_EVERY = 50


@pytest.fixture
def start(tiny, tmp_path):
    """`start(name, steps)` trains in the folder of that name, in a process of its own."""
    processes = []

    def go(name, steps):
        command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={tmp_path / name}"]
        settings = [
            f"options.training_steps = {steps}",
            f"run_config.save_checkpoints_steps = {SAVED_EVERY}",
            "run_config.iterations_per_loop = 50",
        ]
        command += [f"--gin_bindings={binding}" for binding in [*tiny, *settings]]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        return process

    yield go
    for process in processes:
        process.kill()
        process.communicate()


def _newest(folder):
    return max(Checkpoints(folder / "checkpoints").steps(), default=0)


def _finish(process):
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return errors


def _weights(folder, steps):
    """Everything in the last checkpoint, as bytes by name."""
    prefix = str(Checkpoints(folder / "checkpoints").folder(steps) / "state")
    reader = tf.train.load_checkpoint(prefix)
    names = [name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name]
    return {name: reader.get_tensor(name).tobytes() for name in sorted(names)}


def _interrupt(process, folder, number, seconds):
    """Sends a signal once the run has saved something and some seconds have passed.

    Returns:
      The step of the newest checkpoint afterwards, and what the process said.
    """
    before = _newest(folder)
    while _newest(folder) == before and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    # The signal ended it, and nothing else: not its last step, not an error.
    expected = -signal.SIGKILL if number == signal.SIGKILL else 128 + signal.SIGTERM
    assert process.returncode == expected, errors
    reached = _newest(folder)
    assert reached > before
    if number == signal.SIGTERM:
        (message,) = [line for line in errors.splitlines() if line.startswith("compare_gan:")]
        assert f"Stopped by SIGTERM after step {reached}, which is saved." in message
        assert "Traceback" not in errors
    return reached, errors


def _check(start, tmp_path, steps, seconds):
    whole, parts = start("whole", steps), tmp_path / "parts"
    reached = 0
    signals = [signal.SIGKILL, signal.SIGTERM] * len(seconds)
    for number, wait in zip(signals, seconds, strict=False):
        newest, errors = _interrupt(start("parts", steps), parts, number, wait)
        assert (f"Resuming from the checkpoint of step {reached}." in errors) == bool(reached)
        reached = newest
        assert reached < steps
    assert f"Resuming from the checkpoint of step {reached}." in _finish(start("parts", steps))
    _finish(whole)
    assert _weights(parts, steps) == _weights(tmp_path / "whole", steps)


def test_killed_and_terminated_runs_resume_exactly(start, tmp_path):
    _check(start, tmp_path, STEPS, [0.05, 0.1])


@pytest.mark.slow
def test_many_random_moments(start, tmp_path):
    moments = random.Random(0)
    waits = [moments.uniform(0, 0.2) for _ in range(8)]
    _check(start, tmp_path, STEPS_OF_MANY_RUNS, waits)
