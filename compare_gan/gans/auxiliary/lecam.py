# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""LeCam regularization: D's logits are kept near what the other kind of image used to get."""

from collections.abc import Mapping, Sequence
from typing import Any

import gin
import keras
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number, check_weight
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.gans.auxiliary.base import AuxiliaryTask, Rows, Terms


@gin.register("lecam")
class LeCam(AuxiliaryTask):
    """Punishes reals judged better than fakes are on average, and fakes judged worse than reals.

        loss_D += weight · (mean relu(D(x) − a_fake)² + mean relu(a_real − D(G(z)))²)

    a_real and a_fake are moving averages of D's mean logits, kept in the checkpoint. Until
    `start_update` updates of D have been made they follow the batch, and nothing is added. With
    few images D grows sure of all of them; this bounds how sure.

    Tseng, Jiang, Liu, Yang, Yang, "Regularizing Generative Adversarial Networks under Limited
    Data", CVPR 2021, https://arxiv.org/abs/2104.03310, with the one-sided squares of its authors'
    program.

    Args:
      weight: Of the term in D's loss, not negative.
      decay: Of the moving averages, from 0 to below 1.
      start_update: How many updates of D go before, at least 1.

    Raises:
      ValueError: A setting is out of its range.
    """

    name = "lecam"
    reads_logits = True
    adds_to_discriminator_update = ("fake",)

    def __init__(self, weight: float = 0.3, decay: float = 0.99, start_update: int = 1000):
        self._weight = check_weight("lecam.weight", weight)
        check_number("lecam.decay", decay, "[0, 1)", usual=0.99)
        self._decay = decay
        self._start_update = check_whole_number("lecam.start_update", start_update)
        self._real_average, self._fake_average, self._updates = (
            keras.Variable(
                0.0, trainable=False, aggregation="only_first_replica", name=name, dtype="float32"
            )
            for name in ("lecam_real_average", "lecam_fake_average", "lecam_updates")
        )

    def checkpointables(self) -> Mapping[str, Any]:
        return {
            "lecam_real_average": self._real_average,
            "lecam_fake_average": self._fake_average,
            "lecam_updates": self._updates,
        }

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        above_fakes = tf.nn.relu(real.logits - tf.cast(self._fake_average, real.logits.dtype))
        below_reals = tf.nn.relu(tf.cast(self._real_average, fake.logits.dtype) - fake.logits)
        penalty = tf.reduce_mean(tf.square(above_fakes)) + tf.reduce_mean(tf.square(below_reals))
        started = tf.cast(self._updates.value >= self._start_update, penalty.dtype)
        return Terms(started * self._weight * penalty, {"lecam_penalty": penalty})

    def assignments(
        self, real: Rows, fake: Rows | None
    ) -> Sequence[tuple[keras.Variable, tf.Tensor]]:
        started = self._updates.value >= self._start_update
        decay = tf.where(started, self._decay, 0.0)
        return [
            (self._real_average, _moved(self._real_average, real.logits, decay)),
            (self._fake_average, _moved(self._fake_average, fake.logits, decay)),
            (self._updates, self._updates + 1.0),
        ]


def _moved(average: keras.Variable, logits: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
    mean = tf.cast(tf.reduce_mean(logits), tf.float32)
    return decay * average.value + (1.0 - decay) * mean
