# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=continuous_eval`: score the checkpoints of a training that runs in another
process.
"""

import logging
import numbers
import time

import gin

from compare_gan.configuration import ConfigurationError
from compare_gan.schedules.evaluation import build_evaluator, evaluate_checkpoints, print_scores
from compare_gan.schedules.run import RunFlags, build_dataset, refuse_other_data
from compare_gan.training import Checkpoints
from compare_gan.training.loop import DONE_FILE

_log = logging.getLogger(__name__)


@gin.configurable(allowlist=["poll_seconds", "timeout_seconds"])
def continuous_eval(
    flags: RunFlags, poll_seconds: float = 60.0, timeout_seconds: float = 24 * 3600.0
) -> None:
    """Evaluates checkpoints as they appear, until the training has ended and all have scores.

    The training may begin later, stop, and go on: what is there is evaluated, and what the training
    deletes before its turn is left out.

    Args:
      flags: Where the training is.
      poll_seconds: How often to look for a new checkpoint.
      timeout_seconds: After so long without a new one the training is taken to be dead.

    Raises:
      ConfigurationError: The configuration is at fault, or the training is on other data.
    """
    for name, seconds in (("poll_seconds", poll_seconds), ("timeout_seconds", timeout_seconds)):
        is_number = isinstance(seconds, numbers.Real) and not isinstance(seconds, bool)
        if not is_number or not seconds > 0:
            raise ConfigurationError(
                f"continuous_eval.{name} must be a positive number of seconds, received "
                f"{seconds!r}."
            )
    dataset = build_dataset(flags)
    refuse_other_data(flags.model_dir, dataset)
    evaluator = build_evaluator(flags, dataset)
    checkpoints = Checkpoints(flags.model_dir / "checkpoints")
    seen: list[int] = []
    last_new = time.monotonic()
    if not checkpoints.steps():
        _log.info("Waiting for the first checkpoint in %s.", flags.model_dir)
    while True:
        # Asked before looking: what was written in between is then found by the look that follows.
        ended = (flags.model_dir / DONE_FILE).exists()
        steps = checkpoints.steps()
        if ended or steps != seen:
            refuse_other_data(flags.model_dir, dataset)  # of a training that began meanwhile
            evaluate_checkpoints(flags, dataset, evaluator, draw_last=ended)
            seen, last_new = steps, time.monotonic()
        if ended:
            break
        if time.monotonic() - last_new > timeout_seconds:
            _log.warning(
                "No new checkpoint in %s for %.0f seconds; leaving.",
                flags.model_dir,
                timeout_seconds,
            )
            break
        time.sleep(poll_seconds)
    print_scores(flags, dataset, evaluator)
