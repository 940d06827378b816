# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""One pass over a set of images that serves all metrics."""

from collections.abc import Iterable, Sequence

import numpy as np

from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.base import Accumulator, Batch, Metric


def uses_backbone(metric: Metric) -> bool:
    """Whether a metric reads features or logits."""
    return bool({"features", "logits"} & set(metric.uses))


def full_name(metric: Metric, name: str, backbone: Backbone | None) -> str:
    """What a metric's value is called in scores: with its backbone, unless that is Inception."""
    if not uses_backbone(metric) or backbone.is_inception:
        return name
    return f"{name}_{backbone.name}"


def accumulate(
    batches: Iterable[tuple[np.ndarray, np.ndarray | None]],
    metrics: Sequence[Metric],
    backbone: Backbone | None,
) -> dict[str, Accumulator]:
    """Fresh accumulators of the metrics, one for each key, after all images.

    Args:
      batches: Images, float32 [batch, height, width, channels] in [0, 1], and labels, int [batch],
        or None.
      metrics: Whose accumulators are filled.
      backbone: Computes features and logits, once for each batch, if a metric uses them.
    """
    accumulators = {a.key: a for a in (metric.accumulator() for metric in metrics)}
    wanted = any(uses_backbone(metric) for metric in metrics)
    for images, labels in batches:
        features, logits = backbone(images) if wanted else (None, None)
        for accumulator in accumulators.values():
            accumulator.update(Batch(images, features, logits, labels))
    return accumulators
