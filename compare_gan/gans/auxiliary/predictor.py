# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A classifier trained together with D, which guesses the labels that are missing: S2GAN-CO."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_weight
from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    HeadMaker,
    Rows,
    Terms,
    apply_head,
    cross_entropy,
    is_labelled,
)
from compare_gan.layers import mean_where


@gin.register("label_predictor")
class LabelPredictor(AuxiliaryTask):
    """A linear layer on D's features learns the known labels and fills in the unknown ones.

        a      = predictor(features of the reals)
        y_D    = y where it is known, else one_hot(argmax a), or softmax(a) if `soft`
        loss_D += weight · (1 / labelled rows) Σ over labelled reals of CE(a, y)

    No gradient flows through y_D: D's judgement never trains the predictor. A row counts as
    labelled if its label vector sums to more than 1/2. A batch without labelled rows adds 0. Fakes
    carry the label they were made for, so nothing is guessed for them, and G has no term.

    Co-training in Lucic et al., "High-Fidelity Image Generation With Fewer Labels", ICML 2019,
    https://arxiv.org/abs/1903.02271.

    Args:
      soft: Whether guesses are probabilities instead of the most probable class.
      weight: Weight of the cross-entropy in D's loss, not negative.

    Raises:
      ValueError: The weight is negative, or no number.
    """

    name = "label_predictor"

    _left_out = " (S3GAN.use_predictor = False)"
    weight_setting = "label_predictor.weight (S3GAN.weight_class_loss)"

    def __init__(self, soft: bool = False, weight: float = 1.0):
        self._soft = soft
        self._weight = check_weight(self.weight_setting, weight)
        self._head: keras.layers.Layer | None = None

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are no classes.
        """
        if not num_classes:
            raise ValueError(
                f"The auxiliary task {self.name!r} needs classes: set ModularGAN.conditional = "
                f"True, or leave the task out{self._left_out}."
            )
        self._head = make_head("head", make_head.features, num_classes)

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {f"discriminator_{self.name}": self._head}

    def complete_labels(self, features: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        logits = self._logits(features)
        guesses = (
            tf.nn.softmax(logits)
            if self._soft
            else tf.one_hot(tf.argmax(logits, axis=1), logits.shape[1], dtype=logits.dtype)
        )
        known = tf.cast(is_labelled(labels), labels.dtype)[:, None]
        return tf.stop_gradient(known * labels + (1 - known) * tf.cast(guesses, labels.dtype))

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        logits = self._logits(real.features)
        known = is_labelled(real.labels)
        labels = tf.cast(real.labels, logits.dtype)
        loss = mean_where(known, cross_entropy(logits, labels))
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(labels, axis=1))
        return Terms(
            self._weight * loss,
            {
                "class_loss": loss,
                "class_accuracy": mean_where(known, tf.cast(right, logits.dtype)),
                "labelled_fraction": tf.reduce_mean(tf.cast(known, logits.dtype)),
            },
        )

    def _logits(self, features: tf.Tensor) -> tf.Tensor:
        return apply_head(self._head, features)
