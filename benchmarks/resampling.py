# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How many times as long resampling convolutions take in their plain form as fused: a table.

    python benchmarks/resampling.py [--sizes=4,8,16,32] [--channels=16,64,256] [--batch=8]

| form | plain | fused |
|---|---|---|
| k×k, up | zeros inserted, then the convolution | one transposed convolution of stride 2 |
| k×k, down | the convolution, then 2×2 averages | one convolution of stride 2, the kernel spread |
| 1×1, up | zeros inserted, then the convolution | the convolution, then zeros inserted |
| 1×1, down | the convolution, then 2×2 averages | 2×2 averages, then the convolution |

A call gives the output and its derivatives by images and kernel. Both forms run in turns, so that
whatever else the machine does falls on both; the table has the median of the turns' ratios with
their quartiles. `layers.resampling.convolve` always takes the fused form: ratios above 1 are what
that rests on.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
from tabulate import tabulate

from compare_gan.layers.resampling import average_pool, convolve, unpool
from compare_gan.training import distribution

# A new function for each cell is meant, and no mistake to warn of.
tf.get_logger().setLevel("ERROR")

_TURN_SECONDS = 0.02  # a turn's; one call at least


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


def seconds(function: Callable, *arguments: tf.Tensor, calls: int = 1) -> float:
    """How long so many calls take, until their results are there."""
    started = time.perf_counter()
    for _ in range(calls):
        function(*arguments)
    tf.test.experimental.sync_devices()  # a GPU would still be busy
    return time.perf_counter() - started


def ratios(
    kernel_size: int, resample: str, size: int, channels: int, options: argparse.Namespace
) -> list[float]:
    """Plain over fused, in each turn; `size` is the smaller of both sizes."""
    large = size * (2 if resample == "down" else 1)
    x = tf.random.stateless_normal([options.batch, large, large, channels], [0, 1])
    kernel = tf.random.stateless_normal([kernel_size, kernel_size, channels, channels], [0, 2])
    fused, plain = (
        with_derivatives(form, resample, options.jit) for form in (convolve, plain_convolve)
    )
    seconds(plain, x, kernel), seconds(fused, x, kernel)  # traced
    calls = max(1, round(_TURN_SECONDS / seconds(fused, x, kernel)))
    return [
        seconds(plain, x, kernel, calls=calls) / seconds(fused, x, kernel, calls=calls)
        for _ in range(options.repeats)
    ]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=_numbers, default=[4, 8, 16, 32], help="the smaller ones")
    parser.add_argument("--channels", type=_numbers, default=[16, 64, 256])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--jit", action="store_true", help="compiled by XLA")
    options = parser.parse_args()
    rows = []
    for kernel_size in (3, 1):
        for resample in ("up", "down"):
            for channels in options.channels:
                row = [f"{kernel_size}×{kernel_size}, {resample}", str(channels)]
                for size in options.sizes:
                    found = ratios(kernel_size, resample, size, channels, options)
                    low, middle, high = statistics.quantiles(found, n=4)
                    row.append(f"**{middle:.2f}** ({low:.2f} to {high:.2f})")
                rows.append(row)
    places = [f"{size} and {2 * size} px" for size in options.sizes]
    headers = ["form", "channels", *places]
    print(tabulate(rows, headers, tablefmt="pipe", disable_numparse=True))
    device = distribution.describe_devices(tf.distribute.get_strategy())
    print(f"\nBatch {options.batch}, {options.repeats} turns ({device}, {os.cpu_count()} cores).")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
