# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What those who share a global batch tell each other inside a step: replicas, each of which may
take its rows in micro-batches, one after the other.

Replicas exchange numbers while a batch passes. Micro-batches can't: when the first one passes, the
next has not been seen. So what looks at the whole batch is refused there, but for two things: how
many rows count (`count_where`), which is known before any network runs, and means of this
micro-batch's rows where those will do.
"""

import contextlib
import threading
from collections.abc import Iterator

import tensorflow as tf

from compare_gan.configuration import ConfigurationError


class _MicroBatch(threading.local):
    """The micro-batch whose code this thread traces: a strategy has a thread for each replica."""

    def __init__(self) -> None:
        self.count = 1
        self.own: list[tf.Tensor] = []
        self.whole: tf.Tensor | None = None


_MICRO_BATCH = _MicroBatch()

_SOME_PART = "a part that compares its rows"


@contextlib.contextmanager
def micro_batch(count: int, whole: tf.Tensor) -> Iterator[list[tf.Tensor]]:
    """While code for one of `count` micro-batches is traced.

    Args:
      count: How many micro-batches a replica's rows are passed in; 1 for all of them at once.
      whole: What every call of `count_where` gives, in their order, float64 [calls].

    Returns:
      A context; its value is a list that fills with what the calls would give if this micro-batch
      were all there is, float64 scalars. `whole` is the mean of that over the micro-batches.
    """
    own: list[tf.Tensor] = []
    before = _MICRO_BATCH.count, _MICRO_BATCH.own, _MICRO_BATCH.whole
    _MICRO_BATCH.count, _MICRO_BATCH.own, _MICRO_BATCH.whole = count, own, whole
    try:
        yield own
    finally:
        _MICRO_BATCH.count, _MICRO_BATCH.own, _MICRO_BATCH.whole = before


def micro_batch_count() -> int:
    """In how many micro-batches each replica's rows are passed by the code being traced."""
    return _MICRO_BATCH.count


def replica_count() -> int:
    """Among how many replicas the code being traced shares its batch; 1 outside of a strategy."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def mean_over_replicas(
    value: tf.Tensor, whole_batch: bool = True, needed_by: str = _SOME_PART
) -> tf.Tensor:
    """The mean of every replica's `value`, differentiable; `value` itself where there is one.

    Args:
      value: A mean over rows, or what is made of one.
      whole_batch: Whether it must be that of all rows of the global batch. Otherwise those of one
        micro-batch will do, as for what enters a mean over micro-batches that is taken later.
      needed_by: Who needs that of all rows, by the name that users know, for the message.

    Raises:
      ConfigurationError: All rows must be there at once, but they pass in micro-batches.
    """
    if whole_batch:
        _refuse_micro_batches(needed_by)
    if replica_count() == 1:
        return value
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, value)


def mean_over_group(value: tf.Tensor, size: int) -> tf.Tensor:
    """The mean of `value` over this replica's group of `size` consecutive replicas, differentiable.

    Args:
      value: A mean over the rows of one micro-batch, or what is made of one.
      size: A divisor of the number of replicas.
    """
    context = tf.distribute.get_replica_context()
    group = context.replica_id_in_sync_group // size
    return _summed_at(value, group, replica_count() // size)[group] / size


def count_where(mask: tf.Tensor) -> tf.Tensor:
    """How many rows of the global batch have a `mask` [rows] that is true or 1, a scalar without a
    gradient: the mean of every replica's and every micro-batch's number.

    The mask must follow from the batch, as that of the rows with a label does: one that depends on
    a network makes it run twice where gradients are accumulated.
    """
    mask = mask if mask.dtype.is_floating else tf.cast(mask, tf.float32)
    number = mean_over_replicas(tf.reduce_sum(mask), whole_batch=False)
    if _MICRO_BATCH.count == 1:
        return number
    _MICRO_BATCH.own.append(tf.cast(tf.stop_gradient(number), tf.float64))
    return tf.cast(_MICRO_BATCH.whole[len(_MICRO_BATCH.own) - 1], number.dtype)


def mean_where(mask: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """The mean of the `values` [rows] whose `mask` [rows] is true or 1; 0 where none is.

        Σ mask_i values_i / count_where(mask)

    The mean of all replicas' and micro-batches' results is then that of the global batch, whose
    rows that count they need not share evenly. Of the mask see `count_where`.
    """
    mask = tf.cast(mask, values.dtype)
    return tf.math.divide_no_nan(tf.reduce_sum(mask * values), count_where(mask))


def gather_over_replicas(rows: tf.Tensor, needed_by: str = _SOME_PART) -> tf.Tensor:
    """Every replica's `rows` [rows, ...], differentiable: [replicas · rows, ...], by replica.

    Args:
      rows: This replica's.
      needed_by: Who needs them, by the name that users know, for the message.

    Raises:
      ConfigurationError: The batch passes in micro-batches.
    """
    _refuse_micro_batches(needed_by)
    replicas = replica_count()
    if replicas == 1:
        return rows
    context = tf.distribute.get_replica_context()
    everyones = _summed_at(rows, context.replica_id_in_sync_group, replicas)
    return tf.reshape(everyones, [-1, *rows.shape[1:]])


def _summed_at(value: tf.Tensor, place: tf.Tensor, places: int) -> tf.Tensor:
    """The sums of all replicas' values at each place, [places, ...]."""
    own = tf.one_hot(place, places, dtype=value.dtype)
    own = tf.reshape(own, [places, *[1] * value.shape.rank]) * value[None]
    # A sum, not a mean times the number of replicas, which would round what it hands on.
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, own)


def _refuse_micro_batches(needed_by: str) -> None:
    """Refuses what needs the whole batch, if that passes in micro-batches."""
    if _MICRO_BATCH.count > 1:
        raise ConfigurationError(
            f"run_config.gradient_accumulation={_MICRO_BATCH.count} passes a batch in as many "
            f"parts, one after the other, but {needed_by} needs all of its rows at once: set "
            "run_config.gradient_accumulation = 1, or choose something else in the place of that."
        )
