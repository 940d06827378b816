# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The compiled part of the training loop: many steps of a task in one call."""

import contextlib
import functools
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from compare_gan.configuration import explain_own_errors
from compare_gan.randomness import Draws
from compare_gan.training.distribution import this_replica
from compare_gan.training.loss_scale import LossScale
from compare_gan.training.task import Assignments, Batch, Task, Update


class CompiledSteps:
    """Runs steps of `task` inside one compiled call.

    Args:
      task: What to train; its optimizers are built.
      seed: Keys the draws.
      step: int64 variable that counts the steps made.
      strategy: Where to run.
      jit_compile: Whether XLA compiles the step; None is no, but on a TPU.
      loss_scales: By the names of the updates that have one; they work on one replica.

    Attributes:
      names: What the numbers that a call returns are, in the order a step computes them; known
        after the first call.

    Raises:
      ValueError: XLA is asked for with several replicas on devices that can't.
    """

    def __init__(
        self,
        task: Task,
        seed: int,
        step: tf.Variable,
        strategy: tf.distribute.Strategy,
        jit_compile: bool | None = None,
        loss_scales: Mapping[str, LossScale] | None = None,
    ):
        on_tpu = bool(tf.config.list_logical_devices("TPU"))
        # Off unless asked for: on 2 CPU cores XLA took 1.3 times as long for residual networks of
        # 32 x 32 images, and 0.8 times for small ones of 8 x 8; on GPUs nothing was measured yet.
        # A TPU compiles everything by itself.
        jit_compile = bool(jit_compile) and not on_tpu
        if jit_compile and strategy.num_replicas_in_sync > 1:
            raise ValueError(
                "run_config.jit_compile=True works on one replica, not on "
                f"{strategy.num_replicas_in_sync}: "
                "leave it out."
            )
        self._updates = task.updates
        self._seed = seed
        self._step = step
        self._strategy = strategy
        self._loss_scales = loss_scales or {}
        self._names: dict[int, list[str]] = {}
        # One traced function an update, however often a step repeats it.
        self._update_functions = [
            tf.function(functools.partial(self._update, index), autograph=False)
            for index in range(len(self._updates))
        ]
        self._one_step = tf.function(self._make_updates, autograph=False, jit_compile=jit_compile)
        self._run = tf.function(self._many_steps, autograph=False)

    @property
    def names(self) -> list[str]:
        return [name for index in range(len(self._updates)) for name in self._names.get(index, [])]

    def __call__(self, iterator: tf.data.Iterator, count: int) -> tuple[int, np.ndarray]:
        """Makes up to `count` steps, leaving at once when a value of a step is not finite.

        Returns:
          The number of steps made, and the values of the last one, float32 [len(self.names)].

        Raises:
          ConfigurationError: A part of the task refuses what it is given, when it is traced.
        """
        with explain_own_errors():
            taken, values = self._run(iterator, tf.constant(count, tf.int64))
        return int(taken), values.numpy()

    def _many_steps(
        self, iterator: tf.data.Iterator, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def going_on(taken: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
            return tf.logical_and(taken < count, tf.reduce_all(tf.math.is_finite(values)))

        def step(taken: tf.Tensor, values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            del values
            return taken + 1, self._one_step(next(iterator))

        return tf.while_loop(
            going_on,
            step,
            (tf.constant(0, tf.int64), tf.zeros([0])),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
            parallel_iterations=1,
        )

    def _make_updates(self, batches: Batch) -> tf.Tensor:
        """One step on batches [batches_per_step, batch, ...]; returns the values of its updates."""
        values = []
        taken = -1
        for update, function in zip(self._updates, self._update_functions, strict=True):
            shown = None
            for iteration in range(update.repeats):
                taken += update.fresh_batch
                latest = function(batches, tf.constant(max(taken, 0)), tf.constant(iteration))
                # The last repetition is shown, or else the first that was not finite: what comes
                # after that is not finite either, and would put the blame on other terms.
                finite = True if shown is None else tf.reduce_all(tf.math.is_finite(shown))
                shown = latest if shown is None else tf.where(finite, latest, shown)
            values.append(shown)
        self._step.assign_add(1)
        return tf.concat(values, axis=0)

    def _update(
        self, index: int, batches: Batch, which: tf.Tensor, iteration: tf.Tensor
    ) -> tf.Tensor:
        replica_update = functools.partial(self._replica_update, index)
        values = self._strategy.run(replica_update, args=(batches, which, iteration))
        return self._strategy.reduce(tf.distribute.ReduceOp.MEAN, values, axis=None)

    def _replica_update(
        self, index: int, batches: Batch, which: tf.Tensor, iteration: tf.Tensor
    ) -> tf.Tensor:
        update: Update = self._updates[index]
        replica, replicas = this_replica()
        draws = Draws(self._seed, self._step, update.name, iteration, replica, replicas)
        batch = {name: values[which] for name, values in batches.items()}

        if update.prepare is not None:
            update.prepare()
        loss_scale = self._loss_scales.get(update.name)
        with contextlib.nullcontext() if loss_scale is None else loss_scale.applied():
            computed = update.gradients(batch, draws)
        # Optimizers sum over the replicas, and each replica's loss is the mean of its own rows.
        gradients = [gradient / replicas for gradient in computed.gradients]
        apply = functools.partial(update.optimizer.apply, gradients, list(update.variables))
        # Finite only if every gradient is.
        norm = tf.linalg.global_norm(computed.gradients)
        scalars = {f"{update.name}/{name}": value for name, value in computed.scalars.items()}
        if loss_scale is None:
            apply()
        else:
            scalars[f"{update.name}/loss_scale"] = loss_scale.value
            norm = loss_scale.apply_if_finite(norm, apply)
        _assign(computed.assignments)
        if update.finish is not None:
            _assign(update.finish(self._step + 1))

        scalars[f"{update.name}/gradient_norm"] = norm  # of several replicas the mean is shown
        self._names[index] = list(scalars)
        return tf.stack([tf.cast(value, tf.float32) for value in scalars.values()])


def _assign(assignments: Assignments) -> None:
    for variable, value in assignments:
        variable.assign(value)
