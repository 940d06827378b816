# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SSGAN-MS: rotation as a game, in which D's head also tells that an image is fake."""

import gin
import tensorflow as tf

from compare_gan.configuration.real_numbers import check_weight
from compare_gan.gans.auxiliary.base import Rows, Terms
from compare_gan.gans.auxiliary.rotated_rows import RotatedRows, accuracy, mean_cross_entropy
from compare_gan.self_supervision import NUM_ROTATIONS

_FAKE = NUM_ROTATIONS  # the fifth class


@gin.register("rotation_minimax")
class RotationMinimax(RotatedRows):
    """A head on D's features has five classes: the four angles of reals, and "fake".

        loss_D += weight_d · (CE(turned reals → angle) + CE(turned fakes → fake))
        loss_G += weight_g · (CE(turned fakes → angle) − CE(turned fakes → fake))

    With plain rotation (`rotation`) a collapsed G satisfies the head already: a few images whose
    angle is easy to tell do. Here it must also pass as real in every direction. The last
    `rotated_images` rows of each half are turned; turned copies enter no other loss.

    Tran, Tran, Nguyen, Yang, Cheung, "Self-supervised GAN: Analysis and Improvement with
    Multi-class Minimax Game", NeurIPS 2019, https://arxiv.org/abs/1911.06997. G's term is that of
    the paper; its authors' program takes |CE(fakes → angle) − CE(reals → angle)|.

    Args:
      rotated_images: How many images of a global batch are turned, each in all directions.
      weight_d: Weight of the term in D's loss, not negative.
      weight_g: Weight of the term in G's loss, not negative.

    Raises:
      ValueError: A weight is negative, or no number.
    """

    name = "rotation_minimax"
    outputs = NUM_ROTATIONS + 1
    adds_to_discriminator_update = ("real", "fake")
    adds_to_generator_update = ("fake",)

    def __init__(
        self, rotated_images: int = gin.REQUIRED, weight_d: float = 0.5, weight_g: float = 0.1
    ):
        super().__init__(rotated_images)
        self._weight_d = check_weight("rotation_minimax.weight_d", weight_d)
        self._weight_g = check_weight("rotation_minimax.weight_g", weight_g)

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        logits, angles = self.judged(real)
        fake_logits, _ = self.judged(fake)
        loss = mean_cross_entropy(logits, angles) + _fake_loss(fake_logits)
        return Terms(
            self._weight_d * loss,
            {"rotation_minimax_loss": loss, "rotation_minimax_accuracy": accuracy(logits, angles)},
        )

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        logits, angles = self.judged(fake)
        loss = mean_cross_entropy(logits, angles) - _fake_loss(logits)
        return Terms(self._weight_g * loss, {"rotation_minimax_loss": loss})


def _fake_loss(logits: tf.Tensor) -> tf.Tensor:
    return mean_cross_entropy(logits, tf.fill([logits.shape[0]], _FAKE))
