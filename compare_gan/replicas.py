# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What replicas that share a global batch tell each other inside a step."""

import tensorflow as tf


def replica_count() -> int:
    """Among how many replicas the code being traced shares its batch; 1 outside of a strategy."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def mean_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The mean of every replica's `value`, differentiable; `value` itself where there is one."""
    if replica_count() == 1:
        return value
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, value)


def mean_where(mask: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """The mean of the `values` [rows] whose `mask` [rows] is true or 1; 0 where none is.

        Σ mask_i values_i / (mean of every replica's Σ mask_i)

    The mean of all replicas' results is then that of the global batch, whose rows that count they
    need not share evenly.
    """
    mask = tf.cast(mask, values.dtype)
    counted = mean_over_replicas(tf.reduce_sum(mask))
    return tf.math.divide_no_nan(tf.reduce_sum(mask * values), counted)


def gather_over_replicas(rows: tf.Tensor) -> tf.Tensor:
    """Every replica's `rows` [rows, ...], differentiable: [replicas · rows, ...], by replica."""
    replicas = replica_count()
    if replicas == 1:
        return rows
    context = tf.distribute.get_replica_context()
    own = tf.one_hot(context.replica_id_in_sync_group, replicas, dtype=rows.dtype)
    own = tf.reshape(own, [replicas, *[1] * rows.shape.rank]) * rows[None]
    # A sum, not a mean times the number of replicas, which would round what it hands on.
    everyones = context.all_reduce(tf.distribute.ReduceOp.SUM, own)
    return tf.reshape(everyones, [-1, *rows.shape[1:]])
