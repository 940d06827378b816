# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Time from the command to the end of the first step, beside that of `import tensorflow`."""

import functools
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from peers.networks import ROOT, Network
from peers.options import Options
from peers.sides import SideError, environment, ratio, take_turns

_FIRST_STEP = "First step done"


def seconds_to_import(threads: int) -> float:
    """Starts Python and imports TensorFlow."""
    command = [sys.executable, "-c", "import tensorflow"]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment(threads))
    return time.perf_counter() - started


def seconds_to_first_step(network: Network, threads: int) -> float:
    """Starts a training and waits until it says that its first step is done.

    Raises:
      SideError: It ended before.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={folder}"]
        command += network.flags()
        started = time.perf_counter()
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(threads)
        ) as process:
            printed = []
            for line in process.stderr:
                printed.append(line)
                if _FIRST_STEP in line:
                    break
            else:
                raise SideError(f"{' '.join(command)} ended:\n{''.join(printed[-20:])}")
            seconds = time.perf_counter() - started
            process.kill()
    return seconds


def measure(network: Network, options: Options) -> dict[str, Any]:
    """Both commands in turns: medians, and how many times as long the first step takes."""
    seconds_to_import(options.threads)  # warms the file cache
    turns = {
        "import": functools.partial(seconds_to_import, options.threads),
        "first_step": functools.partial(seconds_to_first_step, network, options.threads),
    }
    taken = take_turns(turns, options.rounds)
    return {
        "times_import": ratio(taken["first_step"], taken["import"]),
        "seconds": {name: statistics.median(values) for name, values in taken.items()},
    }
