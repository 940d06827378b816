# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What the training loop trains: a `Task`, which lists its `Update`s."""

import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from compare_gan.randomness import Draws
from compare_gan.training.loss_scale import current_scale

# One global batch: {"images": [batch, height, width, channels] uint8 or float, "labels": [batch]
# int32}.
Batch = Mapping[str, tf.Tensor]
# New values for variables that no gradient moves: moving averages, singular vectors, averaged
# weights.
Assignments = Sequence[tuple[keras.Variable, tf.Tensor]]


class Gradients(NamedTuple):
    """What one update computes; nothing has been written when it is returned.

    Attributes:
      gradients: One per variable of the update, of the mean loss over the rows that are given.
      scalars: Named terms of the loss and whatever else is worth a curve; the loop checks that they
        are finite.
      assignments: New values of variables that move with this update without a gradient. Of
        micro-batches the mean is assigned.
    """

    gradients: Sequence[tf.Tensor]
    scalars: Mapping[str, tf.Tensor]
    assignments: Assignments = ()


class Update(NamedTuple):
    """One optimizer's turn within a step.

    Attributes:
      name: Keys the update's random draws and its curves.
      variables: What the optimizer moves.
      optimizer: A Keras optimizer; the loop builds it.
      gradients: `(batch, draws) -> Gradients`: pure graph code that compiles under XLA. The batch
        has this replica's rows, or those of one of its micro-batches. Those of float16 networks are
        to be taken by `gradients_of`.
      repeats: How often a step makes this update.
      fresh_batch: Whether each repetition takes a new batch; otherwise it sees the last one taken.
      prepare: What to do before the gradients are computed, e.g. a power iteration.
      finish: `(step) -> Assignments` to make after the optimizer's, e.g. averaged weights; `step`
        counts this one.
      once: `(batches, draws) -> arrays`: what the repetitions need of what stands still during all
        of them, computed before the first. `batches` are arrays [repeats, rows, ...] of what each
        repetition sees, `draws` those that each makes. So are the arrays that are returned, by
        names that no batch has: each repetition finds its own in its batch.
    """

    name: str
    variables: Sequence[keras.Variable]
    optimizer: keras.optimizers.Optimizer
    gradients: Callable[[Batch, Draws], Gradients]
    repeats: int = 1
    fresh_batch: bool = True
    prepare: Callable[[], None] | None = None
    finish: Callable[[tf.Tensor], Assignments] | None = None
    once: Callable[[Batch, Sequence[Draws]], Batch] | None = None


class Task(abc.ABC):
    """Networks, their state, and how they are updated. A step makes the updates in their order."""

    @property
    @abc.abstractmethod
    def updates(self) -> Sequence[Update]:
        """The updates of one step, in order."""

    @abc.abstractmethod
    def checkpointables(self) -> dict[str, Any]:
        """The networks and other trackable state, by the names they have in a checkpoint.

        The loop adds the optimizers and the step.
        """

    def initialize(self) -> None:  # noqa: B027 - most tasks have nothing to do
        """Called before the first step of a run, but not when it resumes from a checkpoint."""

    @property
    def batches_per_step(self) -> int:
        """How many batches one step takes."""
        return sum(update.repeats for update in self.updates if update.fresh_batch)


def watch(tape: tf.GradientTape, trained: Sequence[keras.Variable]) -> list[Any]:
    """Lets a tape see variables; returns what `gradients_of` takes."""
    # A gradient of Keras' own variables is None, and not zero, where nothing connects them.
    variables = [variable.value for variable in trained]
    tape.watch(variables)
    return variables


def gradients_of(loss: tf.Tensor, variables: list[Any], tape: tf.GradientTape) -> list[tf.Tensor]:
    """The derivatives of a loss by what `watch` returned; zeros where it does not depend on it.

    On their way back through float16 networks they are larger by the update's `LossScale`.
    """
    scale = current_scale()
    scaled = None if scale is None else tf.cast(scale, loss.dtype)
    gradients = tape.gradient(
        loss,
        variables,
        output_gradients=scaled,
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    if scale is None:
        return gradients
    return [gradient / tf.cast(scale, gradient.dtype) for gradient in gradients]
