# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Training steps compiled by XLA beside steps that are not, on whatever device is there.

    python benchmarks/jit.py [--configs configs/gan_digits.gin …] [--rounds=9] [--seconds=5]

Both train on random images of the data set's shape and run in turns, so that whatever else the
machine does falls on both; the median of the rounds' ratios is printed, with their quartiles.
"""

import argparse
import os
import statistics

from peers.library import Training

CONFIGS = ("configs/gan_digits.gin", "configs/resnet_cifar10.gin")


def compare(config: str, bindings: list[str], rounds: int, seconds: float) -> None:
    """Prints one line of figures."""
    plain, compiled = (Training(config, bindings, jit) for jit in (False, True))
    tracing = [training.seconds(1) for training in (plain, compiled)]
    steps = max(1, round(2 * seconds / plain.seconds(2)))
    compiled.seconds(2)  # as warm as the other
    turns = [(plain.seconds(steps), compiled.seconds(steps)) for _ in range(rounds)]
    ratios = [xla / without for without, xla in turns]
    low, middle, high = statistics.quantiles(ratios, n=4)
    without, xla = (1000 * statistics.median(times) / steps for times in zip(*turns))
    print(
        f"{' '.join([config, *bindings])}: {without:.4g} ms a step, compiled by XLA {xla:.4g} ms, "
        f"{middle:.2f} times as long ({low:.2f} to {high:.2f} in "
        f"{rounds} rounds of {steps} steps); first step {tracing[0]:.1f} s and {tracing[1]:.1f} s "
        f"({plain.device}, {os.cpu_count()} cores)",
        flush=True,
    )


def main() -> None:
    """Compares each configuration."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configs", nargs="+", default=CONFIGS)
    parser.add_argument("--gin_bindings", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=5.0, help="a round's, without XLA")
    options = parser.parse_args()
    for config in options.configs:
        compare(config, options.gin_bindings, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
