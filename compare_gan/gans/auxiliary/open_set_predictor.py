# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""OSSGAN: a classifier beside D that stays unsure of images from no known class."""

import gin
import tensorflow as tf

from compare_gan.gans.auxiliary.base import HeadMaker, Rows, Terms, cross_entropy, is_labelled
from compare_gan.gans.auxiliary.predictor import LabelPredictor
from compare_gan.layers import count_where


@gin.register("open_set_predictor")
class OpenSetPredictor(LabelPredictor):
    """A predictor with soft guesses whose entropy is raised, for unlabelled images of any class.

        a      = predictor(features),  p = softmax(a),  H = −Σ_c p_c log p_c / log(classes)
        y_D    = y where it is known, else p; no gradient flows through it
        r      = labelled share of the global batch of reals
        loss_D += weight · (CE(a(x), y) over labelled reals + r · CE(a(G(z, y)), y)
                            − mean H over all reals − r · mean H over fakes)

    A confident guess is a strong signal of its class to D. An image of a class that nobody
    labelled should not give one: where evidence is thin, the entropy term keeps p flat.

    Katsumata, Vo, Nakayama, "OSSGAN: Open-Set Semi-Supervised Image Generation", CVPR 2022,
    https://arxiv.org/abs/2204.14249.

    Args:
      weight: Weight of the whole in D's loss, not negative.

    Raises:
      ValueError: The weight is negative, or no number.
    """

    name = "open_set_predictor"
    adds_to_discriminator_update = ("fake",)

    _left_out = ""
    weight_setting = "open_set_predictor.weight"

    def __init__(self, weight: float = 0.2):
        super().__init__(soft=True, weight=weight)

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are not two classes to be unsure between.
        """
        if num_classes == 1:
            raise ValueError(
                "open_set_predictor needs at least two classes to be unsure between, but there is "
                "one: leave it out of ModularGAN.auxiliary_tasks."
            )
        super().build(make_head, num_classes, batch_size, replicas)

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        known = super().discriminator_terms(real, fake)
        reals, fakes = self._logits(real.features), self._logits(fake.features)
        mask = tf.cast(is_labelled(real.labels), reals.dtype)
        share = count_where(mask) / reals.shape[0]
        of_fakes = tf.reduce_mean(cross_entropy(fakes, tf.cast(fake.labels, fakes.dtype)))
        entropy, entropy_of_fakes = _mean_entropy(reals), _mean_entropy(fakes)
        loss = known.loss + self._weight * (share * of_fakes - entropy - share * entropy_of_fakes)
        return Terms(
            loss, {**known.scalars, "class_entropy": entropy, "class_loss_of_fakes": of_fakes}
        )


def _mean_entropy(logits: tf.Tensor) -> tf.Tensor:
    """The mean entropy of softmax(logits [rows, classes]), from 0 to 1."""
    entropies = cross_entropy(logits, tf.nn.softmax(logits))
    return tf.reduce_mean(entropies) / tf.math.log(tf.cast(logits.shape[1], logits.dtype))
