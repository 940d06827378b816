# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Features of images without labels: from a file that the user brings, or a pre-trained encoder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan.label_inference.descriptions import describe
from compare_gan.label_inference.method import InferenceRun
from compare_gan.label_inference.prediction import compute_features
from compare_gan.label_inference.pretraining import PretrainingSettings, RotationPretraining
from compare_gan.label_inference.stages import ENCODER, Stage
from compare_gan.training import Task


def encoder_stage(run: InferenceRun) -> Stage | None:
    """The pre-training of the encoder; None if it has no steps."""
    settings = PretrainingSettings()
    if not settings.training_steps:
        return None
    settings.check_image_shape(run.data.known.image_shape)
    settings.check_batches(run.strategy, run.loop.gradient_accumulation)

    def batches(step: int) -> tf.data.Dataset:
        return run.own_rows(run.data.known).training_batches(
            settings.batch_size, start_batch=step, batches_per_step=1
        )

    return Stage(
        name=ENCODER,
        settings={
            **run.loop_settings(),
            "data": run.data_settings(),
            "encoder": describe(run.settings.encoder),
            "pretraining": describe(settings),
        },
        build=lambda: RotationPretraining(run.build_encoder(), settings),
        batches=batches,
        loop=run.stage_loop(settings.training_steps),
    )


class ImageFeatures:
    """Where features of the images are from.

    Args:
      run: The run.

    Raises:
      ValueError: There are neither features of the user's nor a pre-training, or the user's do not
        fit the data.
    """

    def __init__(self, run: InferenceRun):
        self._run = run
        self._file = run.feature_file
        stage = None if self._file else encoder_stage(run)
        if self._file is None and stage is None:
            raise ValueError(
                "This label_inference.method works on features: set pretraining.training_steps, so "
                "that an encoder learns some, or label_inference.features to a file of your own."
            )
        self.stages: Sequence[Stage] = () if stage is None else (stage,)
        if self._file is not None:
            if run.settings.views:
                raise ValueError(
                    "label_inference.views needs images, but label_inference.features has the "
                    "features of each image as it is: leave label_inference.views out."
                )
            self._file.check(run.data.known, run.data.known.train_split)

    def settings(self) -> dict[str, Any]:
        """What decides them, plain values."""
        if self._file is not None:
            return {"features": self._file.digest}
        return {stage.name: dict(stage.settings) for stage in self.stages}

    def train(self, task: Task | None) -> np.ndarray:
        """Those of the training split, float32 [n, d]; `task` is the trained encoder's."""
        return self._of(task, self._run.data.known.train_split)

    def test_split(self) -> str | None:
        """The evaluation split, if its images have features."""
        known = self._run.data.known
        if known.eval_split == known.train_split:
            return None
        if self._file is not None and not self._file.has_other(known, known.eval_split):
            return None
        return known.eval_split

    def test(self, task: Task | None) -> np.ndarray | None:
        """Those of the evaluation split, if it has any."""
        split = self.test_split()
        return None if split is None else self._of(task, split)

    def _of(self, task: Task | None, split: str) -> np.ndarray:
        if self._file is not None:
            return self._file.of(self._run.data.known, split)
        assert isinstance(task, RotationPretraining)
        encoder = task.network.encoder
        return compute_features(encoder, self._run.data.known, split, self._run.settings.batch_size)
