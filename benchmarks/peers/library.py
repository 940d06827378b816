# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""This library's side: a training of a configuration, a few steps at a time.

python -m peers.library NETWORK-AS-JSON      (started by `sides`)
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from compare_gan import configuration
from compare_gan.randomness import Draws
from compare_gan.schedules.run import RunFlags, build_dataset, build_experiment
from compare_gan.training import begin, distribution
from compare_gan.training.steps import CompiledSteps
from peers import loop
from peers.description import describe, operations, refuse_float16
from peers.networks import ROOT
from peers.serving import serve


class Training:
    """A training of a configuration, a few steps at a time.

    Args:
      config: The `.gin` file.
      bindings: More bindings.
      fake_dataset: Whether random images of the data set's shape stand in for it.

    Raises:
      ValueError: It is one in float16.
    """

    def __init__(self, config: str, bindings: list[str], fake_dataset: bool = True):
        configuration.parse([config], bindings)
        dataset = build_dataset(RunFlags(Path("."), fake_dataset=fake_dataset))
        self.experiment = build_experiment(dataset)
        refuse_float16(self.experiment)
        settings = self.experiment.settings
        gan, strategy = self.experiment.gan, self.experiment.strategy
        with strategy.scope():
            for update in gan.updates:
                update.optimizer.build(list(update.variables))
            step = tf.Variable(0, dtype=tf.int64)
        gan.initialize()
        self.device = distribution.describe_devices(strategy)
        self._batches = iter(distribution.deal_rows(self.experiment.batches(0), strategy))
        self._run = CompiledSteps(
            gan,
            settings.seed,
            step,
            strategy,
            settings.jit_compile,
            gradient_accumulation=settings.gradient_accumulation,
        )

    def seconds(self, steps: int) -> float:
        """How long so many steps take.

        Raises:
          RuntimeError: A value was not finite, so that steps are missing.
        """
        started = time.perf_counter()
        taken, values, _ = self._run(self._batches, steps)
        elapsed = time.perf_counter() - started
        if taken < steps or not np.isfinite(values).all():
            raise RuntimeError(f"Step {taken} of {steps} is not finite: {values}.")
        return elapsed

    def describe(self) -> dict[str, Any]:
        """All that the other side must know to train the same, and where this one runs."""
        return {**describe(self.experiment), "device": self.device}

    def operations(self) -> int:
        """Floating-point operations of a step."""
        return operations(self.experiment)

    def loop(self, steps: int) -> dict[str, float]:
        """What the training loop adds; see `loop.measure`. All begins anew."""
        return loop.measure(self.experiment, steps)

    def write_reference(self, path: str) -> dict[str, dict[str, float]]:
        """Computes one update of D and one of G with the weights as they are, applying nothing.

        Args:
          path: The weights, the batch and what was drawn are written there, as `.npz`.

        Returns:
          By update the loss and the norm of its gradients.
        """
        gan = self.experiment.gan
        batch = {name: value[0] for name, value in next(self._batches).items()}
        arrays = {f"batch/{name}": value.numpy() for name, value in batch.items()}
        for network in (gan.generator, gan.discriminator, *gan.heads.values()):
            arrays |= {f"weights/{v.path}": v.value.numpy() for v in network.variables}
        found = {}
        for update in gan.updates:
            loss, norm, drawn = tf.function(_gradients_of, autograph=False)(update, batch)
            found[update.name] = {"loss": float(loss), "gradient_norm": float(norm)}
            arrays |= {f"{update.name}/{name}": value.numpy() for name, value in drawn.items()}
        np.savez(path, **arrays)
        return found


class _RecordedDraws(Draws):
    """Keeps the latents and classes that it drew."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.drawn: dict[str, tf.Tensor] = {}

    def uniform(self, name: str, *arguments: Any, **named: Any) -> tf.Tensor:
        return self._kept(name, super().uniform(name, *arguments, **named))

    def normal(self, name: str, *arguments: Any, **named: Any) -> tf.Tensor:
        return self._kept(name, super().normal(name, *arguments, **named))

    def categorical(self, name: str, *arguments: Any, **named: Any) -> tf.Tensor:
        return self._kept(name, super().categorical(name, *arguments, **named))

    def _kept(self, name: str, value: tf.Tensor) -> tf.Tensor:
        if name in ("latents", "labels"):
            self.drawn[name] = value
        return value


def _gradients_of(update: Any, batch: dict[str, tf.Tensor]) -> tuple[Any, ...]:
    draws = _RecordedDraws(0, 0, update.name)
    gradients = update.gradients(batch, draws)
    return gradients.scalars["loss"], tf.linalg.global_norm(gradients.gradients), draws.drawn


def convolution_speed(shapes: list[list[int]], seconds: float) -> float:
    """The most floating-point operations a second that TensorFlow's convolutions reach here.

    Args:
      shapes: Batch, size and channels of the convolutions to try.
      seconds: For how long each is tried.
    """
    return max(_speed_of(*shape, seconds) for shape in shapes)


def _speed_of(batch: int, size: int, channels: int, seconds: float) -> float:
    x = tf.random.stateless_normal([batch, size, size, channels], [0, 1])
    kernel = tf.random.stateless_normal([3, 3, channels, channels], [0, 2])
    convolve = tf.function(lambda: tf.nn.conv2d(x, kernel, 1, "SAME")[0, 0, 0, 0])
    convolve().numpy()
    count, started = 0, time.perf_counter()
    while count == 0 or time.perf_counter() - started < seconds:
        convolve().numpy()
        count += 1
    elapsed = time.perf_counter() - started
    return count * 2 * batch * size**2 * 9 * channels**2 / elapsed


def _begin(devices: int, workers: int) -> None:
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        logical = [tf.config.LogicalDeviceConfiguration()] * devices
        tf.config.set_logical_device_configuration(cpu, logical)
        begin("mirrored")
    elif workers > 1:
        begin("multi_worker")


def main() -> None:
    """Answers `sides`."""
    network = json.loads(sys.argv[1])
    _begin(network["devices"], network["workers"])
    training = Training(
        str(ROOT / network["config"]), network["bindings"], fake_dataset=not network["own_data"]
    )
    serve(
        {
            "describe": training.describe,
            "operations": training.operations,
            "loop": training.loop,
            "reference": training.write_reference,
            "steps": training.seconds,
            "peak": convolution_speed,
            "memory": lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )


if __name__ == "__main__":
    main()
