# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a perfect generator would score."""

import dataclasses
from typing import NamedTuple

from compare_gan.metrics.evaluation import Evaluator
from compare_gan.metrics.real_images import ImageDataset, real_images
from compare_gan.metrics.settings import EvaluationSettings


class Yardstick(NamedTuple):
    """Metrics of real training images against real evaluation images.

    Attributes:
      values: The metrics by name.
      n: The number of images on each side. Metrics of fakes are comparable at the same n only.
    """

    values: dict[str, float]
    n: int


def yardstick(dataset: ImageDataset, settings: EvaluationSettings | None = None) -> Yardstick:
    """What a perfect generator would score: training images in the place of fakes.

    Images of the training split are measured against the evaluation split, n on each side: as many
    as `settings` asks for, or the size of the training split if that is smaller.

    Raises:
      ValueError: Evaluation would be on the training split itself, or `Evaluator` refuses.
    """
    settings = EvaluationSettings() if settings is None else settings
    evaluator = Evaluator(dataset, settings)
    available = dataset.num_examples(dataset.train_split)
    if evaluator.split == dataset.train_split:
        raise ValueError(
            f"A yardstick compares the training split {dataset.train_split!r} with another one, "
            f"but eval.split={evaluator.split!r}. {dataset.name} has the splits "
            f"{', '.join(dataset.splits)}."
        )
    if available < evaluator.num_samples:
        fewer = dataclasses.replace(
            settings, num_samples=available, backbone=evaluator.backbone or settings.backbone
        )
        evaluator = Evaluator(dataset, fewer)
    n = evaluator.num_samples
    images = real_images(
        dataset, dataset.train_split, n, settings.batch_size, evaluator.uses_labels
    )
    return Yardstick(evaluator.measure(images), n)
