# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The graphs of a task's updates, made to be looked at: nothing is run and no data is needed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from compare_gan.training.micro_batches import computed_once, micro_gradients
from compare_gan.training.task import Task, Update


class UpdateGraphs(NamedTuple):
    """What an update computes in a step, before anything moves.

    Attributes:
      repetition: One repetition, of one micro-batch: gradients, scalars and assignments.
      once: What all repetitions share, whatever their number; None where they share nothing.
    """

    repetition: tf.Graph
    once: tf.Graph | None


def update_graphs(
    task: Task, batch: Mapping[str, tf.TensorSpec], gradient_accumulation: int = 1
) -> list[UpdateGraphs]:
    """The graphs of each update of `task`, in the updates' order.

    They hold more than is run; see `live_operations`.

    Args:
      task: The task; its networks are built.
      batch: The shapes of one batch on one replica.
      gradient_accumulation: In how many micro-batches it passes; the graphs are those of one.
    """

    def traced(update: Update) -> UpdateGraphs:
        def compute(batch, whole):
            computed, _ = micro_gradients(
                update, batch, (0, 0, 0), count=gradient_accumulation, whole=whole
            )
            assigned = [value for _, value in computed.assignments]
            return list(computed.gradients), list(computed.scalars.values()), assigned

        once, shared = None, {}
        if update.once is not None:
            function = _traced_once(update, batch)
            once = function.graph
            shared = {
                name: tf.TensorSpec(values.shape[1:], values.dtype)
                for name, values in function.structured_outputs.items()
            }
        specs = {**batch, **shared}, tf.TensorSpec([None], tf.float64)
        repetition = tf.function(compute, autograph=False).get_concrete_function(*specs)
        return UpdateGraphs(repetition.graph, once)

    return [traced(update) for update in task.updates]


def _traced_once(update: Update, batch: Mapping[str, tf.TensorSpec]) -> Any:
    batches = {
        name: tf.TensorSpec([update.repeats, *spec.shape], spec.dtype)
        for name, spec in batch.items()
    }
    function = tf.function(lambda batches: computed_once(update, batches, 0, 0), autograph=False)
    return function.get_concrete_function(batches)
