# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Exponential moving average of a network's weights."""

import keras
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number
from compare_gan.training.task import Assignments


class ExponentialMovingAverage:
    """Averages the trainable weights of `network` into `average`, a second network of the same
    build.

        w̄ ← d · w̄ + (1 − d) · w,   d = `decay` from step `start_step` on, 0 before,

    so that the average is the plain weights until it starts. There is no bias correction, but with
    `warm_up` the decay grows: t steps after `start_step` it is min(d, (1 + t) / (10 + t)), which
    leaves nothing of the first weights, however few steps follow. What is not trained (batch-norm
    statistics, singular vectors) is copied.

    Args:
      network: The network that is trained.
      average: Receives the average; it starts as a copy of `network`.
      decay: Weight of the old average, in [0, 1).
      start_step: The first step at which weights are averaged.
      warm_up: Whether the decay grows to its value.

    Raises:
      ValueError: `decay` is outside [0, 1).
    """

    def __init__(
        self,
        network: keras.Model,
        average: keras.Model,
        decay: float,
        start_step: int,
        warm_up: bool = False,
    ):
        check_number("ModularGAN.ema_decay", decay, "[0, 1)", usual=0.9999)
        self._trained = list(
            zip(average.trainable_variables, network.trainable_variables, strict=True)
        )
        self._copied = list(
            zip(average.non_trainable_variables, network.non_trainable_variables, strict=True)
        )
        self._decay = decay
        self._start_step = start_step
        self._warm_up = warm_up
        self.restart()

    def restart(self) -> None:
        """Makes the average a copy of the network."""
        for averaged, plain in self._trained + self._copied:
            averaged.assign(plain)

    def assignments(self, step: tf.Tensor) -> Assignments:
        """The new averages after the update that makes the run's step count `step`."""
        decay = tf.constant(self._decay, tf.float32)
        if self._warm_up:
            averaged_steps = tf.cast(step - self._start_step, tf.float32)
            decay = tf.minimum(decay, (1.0 + averaged_steps) / (10.0 + averaged_steps))
        decay = tf.where(step >= self._start_step, decay, 0.0)
        moved = []
        for averaged, plain in self._trained:
            weight = tf.cast(decay, averaged.dtype)
            # Written as a difference so that decay 0 gives the plain weight to the last bit.
            value = plain.value
            moved.append((averaged, value + weight * (averaged.value - value)))
        return moved + [(copy, plain.value) for copy, plain in self._copied]
