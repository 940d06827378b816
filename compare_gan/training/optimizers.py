# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Optimizers: any Keras one, given as a function of the learning rate."""

import inspect
from collections.abc import Callable

import keras

from compare_gan.configuration.signatures import can_take

LearningRate = float | keras.optimizers.schedules.LearningRateSchedule
OptimizerFn = Callable[..., keras.optimizers.Optimizer]


def build_optimizer(
    optimizer_fn: OptimizerFn, learning_rate: LearningRate
) -> keras.optimizers.Optimizer:
    """An optimizer from `optimizer_fn(learning_rate)`.

    Raises:
      ValueError: It gives something else, or the learning rate is neither a positive number nor a
        schedule.
    """
    if inspect.isclass(learning_rate) or not (
        isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule)
        or (isinstance(learning_rate, int | float) and learning_rate > 0)
    ):
        raise ValueError(
            "ModularGAN.g_lr and ModularGAN.d_lr take a positive number or a Keras schedule, "
            "such as "
            f"@keras.optimizers.schedules.CosineDecay(); received {learning_rate!r}."
        )
    optimizer = None
    if callable(optimizer_fn) and can_take(optimizer_fn, names=["learning_rate"]):
        optimizer = optimizer_fn(learning_rate=learning_rate)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise ValueError(
            "ModularGAN.g_optimizer_fn and d_optimizer_fn take a function of learning_rate that "
            "returns a Keras optimizer, such as @tf.train.AdamOptimizer; received "
            f"{optimizer_fn!r}, which does not."
        )
    return optimizer
