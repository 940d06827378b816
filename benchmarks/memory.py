# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The memory that `--dry_run` predicts, beside the peak of a real training of a few steps.

    python benchmarks/memory.py configs/gan_digits.gin configs/biggan_folder64.gin

The training is on random images, which take no memory to speak of.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile


def predicted_gib(arguments: list[str]) -> float:
    """What the dry run says."""
    command = [sys.executable, "-m", "compare_gan.main", "--dry_run", *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"peak memory of the process: ([\d.]+) GiB", printed).group(1))


def measured_gib(arguments: list[str], steps: int) -> float:
    """The largest resident size of a training process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={folder}", *arguments]
        command += ["--data_fake_dataset", f"--gin_bindings=options.training_steps = {steps}"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with code {process.returncode}.")
    return usage.ru_maxrss / 2**20  # KiB on Linux


def main() -> None:
    """Prints a line for each configuration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--gin_bindings", action="append", default=[])
    options = parser.parse_args()
    for config in options.configs:
        arguments = [f"--gin_config={config}"]
        arguments += [f"--gin_bindings={binding}" for binding in options.gin_bindings]
        predicted = predicted_gib(arguments)
        measured = measured_gib(arguments, options.steps)
        print(
            f"{config}: predicted {predicted:.2f} GiB, measured {measured:.2f} GiB, "
            f"ratio {predicted / measured:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
