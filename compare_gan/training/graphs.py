# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The graphs of a task's updates, made to be looked at: nothing is run and no data is needed."""

from collections.abc import Mapping

import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.training.task import Task


def update_graphs(task: Task, batch: Mapping[str, tf.TensorSpec]) -> list[tf.Graph]:
    """For each update of `task` the graph that computes its gradients, in the updates' order.

    Args:
      task: The task; its networks are built.
      batch: The shapes of one batch on one replica.
    """

    def traced(update):
        def compute(batch):
            return update.gradients(batch, Draws(0, 0, update.name)).gradients

        return tf.function(compute, autograph=False).get_concrete_function(dict(batch)).graph

    return [traced(update) for update in task.updates]
