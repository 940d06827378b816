# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Runs and times a step that `benchmarks/export_stablehlo.py` wrote, and prints its share of the
device's peak; needs JAX and NumPy alone.

    python benchmarks/run_stablehlo.py /tmp/step [--steps=30]

Each step starts from the variables that the one before left, so it trains, always on the same
batches. Without step.npz arguments like those it held are drawn, with the mean and deviation that
step.json tells: the work is the same, the losses are not. With losses.npz the first steps are
compared with TensorFlow's. On a GPU float32 multiplies in TF32, as XLA has it.
"""

import argparse
import json
import re
import statistics
import time
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)  # the step's number is an int64

import numpy as np  # noqa: E402
from jax.extend.backend import get_backend, get_compile_options  # noqa: E402
from jax.interpreters import mlir  # noqa: E402
from jaxlib import xla_client  # noqa: E402
from peers.peak_shapes import PEAK_SECONDS, shapes_for  # noqa: E402


class Step:
    """A compiled step and its arguments on a device.

    Args:
      text: The module.
      arguments: Its arguments, in their order.
    """

    def __init__(self, text: str, arguments: list[np.ndarray]):
        backend = get_backend()
        self.device = backend.local_devices()[0]
        started = time.perf_counter()
        with mlir.make_ir_context():
            self.executable = backend.compile_and_load(
                mlir.ir.Module.parse(text),
                xla_client.DeviceList((self.device,)),
                get_compile_options(num_replicas=1, num_partitions=1),
            )
        self.seconds_to_compile = time.perf_counter() - started
        # Which result is the new value of which argument.
        self.updated = {result: argument for argument, result in _aliases(text)}
        self._constant = {
            number: value
            for number, value in enumerate(arguments)
            if number not in self.updated.values()
        }
        self.arguments = [jax.device_put(value, self.device) for value in arguments]

    def __call__(self) -> list[jax.Array]:
        """Makes a step; returns what it computes beside new variables."""
        results = self.executable.execute_sharded(self.arguments)
        results = [arrays[0] for arrays in results.disassemble_into_single_device_arrays()]
        jax.block_until_ready(results)
        for result, argument in self.updated.items():
            self.arguments[argument] = results[result]
        for argument, value in self._constant.items():
            if self.arguments[argument].is_deleted():  # its memory was used for something else
                self.arguments[argument] = jax.device_put(value, self.device)
        return [result for number, result in enumerate(results) if number not in self.updated]


def _aliases(text: str) -> list[tuple[int, int]]:
    """Pairs of an argument and the result that is its new value."""
    alias = r"parameter_number = (\d+) : i64\}, output_index = array<i64: (\d+)>"
    return [(int(argument), int(result)) for argument, result in re.findall(alias, text)]


def drawn_arguments(described: list[dict]) -> list[np.ndarray]:
    """Arguments of the described shapes, means and deviations."""
    rng = np.random.default_rng(0)
    arrays = []
    for one in described:
        mean, stddev, shape = one["mean"], one["stddev"], one["shape"]
        if not stddev:
            numbers = np.full(shape, mean)
        elif np.issubdtype(np.dtype(one["dtype"]), np.integer):
            # Uniform between the same two ends, as pixels and labels are.
            low, high = mean - 3**0.5 * stddev, mean + 3**0.5 * stddev
            numbers = rng.integers(max(0, round(low)), round(high), shape)
        else:
            numbers = rng.normal(mean, stddev, shape)
        arrays.append(numbers.astype(one["dtype"]))
    return arrays


def compare(step: Step, expected: np.lib.npyio.NpzFile, description: dict) -> None:
    """Makes the steps that TensorFlow made, and prints both sides' values and the distances of
    their variables.
    """
    for number, wanted in enumerate(expected["values"]):
        (got,) = map(np.asarray, step())
        print(f"step {number + 1}, here and by TensorFlow:")
        for name, here, there in zip(description["values"], got, wanted, strict=True):
            print(f"  {name}: {here:.7g}, {there:.7g}")
    distances = {}
    for argument in step.updated.values():
        there = expected[f"arr_{argument}"].astype(np.float64)
        here = np.asarray(step.arguments[argument]).astype(np.float64)
        if there.any():
            distance = np.linalg.norm(here - there) / np.linalg.norm(there)
            distances[description["arguments"][argument]["name"]] = distance
    far = [name for name, distance in distances.items() if distance > 1e-3]
    print(
        f"{len(distances)} variables after these steps, relative distance to TensorFlow's: median "
        f"{statistics.median(distances.values()):.1e}, {len(far)} above 1e-3"
        + (f" ({', '.join(far)})" if far else "")
    )


def peak_speeds(device: jax.Device, dtype: str) -> tuple[float, float]:
    """Floating-point operations a second of matrix products and of 3×3 convolutions, the fastest.

    Args:
      device: Where.
      dtype: Of what is multiplied.
    """
    size, convolutions = shapes_for(device.platform)
    matrix = _random(device, dtype, size, size)
    product = 2 * size**3 * _calls_a_second(jax.numpy.matmul, matrix, matrix)
    speeds = []
    for batch, size, channels in convolutions:
        x = _random(device, dtype, batch, size, size, channels)
        kernel = _random(device, dtype, 3, 3, channels, channels)
        operations = 2 * batch * size**2 * 9 * channels**2
        speeds.append(operations * _calls_a_second(_convolve, x, kernel))
    return product, max(speeds)


def _convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=layout)


def _random(device: jax.Device, dtype: str, *shape: int) -> jax.Array:
    numbers = np.random.default_rng(0).standard_normal(shape, np.float32)
    return jax.device_put(jax.numpy.asarray(numbers, dtype), device)


def _calls_a_second(function, *arguments: jax.Array) -> float:
    compiled = jax.jit(function)

    def many(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            result = compiled(*arguments)
        result.block_until_ready()
        return time.perf_counter() - started

    many(1)
    count = max(1, round(PEAK_SECONDS / many(1)))
    return count / many(count)


def print_share(description: dict, seconds: float, device: jax.Device) -> None:
    """Prints the step's operations a second, and their share of the peak in its precision."""
    peaks = {}
    for dtype in ("bfloat16", "float32"):
        product, convolution = peak_speeds(device, dtype)
        print(
            f"peak in {dtype}: matrix products {product / 1e12:.3f} TFLOP/s, convolutions "
            f"{convolution / 1e12:.3f} TFLOP/s"
        )
        peaks[dtype] = max(product, convolution)
    operations, dtype = description["operations"], description["precision"]
    achieved = operations / seconds
    print(
        f"{operations / 1e9:,.2f} GFLOP of convolutions and matrix products a step: "
        f"{achieved / 1e12:.3f} TFLOP/s, {achieved / peaks[dtype]:.1%} of the peak in {dtype}"
    )


