# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What the training loop adds to the compiled steps, and how long those wait for their data."""

import contextlib
import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from unittest import mock

from compare_gan import training
from compare_gan.schedules.run import Experiment
from compare_gan.training.steps import CompiledSteps


class Clock:
    """Times the compiled calls of a loop and all that lies between them.

    Args:
      warm_up: How many steps are not counted; calls are counted whole.
      now: Gives the time in seconds.

    Attributes:
      steps: How many were counted.
    """

    def __init__(self, warm_up: int, now: Callable[[], float] = time.perf_counter):
        self._warm_up = warm_up
        self._now = now
        self.steps = 0
        self._inside = self._waited = 0.0
        self._started = self._ended = 0.0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """While it lasts every call of `CompiledSteps` is timed."""
        plain = CompiledSteps.__call__

        def timed(steps, iterator, count):
            before = self._now()
            taken, values, waited = plain(steps, iterator, count)
            self.add(taken, waited, before, self._now())
            return taken, values, waited

        with mock.patch.object(CompiledSteps, "__call__", timed):
            yield

    def add(self, taken: int, waited: float, before: float, after: float) -> None:
        """Counts a call that made `taken` steps between two times and waited for data meanwhile."""
        if self._warm_up <= 0:
            self._started = before if not self.steps else self._started
            self._ended = after
            self.steps += taken
            self._inside += after - before
            self._waited += waited
        self._warm_up -= taken

    def shares(self) -> dict[str, float]:
        """Seconds a step, and the shares of all the time that went by outside of the compiled steps
        and, inside them, waiting for data.
        """
        elapsed = self._ended - self._started
        return {
            "seconds": elapsed / self.steps,
            "outside": 1 - self._inside / elapsed,
            "waiting": self._waited / elapsed,
        }


def measure(experiment: Experiment, steps: int) -> dict[str, float]:
    """Trains from the beginning, as a command does, with progress, curves and checkpoints.

    Args:
      experiment: What is trained.
      steps: How many; the first tenth, at least one, warms up.

    Returns:
      `Clock.shares`.

    Raises:
      ValueError: There is no step to count.
    """
    if steps < 2:
        raise ValueError(f"The first step warms up: {steps} steps are too few, 2 would do.")
    clock = Clock(warm_up=max(1, steps // 10))
    settings = dataclasses.replace(experiment.settings, training_steps=steps)
    with tempfile.TemporaryDirectory() as folder, clock.watching():
        training.train(
            experiment.gan, experiment.batches, folder, settings, (), experiment.strategy
        )
    return clock.shares()
