# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Time from the command to the end of the first step, beside that of `import tensorflow` and of
PyTorch's first step.
"""

import functools
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from peers.networks import ROOT, Network
from peers.options import Options
from peers.sides import FOLDER, SideError, environment, ratio, take_turns
from peers.steps import forms_to_try, library_side

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
        command = ["-m", "compare_gan.main", f"--model_dir={folder}", *network.flags()]
        return _seconds_until_told(command, threads)


def seconds_to_torch_step(description: pathlib.Path, form: str, threads: int) -> float:
    """Starts PyTorch's training and waits until it says that its first step is done.

    Args:
      description: What `description.describe` says, as JSON.
      form: PyTorch's.
      threads: How many it may use.

    Raises:
      SideError: It ended before.
    """
    command = [str(FOLDER / "torch_step.py"), str(description), f"--forms={form}", "--steps=0"]
    return _seconds_until_told(command, threads)


def _seconds_until_told(arguments: Sequence[str], threads: int) -> float:
    command = [sys.executable, *arguments]
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
    """All commands in turns: medians, and how many times as long this library's first step takes.

    PyTorch's form is the one whose first step is done first, without `torch.compile`.
    """
    threads = options.threads
    with library_side(network, options) as side:
        description = options.folder / f"{network.name}.json"
        description.write_text(json.dumps(side.ask("describe")))
    seconds_to_import(threads)  # warms the file cache
    tried = {
        form: min(seconds_to_torch_step(description, form, threads) for _ in range(2))
        for form in forms_to_try(options.variants, winner=None)
    }
    form = min(tried, key=tried.get)
    turns = {
        "import": functools.partial(seconds_to_import, threads),
        "first_step": functools.partial(seconds_to_first_step, network, threads),
        "torch": functools.partial(seconds_to_torch_step, description, form, threads),
    }
    taken = take_turns(turns, options.rounds)
    return {
        "times_import": ratio(taken["first_step"], taken["import"]),
        "times_torch": ratio(taken["first_step"], taken["torch"]),
        "seconds": {name: statistics.median(values) for name, values in taken.items()},
        "variant": form,
        "tried": tried,
    }
