# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Peak memory of a training as it is run, what `--dry_run` predicts, and PyTorch's peak."""

import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from peers.networks import ROOT, Network
from peers.options import Options
from peers.sides import SideError, environment
from peers.steps import fastest_torch, library_side, quick_look

_STEPS = 3


def predicted_bytes(network: Network, threads: int) -> float:
    """What the dry run says."""
    command = [sys.executable, "-m", "compare_gan.main", "--dry_run", *network.flags()]
    printed = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment(threads)
    ).stdout
    return float(re.search(r"peak memory of the process: ([\d.]+) GiB", printed).group(1)) * 2**30


def measured_bytes(network: Network, threads: int) -> int:
    """The largest resident size of a training process, on random images.

    Raises:
      SideError: It failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={folder}"]
        command += [*network.flags(), f"--gin_bindings=options.training_steps = {_STEPS}"]
        with subprocess.Popen(
            command, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment(threads)
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SideError(f"{' '.join(command)} ended with code {process.returncode}.")
    return usage.ru_maxrss * 1024  # KiB on Linux


def measure(network: Network, options: Options, variants: Sequence[str]) -> dict[str, Any]:
    """Bytes of each, and what share of PyTorch's this library takes; PyTorch in the form that
    trains fastest.

    Args:
      network: What is trained.
      options: Of the benchmark.
      variants: PyTorch's forms to choose from.
    """
    with library_side(network, options) as side:
        description = side.ask("describe")
    look = functools.partial(quick_look, seconds=options.seconds / 2)
    theirs = fastest_torch(description, variants, options, look)
    with theirs.side as side:
        side.ask("steps", steps=_STEPS)
        torch_bytes = side.ask("memory")
    ours = measured_bytes(network, options.threads)
    predicted = predicted_bytes(network, options.threads)
    return {
        "share_of_torch": ours / torch_bytes,
        "bytes": {"ours": ours, "torch": torch_bytes, "predicted": predicted},
        "predicted_share": predicted / ours,
        "variant": theirs.variant,
    }
