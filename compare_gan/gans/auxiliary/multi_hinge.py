# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The multi-hinge loss: D is a classifier of all classes and "fake", trained with margins."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    HeadMaker,
    Rows,
    Terms,
    apply_head,
    is_labelled,
)


@gin.register("multi_hinge")
class MultiHinge(AuxiliaryTask):
    """A head on D's features has a score s_c for each class and one for "fake".

        margin(x, c) = relu(1 − s_c(x) + max over c' ≠ c of s_c'(x))
        loss_D = mean margin(x, y) + mean margin(G(z, y), fake)
        loss_G = mean margin(G(z, y), y)

    This is Crammer and Singer's multi-class hinge. It takes the place of the GAN's loss; a
    `penalty.fn`, which would look at logits that nothing trains, is refused. An unlabelled real
    image must only beat "fake" with its best class: relu(1 − max over classes of s_c + s_fake); of
    label probabilities the largest counts.

    Kavalerov, Czaja, Chellappa, "cGANs with Multi-Hinge Loss", 2019, first version,
    https://arxiv.org/abs/1912.04216v1 (a later version adds the classifier to a projecting D). Its
    program also matches features in G's update, which is left out here.
    """

    name = "multi_hinge"
    replaces_gan_loss = True
    adds_to_discriminator_update = ("fake",)

    def __init__(self):
        self._head: keras.layers.Layer | None = None

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are no classes.
        """
        if not num_classes:
            raise ValueError(
                "multi_hinge needs classes: set ModularGAN.conditional = True, or leave it out of "
                "ModularGAN.auxiliary_tasks."
            )
        self._head = make_head("head", make_head.features, num_classes + 1)

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {"discriminator_multi_hinge": self._head}

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        reals, fakes = self._scores(real), self._scores(fake)
        best_class = tf.nn.relu(1.0 - tf.reduce_max(reals[:, :-1], axis=1) + reals[:, -1])
        of_label = _margins(reals, _with_fake(real.labels, reals.dtype))
        of_reals = tf.reduce_mean(tf.where(is_labelled(real.labels), of_label, best_class))
        is_fake = tf.one_hot(tf.fill([fakes.shape[0]], fakes.shape[1] - 1), fakes.shape[1])
        of_fakes = tf.reduce_mean(_margins(fakes, tf.cast(is_fake, fakes.dtype)))
        return Terms(of_reals + of_fakes, {"loss_real": of_reals, "loss_fake": of_fakes})

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        fakes = self._scores(fake)
        loss = tf.reduce_mean(_margins(fakes, _with_fake(fake.labels, fakes.dtype)))
        return Terms(loss, {"gan_loss": loss})

    def _scores(self, half: Rows) -> tf.Tensor:
        return apply_head(self._head, half.features)


def _with_fake(labels: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Label vectors with a 0 for "fake" behind: the class is the most probable one."""
    classes = tf.one_hot(tf.argmax(labels, axis=1), labels.shape[1] + 1)
    return tf.cast(classes, dtype)


def _margins(scores: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """relu(1 − chosen score + best other score) of each row, given one-hot choices."""
    own = tf.reduce_sum(chosen * scores, axis=1)
    others = tf.where(chosen > 0, tf.constant(scores.dtype.min, scores.dtype), scores)
    return tf.nn.relu(1.0 - own + tf.reduce_max(others, axis=1))
