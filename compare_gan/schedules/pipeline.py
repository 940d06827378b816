# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`--schedule=pipeline`: from images of which few are labelled to a GAN, scores and pictures."""

import gin

from compare_gan.label_inference import LabelInferenceSettings
from compare_gan.schedules.eval_after_train import eval_after_train
from compare_gan.schedules.infer_labels import infer_labels
from compare_gan.schedules.run import RunFlags


def pipeline(flags: RunFlags) -> None:
    """Infers labels, trains a GAN on them, evaluates it and draws; skips what is done already.

    Labels are inferred if `label_inference.method` is set. Each stage goes on from where it was,
    and is skipped if its result is there and came from the same configuration.

    Raises:
      ConfigurationError, NonFiniteError, CheckpointError, TrainingInterrupted: See `infer_labels`
        and `train`.
    """
    if "method" in gin.get_bindings(LabelInferenceSettings):
        infer_labels(flags)
    eval_after_train(flags)
