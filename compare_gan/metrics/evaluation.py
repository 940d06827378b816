# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From a data set and sets of generated images to rows of scores.

Images pass once, in batches: every metric sees the same features of the same images, and nothing
is kept but the metrics' accumulators. What is kept of the real images is cached on disk, by the
contents of the data set and of the backbone, and serves every model_dir.
"""

import dataclasses
import functools
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import numpy as np
from absl import logging

from compare_gan.metrics.accumulation import accumulate, compute, full_name, uses_backbone
from compare_gan.metrics.base import Metric
from compare_gan.metrics.choices import Values
from compare_gan.metrics.fake_classes import check_fake_classes
from compare_gan.metrics.few_images import biased_by_few_images, refuse_few_images
from compare_gan.metrics.image_sets import LabelledBatch, exactly
from compare_gan.metrics.model_metric import Generator, ModelMetric, TrainedModel, measure_model
from compare_gan.metrics.protocol import Score
from compare_gan.metrics.real_images import ImageDataset, checked_split, real_labels
from compare_gan.metrics.real_side import RealSide
from compare_gan.metrics.settings import EvaluationSettings
from compare_gan.training.workers import ALONE, Workers

# (index of the set, number of images, batch size) -> batches of float images in [0, 1], or of pairs
# of images and labels; of several workers, this one's
FakeBatches = Callable[[int, int, int], Iterable[np.ndarray | LabelledBatch]]

_M = TypeVar("_M", bound=Metric | ModelMetric)


class Evaluator:
    """Evaluates any number of generators against one data set.

    Several workers share the images, real and generated: each has an evaluator like this, all call
    its methods together, and the first has the values.

    Args:
      dataset: See `ImageDataset`.
      settings: None takes what is bound in gin, or the defaults.
      workers: Who evaluates.

    Attributes:
      settings: What is measured, and how.
      workers: Who evaluates.
      split: Where the real images are from.
      num_samples: Images on each side.
      backbone: The network of the features; None if no metric uses one.
      uses_labels: Whether a metric reads the images' labels.
      every_steps: At which multiples values are measured that have steps of their own, by name.
      best: The value that decides which checkpoint is the best; None if none is kept.

    Raises:
      ValueError: The split is missing or too small, also for a metric, a metric needs logits that
        the backbone or labels that the data set does not have, images are too few for a metric that
        fits Gaussians and not forced to do, the backbone cannot be built, or a setting names a
        value that is not measured.
    """

    def __init__(
        self,
        dataset: ImageDataset,
        settings: EvaluationSettings | None = None,
        workers: Workers = ALONE,
    ):
        self._dataset = dataset
        self.workers = workers
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
        self.uses_labels = "labels" in uses
        if self.uses_labels and not dataset.class_names:
            raise ValueError(
                f"{self._label_users()} needs the classes of the images, but {dataset.name} has "
                "none: take it out of eval.metrics, or choose a dataset.labels that has classes."
            )
        feature_dim = self.backbone.feature_dim if self.backbone else 0
        for metric in self._metrics:
            metric.check(self.num_samples, self.num_samples, feature_dim)
        if not self.settings.force:
            refuse_few_images(
                self._biased(self._metrics),
                f"more images (eval.num_samples; the split {self.split!r} has {available:,})",
                "eval.metrics = [@kid]",
                "eval.force = True",
            )
        own_names = {full_name(m, name, self.backbone): name for name, m in by_name.items()}
        self._metric_of = {full: by_name[name] for full, name in own_names.items()}
        values = Values(self._metric_of, own_names)
        self.every_steps = values.every_steps(self.settings.every_steps)
        self.best = values.best(self.settings.best)
        self._real_side = RealSide(
            dataset,
            self.split,
            self.num_samples,
            self.settings.batch_size,
            self._metrics,
            self.backbone,
            workers,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What the values in the rows are called, with the backbone's name where it belongs."""
        return tuple(self._metric_of)

    @property
    def metric_settings(self) -> dict[str, str]:
        """What was set of the metrics, by the names of their values."""
        return {name: metric.settings_text() for name, metric in self._metric_of.items()}

    def check_classes(self, class_names: Sequence[str]) -> None:
        """Whether fakes with these classes can be measured, which metrics that use labels decide.

        Args:
          class_names: What the classes are called that G's images have; empty for an unconditional
            G.

        Raises:
          ValueError: A metric uses labels, and the fakes have none, they have other classes than
            the real images, or no real image has one.
        """
        if self.uses_labels:
            users = self._label_users()
            check_fake_classes(users, class_names, self._dataset, self.split, self._real_labels)

    def _label_users(self) -> str:
        users = [type(metric).__name__ for metric in self._metrics if "labels" in metric.uses]
        return f"{', '.join(users)} in eval.metrics"

    @functools.cached_property
    def _real_labels(self) -> np.ndarray:
        return real_labels(self._dataset, self.split)

    def evaluate(
        self,
        fake_batches: FakeBatches,
        *,
        step: int,
        ema: bool,
        bn_mode: str,
        truncation: float | None = None,
        seed: int | None = None,
        names: Collection[str] | None = None,
        generator: Generator | None = None,
    ) -> list[Score]:
        """Measures every set of fakes, and the model that made them, which the first worker does.

        Args:
          fake_batches: `(set_index, n, batch_size)` → batches of float images `[b, height, width,
            channels]` in [0, 1], n images or more in all; what exceeds n is left out. Where a
            metric uses labels, batches are pairs of images and int `[b]`. Each of several workers
            gives its own, every so many-th, and all together n images.
          step: For the rows, like all that follow: the checkpoint's step.
          ema: Whether G's averaged weights made the images.
          bn_mode: Which statistics its batch normalization used.
          truncation: The truncation of its latents.
          seed: The seed of its latents; None is `settings.seed`.
          names: The values that are wanted, of `self.names`; a metric of which any is wanted gives
            all of its own. None is everything.
          generator: The model, for metrics that are no metrics of images.

        Returns:
          One row for each value of each metric; none on other workers than the first.

        Raises:
          InvalidImagesError: Images hold NaN or values outside [0, 1].
          ValueError: There are fewer than n images, a metric gives other values than it names, or
            one needs the model, which is not given.
        """
        values: dict[str, list[float]] = {}
        reasons: dict[str, str] = {}
        sets = self.settings.num_fake_sets if self._wanted(self._metrics, names) else 0
        for index in range(sets):
            logging.info("Evaluating fake set %d of %d", index + 1, sets)
            batches = fake_batches(index, self.num_samples, self.settings.batch_size)
            batches = exactly(batches, self.num_samples, f"fake set {index}", self.workers)
            for name, value in self._measure(batches, names, reasons).items():
                values.setdefault(name, []).append(value)
        if not self.workers.writes:
            return []
        self._log_warnings(names)
        of_model, of_model_reasons = self._measure_model(generator, seed, names)
        reasons |= of_model_reasons
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
        names: Collection[str] | None = None,
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
          names: See `evaluate`.
          warning: Why there are no values.
        """
        wanted = set(map(id, self._wanted([*self._metrics, *self._model_metrics], names)))
        sets = self.settings.num_fake_sets
        values = {
            name: [math.nan] * (sets if isinstance(metric, Metric) else 1)
            for name, metric in self._metric_of.items()
            if id(metric) in wanted
        }
        rows = self._rows(values, step, ema, bn_mode, truncation, seed)
        return [dataclasses.replace(row, warning=warning) for row in rows]

    def measure(
        self,
        batches: Iterable[np.ndarray | LabelledBatch | None],
        names: Collection[str] | None = None,
    ) -> dict[str, float]:
        """Metrics of one set of images against the real ones.

        Args:
          batches: float32 images in [0, 1], or pairs of images and labels. Each of several workers
            brings equally many, with None in the place of what it lacks.
          names: See `evaluate`.

        Returns:
          The values by name; NaN, with a logged warning, for those that these images do not have.
          Nothing on other workers than the first.
        """
        return self._measure(batches, names, {})

    def _measure(
        self,
        batches: Iterable[np.ndarray | LabelledBatch | None],
        names: Collection[str] | None,
        reasons: dict[str, str],
    ) -> dict[str, float]:
        """`measure`, which adds to `reasons` why values are NaN, by name."""
        metrics = self._wanted(self._metrics, names)
        # Of all metrics, whatever is wanted now: the real images pass once.
        real = self._real_side()
        pairs = (
            batch if batch is None or isinstance(batch, tuple) else (batch, None)
            for batch in batches
        )
        fake = accumulate(pairs, metrics, self.backbone, self.workers)
        if not self.workers.writes:
            return {}
        values, missing = compute(metrics, real, fake, self.backbone)
        reasons |= missing
        return values

    def _wanted(self, metrics: Sequence[_M], names: Collection[str] | None) -> list[_M]:
        """Those of `metrics` that give any of the values `names`; all of them for None."""
        if names is None:
            return list(metrics)
        wanted = {id(self._metric_of[name]) for name in names}
        return [metric for metric in metrics if id(metric) in wanted]

    def _measure_model(
        self, generator: Generator | None, seed: int | None, names: Collection[str] | None
    ) -> tuple[dict[str, list[float]], dict[str, str]]:
        """The values of metrics of models, and why those that are NaN could not be measured."""
        metrics = self._wanted(self._model_metrics, names)
        if not metrics:
            return {}, {}
        if generator is None:
            users = ", ".join(type(metric).__name__ for metric in metrics)
            raise ValueError(
                f"{users} in eval.metrics measures the model itself: give evaluate a generator, as "
                "compare_gan.load_generator returns it."
            )
        seed = self.settings.seed if seed is None else seed
        model = TrainedModel(generator, self._dataset, self.split, self.num_samples, seed)
        values, reasons = measure_model(metrics, model)
        return {name: [value] for name, value in values.items()}, reasons

    def _numbers(self, metric: Metric | ModelMetric) -> tuple[int, int]:
        """How many real images and fakes a metric looks at."""
        if isinstance(metric, Metric):
            return self.num_samples if metric.needs_real else 0, self.num_samples
        own = (metric.num_real, metric.num_fake)
        n_real, n_fake = (self.num_samples if number is None else number for number in own)
        # A metric's own number may be more than there are.
        return min(n_real, self._dataset.num_examples(self.split)), n_fake

    def _biased(self, metrics: Sequence[Metric]) -> list[str]:
        users = [metric for metric in metrics if uses_backbone(metric)]
        if not users:
            return []
        by_class = any("labels" in metric.uses for metric in users)
        n_of_class = self._in_smallest_class if by_class else 0
        return biased_by_few_images(users, self.num_samples, n_of_class, self.backbone.feature_dim)

    @functools.cached_property
    def _in_smallest_class(self) -> int:
        """About how many of the real images that are used are of the rarest of their classes."""
        labels = real_labels(self._dataset, self.split)
        _, counts = np.unique(labels[labels >= 0], return_counts=True)
        return int(min(counts, default=0)) * self.num_samples // len(labels)

    def _warning(self, metric: Metric | ModelMetric) -> str:
        """Why this metric's values should be read with care, or ""."""
        if not isinstance(metric, Metric):
            return ""
        return "; ".join(filter(None, [self._of_few_images(metric), self._of_others(metric)]))

    def _of_few_images(self, metric: Metric) -> str:
        if not self._biased([metric]):
            return ""
        number = f"n={self.num_samples}"
        if "labels" in metric.uses:
            number += f", about {self._in_smallest_class} in a class,"
        return (
            f"{number} is not above the {self.backbone.feature_dim} feature dimensions: strongly "
            "biased, comparable at this n only"
        )

    def _of_others(self, metric: Metric) -> str:
        train_split = self._dataset.train_split
        if not metric.needs_training_images or self.split == train_split:
            return ""
        return (
            f"copies of training images are looked for, but the reals are the split {self.split!r}:"
            f" set eval.split = {train_split!r}"
        )

    def _log_warnings(self, names: Collection[str] | None) -> None:
        told: dict[str, list[str]] = {}
        for metric in self._wanted(self._metrics, names):
            told.setdefault(self._warning(metric), []).extend(metric.names)
        for warning, of in told.items():
            if warning:
                logging.warning("%s: %s.", ", ".join(of), warning)

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
                    settings=metric.settings_text(),
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
