# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From flags to a schedule, and from what goes wrong to one line and an exit code."""

import difflib
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
from compare_gan.training import CheckpointError, NonFiniteError, TrainingInterrupted

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

USAGE_ERROR = 2
FAILURE = 1


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
    configuration.parse(gin_files, gin_bindings)
    chosen = _DRY_RUNS.get(schedule, dry_run) if flags.dry_run else SCHEDULES[schedule]
    chosen(flags)


def run_and_exit(
    schedule: str, gin_files: Sequence[str], gin_bindings: Sequence[str], flags: RunFlags
) -> None:
    """`run`, but what a user can do something about becomes one line and an exit code.

    2: wrong usage; 1: the run failed (a loss that is not finite, a full disk); 128 + n: stopped by
    signal n. Any other exception keeps its traceback: it is a defect, ours or a user module's.
    """
    try:
        run(schedule, gin_files, gin_bindings, flags)
    except (CheckpointError, NonFiniteError) as error:
        _leave(error, FAILURE)
    except configuration.ConfigurationError as error:
        _leave(error, USAGE_ERROR)
    except TrainingInterrupted as error:
        _leave(error, 128 + error.signal_number)
    except OSError as error:
        _leave(f"{error}. If the disk is full, free some space; then start again.", FAILURE)
    except tf.errors.OpError as error:
        _leave(error, FAILURE)
    except KeyboardInterrupt:
        _leave("stopped by SIGINT.", 128 + signal.SIGINT)


def _leave(error: Exception | str, code: int) -> None:
    print(f"compare_gan: {' '.join(str(error).split())}", file=sys.stderr)
    sys.exit(code)
