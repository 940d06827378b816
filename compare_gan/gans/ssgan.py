# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SSGAN: a GAN whose discriminator also tells by how much an image was rotated."""

from collections.abc import Sequence

import gin

from compare_gan.data import Dataset
from compare_gan.gans.auxiliary import AuxiliaryTask, Rotation
from compare_gan.gans.modular_gan import ModularGAN
from compare_gan.gans.options import Options
from compare_gan.self_supervision import NUM_ROTATIONS

_SELF_SUPERVISION = ("rotation_gan", "rotation_only", "none", None)


@gin.configurable(denylist=["dataset", "options"])
class SSGAN(ModularGAN):
    """`ModularGAN` with rotation self-supervision; the bindings of `ModularGAN` hold as well.

        loss_D += weight_rotation_loss_d · CE over reals at 0, 90, 180 and 270 degrees
        loss_G += weight_rotation_loss_g · CE over fakes at 0, 90, 180 and 270 degrees

    See `compare_gan.gans.auxiliary.Rotation` for which images are rotated. Works with classes and
    without.

    Chen, Zhai, Ritter, Lucic, Houlsby, "Self-Supervised GANs via Auxiliary Rotation Loss", CVPR
    2019, https://arxiv.org/abs/1811.11212.

    Args:
      dataset: As for `ModularGAN`.
      options: As for `ModularGAN`.
      self_supervision: "rotation_gan" for both losses, "rotation_only" to leave the GAN's loss out,
        and with it `penalty.fn`, "none" (or None) for a plain GAN.
      rotated_batch_size: Rows of D's batch of which rotation is predicted, for reals and for fakes,
        over all replicas: a quarter of them are images, each in four directions.
      weight_rotation_loss_d: Weight of the rotation loss of the reals in D's loss.
      weight_rotation_loss_g: Weight of the rotation loss of the fakes in G's loss.

    Raises:
      ValueError: A setting is not understood, or the batch sizes do not fit.
    """

    def __init__(
        self,
        dataset: Dataset,
        options: Options,
        self_supervision: str | None = "rotation_gan",
        rotated_batch_size: int | None = None,
        weight_rotation_loss_d: float = 1.0,
        weight_rotation_loss_g: float = 0.2,
    ):
        if self_supervision not in _SELF_SUPERVISION:
            raise ValueError(
                "SSGAN.self_supervision must be one of 'rotation_gan', 'rotation_only' and 'none', "
                f"received {self_supervision!r}."
            )
        self._own_tasks: list[AuxiliaryTask] = []
        if self_supervision not in ("none", None):
            size = rotated_batch_size
            largest = NUM_ROTATIONS * options.batch_size
            if not isinstance(size, int) or size % NUM_ROTATIONS or not 0 < size <= largest:
                raise ValueError(
                    "SSGAN.rotated_batch_size must be a multiple of 4 between 4 and 4 times "
                    f"options.batch_size, {largest}, received {size!r}; options.batch_size is "
                    "usual."
                )
            self._own_tasks = [
                Rotation(
                    size // NUM_ROTATIONS,
                    weight_rotation_loss_d,
                    weight_rotation_loss_g,
                    replaces_gan_loss=self_supervision == "rotation_only",
                )
            ]
        super().__init__(dataset, options)

    def own_tasks(self) -> Sequence[AuxiliaryTask]:
        return self._own_tasks
