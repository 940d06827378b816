# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a comparison leaves: a table, a JSON file, pictures and, if asked for, statistics."""

import json
import logging
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tabulate import tabulate

from compare_gan.atomic_files import write_atomically, write_text_atomically
from compare_gan.comparison.compare import Comparison
from compare_gan.comparison.sides import ImageSide, Side
from compare_gan.data import to_unit_floats
from compare_gan.metrics import PRD, Metric, MomentsAccumulator, PerClassFID, UnmeasurableError
from compare_gan.metrics.accumulation import Unmeasurable
from compare_gan.metrics.backbones import Backbone
from compare_gan.pictures import (
    class_bars,
    image_grid,
    nearest_neighbors,
    precision_recall_plot,
    save_png,
    visible_channels,
)

_log = logging.getLogger(__name__)
_ROWS, _NEIGHBORS = 8, 5


def table(comparison: Comparison) -> str:
    """The values, one in a line, and what they were measured with."""
    protocol = comparison.protocol
    lines = [
        f"real      {_side(protocol['real'])}",
        f"fake      {_side(protocol['fake'])}",
    ]
    if protocol["backbone"]:
        accuracy = protocol["backbone_accuracy"]
        known = "" if accuracy is None else f", right on {accuracy:.1%}"
        lines.append(
            f"backbone  {protocol['backbone']} ({protocol['backbone_hash'][:12]}{known}), "
            f"resize {protocol['resize']}"
        )
    lines.append("")
    rows = [(name, _number(value)) for name, value in comparison.values.items()]
    lines.append(tabulate(rows, tablefmt="plain", disable_numparse=True))
    lines += [f"Warning: {warning}." for warning in comparison.warnings]
    return "\n".join(lines)


def write_json(path: Path, comparison: Comparison, neighbors: dict[str, Any] | None = None) -> None:
    """Writes the values with everything that decided them, and among which images the picture of
    neighbours was looked for, if there is one; NaN becomes null.
    """
    values = {n: v if math.isfinite(v) else None for n, v in comparison.values.items()}
    content = {
        "values": values,
        "protocol": comparison.protocol,
        "warnings": list(comparison.warnings),
    }
    if neighbors:
        content["neighbors"] = neighbors
    write_text_atomically(path, json.dumps(content, indent=2, default=str) + "\n")


class Drawn(NamedTuple):
    """What `draw` has drawn.

    Attributes:
      paths: The files.
      neighbors: Of the picture of neighbours, if there is one: among how many images they were
        looked for (`searched`), how many there are (`available`), whether these are a training
        split (`training_images`), and whether they are nearest in "pixels" or in the features of a
        backbone (`nearest_in`).
    """

    paths: list[Path]
    neighbors: dict[str, Any] | None


def draw(
    folder: Path,
    comparison: Comparison,
    real: Side,
    fake: Side,
    metrics: list[Metric],
    neighbors_in: Backbone | None = None,
) -> Drawn:
    """Draws what there is to see.

    The picture of neighbours needs two sides of images of one shape, all of which can be read,
    even where no metric looks at the reals: where it cannot be drawn, it alone is left out.

    Args:
      folder: Where to.
      comparison: Of what.
      real: The reference.
      fake: What was measured.
      metrics: What was computed.
      neighbors_in: In whose features neighbours are near; None is in pixels.
    """
    pictures: dict[str, np.ndarray] = {}
    neighbors = None
    if isinstance(fake, ImageSide) and isinstance(real, ImageSide):
        try:
            number = comparison.protocol["real"]["n"]
            pictures["neighbors"] = _neighbors(real, fake, number, neighbors_in)
            neighbors = _searched(real, number, neighbors_in)
        except ValueError as error:
            _log.warning("There is no picture of nearest neighbours: %s", error)
    for metric in metrics:
        key = metric.accumulator().key
        try:
            if isinstance(metric, PRD):
                curve = metric.curve(comparison.real[key], comparison.fake[key])
                pictures["precision_recall"] = precision_recall_plot(curve.precision, curve.recall)
            if isinstance(metric, PerClassFID):
                by_class = metric.by_class(comparison.real[key], comparison.fake[key])
                named = {real.class_names[index]: value for index, value in by_class.items()}
                pictures["per_class"] = class_bars(named, "Fréchet distance within the class")
        except UnmeasurableError:  # which a warning of the comparison tells
            continue
    paths = []
    for name, picture in pictures.items():
        paths.append(folder / f"{name}.png")
        save_png(paths[-1], picture)
    return Drawn(paths, neighbors)