def main() -> None:
    """Runs the step in a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=30)
    options = parser.parse_args()
    folder = options.folder
    description = json.loads((folder / "step.json").read_text(encoding="utf-8"))
    if (folder / "step.npz").exists():
        stored = np.load(folder / "step.npz")
        arguments = [stored[f"arr_{i}"] for i in range(len(description["arguments"]))]
    else:
        arguments = drawn_arguments(description["arguments"])
    step = Step((folder / "step.mlir").read_text(encoding="utf-8"), arguments)
    print(f"{step.device.device_kind}: compiled in {step.seconds_to_compile:.1f} s")
    memory = step.executable.get_compiled_memory_stats()
    held = memory.argument_size_in_bytes + memory.output_size_in_bytes
    held += memory.temp_size_in_bytes - memory.alias_size_in_bytes
    print(f"memory by XLA's count: {held / 2**30:.2f} GiB")
    if (folder / "losses.npz").exists():
        compare(step, np.load(folder / "losses.npz"), description)

    seconds = []
    for _ in range(3 + options.steps):  # the first three warm up
        started = time.perf_counter()
        (values,) = step()
        seconds.append(time.perf_counter() - started)
    seconds = sorted(seconds[3:])
    middle = statistics.median(seconds)
    print(
        f"a step takes {1e3 * middle:.3f} ms ({1e3 * seconds[0]:.3f} to {1e3 * seconds[-1]:.3f} "
        f"in {len(seconds)} steps)"
    )
    last = zip(description["values"], np.asarray(values), strict=True)
    print("last: " + ", ".join(f"{name} {value:.4g}" for name, value in last))
    print_share(description, middle, step.device)


if __name__ == "__main__":
    main()
