# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a step costs by batch size, resolution, channels, logical devices and processes.

All points of an axis are trained in turns; costs are multiples of the first point's. PyTorch's
form is chosen at each point anew.
"""

import contextlib
import dataclasses
import functools
import json
import socket
import statistics
from collections.abc import Sequence
from typing import Any

from peers.networks import Network
from peers.options import Options
from peers.sides import Side, ratio, take_turns
from peers.steps import a_turn, fastest_torch, library_side, quick_look

AXES = ("batch", "resolution", "channels", "devices", "processes")
# Of these only this library's cost is measured.
_OURS_ALONE = ("devices", "processes")


def axes(base: Network) -> dict[str, dict[str, Network]]:
    """The points of each axis, by what is changed in a training of BigGAN."""

    def channels(ch: int) -> tuple[str, ...]:
        return tuple(f"resnet_biggan.{net}.ch = {ch}" for net in ("Generator", "Discriminator"))

    # Half of the batch rotated: of a quarter, the smallest batches have no image for each device.
    halves = base.changed(base.name, "S3GAN.rotated_batch_fraction = 2")
    return {
        "batch": {
            str(n): halves.changed(f"batch {n}", f"options.batch_size = {n}")
            for n in (8, 16, 32, 64)
        },
        "resolution": {
            str(n): base.changed(f"{n} px", f"dataset.image_size = {n}", *channels(16))
            for n in (32, 64, 128)
        },
        "channels": {str(n): base.changed(f"ch {n}", *channels(n)) for n in (8, 16, 32, 64)},
        "devices": {str(n): halves.changed(f"{n} devices", devices=n) for n in (1, 2)},
        "processes": {str(n): halves.changed(f"{n} processes", workers=n) for n in (1, 2)},
    }


def measure(axis: str, base: Network, options: Options, variants: Sequence[str]) -> dict[str, Any]:
    """Seconds a step at each point of an axis, and how many times as much as at the first.

    Args:
      axis: One of `axes`.
      base: What is changed.
      options: Of the benchmark.
      variants: PyTorch's forms to choose from.
    """
    points = axes(base)[axis]
    turns, chosen = {}, {}
    with contextlib.ExitStack() as stack:
        for point, network in points.items():
            side = _workers_side(network, options)
            side = stack.enter_context(side or library_side(network, options))
            side.ask("steps", steps=1)  # traced
            turns[f"ours {point}"] = a_turn(side, options.seconds)
            if axis in _OURS_ALONE:
                continue
            look = functools.partial(quick_look, seconds=options.seconds / 2)
            other = fastest_torch(side.ask("describe"), variants, options, look)
            stack.enter_context(other.side)
            chosen[point] = {"variant": other.variant, "tried": other.tried}
            turns[f"torch {point}"] = a_turn(other.side, options.seconds)
        taken = take_turns(turns, options.rounds)
    first = next(iter(points))
    found = {}
    for point in points:
        ours, theirs = taken[f"ours {point}"], taken.get(f"torch {point}")
        found[point] = {
            "cost": ratio(ours, taken[f"ours {first}"]),
            "seconds": {"ours": statistics.median(ours)},
        }
        if theirs:
            found[point] |= chosen[point]
            found[point]["torch_cost"] = ratio(theirs, taken[f"torch {first}"])
            found[point]["times_as_fast"] = ratio(theirs, ours)
            found[point]["seconds"]["torch"] = statistics.median(theirs)
    return found


def _workers_side(network: Network, options: Options) -> Side | None:
    """Several processes on this machine that train together; None for one.

    They share the threads, as one process would use them.
    """
    if network.workers == 1:
        return None
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(network.workers)]
    clusters = [
        {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        for index in range(network.workers)
    ]
    return Side(
        "peers.library",
        [[json.dumps(dataclasses.asdict(network))]] * network.workers,
        max(1, options.threads // network.workers),
        [{"TF_CONFIG": json.dumps(cluster)} for cluster in clusters],
    )


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
