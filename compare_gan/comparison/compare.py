# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""All metrics of two sides, with everything that decides their values."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compare_gan.comparison.sides import ImageSide, Side, StatisticsSide
from compare_gan.data import to_unit_floats
from compare_gan.metrics import Accumulator, Metric
from compare_gan.metrics.accumulation import accumulate, full_name, uses_backbone
from compare_gan.metrics.backbones import Backbone
from compare_gan.metrics.fid import FID
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
    num_samples: int | None = None,
    batch_size: int = 64,
    force: bool = False,
    progress: Progress = lambda batches, total, what: batches,
) -> Comparison:
    """Measures `fake` against `real`.

    Each side's images pass once; metrics that need the same share it.

    Args:
      real: The reference.
      fake: What is measured.
      metrics: What is computed.
      backbone: The network of the features; None if no metric uses one.
      num_samples: Images of each side; None is all there are, and of a generator as many as the
        other side has.
      batch_size: Images that pass at once.
      force: Whether distances of Gaussians are computed although a side has fewer images than
        features have dimensions.
      progress: Shows how far it is.

    Raises:
      ValueError: The sides cannot be compared so; see the message.
    """
    numbers = _numbers(real, fake, num_samples)
    warnings = _check(real, fake, metrics, backbone, numbers, force)
    needed = [metric for metric in metrics if metric.needs_real]
    real_side = _accumulators(real, numbers[0], needed, backbone, batch_size, progress, "real")
    fake_side = _accumulators(fake, numbers[1], metrics, backbone, batch_size, progress, "fake")
    values = {}
    for metric in metrics:
        key = metric.accumulator().key
        for name, value in metric.compute(real_side.get(key), fake_side[key]).items():
            values[full_name(metric, name, backbone)] = float(value)
    used = backbone if any(uses_backbone(metric) for metric in metrics) else None
    protocol = {
        "real": _described(real, numbers[0]),
        "fake": _described(fake, numbers[1]),
        "backbone": used.name if used else "",
        "backbone_hash": used.hash if used else "",
        "backbone_accuracy": used.accuracy if used else None,
        "resize": used.resize if used else "",
        "forced": force,
    }
    return Comparison(values, protocol, warnings, real_side, fake_side)


def _described(side: Side, number: int) -> dict[str, Any]:
    own = {"description": side.description, "fingerprint": side.fingerprint, "n": number}
    return own | (side.protocol if isinstance(side, ImageSide) else {})


def _numbers(real: Side, fake: Side, wanted: int | None) -> tuple[int, int]:
    """How many images of each side are used."""
    if wanted is not None and wanted < 2:
        raise ValueError(f"--num_samples={wanted} must be at least 2.")
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


def _check(
    real: Side,
    fake: Side,
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    numbers: tuple[int, int],
    force: bool,
) -> tuple[str, ...]:
    """The warnings.

    Raises:
      ValueError: The sides, the metrics and the backbone do not go together.
    """
    uses = {use for metric in metrics for use in metric.uses}
    if "logits" in uses and not backbone.num_logits:
        raise ValueError(
            f"The backbone {backbone.name} has no logits, which inception_score uses: leave that "
            "out of --metrics, or choose another --backbone."
        )
    for side, name in ((real, "real"), (fake, "fake")):
        if isinstance(side, StatisticsSide):
            others = [type(m).__name__ for m in metrics if not isinstance(m, FID)]
            if others:
                raise ValueError(
                    f"--{name} is a file of statistics, of which fid alone can be computed, but "
                    f"--metrics also asks for {', '.join(others)}: give images."
                )
            if side.backbone_hash and side.backbone_hash != backbone.hash:
                raise ValueError(
                    f"--{name} holds statistics of another backbone than {backbone.name} as it is "
                    f"now (hash {side.backbone_hash[:12]}…, not {backbone.hash[:12]}…): make them "
                    "anew with --save_statistics, or choose that backbone."
                )
    if any(isinstance(metric, FID) for metric in metrics):
        few = [n for n in numbers if n and n <= backbone.feature_dim]
        if few and not force:
            raise ValueError(
                f"fid of {min(few):,} images and {backbone.feature_dim:,} feature dimensions would "
                "be mostly bias: the covariance cannot be estimated from so few. Use more images, "
                "--metrics=kid, whose expectation does not depend on the number, or --force."
            )
        if few:
            return (
                f"fid of {min(few):,} images and {backbone.feature_dim:,} feature dimensions is "
                "strongly biased: compare it at this number only",
            )
    return ()


def _accumulators(
    side: Side,
    number: int,
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    batch_size: int,
    progress: Progress,
    name: str,
) -> dict[str, Accumulator]:
    if isinstance(side, StatisticsSide):
        moments = MomentsAccumulator()
        statistics = side.moments
        moments.restore({"mu": statistics.mean, "sigma": statistics.covariance, "n": statistics.n})
        return {moments.key: moments}
    if not metrics:
        return {}
    return accumulate(
        progress(_checked(side, number, batch_size, name), number, name), metrics, backbone
    )


def _checked(side: ImageSide, number: int, batch_size: int, name: str) -> Batches:
    """The side's images as floats, each checked, with their labels."""
    labels: list[np.ndarray | None] = []

    def images() -> Iterator[np.ndarray]:
        for batch in side.batches(number, batch_size):
            labels.append(batch.labels)
            is_bytes = batch.images.dtype == np.uint8
            yield to_unit_floats(batch.images).numpy() if is_bytes else batch.images

    for batch in exactly(images(), number, f"--{name}"):
        own = labels.pop(0)
        yield batch, None if own is None else own[: len(batch)]
