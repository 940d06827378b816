# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The compiled part of the training loop: many steps of a task in one call."""

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from compare_gan.configuration import explain_own_errors
from compare_gan.training.distribution import this_replica
from compare_gan.training.loss_scale import LossScale
from compare_gan.training.micro_batches import computed_once, micro_gradients
from compare_gan.training.task import Assignments, Batch, Task, Update


class _Computed(NamedTuple):
    """The tensors of a `Gradients`, or their sums over micro-batches."""

    gradients: Sequence[tf.Tensor]
    scalars: Sequence[tf.Tensor]
    assigned: Sequence[tf.Tensor]


class _Layout(NamedTuple):
    """What the tensors of a `_Computed` are, known once its update is traced.

    Attributes:
      names: Of its scalars.
      assigned: The variables that its last tensors are for.
      specs: A `_Computed` with a shape and a type in the place of each tensor.
      counts: How many numbers of the whole batch its micro-batches must know.
    """

    names: Sequence[str]
    assigned: Sequence[keras.Variable]
    specs: _Computed
    counts: int


class CompiledSteps:
    """Runs steps of `task` inside one compiled call.

    Args:
      task: What to train; its optimizers are built.
      seed: Keys the draws.
      step: int64 variable that counts the steps made.
      strategy: Where to run.
      jit_compile: Whether XLA compiles the step; None is no, but on a TPU. Of several replicas it
        compiles what each computes, and not the optimizers, who add up over the replicas.
      loss_scales: By the names of the updates that have one.
      gradient_accumulation: In how many micro-batches a replica passes its rows of a batch.

    Attributes:
      names: What the numbers that a call returns are, in the order a step computes them; known
        after the first call.
      one_step: The compiled function of one step, from its batches to its values.
    """

    def __init__(
        self,
        task: Task,
        seed: int,
        step: tf.Variable,
        strategy: tf.distribute.Strategy,
        jit_compile: bool | None = None,
        loss_scales: Mapping[str, LossScale] | None = None,
        gradient_accumulation: int = 1,
    ):
        on_tpu = bool(tf.config.list_logical_devices("TPU"))
        # Off unless asked for: on 2 CPU cores XLA took 1.3 times as long for residual networks of
        # 32 x 32 images, and 0.8 times for small ones of 8 x 8; on GPUs nothing was measured yet.
        # A TPU compiles everything by itself.
        jit_compile = bool(jit_compile) and not on_tpu
        # XLA compiles for one device, so of several replicas each has its own code compiled.
        self._compiles_replicas = jit_compile and strategy.num_replicas_in_sync > 1
        self._updates = task.updates
        self._seed = seed
        self._step = step
        self._strategy = strategy
        self._loss_scales = loss_scales or {}
        self._micro_batches = gradient_accumulation
        self._layouts: dict[int, _Layout] = {}
        self._compute_functions = [
            self._on_replica(functools.partial(self._compute, index))
            for index in range(len(self._updates))
        ]
        # One traced function an update, however often a step repeats it.
        self._update_functions = [
            tf.function(functools.partial(self._update, index), autograph=False)
            for index in range(len(self._updates))
        ]
        # And of several micro-batches one for each of them.
        self._micro_functions = [
            tf.function(functools.partial(self._micro_batch, index), autograph=False)
            for index in range(len(self._updates))
        ]
        jit_whole = jit_compile and not self._compiles_replicas
        self.one_step = tf.function(self._make_updates, autograph=False, jit_compile=jit_whole)
        self._run = tf.function(self._many_steps, autograph=False)

    def _on_replica(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Code of one replica that writes nothing, compiled by XLA if that is to compile each's."""
        if not self._compiles_replicas:
            return function
        compiled = tf.function(function, autograph=False, jit_compile=True)
        # Not handed to the strategy as it is: that would compile it for all replicas at once.
        return lambda *arguments: compiled(*arguments)

    @property
    def names(self) -> list[str]:
        return [
            f"{self._updates[index].name}/{name}"
            for index, layout in sorted(self._layouts.items())
            for name in (*layout.names, *self._own_names(index))
        ]

    def _own_names(self, index: int) -> Sequence[str]:
        """What is shown of an update beside what it names itself."""
        is_scaled = self._updates[index].name in self._loss_scales
        return ("loss_scale", "gradient_norm") if is_scaled else ("gradient_norm",)

    def __call__(self, iterator: tf.data.Iterator, count: int) -> tuple[int, np.ndarray, float]:
        """Makes `count` steps.

        Returns:
          The number of steps up to the first one with a value that is not finite, or `count`; the
          values of that step, float32 [len(self.names)]; and for how many seconds all steps waited
          for their batches. After values that are not finite no state is worth keeping.

        Raises:
          ConfigurationError: A part of the task refuses what it is given, when it is traced.
        """
        with explain_own_errors():
            good, values, waited = self._run(iterator, tf.constant(count, tf.int32))
        return int(good), values.numpy(), float(waited)

    def _many_steps(
        self, iterator: tf.data.Iterator, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        # The condition is a matter of the host, so nothing that a step computes may be in it, or
        # the host would wait for each step before it sends a GPU the next. TensorFlow computes
        # int32 on the host, and int64, like `until`, on the GPU.
        def not_done(made: tf.Tensor, *unused: tf.Tensor) -> tf.Tensor:
            return made < count

        def step(
            made: tf.Tensor, until: tf.Tensor, values: tf.Tensor, waited: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
            batches, seconds = _next_and_wait(iterator)
            with tf.control_dependencies([seconds]):
                latest = self.one_step(batches)
            # What comes after the first step that went wrong is not looked at.
            finite = tf.reduce_all(tf.math.is_finite(values))
            until += tf.cast(finite, tf.int64)
            return made + 1, until, tf.where(finite, latest, values), waited + seconds

        start = (
            tf.constant(0),
            tf.constant(0, tf.int64),
            tf.zeros([1]),  # as many as there are, once they are known
            tf.constant(0.0, tf.float64),
        )
        shapes = [value.shape for value in start]
        shapes[2] = tf.TensorShape([None])
        _, until, values, waited = tf.while_loop(
            not_done, step, start, shape_invariants=tuple(shapes), parallel_iterations=1
        )
        return until, values, waited

    def _make_updates(self, batches: Batch) -> tf.Tensor:
        """One step on batches [batches_per_step, batch, ...]; returns the values of its updates."""
        values = []
        taken = 0
        for index, update in enumerate(self._updates):
            # Which batch each repetition sees: the next one, or the last one taken.
            places = [max(taken - 1, 0)] * update.repeats
            if update.fresh_batch:
                places = list(range(taken, taken + update.repeats))
                taken += update.repeats
            share = self._on_replica(functools.partial(self._shared, index, places))
            shared = self._strategy.run(share, args=(batches,)) if update.once else {}
            shown = None
            for iteration, place in enumerate(places):
                latest = self._update_functions[index](
                    batches, shared, tf.constant(place), tf.constant(iteration)
                )
                # The last repetition is shown, or else the first that was not finite: what comes
                # after that is not finite either, and would put the blame on other terms.
                finite = True if shown is None else tf.reduce_all(tf.math.is_finite(shown))
                shown = latest if shown is None else tf.where(finite, latest, shown)
            values.append(shown)
        self._step.assign_add(1)
        return tf.concat(values, axis=0)

    def _shared(self, index: int, places: Sequence[int], batches: Batch) -> Batch:
        """What an update computes once for all its repetitions, of which each sees one batch."""
        seen = {name: tf.gather(values, places) for name, values in batches.items()}
        return computed_once(self._updates[index], seen, self._seed, self._step)

    def _update(self, index: int, *arguments: Any) -> tf.Tensor:
        """One repetition of an update; `arguments` are what `_compute` takes first."""
        loss_scale = self._loss_scales.get(self._updates[index].name)
        if self._micro_batches == 1 and loss_scale is None:
            replica_update = functools.partial(self._replica_update, index)
            return self._mean(self._strategy.run(replica_update, args=arguments))
        self._strategy.run(functools.partial(self._prepare, index))
        if self._micro_batches == 1:
            sums, _ = self._micro_batch(index, *arguments)
        else:
            sums = self._accumulated(index, arguments)
        if loss_scale is not None:
            return self._apply_scaled(index, sums, loss_scale)
        return self._mean(self._strategy.run(functools.partial(self._apply, index), args=(sums,)))

    def _mean(self, value: Any) -> tf.Tensor:
        """The mean over the replicas."""
        return self._strategy.reduce(tf.distribute.ReduceOp.MEAN, value, axis=None)

    def _replica_update(self, index: int, *arguments: Any) -> tf.Tensor:
        self._prepare(index)
        computed, _ = self._compute_functions[index](*arguments)
        return self._apply(index, computed)

    def _prepare(self, index: int) -> None:
        prepare = self._updates[index].prepare
        if prepare is not None:
            prepare()

    def _compute(
        self,
        index: int,
        batches: Batch,
        shared: Batch,
        which: tf.Tensor,
        iteration: tf.Tensor,
        number: int | tf.Tensor = 0,
        whole: tf.Tensor | None = None,
    ) -> tuple[_Computed, tf.Tensor]:
        """What an update computes of a micro-batch, and what that adds to `whole`."""
        update: Update = self._updates[index]
        batch = {name: values[which] for name, values in batches.items()}
        batch |= {name: values[iteration] for name, values in shared.items()}
        moment = self._seed, self._step, iteration
        loss_scale = self._loss_scales.get(update.name)
        with contextlib.nullcontext() if loss_scale is None else loss_scale.applied():
            gradients, own = micro_gradients(
                update, batch, moment, number, self._micro_batches, whole
            )
        computed = _Computed(
            list(gradients.gradients),
            [tf.cast(value, tf.float32) for value in gradients.scalars.values()],
            [tf.convert_to_tensor(value) for _, value in gradients.assignments],
        )
        self._layouts[index] = _Layout(
            list(gradients.scalars),
            [variable for variable, _ in gradients.assignments],
            tf.nest.map_structure(lambda tensor: (tensor.shape, tensor.dtype), computed),
            len(own),
        )
        return computed, tf.stack(own) if own else tf.zeros([0], tf.float64)

    def _micro_batch(self, index: int, *arguments: Any) -> tuple[_Computed, tf.Tensor]:
        """`_compute` on every replica; to `whole` all add the same."""
        computed, own = self._strategy.run(self._compute_functions[index], args=arguments)
        return computed, self._mean(own)

    def _accumulated(self, index: int, arguments: tuple[Any, ...]) -> _Computed:
        """The sums of what an update computes of each micro-batch, of which one is alive at once.

        The loop is outside of the replicas' code, which could not exchange numbers inside it.
        """
        micro_function, count = self._micro_functions[index], self._micro_batches
        unknown = tf.TensorSpec([None], tf.float64)
        micro_function.get_concrete_function(*arguments, tf.constant(0), unknown)
        layout = self._layouts[index]

        def not_done(number: tf.Tensor, *unused: Any) -> tf.Tensor:
            return number < count

        # First the numbers that all micro-batches must know. Nothing else of theirs is computed.
        whole = tf.zeros([layout.counts], tf.float64)
        if layout.counts:

            def add_own(number: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                _, own = micro_function(*arguments, number, tf.zeros_like(total))
                return number + 1, total + own

            start = tf.constant(0), whole
            _, total = tf.while_loop(not_done, add_own, start, parallel_iterations=1)
            whole = total / count

        def zeros() -> _Computed:
            return _Computed(
                *([tf.zeros(shape, dtype) for shape, dtype in part] for part in layout.specs)
            )

        def add(one: _Computed, other: _Computed) -> _Computed:
            return tf.nest.map_structure(tf.add, one, other)

        def add_micro_batch(number: tf.Tensor, sums: _Computed) -> tuple[tf.Tensor, _Computed]:
            computed, _ = micro_function(*arguments, number, whole)
            return number + 1, self._strategy.run(add, args=(sums, computed))

        start = tf.constant(0), self._strategy.run(zeros)
        _, sums = tf.while_loop(not_done, add_micro_batch, start, parallel_iterations=1)
        return sums

    def _apply(self, index: int, sums: _Computed) -> tf.Tensor:
        """Moves the variables; returns what is shown, with the gradients' norm as the last."""
        computed = self._means(sums)
        self._optimize(index, computed)
        return tf.concat([self._settle(index, computed), [_norm(computed)]], axis=0)

    def _apply_scaled(self, index: int, sums: _Computed, loss_scale: LossScale) -> tf.Tensor:
        """`_apply` on all replicas, whose optimizer moves the variables only if the gradients of
        all of them are finite. Replicas can't add up inside a condition, so it is outside of their
        code.
        """
        computed = self._strategy.run(self._means, args=(sums,))
        norm = self._mean(self._strategy.run(_norm, args=(computed,)))
        scale = loss_scale.value
        optimize = functools.partial(self._optimize, index)
        norm = loss_scale.apply_if_finite(
            norm, lambda: self._strategy.run(optimize, args=(computed,))
        )
        scalars = self._strategy.run(functools.partial(self._settle, index), args=(computed,))
        return tf.concat([self._mean(scalars), [scale, norm]], axis=0)

    def _means(self, sums: _Computed) -> _Computed:
        """The means over this replica's micro-batches."""
        count = self._micro_batches
        if count == 1:
            return sums
        return tf.nest.map_structure(lambda sum_: tf.cast(sum_ / count, sum_.dtype), sums)

    def _optimize(self, index: int, computed: _Computed) -> None:
        # Optimizers sum over the replicas, and each replica's loss is the mean of its own rows.
        _, replicas = this_replica()
        gradients = [gradient / replicas for gradient in computed.gradients]
        update = self._updates[index]
        update.optimizer.apply(gradients, list(update.variables))

    def _settle(self, index: int, computed: _Computed) -> tf.Tensor:
        """Moves what no gradient moves; returns the update's own scalars."""
        update, layout = self._updates[index], self._layouts[index]
        _assign(list(zip(layout.assigned, computed.assigned, strict=True)))
        if update.finish is not None:
            _assign(update.finish(self._step + 1))
        return tf.stack(computed.scalars) if computed.scalars else tf.zeros([0])


def _norm(computed: _Computed) -> tf.Tensor:
    """The norm of all gradients, finite only if each is. Of several replicas the mean is shown."""
    return tf.cast(tf.linalg.global_norm(computed.gradients), tf.float32)


def _next_and_wait(iterator: tf.data.Iterator) -> tuple[Batch, tf.Tensor]:
    """The next batches, and how many seconds they were waited for, a float64 scalar.

    An iteration of the loop begins when the one before it is done, so what the data pipeline has
    ready by then costs nothing. To a GPU the host only sends it, and asks for the next batches
    while the GPU is still busy: what is waited for then is no less than what the GPU waits.
    """
    # Operations of a graph run as soon as they can: only these dependencies put them in order.
    asked = tf.timestamp()
    with tf.control_dependencies([asked]):
        batches = next(iterator)
    with tf.control_dependencies(tf.nest.flatten(batches, expand_composites=True)):
        return batches, tf.timestamp() - asked


def _assign(assignments: Assignments) -> None:
    for variable, value in assignments:
        variable.assign(value)
