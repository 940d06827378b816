# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks that begin where those of another run have come to."""

import logging
from collections.abc import Mapping
from pathlib import Path

import keras

from compare_gan.configuration import ConfigurationError
from compare_gan.training.checkpoints import CheckpointError, Checkpoints

_log = logging.getLogger(__name__)


def take_weights(networks: Mapping[str, keras.Model], model_dir: str, setting: str) -> None:
    """Gives networks the weights of another run's newest checkpoint.

    Args:
      networks: By the names that they have in checkpoints.
      model_dir: The other run's folder.
      setting: What names it, as it is called in gin, for errors.

    Raises:
      ConfigurationError: It holds no checkpoint, or networks of another build.
    """
    checkpoints = Checkpoints(Path(model_dir) / "checkpoints")
    try:
        step = checkpoints.restore_newest(networks, partial=True)
    except CheckpointError as error:
        raise ConfigurationError(f"{setting}={model_dir!r}: {error}") from error
    if step is None:
        raise ConfigurationError(
            f"{setting}={model_dir!r} holds no checkpoint; give the model_dir of a run that has "
            "reached one."
        )
    _log.info("Starting from the networks of step %d in %s.", step, model_dir)
