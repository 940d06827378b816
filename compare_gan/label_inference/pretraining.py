# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""An encoder learns from images without labels: it tells by how much they were rotated."""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import gin
import keras
import tensorflow as tf

from compare_gan.data import to_unit_floats
from compare_gan.label_inference.losses import weight_decay
from compare_gan.label_inference.networks import EncoderWithHeads
from compare_gan.label_inference.optimization import StageSettings
from compare_gan.normalizers import collect_updates
from compare_gan.randomness import Draws
from compare_gan.self_supervision import (
    NUM_ROTATIONS,
    rotate_images,
    rotation_accuracy,
    rotation_labels,
    rotation_loss,
)
from compare_gan.training.task import Batch, Gradients, Task, Update, gradients_of, watch


@gin.configurable("pretraining")
@dataclasses.dataclass(frozen=True)
class PretrainingSettings(StageSettings):
    """How the encoder is pre-trained; see `StageSettings`. Without steps it is not."""

    gin_name: ClassVar[str] = "pretraining"


class RotationPretraining(Task):
    """Trains an encoder and a linear head to tell the rotations of images apart.

        loss = −(1/4) Σ_r E_x[log p(r | rotate(view(x), r))] + weight_decay · Σ ½ ‖kernel‖²

    Each image is in the batch in all four directions. (Gidaris et al., ICLR 2018,
    https://arxiv.org/abs/1803.07728; Kolesnikov et al., https://arxiv.org/abs/1901.09005.)

    Args:
      encoder: What is trained; see `EncoderWithHeads`.
      settings: How.
    """

    def __init__(self, encoder: keras.Model, settings: PretrainingSettings):
        self.network = EncoderWithHeads(encoder, {"rotation": NUM_ROTATIONS})
        self._settings = settings
        self._updates = (
            Update(
                name="encoder",
                variables=self.network.trainable_variables,
                optimizer=settings.build_optimizer(),
                gradients=self._gradients,
            ),
        )

    @property
    def updates(self) -> Sequence[Update]:
        return self._updates

    def checkpointables(self) -> dict[str, Any]:
        return self.network.parts()

    def _gradients(self, batch: Batch, draws: Draws) -> Gradients:
        images = self._settings.view(to_unit_floats(batch["images"]), draws, "view")
        rotations = rotation_labels(images.shape[0])
        images = rotate_images(images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            variables = watch(tape, self.network.trainable_variables)
            with collect_updates() as moved:
                logits = self.network(images, training=True)["rotation"]
            loss = rotation_loss(logits, rotations)
            decay = self._settings.weight_decay * weight_decay(self.network.trainable_variables)
            total = loss + decay
        scalars = {
            "rotation_loss": loss,
            "rotation_accuracy": rotation_accuracy(logits, rotations),
            "weight_decay": decay,
            "loss": total,
        }
        return Gradients(gradients_of(total, variables, tape), scalars, moved)
