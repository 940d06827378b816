# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Courses of the learning rate, with a linear warm-up: constant, in steps, along a cosine.

Each is a function of (learning_rate, total_steps, warmup_steps) whose other settings gin can bind,
so that a stage of training passes its own numbers to whichever was chosen. In a GAN's file:

    ModularGAN.g_lr = @cosine_decay()
    cosine_decay.learning_rate = 0.0002
    cosine_decay.total_steps = 100000

The step t counts from 0 the updates of the optimizer that follows the course. In the warm-up, for
t < warmup_steps, the rate is that of the course times t / warmup_steps, so the first update has a
rate of 0.
"""

import itertools
import numbers
from collections.abc import Sequence

import gin
import keras

from compare_gan.training.optimizers import LearningRate

Schedule = keras.optimizers.schedules.LearningRateSchedule


@gin.configurable
def constant_rate(learning_rate: float, total_steps: int, warmup_steps: int = 0) -> LearningRate:
    """The same rate all the time, but for the warm-up.

    Args:
      learning_rate: The rate.
      total_steps: Length of the training; the rate doesn't depend on it.
      warmup_steps: Length of the warm-up.

    Raises:
      ValueError: If the warm-up is as long as the training.
    """
    _check_steps("constant_rate", total_steps, warmup_steps)
    return _WarmUp(learning_rate, warmup_steps) if warmup_steps else learning_rate


@gin.configurable
def cosine_decay(learning_rate: float, total_steps: int, warmup_steps: int = 0) -> LearningRate:
    """Half a period of a cosine, from learning_rate at the end of the warm-up down to 0.

        rate(t) = learning_rate · ½ (1 + cos(π (t - warmup_steps) / (total_steps - warmup_steps)))

    for t ≥ warmup_steps, and learning_rate · t / warmup_steps before. (Loshchilov and Hutter,
    https://arxiv.org/abs/1608.03983, without restarts; as `keras`' CosineDecay.)

    Args:
      learning_rate: The highest rate.
      total_steps: When the rate is 0, where it stays.
      warmup_steps: Length of the warm-up, a part of total_steps.

    Raises:
      ValueError: If the warm-up is as long as the training.
    """
    _check_steps("cosine_decay", total_steps, warmup_steps)
    if not warmup_steps:
        return keras.optimizers.schedules.CosineDecay(learning_rate, total_steps)
    return keras.optimizers.schedules.CosineDecay(
        0.0, total_steps - warmup_steps, warmup_target=learning_rate, warmup_steps=warmup_steps
    )


@gin.configurable
def step_decay(
    learning_rate: float,
    total_steps: int,
    warmup_steps: int = 0,
    boundaries: Sequence[float] = (0.7, 0.8, 0.9),
    factor: float = 0.1,
) -> LearningRate:
    """A rate that is multiplied by a factor at certain parts of the training.

        rate(t) = learning_rate · factor ** (number of boundaries with t ≥ boundary · total_steps)

    times t / warmup_steps in the warm-up. The default boundaries are those of Zhai et al., "S4L:
    Self-Supervised Semi-Supervised Learning", 2019, https://arxiv.org/abs/1905.03670: after 140,
    160 and 180 of 200 epochs.

    Args:
      learning_rate: The rate before the first boundary.
      total_steps: Length of the training.
      warmup_steps: Length of the warm-up.
      boundaries: Increasing fractions of total_steps between 0 and 1; they are rounded to whole
        steps.
      factor: What the rate is multiplied by at each boundary, between 0 and 1.

    Raises:
      ValueError: If the boundaries don't increase or aren't fractions, the factor is no fraction,
        or the warm-up is as long as the training.
    """
    _check_steps("step_decay", total_steps, warmup_steps)
    listed = list(boundaries) if isinstance(boundaries, list | tuple) else []
    edges = [0.0, *filter(_is_number, listed), 1.0]
    increasing = all(low < high for low, high in itertools.pairwise(edges))
    if not listed or len(edges) < len(listed) + 2 or not increasing:
        raise ValueError(
            f"step_decay.boundaries = {boundaries!r} must be increasing fractions of the training, "
            "each more than 0 and less than 1, such as (0.7, 0.8, 0.9); for a rate that doesn't "
            "fall use @constant_rate."
        )
    if not (_is_number(factor) and 0 < factor < 1):
        raise ValueError(
            f"step_decay.factor = {factor!r} must be a number more than 0 and less than 1, such as "
            "0.1; for a rate that doesn't fall use @constant_rate."
        )
    # Keras changes the rate after a boundary, we at it.
    last_steps = [round(boundary * total_steps) - 1 for boundary in boundaries]
    rates = [learning_rate * factor**count for count in range(len(boundaries) + 1)]
    course = keras.optimizers.schedules.PiecewiseConstantDecay(last_steps, rates)
    return _WarmUp(course, warmup_steps) if warmup_steps else course


@keras.saving.register_keras_serializable("compare_gan")
class _WarmUp(Schedule):
    """Another course, or a constant, times min(1, t / warmup_steps)."""

    def __init__(self, course: Schedule | float, warmup_steps: int):
        self._course = course
        self._warmup_steps = warmup_steps

    def __call__(self, step):
        rate = self._course(step) if callable(self._course) else self._course
        part = keras.ops.cast(step, "float32") / self._warmup_steps
        return rate * keras.ops.minimum(1.0, part)

    def get_config(self):
        course = self._course
        if callable(course):
            course = keras.optimizers.schedules.serialize(course)
        return {"course": course, "warmup_steps": self._warmup_steps}

    @classmethod
    def from_config(cls, config):
        course = config["course"]
        if isinstance(course, dict):
            course = keras.optimizers.schedules.deserialize(course)
        return cls(course, config["warmup_steps"])


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _check_steps(schedule: str, total_steps: int, warmup_steps: int) -> None:
    if not 0 <= warmup_steps < total_steps:
        raise ValueError(
            f"{schedule}: warmup_steps = {warmup_steps} must be at least 0 and less than the "
            f"{total_steps} steps of the whole training."
        )
