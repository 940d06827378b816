# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Top-k updates: G learns from the fakes that D takes for real most."""

import math

import gin
import numpy as np
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers import gather_over_replicas, replica_count


@gin.register("top_k")
class TopK:
    """G learns from the k fakes of the global batch with the highest logits of D only.

        k = ⌈batch · max(decay^⌊step / decay_steps⌋, smallest_fraction)⌉

    Early, D's judgement is little worth and k is the batch; later the gradients of the worst fakes
    are taken to do harm. Sinha, Zhao, Goyal, Raffel, Odena, "Top-k Training of GANs: Improving GAN
    Performance by Throwing Away Bad Samples", NeurIPS 2020, https://arxiv.org/abs/2002.06224.

    It concerns the GAN loss; what auxiliary tasks add to G's loss is learned from all fakes.

    Args:
      decay: By what k / batch is multiplied every `decay_steps` steps, between 0 and 1.
      decay_steps: How many steps.
      smallest_fraction: The least k / batch, above 0 and up to 1.

    Raises:
      ValueError: A setting is out of its range.
    """

    def __init__(
        self, decay: float = 0.99, decay_steps: int = 2000, smallest_fraction: float = 0.5
    ):
        check_number("top_k.decay", decay, "(0, 1)", usual=0.99)
        check_number("top_k.smallest_fraction", smallest_fraction, "(0, 1]", usual=0.5)
        self._decay = decay
        self._decay_steps = check_whole_number("top_k.decay_steps", decay_steps)
        self._smallest_fraction = smallest_fraction

    def how_many(self, batch_size: int, step: tf.Tensor) -> tf.Tensor:
        """k, an int64 scalar.

        Args:
          batch_size: Rows of the global batch.
          step: How many steps have gone before, an int64 scalar.
        """
        # The steps at which k becomes batch_size - 1, batch_size - 2, …: whole numbers, which no
        # device rounds its own way.
        smallest = max(1, _rounded_up(batch_size * self._smallest_fraction))
        fractions = np.arange(batch_size - 1, smallest - 1, -1) / batch_size
        decays = [_rounded_up(math.log(fraction, self._decay)) for fraction in fractions]
        falls = self._decay_steps * tf.constant(decays, tf.int64)
        return batch_size - tf.reduce_sum(tf.cast(step >= falls, tf.int64))

    def only_best(self, logits: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """The logits as they are, of which the k highest alone have a gradient, batch / k times it.

        So the gradient of a mean over the batch is that of the mean over the k highest, while
        shapes are the same in all steps; the mean itself stays that of the batch. A loss that is
        not a mean over fakes, such as a relativistic one that compares with their average, has
        its mean replaced in gradients only. Fakes with equal logits at the k-th place share what
        is left of k, so that their order, which replicas change, is of no account.

        Args:
          logits: D's logits of this replica's fakes, [rows, 1].
          step: How many steps have gone before, an int64 scalar.

        Returns:
          [rows, 1].
        """
        own = tf.stop_gradient(logits)
        everyones = tf.reshape(gather_over_replicas(own, needed_by="@top_k"), [1, -1])
        batch_size = logits.shape[0] * replica_count()
        k = tf.cast(self.how_many(batch_size, step), logits.dtype)
        above = tf.reduce_sum(tf.cast(everyones > own, logits.dtype), axis=1, keepdims=True)
        level = tf.reduce_sum(tf.cast(everyones == own, logits.dtype), axis=1, keepdims=True)
        kept = tf.clip_by_value((k - above) / level, 0.0, 1.0)
        return own + kept * (batch_size / k) * (logits - own)


def _rounded_up(number: float) -> int:
    """The smallest whole number that is not below, but for rounding."""
    return math.ceil(number - 1e-9)
