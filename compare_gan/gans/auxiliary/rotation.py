# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rotation self-supervision in D, the auxiliary task of SSGAN and S3GAN."""

import gin

from compare_gan.configuration.real_numbers import check_weight
from compare_gan.gans.auxiliary.base import Rows, Terms
from compare_gan.gans.auxiliary.rotated_rows import RotatedRows
from compare_gan.self_supervision import NUM_ROTATIONS, rotation_accuracy, rotation_loss


@gin.register("rotation", allowlist=["rotated_images", "weight_d", "weight_g"])
class Rotation(RotatedRows):
    """A head on D's features tells by which angle an image was turned.

        loss_D += weight_d · CE over reals at 0, 90, 180 and 270 degrees
        loss_G += weight_g · CE over fakes at 0, 90, 180 and 270 degrees

    D learns from reals alone, and G helps: it makes images whose rotation D can tell. The last
    `rotated_images` rows of each half are turned; their upright versions are those in the batch.
    Turned copies keep the label of their source, and enter no other loss.

    Chen, Zhai, Ritter, Lucic, Houlsby, "Self-Supervised GANs via Auxiliary Rotation Loss", CVPR
    2019, https://arxiv.org/abs/1811.11212.

    Args:
      rotated_images: How many images of a global batch are turned, each in all directions.
      weight_d: Weight of the term in D's loss, not negative.
      weight_g: Weight of the term in G's loss, not negative.
      replaces_gan_loss: Whether rotation is all that is learned; a `penalty.fn` is refused then.

    Raises:
      ValueError: A weight is negative, or no number.
    """

    name = "rotation"
    outputs = NUM_ROTATIONS
    adds_to_discriminator_update = ("real",)
    adds_to_generator_update = ("fake",)

    def __init__(
        self,
        rotated_images: int = gin.REQUIRED,
        weight_d: float = 1.0,
        weight_g: float = 0.2,
        replaces_gan_loss: bool = False,
    ):
        super().__init__(rotated_images)
        of_gan = "SSGAN's or S3GAN's weight_rotation_loss"
        self._weight_d = check_weight(f"rotation.weight_d ({of_gan}_d)", weight_d)
        self._weight_g = check_weight(f"rotation.weight_g ({of_gan}_g)", weight_g)
        self.replaces_gan_loss = replaces_gan_loss

    @property
    def images_setting(self) -> str:
        return (
            "rotation.rotated_images (by way of SSGAN.rotated_batch_size or "
            "S3GAN.rotated_batch_fraction)"
        )

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        return self._terms(real, self._weight_d)

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        return self._terms(fake, self._weight_g)

    def _terms(self, half: Rows, weight: float) -> Terms:
        logits, angles = self.judged(half)
        loss = rotation_loss(logits, angles)
        accuracy = rotation_accuracy(logits, angles)
        return Terms(weight * loss, {"rotation_loss": loss, "rotation_accuracy": accuracy})
