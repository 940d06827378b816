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
