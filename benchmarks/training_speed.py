# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Steps per second of a configuration, and the shares of the time spent outside the compiled steps
and, inside them, waiting for data.

    python benchmarks/training_speed.py --gin_config=configs/gan_digits.gin --steps=200
    python benchmarks/training_speed.py --gin_config=configs/resnet_cifar10.gin --fake --steps=4

The first 10 % of the steps (at least one) warm up and are not counted. The loop is the one that
training runs, with its progress, curves and checkpoints.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from compare_gan import configuration, training
from compare_gan.schedules.run import RunFlags, build_dataset, build_experiment
from compare_gan.training import distribution
from compare_gan.training.steps import CompiledSteps


class Clock:
    """Times the compiled calls and all that lies between them."""

    def __init__(self, warm_up: int):
        self.warm_up = warm_up
        self.steps = self.inside = 0
        self.started = self.ended = self.waited = 0.0
        self._call = CompiledSteps.__call__
        CompiledSteps.__call__ = lambda steps, iterator, count: self._timed(steps, iterator, count)

    def _timed(self, steps: CompiledSteps, iterator, count: int):
        warm = self.warm_up <= 0
        before = time.perf_counter()
        if warm and not self.started:
            self.started = before
        taken, values, waited = self._call(steps, iterator, count)
        self.ended = time.perf_counter()
        if warm:
            self.steps += taken
            self.inside += self.ended - before
            self.waited += waited
        self.warm_up -= taken
        return taken, values, waited


def main() -> None:
    """Prints one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gin_config", required=True)
    parser.add_argument("--gin_bindings", action="append", default=[])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--fake", action="store_true", help="random images instead of the data")
    parser.add_argument("--tfds_data_dir")
    arguments = parser.parse_args()

    bindings = [*arguments.gin_bindings, f"options.training_steps = {arguments.steps}"]
    configuration.parse([arguments.gin_config], bindings)
    with tempfile.TemporaryDirectory() as folder:
        flags = RunFlags(Path(folder), arguments.tfds_data_dir, fake_dataset=arguments.fake)
        experiment = build_experiment(build_dataset(flags))
        clock = Clock(max(1, arguments.steps // 10))
        training.train(
            experiment.gan, experiment.batches, folder, experiment.settings, (), experiment.strategy
        )
    elapsed = clock.ended - clock.started
    print(
        f"{arguments.gin_config}: {clock.steps / elapsed:.4g} steps/s, "
        f"{1000 * elapsed / clock.steps:.4g} ms a step, "
        f"{100 * (1 - clock.inside / elapsed):.2f}% outside the compiled steps, "
        f"{100 * clock.waited / elapsed:.2f}% waiting for data "
        f"({distribution.describe_devices(experiment.strategy)}, {os.cpu_count()} cores)"
    )


if __name__ == "__main__":
    main()
