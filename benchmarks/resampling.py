# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How much longer resampling convolutions take in their plain form than fused, forwards and back.

    python benchmarks/resampling.py [--channels=256] [--size=16] [--batch=16] [--repeats=25]

The plain form inserts zeros before a full convolution, or averages after one. A call gives the
output and its derivatives by images and kernel. Both forms run in turns, so that whatever else the
machine does falls on both; the median of the turns' ratios is printed, with their quartiles.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from compare_gan.layers.resampling import average_pool, convolve, unpool
from compare_gan.training import distribution

# A new function for each line is meant, and no mistake to warn of.
tf.get_logger().setLevel("ERROR")


def plain_convolve(x: tf.Tensor, kernel: tf.Tensor, resample: str) -> tf.Tensor:
    """What `convolve` computes, literally."""
    if resample == "up":
        x = unpool(x)
    x = tf.nn.conv2d(x, kernel, strides=1, padding="SAME")
    return average_pool(x) if resample == "down" else x


def with_derivatives(form: Callable, resample: str, jit_compile: bool) -> Callable:
    """A compiled function from images and kernel to the output and both derivatives."""

    def forwards_and_back(x: tf.Tensor, kernel: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            output = form(x, kernel, resample)
            loss = tf.reduce_sum(tf.square(output))
        return [output, *tape.gradient(loss, [x, kernel])]

    return tf.function(forwards_and_back, autograph=False, jit_compile=jit_compile)


def seconds(function: Callable, *arguments: tf.Tensor) -> float:
    """How long a call takes, until its results are there."""
    started = time.perf_counter()
    function(*arguments)
    tf.test.experimental.sync_devices()  # a GPU would still be busy
    return time.perf_counter() - started


def main() -> None:
    """Prints a line for each kernel and direction."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--size", type=int, default=16, help="the smaller of both sizes")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--jit", action="store_true", help="compiled by XLA")
    options = parser.parse_args()
    device = distribution.describe_devices(tf.distribute.get_strategy())
    print(
        f"{options.channels} channels, {options.size} and {2 * options.size} pixels, batch "
        f"{options.batch}, {options.repeats} turns ({device}, {os.cpu_count()} cores)"
    )
    for kernel_size in (3, 1):
        for resample in ("up", "down"):
            size = options.size * (2 if resample == "down" else 1)
            x = tf.random.stateless_normal([options.batch, size, size, options.channels], [0, 1])
            shape = [kernel_size, kernel_size, options.channels, options.channels]
            kernel = tf.random.stateless_normal(shape, [0, 2])
            fused = with_derivatives(convolve, resample, options.jit)
            plain = with_derivatives(plain_convolve, resample, options.jit)
            seconds(fused, x, kernel), seconds(plain, x, kernel)  # traced, and warm
            turns = [
                (seconds(fused, x, kernel), seconds(plain, x, kernel))
                for _ in range(options.repeats)
            ]
            ratios = [plain / fused for fused, plain in turns]
            low, middle, high = statistics.quantiles(ratios, n=4)
            fused_ms, plain_ms = (1000 * statistics.median(times) for times in zip(*turns))
            print(
                f"{kernel_size}x{kernel_size} {resample:>4}: fused {fused_ms:.1f} ms, plain "
                f"{plain_ms:.1f} ms, {middle:.2f} times as long ({low:.2f} to {high:.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
