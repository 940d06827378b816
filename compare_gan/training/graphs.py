# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The graphs of a task's updates, made to be looked at: nothing is run and no data is needed."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from compare_gan.training.micro_batches import computed_once, micro_gradients
from compare_gan.training.task import Task, Update


def update_graphs(
    task: Task, batch: Mapping[str, tf.TensorSpec], gradient_accumulation: int = 1
) -> list[tf.Graph]:
    """For each update of `task` the graph that computes its gradients, in the updates' order.

    What it computes once for all its repetitions is not part of it; see `once_graphs`.

    Args:
      task: The task; its networks are built.
      batch: The shapes of one batch on one replica.
      gradient_accumulation: In how many micro-batches it passes; the graphs are those of one.
    """

    def traced(update):
        def compute(batch, whole):
            computed, _ = micro_gradients(
                update, batch, (0, 0, 0), count=gradient_accumulation, whole=whole
            )
            return computed.gradients

        shared = {
            name: tf.TensorSpec(values.shape[1:], values.dtype)
            for name, values in _traced_once(update, batch).structured_outputs.items()
        }
        specs = {**batch, **shared}, tf.TensorSpec([None], tf.float64)
        return tf.function(compute, autograph=False).get_concrete_function(*specs).graph

    return [traced(update) for update in task.updates]


def once_graphs(task: Task, batch: Mapping[str, tf.TensorSpec]) -> list[tf.Graph]:
    """The graphs of what updates of `task` compute once a step, whatever their repetitions are.

    Args:
      task: The task; its networks are built.
      batch: The shapes of one batch on one replica.
    """
    return [_traced_once(update, batch).graph for update in task.updates if update.once]


def _traced_once(update: Update, batch: Mapping[str, tf.TensorSpec]) -> Any:
    batches = {
        name: tf.TensorSpec([update.repeats, *spec.shape], spec.dtype)
        for name, spec in batch.items()
    }
    function = tf.function(lambda batches: computed_once(update, batches, 0, 0), autograph=False)
    return function.get_concrete_function(batches)
