# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`label_inference.method = @semi_supervised`: S2GAN's and S3GAN's way, and what came after it."""

from collections.abc import Sequence
from typing import Any

import gin
import numpy as np
import tensorflow as tf

from compare_gan.label_inference.classifier import (
    ClassifierSettings,
    Pretrained,
    SemiSupervisedClassifier,
)
from compare_gan.label_inference.descriptions import describe
from compare_gan.label_inference.encoder_features import encoder_stage
from compare_gan.label_inference.method import InferenceRun, InferredLabels, Method
from compare_gan.label_inference.prediction import predict_probabilities
from compare_gan.label_inference.stages import CLASSIFIER, Stage
from compare_gan.training import Task


@gin.register("semi_supervised")
class SemiSupervised(Method):
    """A classifier on an encoder, trained on known labels and on all images, labels them all.

    The encoder is pre-trained by rotation if `pretraining.training_steps` is set, else it starts
    from scratch; `classifier.*` says which terms the classifier learns by. (Lučić, Tschannen,
    Ritter et al., "High-Fidelity Image Generation With Fewer Labels", ICML 2019,
    https://arxiv.org/abs/1903.02271, section 3.)

    Args:
      run: What it works with.

    Raises:
      ValueError: The settings do not fit each other or the data.
    """

    def __init__(self, run: InferenceRun):
        super().__init__(run)
        self._settings = ClassifierSettings()
        self._views = run.settings.build_views()
        if run.feature_file is not None:
            raise ValueError(
                "label_inference.features takes the place of an encoder, which @semi_supervised "
                "trains: leave it out, or set label_inference.method = @linear_on_features."
            )
        if not self._settings.training_steps:
            raise ValueError("classifier.training_steps is missing: set it to at least 1.")
        self._settings.check_image_shape(run.data.known.image_shape)
        self._settings.check_batches(run.strategy, run.loop.gradient_accumulation)
        if any(view.rotates for view in self._views) and not self._settings.class_from_rotations:
            raise ValueError(
                "label_inference.views has @rotated_views, but a classifier that learned classes "
                "from upright images only says nothing about rotated ones: leave it out, or set "
                "classifier.class_from_rotations = True."
            )
        self._pretraining = encoder_stage(run)
        if not self._settings.train_encoder and self._pretraining is None:
            raise ValueError(
                "classifier.train_encoder = False learns on the features of a pre-trained encoder: "
                "set pretraining.training_steps, or classifier.train_encoder = True."
            )

    def settings(self) -> dict[str, Any]:
        return {"views": describe(self.run.settings.views)}

    def stages(self) -> Sequence[Stage]:
        run, settings = self.run, self._settings
        before = self._pretraining
        start_from = None
        if before is not None:
            start_from = Pretrained(run.folder / before.name, before.loop.training_steps)
        stage = Stage(
            name=CLASSIFIER,
            settings={
                **run.loop_settings(),
                "data": run.data_settings(),
                "known_labels": run.known_label_settings(),
                "encoder": describe(run.settings.encoder),
                "pretraining": None if before is None else before.settings["pretraining"],
                "classifier": describe(settings),
            },
            build=lambda: SemiSupervisedClassifier(
                run.build_encoder(),
                run.build_encoder("average_encoder"),
                self.num_classes,
                settings,
                start_from,
                self._class_frequencies(),
            ),
            batches=self._batches,
            loop=run.stage_loop(settings.training_steps),
        )
        return (stage,) if before is None else (before, stage)

    def label(self, task: Task | None) -> InferredLabels:
        assert isinstance(task, SemiSupervisedClassifier)
        known = self.run.data.known

        def probabilities(split: str) -> np.ndarray:
            return predict_probabilities(
                task.average_network, known, split, self._views, self.run.settings.batch_size
            )

        train = probabilities(known.train_split)
        test = None
        if known.eval_split != known.train_split:
            test = probabilities(known.eval_split).argmax(axis=1).astype(np.int32)
        return InferredLabels(train.argmax(axis=1).astype(np.int32), train, test)

    def _class_frequencies(self) -> np.ndarray:
        """How frequent each class is among the known labels, [classes]."""
        known = self.run.known_labels
        counts = np.bincount(known[known >= 0], minlength=self.num_classes)
        return counts / max(1, counts.sum())

    def _batches(self, step: int) -> tf.data.Dataset:
        """Labelled images, and beside them images of the whole split where a term sees them."""
        settings = self._settings
        labelled = self.run.own_rows(self.run.data.labelled)
        known = self.run.own_rows(self.run.data.known)
        # Another seed than the other stream's: with all labels known the two would be alike.
        labelled = labelled.training_batches(
            settings.labelled_batch_size,
            start_batch=step,
            seed=labelled.seed + 1,
            batches_per_step=1,
        ).map(lambda batch: {f"labelled_{name}": values for name, values in batch.items()})
        if not settings.uses_all_images:
            return labelled
        everything = known.training_batches(
            settings.batch_size, start_batch=step, batches_per_step=1
        )
        return tf.data.Dataset.zip(labelled, everything).map(lambda one, other: {**one, **other})
