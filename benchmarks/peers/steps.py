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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from peers.networks import Network
from peers.options import Options
from peers.sides import Side, SideError, ratio, take_turns

_TOLERANCE = 1e-3  # relative, of float32 losses and gradients
_PEAK_SECONDS = 0.3
_LOOP_STEPS = 3  # at least; between them lies what the loop does
# Batch, size and channels: large enough for every core, small enough for a cache.
_PEAK_SHAPES = ((16, 32, 128), (16, 16, 256), (64, 16, 128))


class NotTheSameError(RuntimeError):
    """Both sides do not compute the same, so that timing them means nothing."""


@dataclasses.dataclass
class Pair:
    """Both sides of a training, warm.

    Attributes:
      ours: This library.
      theirs: PyTorch.
      description: Of the training.
    """

    ours: Side
    theirs: "Fastest"
    description: Mapping[str, Any]


class Fastest(NamedTuple):
    """PyTorch in its fastest form.

    Attributes:
      side: It, warm.
      variant: That form.
      tried: Seconds of every form, or why it does not work.
    """

    side: Side
    variant: str
    tried: dict[str, float | str]


def library_side(network: Network, options: Options) -> Side:
    """This library's side of a training."""
    settings = json.dumps(dataclasses.asdict(network))
    return Side("peers.library", [[settings]], options.threads)


def torch_side(description: Mapping[str, Any], variant: str, options: Options) -> Side:
    """PyTorch's side of a training."""
    return Side("peers.torch_side", [[json.dumps(description), variant]], options.threads)


def forms_to_try(variants: Sequence[str], winner: str | None) -> tuple[str, ...]:
    """PyTorch's forms to choose from wherever `torch.compile` would take its minutes again.

    Args:
      variants: Those that are allowed.
      winner: The one in which it trained fastest, if that was measured.

    Returns:
      All without `torch.compile`, and with it the winner alone; all of them, where there are no
      others.
    """
    forms = [form for form in variants if "+compile" not in form or form == winner]
    return tuple(forms or variants)


def fastest_torch(
    description: Mapping[str, Any],
    variants: Sequence[str],
    options: Options,
    look: Callable[[Side], float],
) -> Fastest:
    """Starts each form of PyTorch's and keeps the fastest.

    Args:
      description: Of the training.
      variants: The forms.
      options: Of the benchmark.
      look: Gives the seconds that decide.

    Raises:
      SideError: None of them runs.
    """
    best, tried = None, {}
    for variant in variants:
        side = torch_side(description, variant, options)
        try:
            tried[variant] = look(side)
        except SideError as error:
            tried[variant] = str(error).strip().rpartition("\n")[2]
            side.close()
            continue
        except BaseException:
            side.close()
            if best is not None:
                best.side.close()
            raise
        slower = side
        if best is None or tried[variant] < tried[best.variant]:
            slower, best = best and best.side, Fastest(side, variant, tried)
        if slower is not None:
            slower.close()
    if best is None:
        raise SideError(f"No form of PyTorch's runs: {tried}.")
    return best


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
    with library_side(network, options) as ours:
        description = ours.ask("describe")
        expected = ours.ask("reference", path=reference)
        ours.ask("steps", steps=1)  # traced

        def compared(side: Side) -> float:
            check_parameters(description["parameters"], side.ask("parameters"))
            check_updates(expected, side.ask("reference", path=reference))
            return quick_look(side, options.seconds / 2)

        theirs = fastest_torch(description, options.variants, options, compared)
        with theirs.side:
            yield Pair(ours, theirs, description)


def quick_look(side: Side, seconds: float) -> float:
    """Seconds of a warm step: of one, or the faster of two short turns where steps are short."""
    side.ask("steps", steps=1)  # compiled
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
      Seconds a step of both, how many times as fast this library is, operations of a step,
      which share of the fastest convolution's speed both reach, and what this library's training
      loop adds to its steps (`loop.measure`).
    """
    with both_sides(network, options) as pair:
        theirs = pair.theirs.side
        peak = {"shapes": _PEAK_SHAPES, "seconds": _PEAK_SECONDS if options.seconds else 0}
        turns = {
            "ours": a_turn(pair.ours, options.seconds),
            "torch": a_turn(theirs, options.seconds),
            "peak": lambda: pair.ours.ask("peak", **peak),
            "torch_peak": lambda: theirs.ask("peak", **peak),
        }
        taken = take_turns(turns, options.rounds)
        operations = {"ours": pair.ours.ask("operations"), "torch": theirs.ask("operations")}
        counted = round(2 * options.seconds / min(taken["ours"]))
        loop = pair.ours.ask("loop", steps=1 + max(_LOOP_STEPS, counted))
    peaks = [max(both) for both in zip(taken["peak"], taken["torch_peak"], strict=True)]
    return {
        "times_as_fast": ratio(taken["torch"], taken["ours"]),
        "seconds": {side: statistics.median(taken[side]) for side in ("ours", "torch")},
        "variant": pair.theirs.variant,
        "tried": pair.theirs.tried,
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
        "loop": loop,
        "rounds": taken,
    }
