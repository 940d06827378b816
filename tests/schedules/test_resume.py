# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A run that is killed and started again ends with the weights of one that was not, bit for bit."""

import random
import signal
import time

import pytest

from tests.schedules import processes

# What is done before a signal comes is about 60 steps.
STEPS = 300
STEPS_OF_MANY_RUNS = 2500
SAVED_EVERY = 20


@pytest.fixture
def start(tiny, tmp_path):
    """`start(name, steps)` trains in the folder of that name, in a process of its own."""
    started = []

    def go(name, steps):
        settings = [
            f"options.training_steps = {steps}",
            f"run_config.save_checkpoints_steps = {SAVED_EVERY}",
            "run_config.iterations_per_loop = 20",
        ]
        started.append(processes.start(tmp_path / name, [*tiny, *settings]))
        return started[-1]

    yield go
    for process in started:
        process.kill()
        process.communicate()


def _interrupt(process, folder, number, seconds):
    """Sends a signal once the run has saved something and some seconds have passed.

    Returns:
      The step of the newest checkpoint afterwards, and what the process said.
    """
    before = processes.newest_step(folder)
    while processes.newest_step(folder) == before and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    # The signal ended it, and nothing else: not its last step, not an error.
    expected = -signal.SIGKILL if number == signal.SIGKILL else 128 + signal.SIGTERM
    assert process.returncode == expected, errors
    reached = processes.newest_step(folder)
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
    assert f"Resuming from the checkpoint of step {reached}." in processes.finish(
        start("parts", steps)
    )
    processes.finish(whole)
    assert processes.saved_values(parts, steps) == processes.saved_values(tmp_path / "whole", steps)


def test_killed_and_terminated_runs_resume_exactly(start, tmp_path):
    _check(start, tmp_path, STEPS, [0.05, 0.1])


@pytest.mark.slow
def test_many_random_moments(start, tmp_path):
    moments = random.Random(0)
    waits = [moments.uniform(0, 0.2) for _ in range(8)]
    _check(start, tmp_path, STEPS_OF_MANY_RUNS, waits)
