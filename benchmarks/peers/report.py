# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tables in Markdown and a plot from what was measured, ratios first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from tabulate import tabulate

from peers.networks import NETWORKS

Results = Mapping[str, Any]

# Which network's training a source must keep up with.
_TAKERS = {"digits": "gan_digits", "fashion-mnist": "dcgan28", "cifar10": "resnet_cifar10"}


def tables(results: Results) -> str:
    """Every part that was measured, as sections of Markdown."""
    makers: dict[str, tuple[str, Callable[[Results], str]]] = {
        "steps": ("Steps a second, here and in PyTorch", _steps),
        "startup": ("From the command to the end of the first step", _startup),
        "memory": ("Peak memory of a training", _memory),
        "costs": ("What a step costs", _costs),
        "sources": ("Data sources", _sources),
        "sampling": ("Samples", _sampling),
    }
    parts = ["Medians of the rounds' ratios (smallest to largest)."]
    for part, (title, make) in makers.items():
        if results.get(part):
            machines = _machines(results["machines"][part])
            parts.append(f"## {title}\n\n{machines}\n\n{make(results)}")
    return "\n\n".join(parts) + "\n"


def _machines(machines: Mapping[str, Mapping[str, Any]]) -> str:
    """Where a part was measured; if not everywhere alike, what of it was measured where."""
    names: dict[str, list[str]] = {}
    for name, machine in machines.items():
        text = f"{machine['cores']} cores, {machine['threads']} threads a side"
        names.setdefault(text, []).append(name)
    if len(names) == 1:
        return f"{next(iter(names))}."
    return "; ".join(f"{', '.join(own)}: {text}" for text, own in names.items()) + "."


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    return tabulate(rows, headers, tablefmt="pipe", disable_numparse=True)


def ratio_text(ratio: Mapping[str, float]) -> str:
    """The median in bold, the smallest and the largest: **1.50** (1.40 to 1.61)."""
    return f"**{ratio['median']:.2f}** ({ratio['low']:.2f} to {ratio['high']:.2f})"


