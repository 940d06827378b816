# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Steps per second of a configuration's training loop, and the shares of the time spent outside the
compiled steps and, inside them, waiting for data.

    python benchmarks/training_speed.py --gin_config=configs/gan_digits.gin --steps=200
    python benchmarks/training_speed.py --gin_config=configs/resnet_cifar10.gin --fake --steps=4

The first 10 % of the steps (at least one) warm up and are not counted. For any configuration, on
its own data; `speed.py` measures the same of its networks, beside PyTorch.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from peers import loop

from compare_gan import configuration
from compare_gan.schedules.run import RunFlags, build_dataset, build_experiment
from compare_gan.training import distribution


def main() -> None:
    """Prints one line of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gin_config", required=True)
    parser.add_argument("--gin_bindings", action="append", default=[])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--fake", action="store_true", help="random images instead of the data")
    parser.add_argument("--tfds_data_dir")
    arguments = parser.parse_args()
    configuration.parse([arguments.gin_config], arguments.gin_bindings)
    flags = RunFlags(Path("."), arguments.tfds_data_dir, fake_dataset=arguments.fake)
    experiment = build_experiment(build_dataset(flags))
    found = loop.measure(experiment, arguments.steps)
    print(
        f"{arguments.gin_config}: {1 / found['seconds']:.4g} steps/s, "
        f"{1000 * found['seconds']:.4g} ms a step, "
        f"{100 * found['outside']:.2f}% outside the compiled steps, "
        f"{100 * found['waiting']:.2f}% waiting for data "
        f"({distribution.describe_devices(experiment.strategy)}, {os.cpu_count()} cores)"
    )


if __name__ == "__main__":
    main()
