# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Times the step in plain PyTorch, on any device, from the description that
`benchmarks/export_stablehlo.py` wrote; needs PyTorch and NumPy alone.

    python benchmarks/torch_step.py /tmp/step/torch.json [--device=cuda] [--precision=bfloat16]

The step is that of `step.mlir` beside it, written for PyTorch (`peers/torch_*.py`), on random
images. All of --forms are tried, and the fastest is timed again: PyTorch's memory formats, without
`torch.compile` and with it. On a GPU float32 multiplies in TF32, as it does in XLA.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peers.options import ALL_VARIANTS
from peers.torch_training import Training

_TRIED_STEPS = 5


def seconds_of_steps(training: Training, steps: int) -> list[float]:
    """Seconds of each step, in order of size, after three that warm up."""
    training.seconds(3)
    return sorted(training.seconds(1) for _ in range(steps))


def fastest(description: dict[str, Any], forms: Sequence[str], device: str) -> str:
    """The form with the fastest steps; prints what was tried."""
    tried = {}
    for form in forms:
        try:
            training = Training(description, form, device)
            tried[form] = statistics.median(seconds_of_steps(training, _TRIED_STEPS))
            print(f"{form}: {1e3 * tried[form]:.3f} ms a step", flush=True)
        except RuntimeError as error:  # among others, that there is too little memory
            print(f"{form} does not run: {str(error).splitlines()[0]}", flush=True)
        training = None  # its memory is the next one's
    if not tried:
        sys.exit("No form of PyTorch's runs.")
    return min(tried, key=tried.get)


def main() -> None:
    """Prints the time of a step, and its share of the device's peak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("description", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="else the step's own")
    parser.add_argument("--forms", default=",".join(ALL_VARIANTS), help="joined by commas")
    parser.add_argument("--steps", type=int, default=30, help="0: only one, to see how long it is")
    options = parser.parse_args()
    description = json.loads(options.description.read_text(encoding="utf-8"))
    description["precision"] = options.precision or description["precision"]
    if torch.device(options.device).type == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    forms = options.forms.split(",")
    if not options.steps:
        Training(description, forms[0], options.device).seconds(1)
        print("First step done.", file=sys.stderr, flush=True)
        return

    form = fastest(description, forms, options.device) if len(forms) > 1 else forms[0]
    training = Training(description, form, options.device)
    seconds = seconds_of_steps(training, options.steps)
    middle = statistics.median(seconds)
    is_cuda = training.device.type == "cuda"
    name = torch.cuda.get_device_name(training.device) if is_cuda else options.device
    print(
        f"{name}, {description['precision']}, {form}: a step takes {1e3 * middle:.3f} ms "
        f"({1e3 * seconds[0]:.3f} to {1e3 * seconds[-1]:.3f} in {len(seconds)} steps)"
    )
    if is_cuda:
        held = torch.cuda.max_memory_allocated(training.device)
        print(f"memory by PyTorch's count: {held / 2**30:.2f} GiB")
    _print_share(training, middle, description["precision"])


def _print_share(training: Training, seconds: float, precision: str) -> None:
    # Only here: the first step need not wait for what it does not use.
    from peers import torch_operations
    from peers.peak_shapes import PEAK_SECONDS, shapes_for

    product, convolutions = shapes_for(training.device.type)
    device = str(training.device)
    operations = torch_operations.step_operations(training)
    peaks = {}
    for dtype in ("bfloat16", "float32"):
        products = torch_operations.product_speed(product, PEAK_SECONDS, device, dtype)
        speed = torch_operations.convolution_speed(convolutions, PEAK_SECONDS, device, dtype)
        print(
            f"peak in {dtype}: matrix products {products / 1e12:.3f} TFLOP/s, convolutions "
            f"{speed / 1e12:.3f} TFLOP/s"
        )
        peaks[dtype] = max(products, speed)
    achieved = operations / seconds
    print(
        f"{operations / 1e9:,.2f} GFLOP of convolutions and matrix products a step: "
        f"{achieved / 1e12:.3f} TFLOP/s, {achieved / peaks[precision]:.1%} of the peak in "
        f"{precision}"
    )


if __name__ == "__main__":
    main()
