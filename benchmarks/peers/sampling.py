# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Images a second of `compare_gan.load_generator(...).sample`, beside PyTorch's generator.

python -m peers.sampling MODEL-DIR      (started by `sides`)
"""

import functools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from peers.networks import ROOT, Network
from peers.options import Options
from peers.serving import serve
from peers.sides import Side, environment, ratio, take_turns
from peers.steps import fastest_torch, library_side

_BATCH = 64


def measure(network: Network, options: Options, variants: Sequence[str]) -> dict[str, Any]:
    """Images a second of both in turns, from networks of one step, in batches of 64; PyTorch in the
    form that samples fastest.

    Args:
      network: Whose generator.
      options: Of the benchmark.
      variants: PyTorch's forms to choose from.
    """
    model_dir = options.folder / f"sampled_{network.name}"
    command = [sys.executable, "-m", "compare_gan.main", f"--model_dir={model_dir}"]
    command += [*network.flags(), "--gin_bindings=options.training_steps = 1"]
    command += [f"--gin_bindings=eval.standing_samples = {_BATCH}"]
    subprocess.run(
        command, check=True, capture_output=True, cwd=ROOT, env=environment(options.threads)
    )
    with library_side(network, options) as side:
        description = side.ask("describe")
    theirs = fastest_torch(description, variants, options, _warm_seconds)
    with theirs.side, Side("peers.sampling", [[str(model_dir)]], options.threads) as ours:
        turns = {"ours": _turn(ours, options), "torch": _turn(theirs.side, options)}
        taken = take_turns(turns, options.rounds)
    return {
        "times_as_fast": ratio(taken["ours"], taken["torch"]),
        "images_per_second": {name: statistics.median(speeds) for name, speeds in taken.items()},
        "variant": theirs.variant,
        "tried": theirs.tried,
    }


def _warm_seconds(side: Side) -> float:
    """Seconds of a batch; the faster of two, after one that traces or compiles."""
    return min([side.ask("sample", count=_BATCH) for _ in range(3)][1:])


def _turn(side: Side, options: Options) -> Callable[[], float]:
    """A function that samples for about so many seconds and returns images a second."""
    count = _BATCH * max(1, round(options.seconds / _warm_seconds(side)))
    return functools.partial(_speed, side, count)


def _speed(side: Side, count: int) -> float:
    return count / side.ask("sample", count=count)


def main() -> None:
    """Answers `sides`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import compare_gan

    generator = compare_gan.load_generator(sys.argv[1])

    def sample(count: int) -> float:
        started = time.perf_counter()
        generator.sample(count)
        return time.perf_counter() - started

    serve({"sample": sample})


if __name__ == "__main__":
    main()
