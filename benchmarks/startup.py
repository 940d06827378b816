# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Time from the command to the end of the first training step, beside that of `import tensorflow`.

    python benchmarks/startup.py --gin_config=configs/gan_digits.gin --runs=5

The two commands run in turn; the medians and their ratio are printed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

FIRST_STEP = "First step done"


def seconds_to_import() -> float:
    """Starts Python and imports TensorFlow."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import tensorflow"], check=True, capture_output=True)
    return time.perf_counter() - started


def seconds_to_first_step(gin_config: str) -> float:
    """Starts a training and waits until it says that its first step is done."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "compare_gan.main"]
        command += [f"--gin_config={gin_config}", f"--model_dir={folder}"]
        started = time.perf_counter()
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if FIRST_STEP in line:
                    break
            seconds = time.perf_counter() - started
            process.kill()
    return seconds


def main() -> None:
    """Prints both medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gin_config", required=True)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    imports, first_steps = [], []
    seconds_to_import()  # warms the file cache
    for _ in range(arguments.runs):
        imports.append(seconds_to_import())
        first_steps.append(seconds_to_first_step(arguments.gin_config))
    ratios = [step / imported for step, imported in zip(first_steps, imports, strict=True)]
    print(
        f"import tensorflow {statistics.median(imports):.2f} s, first step "
        f"{statistics.median(first_steps):.2f} s, ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f} in {arguments.runs} runs, {os.cpu_count()} cores)"
    )


if __name__ == "__main__":
    main()
