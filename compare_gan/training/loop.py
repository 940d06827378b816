# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The one training loop: it runs any `Task`, in compiled calls of many steps.

Of several workers all run it; the first alone writes and calls back, and after every compiled call
all agree on what comes next.
"""

import dataclasses
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from compare_gan.atomic_files import write_text_atomically
from compare_gan.training.checkpoints import CheckpointError, Checkpoints
from compare_gan.training.distribution import deal_rows
from compare_gan.training.guards import (
    Interruption,
    NonFiniteError,
    TrainingInterrupted,
    non_finite_message,
)
from compare_gan.training.loss_scale import LossScale
from compare_gan.training.precision import FLOAT16, FLOAT32
from compare_gan.training.steps import CompiledSteps
from compare_gan.training.summaries import Curves, Progress
from compare_gan.training.task import Task
from compare_gan.training.workers import Workers, workers_of

_log = logging.getLogger(__name__)

DONE_FILE = "TRAIN_DONE"
_HOST_CALL_SECONDS = (
    2.0  # long enough for the host's share of the time to vanish, short enough to stop soon
)
_CHECKPOINT_SECONDS = 600.0
_CURVE_STEPS = 100


class Callback(Protocol):
    """Something to do every `every_steps` steps and at the end: pictures, an evaluation."""

    every_steps: int

    def __call__(self, step: int, curves: Curves) -> None:
        """Runs after `step` steps."""


@dataclasses.dataclass(frozen=True)
class LoopSettings:
    """How the loop runs, whatever the task.

    Attributes:
      training_steps: The step at which the run is complete.
      seed: Keys every random draw.
      iterations_per_loop: The most steps in one compiled call; fewer if they would take more than
        about 2 seconds, or if there is something to do in between (curves every 100 steps).
      save_checkpoints_steps: A checkpoint is written at every multiple (and every 10 minutes, and
        at the end).
      keep_checkpoint_max: How many checkpoints stay.
      jit_compile: Whether XLA compiles the step, of several GPUs what each computes of it; None is
        no, but on a TPU.
      precision: In what the task's networks compute; whoever builds them does so in a
        `network_scope`.
      gradient_accumulation: k: each replica passes its rows of a batch in k micro-batches, one
        after the other, and the optimizer takes the mean of their gradients once. So memory holds
        the activations of a k-th of the batch; gradients and curves are those of the whole batch,
        but for batch normalization, whose statistics are those of a micro-batch, as in k times
        smaller batches. What compares each row with all of the batch is refused: relativistic
        average losses, dragan_penalty, top_k, d2d_ce, an adaptive ada.
      rematerialize: Whether the task's networks compute their residual blocks twice, so that memory
        holds the insides of one at a time; whoever builds them tells them.
    """

    training_steps: int
    seed: int = 0
    iterations_per_loop: int = 1000
    save_checkpoints_steps: int = 5000
    keep_checkpoint_max: int = 1000
    jit_compile: bool | None = None
    precision: str = FLOAT32
    gradient_accumulation: int = 1
    rematerialize: bool = False


def train(
    task: Task,
    batches: Callable[[int], tf.data.Dataset],
    model_dir: str | os.PathLike[str],
    settings: LoopSettings,
    callbacks: Sequence[Callback] = (),
    strategy: tf.distribute.Strategy | None = None,
) -> int:
    """Trains `task` from its newest checkpoint, if there is one, until `settings.training_steps`.

    Args:
      task: What to train; its variables were made under `strategy`.
      batches: `(step) -> dataset`, whose elements hold what one step takes: arrays
        [task.batches_per_step, batch, ...], beginning with those of the step after `step`. Of
        several workers each is given its own rows of every batch: row i belongs to worker i mod
        their number.
      model_dir: Checkpoints, curves and the mark of completion go there.
      settings: How to run.
      callbacks: Each is called at the multiples of its interval, and at the end.
      strategy: Where to run; the current one by default.

    Returns:
      The step reached.

    Raises:
      NonFiniteError: A term became NaN or infinite.
      CheckpointError: A checkpoint could not be written or read.
      TrainingInterrupted: A signal came; the state is saved.
    """
    strategy = strategy or tf.distribute.get_strategy()
    workers = workers_of(strategy)
    model_dir = Path(model_dir)

    # Build what the checkpoint holds, and go to where the run stood.
    with strategy.scope():
        step_variable = tf.Variable(
            0, dtype=tf.int64, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
        )
        for update in task.updates:
            update.optimizer.build(list(update.variables))
        loss_scales = {}
        if settings.precision == FLOAT16:
            loss_scales = {update.name: LossScale() for update in task.updates}
    state = _state(task, step_variable, loss_scales)
    checkpoints = Checkpoints(model_dir / "checkpoints", settings.keep_checkpoint_max)
    step = _resume(checkpoints, state, workers)
    if step is None:
        step = 0
        task.initialize()
    else:
        _log.info("Resuming from the checkpoint of step %d.", step)

    if step < settings.training_steps and workers.writes:
        (model_dir / DONE_FILE).unlink(missing_ok=True)  # of a run that is now continued

    intervals = [
        _CURVE_STEPS,
        settings.save_checkpoints_steps,
        *(callback.every_steps for callback in callbacks),
    ]
    if not workers.writes:
        callbacks = ()
    curves = Curves(model_dir / "logs")
    progress = Progress("training", step, settings.training_steps)
    saved_at = time.monotonic()
    try:
        with Interruption() as interruption:
            if step < settings.training_steps:
                run_steps = CompiledSteps(
                    task,
                    settings.seed,
                    step_variable,
                    strategy,
                    settings.jit_compile,
                    loss_scales,
                    settings.gradient_accumulation,
                )
                iterator = iter(deal_rows(batches(step), strategy))
            steps_a_call = 1  # the first call traces the step; the next ones show how long it takes
            while step < settings.training_steps:
                # Run to the next thing there is to do.
                ends = [step + steps_a_call, settings.training_steps]
                ends += [(step // interval + 1) * interval for interval in intervals if interval]
                started = time.monotonic()
                taken, values, waited = run_steps(iterator, min(ends) - step)
                seconds = time.monotonic() - started
                first_call = progress.idle
                if first_call:
                    _log.info("First step done after %.1f s; it included compiling.", seconds)
                step += taken  # nothing is kept of the steps after one that went wrong
                if not np.isfinite(values).all():
                    last = max(checkpoints.steps(), default=None)
                    raise NonFiniteError(non_finite_message(run_steps.names, values, step, last))

                # Report it.
                named = dict(zip(run_steps.names, map(float, values), strict=True))
                progress.advance(step, taken, 0.0 if first_call else seconds, waited, named)
                if step % _CURVE_STEPS == 0 and workers.writes:
                    pace = {"steps_per_second": taken / seconds, "input_wait": waited / seconds}
                    curves.scalars(step, {**named, **pace})
                wanted = taken if first_call else round(_HOST_CALL_SECONDS * taken / seconds)
                # Grown in stages: the first calls after tracing are slower than those that follow.
                wanted = max(1, min(wanted, 4 * steps_a_call, settings.iterations_per_loop))

                # Look at it, then save it: what a kill in between takes away, the run that goes on
                # from the checkpoint before makes again.
                finished = step == settings.training_steps
                for callback in callbacks:
                    if finished or _due(step, callback.every_steps):
                        callback(step, curves)
                # A signal is asked for once: another may come while this is saved.
                late = time.monotonic() - saved_at > _CHECKPOINT_SECONDS
                steps_a_call, late, stopped = _agree(workers, wanted, late, interruption.received)
                regular = finished or _due(step, settings.save_checkpoints_steps)
                if regular or late or stopped is not None:
                    if workers.writes:
                        checkpoints.save(step, state, temporary=not regular)
                    saved_at = time.monotonic()
                if stopped is not None and not finished:
                    workers.wait()  # until it is saved
                    raise TrainingInterrupted(stopped, step)
    finally:
        progress.close()
        curves.close()
    if workers.writes:
        write_text_atomically(model_dir / DONE_FILE, "")
    _, _, stopped = _agree(workers, 0, False, interruption.received)
    if stopped is not None:
        raise TrainingInterrupted(stopped, step)
    return step


def _due(step: int, interval: int) -> bool:
    return bool(interval) and step % interval == 0


def _state(task: Task, step: tf.Variable, loss_scales: Mapping[str, LossScale]) -> dict[str, Any]:
    """What a checkpoint holds. The place in the data is a function of the step, and so are all
    draws.
    """
    optimizers = {f"{update.name}_optimizer": update.optimizer for update in task.updates}
    scales = {f"{name}_loss_scale": scale for name, scale in loss_scales.items()}
    return {**task.checkpointables(), **optimizers, **scales, "step": step}


def _agree(
    workers: Workers, steps: int, late: bool, received: int | None
) -> tuple[int, bool, int | None]:
    """What all workers do next, from what each would.

    A host's clock decides how many steps the next call makes and whether a checkpoint is due, and
    signals may come to any: the first worker's clock counts, and the first signal that one got.
    """
    everyones = workers.exchange([steps, late, received or 0])
    signals = [int(number) for number in everyones[:, 2] if number]
    return int(everyones[0, 0]), bool(everyones[0, 1]), signals[0] if signals else None


def _resume(checkpoints: Checkpoints, state: dict[str, Any], workers: Workers) -> int | None:
    """Goes to the newest checkpoint that is whole, on all workers that of the first one.

    Raises:
      CheckpointError: It can't be read, or other workers do not see it.
    """
    step = checkpoints.resume(state) if workers.writes else None
    if workers.count == 1:
        return step
    chosen = int(workers.exchange([-1 if step is None else step])[0, 0])
    if chosen < 0:
        return None
    if not workers.writes:
        try:
            checkpoints.restore(chosen, state)
        except CheckpointError as error:
            raise CheckpointError(
                f"Worker {workers.index} cannot read what the first worker goes on from: "
                f"--model_dir must be a folder that all workers share. {error}"
            ) from error
    return chosen
