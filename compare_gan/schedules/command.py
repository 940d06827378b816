# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From flags to a schedule, and from what goes wrong to one line and an exit code."""

import difflib
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence

import tensorflow as tf

from compare_gan import configuration
from compare_gan.schedules.continuous_eval import continuous_eval
from compare_gan.schedules.dry_run import dry_run
from compare_gan.schedules.eval_after_train import eval_after_train
from compare_gan.schedules.infer_labels import dry_run as dry_run_of_inference
from compare_gan.schedules.infer_labels import infer_labels
from compare_gan.schedules.pipeline import dry_run as dry_run_of_pipeline
from compare_gan.schedules.pipeline import pipeline
from compare_gan.schedules.run import RunFlags
from compare_gan.schedules.sample import sample
from compare_gan.schedules.train import train
from compare_gan.training import (
    CheckpointError,
    Checkpoints,
    LostWorkerError,
    NonFiniteError,
    TrainingInterrupted,
    begin,
    lost_workers_reported,
    workers_of,
)

SCHEDULES: dict[str, Callable[[RunFlags], object]] = {
    "train": train,
    "eval_after_train": eval_after_train,
    "continuous_eval": continuous_eval,
    "sample": sample,
    "infer_labels": infer_labels,
    "pipeline": pipeline,
}
# What --dry_run does instead, if it is not to describe a GAN alone.
_DRY_RUNS: dict[str, Callable[[RunFlags], object]] = {
    "infer_labels": dry_run_of_inference,
    "pipeline": dry_run_of_pipeline,
}
_NEEDS_NO_CONFIGURATION = ("sample",)
_ON_ONE_DEVICE = ("sample", "continuous_eval")

USAGE_ERROR = 2
FAILURE = 1
LOST_WORKER = 75  # "try again", as sysexits.h has it


def run(
    schedule: str, gin_files: Sequence[str], gin_bindings: Sequence[str], flags: RunFlags
) -> None:
    """Reads the configuration and runs a schedule.

    Args:
      schedule: One of `SCHEDULES`.
      gin_files: Configuration files, in order.
      gin_bindings: Single bindings, which come last.
      flags: What else the command line says.

    Raises:
      ConfigurationError: The schedule or the configuration is at fault.
      LostWorkerError: Another worker ended.
    """
    if schedule not in SCHEDULES:
        close = difflib.get_close_matches(schedule, SCHEDULES, n=1)
        raise configuration.ConfigurationError(
            f"--schedule={schedule} is not known{f'; did you mean {close[0]}?' if close else '.'} "
            f"The schedules are {', '.join(SCHEDULES)}."
        )
    if schedule not in _NEEDS_NO_CONFIGURATION and not (gin_files or gin_bindings):
        raise configuration.ConfigurationError(
            f"--schedule={schedule} needs a configuration: give --gin_config=FILE, e.g. "
            "--gin_config=configs/gan_digits.gin."
        )
    on_one_device = f"--schedule={schedule}" if schedule in _ON_ONE_DEVICE else None
    # First, since what is parsed may run TensorFlow's operations.
    strategy = begin(flags.strategy, on_one_device)
    workers = workers_of(strategy)
    if not workers.writes:  # what the first worker tells is told once
        logging.getLogger().setLevel(logging.WARNING)
    configuration.parse(gin_files, gin_bindings)
    chosen = _DRY_RUNS.get(schedule, dry_run) if flags.dry_run else SCHEDULES[schedule]
    with lost_workers_reported(workers):
        chosen(flags)
        workers.wait()  # who leaves early is taken for lost


def run_and_exit(
    schedule: str, gin_files: Sequence[str], gin_bindings: Sequence[str], flags: RunFlags
) -> None:
    """`run`, but what a user can do something about becomes one line and an exit code.

    2: wrong usage; 1: the run failed (a loss that is not finite, a full disk); 128 + n: stopped by
    signal n; 75: another worker was lost. Any other exception keeps its traceback: it is a defect,
    ours or a user module's.
    """
    try:
        run(schedule, gin_files, gin_bindings, flags)
    except (CheckpointError, NonFiniteError) as error:
        _leave(error, FAILURE)
    except configuration.ConfigurationError as error:
        _leave(error, USAGE_ERROR)
    except TrainingInterrupted as error:
        _leave(error, 128 + error.signal_number)
    except LostWorkerError as error:
        _say(f"{error} {_how_to_go_on(flags)}")
        # At once: threads of TensorFlow that wait for the lost worker can keep its iterators from
        # being destroyed, and so the interpreter from ending, for ever.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(LOST_WORKER)
    except OSError as error:
        _leave(f"{error}. If the disk is full, free some space; then start again.", FAILURE)
    except tf.errors.OpError as error:
        _leave(error, FAILURE)
    except KeyboardInterrupt:
        _leave("stopped by SIGINT.", 128 + signal.SIGINT)


def _how_to_go_on(flags: RunFlags) -> str:
    """What to do about a lost worker."""
    step = max(Checkpoints(flags.model_dir / "checkpoints").steps(), default=None)
    kept = "what is saved is not done again"
    if step is not None:
        kept = f"the run goes on from the checkpoint of step {step}"
    return f"Start all workers again with the same command: {kept}."


def _leave(error: Exception | str, code: int) -> None:
    _say(error)
    sys.exit(code)


def _say(error: Exception | str) -> None:
    print(f"compare_gan: {' '.join(str(error).split())}", file=sys.stderr)