def save_statistics(path: Path, comparison: Comparison, side: str) -> None:
    """Writes mean and covariance of a side's features as `mu` and `sigma`, with what decided them.

    Raises:
      ValueError: The comparison has none, since fid was not computed, or these images have none.
    """
    kept = getattr(comparison, side).get(MomentsAccumulator.key)
    if kept is None:
        raise ValueError("--save_statistics needs fid among --metrics: that is what it is for.")
    if isinstance(kept, Unmeasurable):
        raise ValueError(f"--save_statistics: there are none of the {side} images. {kept.reason}")
    protocol = comparison.protocol
    arrays = kept.state() | {
        name: np.array(protocol[name]) for name in ("backbone", "backbone_hash", "resize")
    }
    arrays["input_size"] = np.array(protocol["input_size"] or (), np.int64)
    write_atomically(path, lambda file: np.savez(file, **arrays))


def _neighbors(
    real: ImageSide, fake: ImageSide, number: int, backbone: Backbone | None
) -> np.ndarray:
    """Some fakes, each beside the real images that are nearest in pixels, or in features.

    Raises:
      ValueError: The shapes differ, or there are too few reals.
    """
    if real.image_shape != fake.image_shape:
        shapes = ["x".join(map(str, side.image_shape)) for side in (real, fake)]
        raise ValueError(f"The real images are {shapes[0]} and the fake ones {shapes[1]}.")
    rows = _ROWS if fake.count is None else min(_ROWS, fake.count)
    images = np.concatenate([batch.images for batch in fake.batches(rows, rows)])[:rows]
    if images.dtype == np.uint8:
        images = to_unit_floats(images).numpy()

    def reals() -> Any:
        for batch in real.batches(number, 64):
            pixels = batch.images
            if pixels.dtype != np.uint8:
                pixels = np.round(255.0 * pixels).astype(np.uint8)
            yield {"images": pixels}

    features = None if backbone is None else lambda images: backbone(images)[0]
    nearest = nearest_neighbors(images, reals(), _NEIGHBORS, features)
    rows = np.concatenate([images[:, None], nearest], axis=1)
    return image_grid(visible_channels(rows.reshape(-1, *images.shape[1:])), columns=1 + _NEIGHBORS)


def _searched(real: ImageSide, number: int, backbone: Backbone | None) -> dict[str, Any]:
    """See `Drawn.neighbors`; said in the log as well."""
    nearest_in = "pixels" if backbone is None else backbone.name
    of = "" if real.count is None else f" of {real.count:,}"
    _log.info(
        "Nearest neighbours, in %s, were looked for among %s%s real images.",
        nearest_in,
        f"{number:,}",
        of,
    )
    if real.are_training_images is False:
        _log.warning(
            "The picture of nearest neighbours cannot show copies of training images, since --real "
            "is %s: give the split that G was trained on.",
            real.description,
        )
    return {
        "searched": number,
        "available": real.count,
        "training_images": real.are_training_images,
        "nearest_in": nearest_in,
    }


def _side(described: dict[str, Any]) -> str:
    n = f"; {described['n']:,} used" if described["n"] else ""
    return f"{described['description']}{n}"


def _number(value: float) -> str:
    return "-" if not math.isfinite(value) else f"{value:.5g}"
