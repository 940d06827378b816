# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The graphs of a task's updates, made to be looked at: nothing is run and no data is needed."""

from collections.abc import Mapping

import tensorflow as tf

from compare_gan.training.micro_batches import micro_gradients
from compare_gan.training.task import Task


def update_graphs(
    task: Task, batch: Mapping[str, tf.TensorSpec], gradient_accumulation: int = 1
) -> list[tf.Graph]:
    """For each update of `task` the graph that computes its gradients, in the updates' order.

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

        specs = dict(batch), tf.TensorSpec([None], tf.float64)
        return tf.function(compute, autograph=False).get_concrete_function(*specs).graph

    return [traced(update) for update in task.updates]
