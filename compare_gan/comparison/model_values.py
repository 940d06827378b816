# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of a trained model, where one side of a comparison is one."""

from collections.abc import Sequence

from compare_gan.comparison.dataset_side import DatasetSide
from compare_gan.comparison.generator_side import GeneratorSide
from compare_gan.comparison.sides import Side
from compare_gan.metrics import ModelMetric, TrainedModel


def model_to_measure(
    real: Side, fake: Side, metrics: Sequence[ModelMetric], num_samples: int
) -> TrainedModel:
    """The model behind the fake side, on the data of the real one.

    Args:
      real: A data set.
      fake: A generator.
      metrics: Which need it, for messages.
      num_samples: For metrics that have no number of their own.

    Raises:
      ValueError: The sides are something else, or do not go together.
    """
    names = ", ".join(name for metric in metrics for name in metric.names)
    for flag, side, kind, form in (
        ("fake", fake, GeneratorSide, "the model_dir of a training run"),
        ("real", real, DatasetSide, "dataset:NAME"),
    ):
        if not isinstance(side, kind):
            raise ValueError(
                f"{names} can be computed of a trained model on its data only: give --{flag} as "
                f"{form}, or leave them out of --metrics."
            )
    if real.image_shape != fake.image_shape:
        shapes = ["x".join(map(str, side.image_shape)) for side in (real, fake)]
        raise ValueError(
            f"{names} needs the data that the model was trained on, but its images are "
            f"{shapes[1]} and those of {real.description} are {shapes[0]}."
        )
    if fake.class_names and fake.class_names != real.class_names:
        raise ValueError(
            f"{names} needs the data that the model was trained on, but its {len(fake.class_names)}"
            f" classes are not the {len(real.class_names)} of {real.description}."
        )
    return TrainedModel(fake.generator, real.dataset, real.split, num_samples, fake.seed)
