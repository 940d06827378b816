# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Rotation self-supervision in D, the auxiliary task of SSGAN and S3GAN."""

from collections.abc import Mapping

import gin
import keras
import tensorflow as tf

from compare_gan.gans.auxiliary.base import (
    AuxiliaryTask,
    Half,
    HeadMaker,
    Rows,
    Terms,
    check_weight,
)
from compare_gan.randomness import Draws
from compare_gan.self_supervision import (
    NUM_ROTATIONS,
    rotate_images,
    rotation_accuracy,
    rotation_labels,
    rotation_loss,
)

_TURNS = (1, 2, 3)  # upright images are in the batch already


@gin.register("rotation", allowlist=["rotated_images", "weight_d", "weight_g"])
class Rotation(AuxiliaryTask):
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
      replaces_gan_loss: Whether rotation is all that is learned.

    Raises:
      ValueError: A weight is negative, or no number.
    """

    name = "rotation"
    adds_to_discriminator_update = ("real",)
    adds_to_generator_update = ("fake",)

    def __init__(
        self,
        rotated_images: int = gin.REQUIRED,
        weight_d: float = 1.0,
        weight_g: float = 0.2,
        replaces_gan_loss: bool = False,
    ):
        self._rotated_images = rotated_images
        of_gan = "SSGAN's or S3GAN's weight_rotation_loss"
        self._weight_d = check_weight(f"rotation.weight_d ({of_gan}_d)", weight_d)
        self._weight_g = check_weight(f"rotation.weight_g ({of_gan}_g)", weight_g)
        self.replaces_gan_loss = replaces_gan_loss
        self._head: keras.layers.Layer | None = None
        self._rows = 0

    def build(self, make_head: HeadMaker, num_classes: int, batch_size: int, replicas: int) -> None:
        """Makes the head.

        Raises:
          ValueError: There are more images to turn than in a batch, or replicas can't share them.
        """
        images = self._rotated_images
        if not isinstance(images, int) or not 1 <= images <= batch_size or images % replicas:
            shared = f", and divisible by the number of replicas, {replicas}"
            raise ValueError(
                "The number of images that are rotated must be between 1 and options.batch_size="
                f"{batch_size}{shared if replicas > 1 else ''}, but it is {images!r} (a quarter of "
                "the rotated batch)."
            )
        self._rows = images // replicas
        self._head = make_head("head", make_head.features, NUM_ROTATIONS)

    @property
    def heads(self) -> Mapping[str, keras.layers.Layer]:
        return {"discriminator_rotation": self._head}

    def added_rows(self, half: Half, draws: Draws) -> Half:
        """The last rows at 90, at 180 and at 270 degrees."""
        labels = None if half.labels is None else tf.tile(half.labels[-self._rows :], [3, 1])
        return Half(rotate_images(half.images[-self._rows :], _TURNS), labels)

    def discriminator_terms(self, real: Rows, fake: Rows | None) -> Terms:
        return self._terms(real, self._weight_d)

    def generator_terms(self, real: Rows | None, fake: Rows) -> Terms:
        return self._terms(fake, self._weight_g)

    def _terms(self, half: Rows, weight: float) -> Terms:
        features = tf.concat([half.features[-self._rows :], half.added.features], axis=0)
        logits = tf.cast(self._head(features), features.dtype)
        labels = rotation_labels(self._rows)
        loss = rotation_loss(logits, labels)
        accuracy = rotation_accuracy(logits, labels)
        return Terms(weight * loss, {"rotation_loss": loss, "rotation_accuracy": accuracy})
