# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A classifier trained together with D, which guesses the labels that are missing: S2GAN-CO."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    HeadMaker,
    Rows,
    Terms,
    check_weight,
)
from compare_gan.layers import mean_over_replicas


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

    name = "predictor"

    def __init__(self, soft: bool = False, weight: float = 1.0):
        self._soft = soft
        self._weight = check_weight("label_predictor.weight (S3GAN.weight_class_loss)", weight)
        self._head: keras.layers.Layer | None = None

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are no classes.
        """
        if not num_classes:
            raise ValueError(
                "Predicting labels (S3GAN.use_predictor = True) needs classes: set "
                "ModularGAN.conditional = True, or S3GAN.use_predictor = False."
            )
        self._head = make_head("head", make_head.features, num_classes)

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {"discriminator_predictor": self._head}

    def complete_labels(self, features: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        logits = self._logits(features)
        guesses = (
            tf.nn.softmax(logits)
            if self._soft
            else tf.one_hot(tf.argmax(logits, axis=1), logits.shape[1], dtype=logits.dtype)
        )
        known = tf.cast(_is_labelled(labels), labels.dtype)[:, None]
        return tf.stop_gradient(known * labels + (1 - known) * tf.cast(guesses, labels.dtype))

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        logits = self._logits(real.features)
        known = tf.cast(_is_labelled(real.labels), logits.dtype)
        labels = tf.cast(real.labels, logits.dtype)
        entropies = -tf.reduce_sum(labels * tf.nn.log_softmax(logits), axis=1)
        # The mean of all replicas' losses is then that of the global batch, whose labelled rows
        # they need not share evenly.
        labelled = mean_over_replicas(tf.reduce_sum(known))
        loss = tf.math.divide_no_nan(tf.reduce_sum(known * entropies), labelled)
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(labels, axis=1))
        right = tf.reduce_sum(known * tf.cast(right, known.dtype))
        return Terms(
            self._weight * loss,
            {
                "class_loss": loss,
                "class_accuracy": tf.math.divide_no_nan(right, labelled),
                "labelled_fraction": tf.reduce_mean(known),
            },
        )

    def _logits(self, features: tf.Tensor) -> tf.Tensor:
        return tf.cast(self._head(features), features.dtype)


def _is_labelled(labels: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(labels, axis=1) > 0.5
