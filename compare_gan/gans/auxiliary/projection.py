# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The projection of the label on D's features: S3GAN's way to tell D the class."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.gans.auxiliary.base import AuxiliaryTask, HeadMaker


@gin.register("label_projection")
class LabelProjection(AuxiliaryTask):
    """Adds the inner product of the label's embedding and D's features to D's logits.

        logit += ⟨y W, features⟩

    with W [classes, features], Glorot-normal, without bias. y are completed labels: true ones,
    inferred ones, probabilities, or a predictor's guesses. Zeros add nothing.

    Miyato and Koyama, "cGANs with Projection Discriminator", ICLR 2018,
    https://arxiv.org/abs/1802.05637. An architecture that projects by itself must be told not to
    (`resnet_biggan.Discriminator.project_y = False`), or labels are projected twice.
    """

    name = "label_projection"

    def __init__(self):
        self._embedding: keras.layers.Layer | None = None

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the embedding W.

        Raises:
          ValueError: There are no classes.
        """
        if not num_classes:
            raise ValueError(
                "Projecting labels (by @label_projection() in ModularGAN.auxiliary_tasks, or by "
                "S3GAN.project_y = True) needs classes: set ModularGAN.conditional = True, or "
                "leave it out."
            )
        self._embedding = make_head(
            "embedding",
            num_classes,
            make_head.features,
            use_bias=False,
            initializer="glorot_normal",
        )

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {"discriminator_label_projection": self._embedding}

    def added_logits(self, features: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        embedded = tf.cast(self._embedding(labels), features.dtype)
        return tf.reduce_sum(embedded * features, axis=1, keepdims=True)
