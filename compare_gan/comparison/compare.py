# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""All metrics of two sides, with everything that decides their values."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compare_gan.comparison.checks import check
from compare_gan.comparison.classes import places_among_real
from compare_gan.comparison.model_values import model_to_measure
from compare_gan.comparison.sides import ImageSide, Side, StatisticsSide
from compare_gan.data import to_unit_floats
from compare_gan.metrics import Accumulator, Metric, ModelMetric, measure_model
from compare_gan.metrics.accumulation import accumulate, compute, full_name, uses_backbone
from compare_gan.metrics.backbones import Backbone
from compare_gan.metrics.image_sets import exactly
from compare_gan.metrics.moments import MomentsAccumulator

Batches = Iterator[tuple[np.ndarray, np.ndarray | None]]
# (batches, number of images, "real" or "fake") -> the same batches
Progress = Callable[[Batches, int, str], Batches]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What came of a comparison.

    Attributes:
      values: The metrics by name, with the backbone's name where it belongs.
      protocol: What decided them: both sides, numbers, backbone with its hash, resize.
      warnings: Why values should be read with care.
      real: The real side's accumulators by key.
      fake: The fake side's.
    """

    values: dict[str, float]
    protocol: dict[str, Any]
    warnings: tuple[str, ...]
    real: dict[str, Accumulator]
    fake: dict[str, Accumulator]


def compare(
    real: Side,
    fake: Side,
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    *,
    model_metrics: Sequence[ModelMetric] = (),
    num_samples: int | None = None,
    batch_size: int = 64,
    force: bool = False,
    progress: Progress = lambda batches, total, what: batches,
) -> Comparison:
    """Measures `fake` against `real`.

    Each side's images pass once; metrics that need the same share it. Classes of equal names are
    one class, whatever their places.

    Args:
      real: The reference.
      fake: What is measured.
      metrics: What is computed.
      backbone: The network of the features; None if no metric uses one.
      model_metrics: What else is computed, of the model that `fake` is, on the data set that `real`
        is.
      num_samples: Images of each side; None is all there are, and of a generator as many as the
        other side has.
      batch_size: Images that pass at once.
      force: Whether distances of Gaussians are computed although a side has no more images, or
        images of a class, than features have dimensions.
      progress: Shows how far it is.

    Raises:
      ValueError: The sides cannot be compared so; see the message.
    """
    numbers = _numbers(real, fake, num_samples)
    warnings = (*real.warnings, *fake.warnings)
    if metrics or not model_metrics:
        warnings += check(real, fake, metrics, backbone, numbers, force)
    model = model_to_measure(real, fake, model_metrics, numbers[1]) if model_metrics else None
    classes = None
    if any("labels" in metric.uses for metric in metrics):
        classes = places_among_real(real.class_names, fake.class_names)
    needed = [metric for metric in metrics if metric.needs_real]

    def accumulators(side: Side, name: str, used: Sequence[Metric]) -> dict[str, Accumulator]:
        if isinstance(side, StatisticsSide):
            return _restored(side)
        if not used:
            return {}
        number = numbers[name == "fake"]
        batches = _checked(side, number, batch_size, name, classes if name == "fake" else None)
        return accumulate(progress(batches, number, name), used, backbone)

    real_side, fake_side = accumulators(real, "real", needed), accumulators(fake, "fake", metrics)
    values, reasons = compute(metrics, real_side, fake_side, backbone)
    if model is not None:
        of_model, of_model_reasons = measure_model(model_metrics, model)
        values, reasons = values | of_model, reasons | of_model_reasons
    # One reason for all values of a metric is told once.
    warnings += tuple(dict.fromkeys(reason.rstrip(".") for reason in reasons.values()))
    used = backbone if any(uses_backbone(metric) for metric in metrics) else None
    protocol = {
        "real": _described(real, numbers[0]),
        "fake": _described(fake, numbers[1]),
        "backbone": used.name if used else "",
        "backbone_hash": used.hash if used else "",
        "backbone_accuracy": used.accuracy if used else None,
        "resize": used.resize if used else "",
        "input_size": used.input_size if used else None,
        "forced": force,
        "settings": {
            full_name(metric, name, backbone): dict(metric.settings)
            for metric in (*metrics, *model_metrics)
            for name in metric.names
            if metric.settings
        },
    }
    return Comparison(values, protocol, warnings, real_side, fake_side)


def _described(side: Side, number: int) -> dict[str, Any]:
    own = {
        "description": side.description,
        "fingerprint": side.fingerprint(number),
        "n": number,
    }
    return own | (side.protocol if isinstance(side, ImageSide) else {})


def _numbers(real: Side, fake: Side, wanted: int | None) -> tuple[int, int]:
    """How many images of each side are used."""
    if wanted is not None and wanted < 2:
        raise ValueError(f"--num_samples={wanted} must be at least 2.")
    if wanted is not None and all(isinstance(side, StatisticsSide) for side in (real, fake)):
        raise ValueError(
            f"--num_samples={wanted} has no effect, since both sides are statistics: leave it out."
        )
    counts = []
    for side in (real, fake):
        if isinstance(side, StatisticsSide):
            counts.append(side.moments.n)
            continue
        if wanted is not None and side.count is not None and wanted > side.count:
            raise ValueError(
                f"--num_samples={wanted}, but there are only {side.count:,} images: "
                f"{side.description}. Lower it, or leave it out to take all."
            )
        counts.append(wanted if wanted is not None else side.count)
    if None in counts:
        other = counts[1 - counts.index(None)]
        if not other:
            raise ValueError(
                "How many images shall the generator make? The other side does not say: give "
                "--num_samples."
            )
        counts = [other if count is None else count for count in counts]
    return counts[0], counts[1]


def _restored(side: StatisticsSide) -> dict[str, Accumulator]:
    moments = MomentsAccumulator()
    statistics = side.moments
    moments.restore({"mu": statistics.mean, "sigma": statistics.covariance, "n": statistics.n})
    return {moments.key: moments}


def _checked(
    side: ImageSide, number: int, batch_size: int, name: str, classes: np.ndarray | None
) -> Batches:
    """The side's images as floats, each checked, with their labels, which become `classes`."""

    def floats() -> Batches:
        for images, labels in side.batches(number, batch_size):
            is_bytes = images.dtype == np.uint8
            yield to_unit_floats(images).numpy() if is_bytes else images, labels

    for images, labels in exactly(floats(), number, f"--{name}"):
        if labels is not None and classes is not None:
            labels = np.where(labels < 0, -1, classes[labels])
        yield images, labels
