# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""One pass over a set of images that serves all metrics, and what they make of it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from absl import logging

from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.base import Accumulator, Batch, Metric, UnmeasurableError, check_names
from compare_gan.metrics.sharing import everyones
from compare_gan.training.workers import ALONE, Workers


class Unmeasurable(Accumulator):
    """Stands for an accumulator that images could not be put into: to read it is an error.

    Args:
      key: The accumulator's.
      reason: Why they could not.
    """

    def __init__(self, key: str, reason: str):
        self.key = key
        self.reason = reason

    def update(self, batch: Batch) -> None:
        """Takes nothing."""

    def __getattr__(self, name: str) -> Any:
        # Found here is only what no accumulator has: what it would have made of the images.
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnmeasurableError(self.reason)


def uses_backbone(metric: Metric) -> bool:
    """Whether a metric reads features or logits."""
    return bool({"features", "logits"} & set(metric.uses))


def full_name(metric: Metric, name: str, backbone: Backbone | None) -> str:
    """What a metric's value is called in scores: with its backbone, unless that is Inception."""
    if not uses_backbone(metric) or backbone.is_inception:
        return name
    return f"{name}_{backbone.name}"


def accumulate(
    batches: Iterable[tuple[np.ndarray, np.ndarray | None] | None],
    metrics: Sequence[Metric],
    backbone: Backbone | None,
    workers: Workers = ALONE,
) -> dict[str, Accumulator]:
    """Fresh accumulators of the metrics, one for each key, after all images.

    Of several workers each passes its own batches through the backbone, and the first one's
    accumulators see everyone's, in the order that they have in one process; those of the others
    see none.

    Args:
      batches: Images, float32 [batch, height, width, channels] in [0, 1], and labels, int [batch],
        or None. Of several workers, this one's: equally many from each, None where it has no more.
      metrics: Whose accumulators are filled.
      backbone: Computes features and logits, once for each batch, if a metric uses them.
      workers: Who has the images.

    Returns:
      The accumulators; `Unmeasurable` in the place of one that says it cannot take these images.
    """
    accumulators = {a.key: a for a in (metric.accumulator() for metric in metrics)}
    uses = {use for metric in metrics for use in metric.uses}
    wanted = any(uses_backbone(metric) for metric in metrics)
    for own in batches:
        batch = None
        if own is not None:
            images, labels = own
            features, logits = backbone(images) if wanted else (None, None)
            batch = Batch(images, features, logits, labels)
        for each in everyones(batch, uses, workers):
            for key, accumulator in accumulators.items():
                try:
                    accumulator.update(each)
                except UnmeasurableError as error:  # others may have their values
                    accumulators[key] = Unmeasurable(key, str(error))
    return accumulators


def compute(
    metrics: Sequence[Metric],
    real: Mapping[str, Accumulator],
    fake: Mapping[str, Accumulator],
    backbone: Backbone | None,
) -> tuple[dict[str, float], dict[str, str]]:
    """All values of the metrics by full name, and of those that are NaN for want of one the reason,
    which is also logged: the others are worth having.

    Args:
      metrics: What is computed.
      real: Accumulators by key; may be empty if no metric needs the real side.
      fake: The same.
      backbone: Whose features they saw.

    Raises:
      ValueError: A metric gives other values than it names.
    """
    values: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for metric in metrics:
        key = metric.accumulator().key
        full_names = {name: full_name(metric, name, backbone) for name in metric.names}
        sides = {"real": real.get(key) if metric.needs_real else None, "fake": fake[key]}
        try:
            for side, accumulator in sides.items():
                if isinstance(accumulator, Unmeasurable):
                    raise UnmeasurableError(f"Of the {side} images: {accumulator.reason}")
            computed = metric.compute(sides["real"], sides["fake"])
        except UnmeasurableError as error:
            logging.warning("%s", error)
            computed = dict.fromkeys(metric.names, math.nan)
            reasons |= dict.fromkeys(full_names.values(), str(error))
        check_names(metric, computed)
        values |= {full: float(computed[name]) for name, full in full_names.items()}
    return values, reasons
