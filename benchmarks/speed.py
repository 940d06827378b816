# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""This library beside plain PyTorch on this machine: one command, sides in turns, ratios first.

    pip install -e '.[bench]'
    python benchmarks/speed.py --output=OUT [--parts=steps,memory] [--networks=gan_digits,s3gan32]

| part | what is measured |
|---|---|
| steps | steps a second of both; achieved FLOP/s against the fastest convolution on this machine; \
what this library's training loop adds to its steps, and how long they wait for data |
| startup | time from the command to the end of the first step, beside `import tensorflow` and \
PyTorch's |
| memory | peak memory of a training, what `--dry_run` predicts, and PyTorch's |
| costs | cost by batch size, resolution, channels, logical devices and processes |
| sources | images a second of each data source |
| sampling | images a second of `load_generator(…).sample` and of PyTorch's generator |

The PyTorch networks are written for this (`peers/torch_*.py`): the same networks, losses and order
of updates, in PyTorch's fastest form of those in --variants: `steps` tries all; the other parts
choose anew, each for what it measures (`costs` at each point, `startup` by the first step), but try
`torch.compile`, which takes minutes, only where it was the fastest in OUT's `steps`. Parameters are
compared, and losses and gradients of one update from equal weights; where they differ nothing is
timed. Each side is a process of its own with as many threads as the other, and stands still while
the other has its turn.

OUT/speed.json holds all that was measured, also by earlier calls with the same OUT, each with the
machine and the threads of its own call; OUT/speed.md and OUT/speed.png show it.
"""

import argparse
import json
import os
import pathlib
import platform
import signal
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from peers import costs, memory, report, sampling, sources, startup, steps
from peers.networks import NETWORKS, Network
from peers.options import ALL_VARIANTS, Options, default_threads

_PARTS = ("steps", "startup", "memory", "costs", "sources", "sampling")
_BASE_OF_COSTS = "s3gan32"


class Results:
    """What was measured so far, written after every measurement.

    Args:
      folder: Where to; what is there is kept.
      threads: How many each side may use.
    """

    def __init__(self, folder: pathlib.Path, threads: int):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        path = folder / "speed.json"
        self.found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self._machine = {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "threads": threads,
        }

    def add(self, part: str, name: str, measured: Any) -> None:
        """Keeps a measurement in the place of an earlier one."""
        self.found.setdefault(part, {})[name] = measured
        self.found.setdefault("machines", {}).setdefault(part, {})[name] = self._machine
        (self._folder / "speed.json").write_text(json.dumps(self.found, indent=1))
        (self._folder / "speed.md").write_text(report.tables(self.found))
        report.plot(self.found, str(self._folder / "speed.png"))
        print(f"{part}: {name} done", flush=True)

    def variants(self, network: Network, options: Options) -> tuple[str, ...]:
        """PyTorch's forms to choose from where steps are not what is measured."""
        winner = self.found.get("steps", {}).get(network.name, {}).get("variant")
        return steps.forms_to_try(options.variants, winner)


def main() -> None:
    """Measures the parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the results")
    parser.add_argument("--parts", type=_names(_PARTS), default=list(_PARTS))
    parser.add_argument("--networks", type=_names(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--axes", type=_names(costs.AXES), default=list(costs.AXES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="a turn's; one step at least")
    parser.add_argument("--threads", type=int, default=default_threads())
    parser.add_argument("--variants", type=_names(ALL_VARIANTS), default=list(ALL_VARIANTS))
    parser.add_argument("--tfds_data_dir", help="for the sources fashion-mnist and cifar10")
    parser.add_argument("--photos", help="folder of images, a source; some are made without it")
    arguments = parser.parse_args()
    # An end by a signal ends the sides too, which may be standing still.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit("ended by a signal"))

    results = Results(arguments.output, arguments.threads)
    networks = [NETWORKS[name] for name in arguments.networks]
    with tempfile.TemporaryDirectory() as folder:
        options = Options(
            arguments.rounds,
            arguments.seconds,
            arguments.threads,
            tuple(arguments.variants),
            pathlib.Path(folder),
            arguments.tfds_data_dir,
            arguments.photos,
        )
        for part in arguments.parts:
            if part == "costs":
                base = NETWORKS[_BASE_OF_COSTS]
                for axis in arguments.axes:
                    forms = results.variants(base, options)
                    results.add(part, axis, costs.measure(axis, base, options, forms))
            elif part == "sources":
                for name, found in sources.measure(options).items():
                    results.add(part, name, found)
            else:
                for network in networks:
                    results.add(part, network.name, _measure(part, network, options, results))
    print(report.tables(results.found))


def _measure(part: str, network: Network, options: Options, results: Results) -> dict[str, Any]:
    if part == "steps":
        return steps.measure(network, options)
    if part == "startup":
        return startup.measure(network, options)
    forms = results.variants(network, options)
    return (memory if part == "memory" else sampling).measure(network, options, forms)


def _names(known) -> Callable[[str], list[str]]:
    """Reads names joined by commas."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    main()
