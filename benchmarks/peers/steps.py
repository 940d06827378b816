# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Steps a second of a training, here and in PyTorch; floating-point operations a second.

Before anything is timed both sides are compared: every parameter must have the same size, and with
the same weights, images and latents one update of D and one of G must have the same loss and the
same norm of its gradients.
"""

import contextlib
import dataclasses
import json
import statistics
from collections.abc import Callable, Mapping
from typing import Any

from peers.networks import Network
from peers.options import Options
from peers.sides import Side, SideError, ratio, take_turns

_TOLERANCE = 1e-3  # relative, of float32 losses and gradients
_PEAK_SECONDS = 0.3
# Batch, size and channels: large enough for every core, small enough for a cache.
_PEAK_SHAPES = ((16, 32, 128), (16, 16, 256), (64, 16, 128))


class NotTheSameError(RuntimeError):
    """Both sides do not compute the same, so that timing them means nothing."""


@dataclasses.dataclass
class Pair:
    """Both sides of a training, warm.

    Attributes:
      ours: This library.
      theirs: PyTorch in its fastest form.
      description: Of the training.
      variant: That form.
      tried: Seconds a step of every form, or why it does not work.
      operations: Floating-point operations of a step of PyTorch's.
    """

    ours: Side
    theirs: Side
    description: Mapping[str, Any]
    variant: str
    tried: Mapping[str, float | str]
    operations: int


def library_side(network: Network, options: Options) -> Side:
    """This library's side of a training."""
    settings = json.dumps(dataclasses.asdict(network))
    return Side("peers.library", [[settings]], options.threads)


def torch_side(description: Mapping[str, Any], variant: str, options: Options) -> Side:
    """PyTorch's side of a training."""
    memory_format, _, how = variant.partition("+")
    arguments = [json.dumps(description), memory_format, str(how == "compile")]
    return Side("peers.torch_side", [arguments], options.threads)


def check_parameters(ours: Mapping[str, int], theirs: Mapping[str, int]) -> None:
    """Compares the size of each parameter.

    Raises:
      NotTheSameError: One is missing on a side, or has another size.
    """
    differing = [
        f"{path}: {ours.get(path)} here, {theirs.get(path)} in PyTorch"
        for path in sorted({*ours, *theirs})
        if ours.get(path) != theirs.get(path)
    ]
    if differing:
        raise NotTheSameError("Parameters differ in size:\n" + "\n".join(differing))


def check_updates(
    ours: Mapping[str, Mapping[str, float]], theirs: Mapping[str, Mapping[str, float]]
) -> None:
    """Compares losses and norms of gradients.

    Raises:
      NotTheSameError: They differ by more than rounding.
    """
    for update, values in ours.items():
        for name, value in values.items():
            other = theirs[update][name]
            if not abs(value - other) <= _TOLERANCE * max(abs(value), abs(other)):
                raise NotTheSameError(
                    f"{update}: {name} is {value} here and {other} in PyTorch, from equal weights."
                )


@contextlib.contextmanager
def both_sides(network: Network, options: Options):
    """Starts both sides of a training, compares them, and chooses PyTorch's fastest form.

    Yields:
      A `Pair`.

    Raises:
      NotTheSameError: They compute something else.
      SideError: A side does not run, or no form of PyTorch's.
    """
    reference = str(options.folder / "reference.npz")
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(library_side(network, options))
        description = ours.ask("describe")
        expected = ours.ask("reference", path=reference)
        ours.ask("steps", steps=1)  # traced
        best, tried, operations = None, {}, 0
        for variant in options.variants:
            side = torch_side(description, variant, options)
            try:
                check_parameters(description["parameters"], side.ask("parameters"))
                if not operations:
                    operations = side.ask("operations") if "+" not in variant else 0
                check_updates(expected, side.ask("reference", path=reference))
                side.ask("steps", steps=1)  # compiled
                tried[variant] = _quick_look(side, options.seconds / 2)
            except SideError as error:
                tried[variant] = str(error).strip().rpartition("\n")[2]
                side.close()
                continue
            except BaseException:
                side.close()
                raise
            if best is None or tried[variant] < tried[best[0]]:
                if best is not None:
                    best[1].close()
                best = variant, side
            else:
                side.close()
        if best is None:
            raise SideError(f"No form of PyTorch's {network.name} runs: {tried}.")
        stack.enter_context(best[1])
        yield Pair(ours, best[1], description, best[0], tried, operations)


def _quick_look(side: Side, seconds: float) -> float:
    """Seconds of a step: of one, or the faster of two short turns where steps are short."""
    once = side.ask("steps", steps=1)
    steps = round(seconds / once)
    return min(side.ask("steps", steps=steps) / steps for _ in range(2)) if steps > 1 else once


def a_turn(side: Side, seconds: float) -> Callable[[], float]:
    """A function that takes a turn of about so many seconds and returns the seconds of a step."""
    steps = max(1, round(seconds / side.ask("steps", steps=1)))
    return lambda: side.ask("steps", steps=steps) / steps


def measure(network: Network, options: Options) -> dict[str, Any]:
    """Trains on both sides in turns.

    Returns:
      Seconds a step of both, how many times as fast this library is, operations of a step, and
      which share of the fastest convolution's speed both reach.
    """
    with both_sides(network, options) as pair:
        peak = {"shapes": _PEAK_SHAPES, "seconds": _PEAK_SECONDS if options.seconds else 0}
        turns = {
            "ours": a_turn(pair.ours, options.seconds),
            "torch": a_turn(pair.theirs, options.seconds),
            "peak": lambda: pair.ours.ask("peak", **peak),
            "torch_peak": lambda: pair.theirs.ask("peak", **peak),
        }
        taken = take_turns(turns, options.rounds)
    peaks = [max(both) for both in zip(taken["peak"], taken["torch_peak"], strict=True)]
    operations = {"ours": pair.description["operations"], "torch": pair.operations}
    return {
        "times_as_fast": ratio(taken["torch"], taken["ours"]),
        "seconds": {side: statistics.median(taken[side]) for side in ("ours", "torch")},
        "variant": pair.variant,
        "tried": pair.tried,
        "parameters": sum(pair.description["parameters"].values()),
        "images": pair.description["batch_size"] * pair.description["disc_iters"],
        "operations": operations,
        "peak": statistics.median(peaks),
        "share_of_peak": {
            side: statistics.median(
                count / seconds / peak for seconds, peak in zip(taken[side], peaks, strict=True)
            )
            for side, count in operations.items()
        },
        "rounds": taken,
    }
