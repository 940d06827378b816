# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Gradients of a part of a batch: what a step does at once where a batch does not fit memory.

A micro-batch is to a batch what a replica's rows are, in time instead of in space. With k
micro-batches on each of R replicas, micro-batch m of the replica in place p has the rows i of the
global batch with

    i mod (R k) = p + R m,

that is, of the rows that the replica has, which are those with i mod R = p, each k-th from the m-th
on. Its random draws are those rows' of the joint batch. The mean over micro-batches of what each
computes is that of the joint batch, for losses that are means over rows, but for batch statistics,
which are those of a micro-batch. `compare_gan.replicas` refuses what else needs all rows at once.
"""

import tensorflow as tf

from compare_gan.configuration import ConfigurationError, explain_errors
from compare_gan.randomness import Draws
from compare_gan.replicas import micro_batch
from compare_gan.training.distribution import this_replica
from compare_gan.training.task import Batch, Gradients, Update


def micro_gradients(
    update: Update,
    batch: Batch,
    moment: tuple[int, int | tf.Tensor, int | tf.Tensor],
    number: int | tf.Tensor = 0,
    count: int = 1,
    whole: tf.Tensor | None = None,
) -> tuple[Gradients, list[tf.Tensor]]:
    """What an update computes of one micro-batch of this replica's rows.

    Args:
      update: The update.
      batch: This replica's rows: arrays [rows, ...].
      moment: The seed, the step, and the repetition of the update in it, which key its draws.
      number: Which micro-batch.
      count: How many there are.
      whole: See `compare_gan.replicas.micro_batch`; needed where there are several.

    Returns:
      The gradients, and what the micro-batch adds to `whole`.

    Raises:
      ValueError: The rows can't be shared evenly.
      ConfigurationError: The task needs all rows at once.
    """
    seed, step, iteration = moment
    place, replicas = this_replica()
    if count > 1:
        batch = {name: _rows_of(name, rows, number, count) for name, rows in batch.items()}
        place += replicas * number
    draws = Draws(seed, step, update.name, iteration, place, replicas * count)
    try:
        with micro_batch(count, whole) as own:
            return update.gradients(batch, draws), own
    except ConfigurationError:
        with explain_errors():  # without what gin adds where a configurable is called
            raise


def computed_once(
    update: Update, batches: Batch, seed: int, step: int | tf.Tensor
) -> dict[str, tf.Tensor]:
    """What all repetitions of an update in a step share: arrays [repeats, rows, ...], or nothing.

    Args:
      update: The update.
      batches: What its repetitions see of this replica's rows: arrays [repeats, rows, ...].
      seed: Keys its draws.
      step: The same.
    """
    if update.once is None:
        return {}
    place = this_replica()
    draws = [Draws(seed, step, update.name, number, *place) for number in range(update.repeats)]
    return dict(update.once(batches, draws))


def _rows_of(name: str, rows: tf.Tensor, number: int | tf.Tensor, count: int) -> tf.Tensor:
    """Each `count`-th row from row `number` on."""
    size = rows.shape[0]
    if size % count:
        raise ValueError(
            f"run_config.gradient_accumulation={count} does not divide the {size} rows of "
            f"{name!r} that a batch has on each replica."
        )
    return tf.reshape(rows, [size // count, count, *rows.shape[1:]])[:, number]