def seconds_text(seconds: float) -> str:
    """Three digits in seconds or milliseconds."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def _steps(results: Results) -> str:
    speed, operations, loop = [], [], []
    for name, found in results["steps"].items():
        seconds, count, share = found["seconds"], found["operations"], found["share_of_peak"]
        speed.append(
            [
                name,
                ratio_text(found["times_as_fast"]),
                seconds_text(seconds["ours"]),
                seconds_text(seconds["torch"]),
                found["variant"],
                f"{found['parameters']:,}",
            ]
        )
        operations.append(
            [
                name,
                f"**{share['ours']:.0%}**",
                f"{share['torch']:.0%}" if count["torch"] else "-",
                f"{count['ours'] / 1e9:.4g}",
                f"{count['torch'] / 1e9:.4g}" if count["torch"] else "-",
                f"{found['peak'] / 1e9:.0f} GFLOP/s",
            ]
        )
        loop.append(
            [
                name,
                f"**{found['loop']['waiting']:.2%}**",
                f"**{found['loop']['outside']:.2%}**",
                seconds_text(found["loop"]["seconds"]),
            ]
        )
    ours_first = ["times as fast", "a step here", "in PyTorch", "its fastest form", "parameters"]
    shares = ["share of the peak", "PyTorch's", "GFLOP a step", "PyTorch's", "convolutions' peak"]
    return (
        table(["network", *ours_first], speed)
        + "\n\nAchieved floating-point operations a second:\n\n"
        + table(["network", *shares], operations)
        + "\n\nThis library's training loop, with its progress, curves and checkpoints:\n\n"
        + table(["network", "waits for data", "outside the compiled steps", "a step"], loop)
    )


def _startup(results: Results) -> str:
    rows = [
        [
            name,
            ratio_text(found["times_import"]),
            ratio_text(found["times_torch"]),
            seconds_text(found["seconds"]["first_step"]),
            seconds_text(found["seconds"]["import"]),
            seconds_text(found["seconds"]["torch"]),
            found["variant"],
        ]
        for name, found in results["startup"].items()
    ]
    ratios = ["times `import tensorflow`", "times PyTorch's"]
    seconds = ["first step done", "import", "PyTorch's first step", "its form"]
    return table(["network", *ratios, *seconds], rows)


def _memory(results: Results) -> str:
    rows = [
        [
            name,
            f"**{found['share_of_torch']:.2f}**",
            f"{found['bytes']['ours'] / 2**30:.2f} GiB",
            f"{found['bytes']['torch'] / 2**30:.2f} GiB ({found['variant']})",
            f"{found['bytes']['predicted'] / 2**30:.2f} GiB, {found['predicted_share']:.2f}",
        ]
        for name, found in results["memory"].items()
    ]
    headers = ["network", "times PyTorch's", "here", "PyTorch", "`--dry_run` predicts"]
    return table(headers, rows)


def _costs(results: Results) -> str:
    rows = []
    for axis, points in results["costs"].items():
        for point, found in points.items():
            has_torch = "torch" in found["seconds"]
            rows.append(
                [
                    axis,
                    point,
                    ratio_text(found["cost"]),
                    ratio_text(found["torch_cost"]) if has_torch else "-",
                    ratio_text(found["times_as_fast"]) if has_torch else "-",
                    seconds_text(found["seconds"]["ours"]),
                    found["variant"] if has_torch else "-",
                ]
            )
    ratios = ["times the first", "PyTorch's", "times as fast"]
    return table(["axis", "point", *ratios, "a step here", "PyTorch's form"], rows)


def _sources(results: Results) -> str:
    rows = []
    for name, found in results["sources"].items():
        taker = _TAKERS.get(name.partition(",")[0])
        steps = results.get("steps", {}).get(taker)
        demand = "-"
        if steps:
            taken = steps["images"] / steps["seconds"]["ours"]
            demand = f"**{found['images_per_second'] / taken:.3g}** times what {taker} takes"
        rows.append([name, demand, f"{found['images_per_second']:,.0f}"])
    return table(["source", "gives", "images a second"], rows)


def _sampling(results: Results) -> str:
    rows = [
        [
            name,
            ratio_text(found["times_as_fast"]),
            f"{found['images_per_second']['ours']:,.4g}",
            f"{found['images_per_second']['torch']:,.4g}",
            found["variant"],
        ]
        for name, found in results["sampling"].items()
    ]
    headers = ["network", "times as fast", "images a second here", "in PyTorch", "its form"]
    return table(headers, rows)


def plot(results: Results, path: str) -> None:
    """Bars of the ratios to PyTorch, and the cost of a step along each axis."""
    axes = [axis for axis, points in results.get("costs", {}).items() if len(points) > 1]
    figure = plt.figure(figsize=(10, 4.5 if not axes else 8), layout="constrained")
    rows = figure.subfigures(2 if axes else 1, 1, squeeze=False)[:, 0]
    _plot_ratios(rows[0].subplots(), results)
    if axes:
        for axis, place in zip(axes, rows[1].subplots(1, len(axes), squeeze=False)[0], strict=True):
            _plot_axis(place, axis, results["costs"][axis])
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _plot_ratios(place: plt.Axes, results: Results) -> None:
    measured = {
        "training steps": {
            name: found["times_as_fast"] for name, found in results.get("steps", {}).items()
        },
        "samples": {
            name: found["times_as_fast"] for name, found in results.get("sampling", {}).items()
        },
    }
    measured = {kind: ratios for kind, ratios in measured.items() if ratios}
    names = [name for name in NETWORKS if any(name in ratios for ratios in measured.values())]
    width = 0.8 / max(len(measured), 1)
    for number, (kind, ratios) in enumerate(measured.items()):
        shown = [name for name in names if name in ratios]
        places = [names.index(name) + (number - (len(measured) - 1) / 2) * width for name in shown]
        medians = [ratios[name]["median"] for name in shown]
        spread = [
            [ratios[name]["median"] - ratios[name]["low"] for name in shown],
            [ratios[name]["high"] - ratios[name]["median"] for name in shown],
        ]
        place.bar(places, medians, width, yerr=spread, capsize=3, label=kind)
    place.axhline(1, color="black", linewidth=0.8)
    place.set_xticks(range(len(names)), names)
    place.set_ylabel("times as fast as PyTorch")
    if measured:
        place.legend()


def _plot_axis(place: plt.Axes, axis: str, points: Mapping[str, Any]) -> None:
    numbers = [float(point) for point in points]
    for side, name in (("ours", "here"), ("torch", "PyTorch")):
        seconds = [found["seconds"].get(side) for found in points.values()]
        if None not in seconds:
            place.plot(numbers, seconds, marker="o", label=name)
    place.set_xscale("log", base=2)
    place.set_yscale("log", base=2)
    place.set_xticks(numbers, list(points))
    place.set_xlabel(axis)
    place.set_ylabel("seconds a step")
    place.legend()
