# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a perfect generator would score."""

import dataclasses
from typing import NamedTuple

from compare_gan.metrics.evaluation import (
    Evaluator,
    ImageDataset,
    evaluation_split,
    real_images,
)
from compare_gan.metrics.settings import EvaluationSettings


class Yardstick(NamedTuple):
    """Metrics of real training images against real evaluation images.

    Attributes:
      values: The metrics by name.
      n: The number of images on each side. Metrics of fakes are comparable at the same n only.
    """

    values: dict[str, float]
    n: int


def yardstick(
    dataset: ImageDataset,
    settings: EvaluationSettings | None = None,
    training_split: str = "train",
) -> Yardstick:
    """What a perfect generator would score: training images in the place of fakes.

    Images of the training split are measured against the evaluation split, n on each side: the
    smaller of both splits, and `settings.num_samples` if that is smaller still.

    Raises:
      ValueError: The data set has no such splits, or evaluation would be on the training split.
    """
    settings = EvaluationSettings() if settings is None else settings
    split = evaluation_split(dataset, settings.split)
    if training_split not in dataset.splits or training_split == split:
        raise ValueError(
            f"A yardstick compares a training split with another one; {dataset.name} has the "
            f"splits {', '.join(dataset.splits)}, of which {training_split!r} would be compared "
            f"with {split!r}. Set eval.split."
        )
    sizes = [dataset.num_examples(training_split), dataset.num_examples(split)]
    n = min(sizes + [settings.num_samples or sizes[1]])
    evaluator = Evaluator(dataset, dataclasses.replace(settings, num_samples=n, split=split))
    images = real_images(dataset, training_split, n, settings.batch_size)
    return Yardstick(evaluator.measure(images), n)
