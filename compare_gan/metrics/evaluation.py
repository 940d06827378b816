# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From a data set and sets of generated images to rows of scores.

Images pass once, in batches: every metric sees the same features of the same images, and nothing
is kept but the metrics' accumulators. What is kept of the real images is cached on disk, by the
contents of the data set and of the backbone, and serves every model_dir.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from absl import logging

from compare_gan.metrics.accumulation import accumulate, full_name, uses_backbone
from compare_gan.metrics.base import Accumulator, Metric, check_names
from compare_gan.metrics.cache import load_statistics, save_statistics
from compare_gan.metrics.image_sets import exactly
from compare_gan.metrics.model_metric import Generator, ModelMetric, TrainedModel, measure_model
from compare_gan.metrics.protocol import Score
from compare_gan.metrics.real_images import ImageDataset, checked_split, real_images
from compare_gan.metrics.settings import EvaluationSettings

# (index of the set, number of images, batch size) -> batches of float images in [0, 1]
FakeBatches = Callable[[int, int, int], Iterable[np.ndarray]]


class Evaluator:
    """Evaluates any number of generators against one data set.

    Args:
      dataset: See `ImageDataset`.
      settings: None takes what is bound in gin, or the defaults.

    Raises:
      ValueError: The split is missing or too small, also for a metric, a metric needs logits that
        the backbone does not have, or the backbone cannot be built.
    """

    def __init__(self, dataset: ImageDataset, settings: EvaluationSettings | None = None):
        self._dataset = dataset
        self.settings = EvaluationSettings() if settings is None else settings
        self.split = checked_split(dataset, self.settings.split)
        available = dataset.num_examples(self.split)
        by_default = dataset.num_eval_examples if self.split == dataset.eval_split else available
        self.num_samples = self.settings.num_samples or by_default
        if not 2 <= self.num_samples <= available:
            raise ValueError(
                f"eval.num_samples={self.num_samples}, but the split {self.split!r} of "
                f"{dataset.name} has {available} images: lower it, or set eval.split to another of "
                f"{', '.join(dataset.splits)}."
            )
        by_name = self.settings.build_metrics()
        distinct = {id(metric): metric for metric in by_name.values()}.values()
        self._metrics = [metric for metric in distinct if isinstance(metric, Metric)]
        self._model_metrics = [metric for metric in distinct if isinstance(metric, ModelMetric)]
        uses = {use for metric in self._metrics for use in metric.uses}
        self.backbone = self.settings.build_backbone() if uses & {"features", "logits"} else None
        if "logits" in uses and not self.backbone.num_logits:
            raise ValueError(
                f"The backbone {self.backbone.name} has no logits, which "
                f"{', '.join(type(m).__name__ for m in self._metrics if 'logits' in m.uses)} uses: "
                "take it out of eval.metrics, or choose another eval.backbone."
            )
        if "labels" in uses:
            names = [type(metric).__name__ for metric in self._metrics if "labels" in metric.uses]
            raise ValueError(
                f"{', '.join(names)} in eval.metrics needs the classes of the images, which a "
                "training's evaluation does not tell: use python -m compare_gan.evaluate."
            )
        feature_dim = self.backbone.feature_dim if self.backbone else 0
        for metric in self._metrics:
            metric.check(self.num_samples, self.num_samples, feature_dim)
        self._metric_of = {
            full_name(metric, name, self.backbone): metric for name, metric in by_name.items()
        }
        self._real: dict[str, Accumulator] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the values in the rows are called, with the backbone's name where it belongs."""
        return tuple(self._metric_of)

    def evaluate(
        self,
        fake_batches: FakeBatches,
        *,
        step: int,
        ema: bool,
        bn_mode: str,
        truncation: float | None = None,
        seed: int | None = None,
        generator: Generator | None = None,
    ) -> list[Score]:
        """Measures every set of fakes, and the model that made them.

        Args:
          fake_batches: `(set_index, n, batch_size)` → batches of float images `[b, height, width,
            channels]` in [0, 1], n images or more in all; what exceeds n is left out.
          step: For the rows, like all that follow: the checkpoint's step.
          ema: Whether G's averaged weights made the images.
          bn_mode: Which statistics its batch normalization used.
          truncation: The truncation of its latents.
          seed: The seed of its latents; None is `settings.seed`.
          generator: The model, for metrics that are no metrics of images.

        Returns:
          One row for each value of each metric.

        Raises:
          InvalidImagesError: Images hold NaN or values outside [0, 1].
          ValueError: There are fewer than n images, a metric gives other values than it names, or
            one needs the model, which is not given.
        """
        values: dict[str, list[float]] = {}
        for index in range(self.settings.num_fake_sets if self._metrics else 0):
            logging.info("Evaluating fake set %d of %d", index + 1, self.settings.num_fake_sets)
            batches = fake_batches(index, self.num_samples, self.settings.batch_size)
            batches = exactly(batches, self.num_samples, f"fake set {index}")
            for name, value in self.measure(batches).items():
                values.setdefault(name, []).append(value)
        self._log_warnings()
        of_model, reasons = self._measure_model(generator, seed)
        rows = self._rows(values | of_model, step, ema, bn_mode, truncation, seed)
        return [
            dataclasses.replace(row, warning=reasons.get(row.metric, row.warning)) for row in rows
        ]

    def rows_without_values(
        self,
        *,
        step: int,
        ema: bool,
        bn_mode: str,
        truncation: float | None = None,
        seed: int | None = None,
        warning: str = "",
    ) -> list[Score]:
        """The rows that `evaluate` would return, with NaN for every value.

        They stand for a generator whose images cannot be measured; and their `protocol` tells
        whether a generator has been evaluated already.

        Args:
          step: For the rows, as all that follow: see `evaluate`.
          ema: See `evaluate`.
          bn_mode: See `evaluate`.
          truncation: See `evaluate`.
          seed: See `evaluate`.
          warning: Why there are no values.
        """
        values = {
            name: [math.nan] * (self.settings.num_fake_sets if isinstance(metric, Metric) else 1)
            for name, metric in self._metric_of.items()
        }
        rows = self._rows(values, step, ema, bn_mode, truncation, seed)
        return [dataclasses.replace(row, warning=warning) for row in rows]

    def measure(self, images: Iterable[np.ndarray]) -> dict[str, float]:
        """All metrics of one set of images, batches of float32 in [0, 1], against the real ones."""
        real = self._real_side()
        fake = accumulate(_unlabelled(images), self._metrics, self.backbone)
        values: dict[str, float] = {}
        for metric in self._metrics:
            key = metric.accumulator().key
            computed = metric.compute(real.get(key) if metric.needs_real else None, fake[key])
            check_names(metric, computed)
            for name in metric.names:
                values[full_name(metric, name, self.backbone)] = float(computed[name])
        return values

    def _measure_model(
        self, generator: Generator | None, seed: int | None
    ) -> tuple[dict[str, list[float]], dict[str, str]]:
        """The values of metrics of models, and why those that are NaN could not be measured."""
        if not self._model_metrics:
            return {}, {}
        if generator is None:
            names = ", ".join(type(metric).__name__ for metric in self._model_metrics)
            raise ValueError(
                f"{names} in eval.metrics measures the model itself: give evaluate a generator, as "
                "compare_gan.load_generator returns it."
            )
        seed = self.settings.seed if seed is None else seed
        model = TrainedModel(generator, self._dataset, self.split, self.num_samples, seed)
        values, reasons = measure_model(self._model_metrics, model)
        return {name: [value] for name, value in values.items()}, reasons

    def _real_side(self) -> dict[str, Accumulator]:
        """The real images' accumulators by key: kept, from the cache, or from the images."""
        if self._real is not None:
            return self._real
        found: dict[str, Accumulator] = {}
        missing: list[Metric] = []
        for metric in self._metrics:
            accumulator = metric.accumulator()
            if not metric.needs_real or accumulator.key in found:
                continue
            state = load_statistics(self._cache_key(metric, accumulator))
            if state is None:
                missing.append(metric)
            else:
                accumulator.restore(state)
                found[accumulator.key] = accumulator
        if missing:
            found.update(accumulate(_unlabelled(self._real_images()), missing, self.backbone))
            for metric in missing:
                accumulator = found[metric.accumulator().key]
                state = accumulator.state()
                if state is not None:
                    save_statistics(self._cache_key(metric, accumulator), state)
        self._real = found
        return found

    def _cache_key(self, metric: Metric, accumulator: Accumulator) -> dict[str, Any]:
        backbone = self.backbone if uses_backbone(metric) else None
        return {
            "dataset": self._dataset.name,
            "split": self.split,
            "n": self.num_samples,
            "backbone": backbone.name if backbone else "",
            "kind": accumulator.key,
            "resize": backbone.resize if backbone else "",
            "fingerprint": self._dataset.fingerprint,
            "backbone_hash": backbone.hash if backbone else "",
        }

    def _real_images(self) -> Iterator[np.ndarray]:
        return real_images(self._dataset, self.split, self.num_samples, self.settings.batch_size)

    def _numbers(self, metric: Metric | ModelMetric) -> tuple[int, int]:
        """How many real images and fakes a metric looks at."""
        if isinstance(metric, Metric):
            return self.num_samples if metric.needs_real else 0, self.num_samples
        own = (metric.num_real, metric.num_fake)
        return tuple(self.num_samples if number is None else number for number in own)

    def _warning(self, metric: Metric | ModelMetric) -> str:
        """Why this metric's values should be read with care, or ""."""
        if not metric.fits_gaussians or self.num_samples >= self.backbone.feature_dim:
            return ""
        return (
            f"n={self.num_samples} is below the {self.backbone.feature_dim} feature dimensions: "
            "strongly biased, comparable at this n only"
        )

    def _log_warnings(self) -> None:
        warnings = {self._warning(metric) for metric in self._metrics} - {""}
        for warning in warnings:
            logging.warning("Metrics of %s features: %s.", self.backbone.name, warning)

    def _rows(
        self,
        values: dict[str, list[float]],
        step: int,
        ema: bool,
        bn_mode: str,
        truncation: float | None,
        seed: int | None,
    ) -> list[Score]:
        standing_samples = self.settings.standing_samples if bn_mode == "standing" else None
        rows = []
        for name, per_set in values.items():
            metric = self._metric_of[name]
            backbone = self.backbone if uses_backbone(metric) else None
            heeds_truncation = truncation is not None and isinstance(metric, Metric)
            n_real, n_fake = self._numbers(metric)
            rows.append(
                Score(
                    step=int(step),
                    metric=name,
                    mean=float(np.mean(per_set)),
                    std=float(np.std(per_set)),
                    values=tuple(per_set),
                    n_real=n_real,
                    n_fake=n_fake,
                    num_fake_sets=len(per_set),
                    split=self.split,
                    backbone=backbone.name if backbone else "",
                    backbone_hash=backbone.hash if backbone else "",
                    resize=backbone.resize if backbone else "",
                    bn_mode=bn_mode,
                    ema=bool(ema),
                    truncation=float(truncation) if heeds_truncation else None,
                    seed=self.settings.seed if seed is None else int(seed),
                    dataset=self._dataset.name,
                    dataset_fingerprint=self._dataset.fingerprint,
                    warning=self._warning(metric),
                    standing_samples=standing_samples,
                    backbone_accuracy=backbone.accuracy if backbone else None,
                )
            )
        return rows


def evaluate(
    dataset: ImageDataset,
    fake_batches: FakeBatches,
    settings: EvaluationSettings | None = None,
    *,
    step: int,
    ema: bool,
    bn_mode: str,
    truncation: float | None = None,
    seed: int | None = None,
    generator: Generator | None = None,
) -> list[Score]:
    """Evaluates one generator; for several, `Evaluator` builds the backbone only once.

    Arguments, result and errors are those of `Evaluator` and `Evaluator.evaluate`.
    """
    evaluator = Evaluator(dataset, settings)
    return evaluator.evaluate(
        fake_batches,
        step=step,
        ema=ema,
        bn_mode=bn_mode,
        truncation=truncation,
        seed=seed,
        generator=generator,
    )


def _unlabelled(images: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, None]]:
    return ((batch, None) for batch in images)
