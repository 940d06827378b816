# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SSGAN-LA: one head tells angle and realness together."""

import gin

from compare_gan.configuration.real_numbers import check_weight
from compare_gan.gans.auxiliary.base import Rows, Terms
from compare_gan.gans.auxiliary.rotated_rows import RotatedRows, accuracy, mean_cross_entropy
from compare_gan.self_supervision import NUM_ROTATIONS


@gin.register("rotation_label_augmentation")
class RotationLabelAugmentation(RotatedRows):
    """A head on D's features has eight classes: each angle r of reals, and each of fakes.

        loss_D += weight_d · (CE(turned reals → (r, real)) + CE(turned fakes → (r, fake)))
        loss_G += weight_g · (CE(turned fakes → (r, real)) − CE(turned fakes → (r, fake)))

    A head that knows nothing of realness lets G make images that are easy to turn rather than
    likely; this one matches the distributions at each angle. It is all that D and G learn unless
    `replaces_gan_loss` is False ("LA+"). The last `rotated_images` rows of each half are turned.

    Hou, Shen, Cao, Cheng, "Self-Supervised GANs with Label Augmentation", NeurIPS 2021,
    https://arxiv.org/abs/2106.08601.

    Args:
      rotated_images: How many images of a global batch are turned, each in all directions.
      weight_d: Weight of the term in D's loss, not negative.
      weight_g: Weight of the term in G's loss, not negative.
      replaces_gan_loss: Whether the GAN's loss is left out; a `penalty.fn` is refused then.

    Raises:
      ValueError: A weight is negative, or no number.
    """

    name = "rotation_label_augmentation"
    outputs = 2 * NUM_ROTATIONS  # reals' angles, then fakes'
    adds_to_discriminator_update = ("real", "fake")
    adds_to_generator_update = ("fake",)

    def __init__(
        self,
        rotated_images: int = gin.REQUIRED,
        weight_d: float = 1.0,
        weight_g: float = 1.0,
        replaces_gan_loss: bool = True,
    ):
        super().__init__(rotated_images)
        self._weight_d = check_weight("rotation_label_augmentation.weight_d", weight_d)
        self._weight_g = check_weight("rotation_label_augmentation.weight_g", weight_g)
        self.replaces_gan_loss = replaces_gan_loss

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        logits, angles = self.judged(real)
        fake_logits, _ = self.judged(fake)
        loss = mean_cross_entropy(logits, angles)
        loss += mean_cross_entropy(fake_logits, angles + NUM_ROTATIONS)
        return Terms(
            self._weight_d * loss,
            {
                "rotation_label_augmentation_loss": loss,
                "rotation_label_augmentation_accuracy": accuracy(logits, angles),
            },
        )

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        logits, angles = self.judged(fake)
        loss = mean_cross_entropy(logits, angles)
        loss -= mean_cross_entropy(logits, angles + NUM_ROTATIONS)
        return Terms(self._weight_g * loss, {"rotation_label_augmentation_loss": loss})
