# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What metrics keep of the real images, which pass once for all generators."""

import functools
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from compare_gan.metrics.accumulation import accumulate, uses_backbone
from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.base import Accumulator, Metric
from compare_gan.metrics.cache import load_statistics, save_statistics
from compare_gan.metrics.image_sets import LabelledBatch, exactly
from compare_gan.metrics.real_images import ImageDataset, real_images, real_labels
from compare_gan.metrics.sharing import own_share
from compare_gan.training.workers import ALONE, Workers


class RealSide:
    """The accumulators of n images of a split, by key: kept, from the cache, or from the images.

    Of several workers the first one's cache counts, and it alone has them; all call this together.

    Args:
      dataset: See `ImageDataset`.
      split: Where the images are from.
      n: How many.
      batch_size: How many are passed at once.
      metrics: Whose accumulators they are, of those that need the real side.
      backbone: The network of the features, if a metric uses them.
      workers: Who shares the images.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        split: str,
        n: int,
        batch_size: int,
        metrics: Sequence[Metric],
        backbone: Backbone | None,
        workers: Workers = ALONE,
    ):
        self._dataset = dataset
        self._split = split
        self._n = n
        self._batch_size = batch_size
        self._metrics = [metric for metric in metrics if metric.needs_real]
        self._uses_labels = any("labels" in metric.uses for metric in metrics)
        self._backbone = backbone
        self._workers = workers
        self._kept: dict[str, Accumulator] | None = None

    def __call__(self) -> dict[str, Accumulator]:
        """The accumulators, filled.

        Raises:
          ValueError: The split has fewer images than it says.
        """
        if self._kept is not None:
            return self._kept
        found = self._cached() if self._workers.writes else {}
        missing = [metric.accumulator().key not in found for metric in self._metrics]
        if missing:
            missing = self._workers.exchange(missing)[0]  # other workers may have other caches
        metrics = [metric for metric, wanted in zip(self._metrics, missing, strict=True) if wanted]
        if metrics:
            found |= accumulate(self._batches(), metrics, self._backbone, self._workers)
        if self._workers.writes:
            # Metrics that keep the same share an accumulator.
            for key, metric in {metric.accumulator().key: metric for metric in metrics}.items():
                accumulator = found[key]
                state = accumulator.state()
                if state is not None:
                    save_statistics(self._cache_key(metric, accumulator), state)
        self._kept = found
        return found

    def _cached(self) -> dict[str, Accumulator]:
        """Those that the cache has."""
        found: dict[str, Accumulator] = {}
        for metric in self._metrics:
            accumulator = metric.accumulator()
            if accumulator.key not in found:
                state = load_statistics(self._cache_key(metric, accumulator))
                if state is not None:
                    accumulator.restore(state)
                    found[accumulator.key] = accumulator
        return found

    def _batches(self) -> Iterable[LabelledBatch | None]:
        """The images; of several workers, this one's."""
        images = real_images(
            self._dataset,
            self._split,
            self._n,
            self._batch_size,
            with_labels=self._uses_labels,
        )
        what = f"the split {self._split!r} of {self._dataset.name}"
        return exactly(own_share(images, self._workers), self._n, what, self._workers)

    def _cache_key(self, metric: Metric, accumulator: Accumulator) -> dict[str, Any]:
        backbone = self._backbone if uses_backbone(metric) else None
        key = {
            "dataset": self._dataset.name,
            "split": self._split,
            "n": self._n,
            "backbone": backbone.name if backbone else "",
            "kind": accumulator.key,
            "resize": backbone.resize if backbone else "",
            "fingerprint": self._dataset.fingerprint,
            "backbone_hash": backbone.hash if backbone else "",
        }
        # What is kept of labelled images may hold their labels, which the data set's fingerprint
        # says nothing of.
        return key | ({"labels": self._labels_hash} if self._uses_labels else {})

    @functools.cached_property
    def _labels_hash(self) -> str:
        labels: np.ndarray = real_labels(self._dataset, self._split)
        return hashlib.sha256(labels.astype("<i8").tobytes()).hexdigest()
