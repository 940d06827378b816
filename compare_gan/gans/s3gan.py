# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""S3GAN: a conditional GAN that makes do with few labels."""

import logging
from collections.abc import Sequence

import gin

from compare_gan.data import Dataset
from compare_gan.gans.auxiliary import AuxiliaryTask, LabelPredictor, LabelProjection, Rotation
from compare_gan.gans.modular_gan import ModularGAN
from compare_gan.gans.options import Options
from compare_gan.self_supervision import NUM_ROTATIONS

_log = logging.getLogger(__name__)


@gin.configurable(denylist=["dataset", "options"])
class S3GAN(ModularGAN):
    """`ModularGAN` with self-supervision and labels that are inferred before or during training.

        logit  += ⟨y W, features⟩                                             with project_y
        loss_D += weight_class_loss · CE of the guesses for labelled reals    with use_predictor
        loss_D += weight_rotation_loss_d · CE over reals in four directions   with rotation
        loss_G += weight_rotation_loss_g · CE over fakes in four directions   with rotation

    The bindings of `ModularGAN` hold as well. The methods of the paper:

    * S2GAN: `dataset.labels = @inferred_labels`, `project_y`; S3GAN: with rotation.
    * S2GAN-CO: `dataset.labels = @few_labels`, `project_y`, `use_predictor`; S3GAN-CO: with
      rotation.

    See `Rotation`, `LabelProjection` and `LabelPredictor` in `compare_gan.gans.auxiliary` for their
    formulas. Lucic, Tschannen, Ritter, Zhai, Bachem, Gelly, "High-Fidelity Image Generation With
    Fewer Labels", ICML 2019, https://arxiv.org/abs/1903.02271.

    Args:
      dataset: As for `ModularGAN`.
      options: As for `ModularGAN`.
      self_supervision: "rotation" or "none".
      rotated_batch_fraction: f: options.batch_size / f rows of D's batch, rounded down to a
        multiple of 4, are those of which rotation is predicted, for reals and for fakes; a quarter
        of them are images, each in four directions.
      weight_rotation_loss_d: Weight of the rotation loss of the reals in D's loss.
      weight_rotation_loss_g: Weight of the rotation loss of the fakes in G's loss.
      project_y: Whether D's logits get the projection of the label. The architecture itself must
        not project then: `resnet_biggan.Discriminator.project_y = False`.
      use_predictor: Whether a classifier trained with D guesses the labels that are missing.
      use_soft_pred: Whether its guesses are probabilities.
      weight_class_loss: Weight of the classifier's loss in D's loss.
      use_soft_labels: Whether the data set's labels are probabilities; must agree with it, unless
        the GAN is unconditional and uses no labels.

    Raises:
      ValueError: Settings do not fit each other, or the data.
    """

    def __init__(
        self,
        dataset: Dataset,
        options: Options,
        self_supervision: str | None = "rotation",
        rotated_batch_fraction: int | None = None,
        weight_rotation_loss_d: float = 1.0,
        weight_rotation_loss_g: float = 0.2,
        project_y: bool = False,
        use_predictor: bool = False,
        use_soft_pred: bool = False,
        weight_class_loss: float = 1.0,
        use_soft_labels: bool = False,
    ):
        if self_supervision not in ("rotation", "none", None):
            raise ValueError(
                "S3GAN.self_supervision must be 'rotation' or 'none', received "
                f"{self_supervision!r}."
            )
        if use_predictor and not project_y:
            raise ValueError(
                "S3GAN.use_predictor=True guesses labels for the projection: set S3GAN.project_y = "
                "True, or leave S3GAN.use_predictor out."
            )
        if not use_predictor and (use_soft_pred or weight_class_loss != 1.0):
            _log.warning(
                "S3GAN.use_soft_pred and S3GAN.weight_class_loss have no effect without "
                "S3GAN.use_predictor = True."
            )
        self._own_tasks: list[AuxiliaryTask] = []
        if self_supervision == "rotation":
            images = _rotated_images(options.batch_size, rotated_batch_fraction)
            self._own_tasks.append(Rotation(images, weight_rotation_loss_d, weight_rotation_loss_g))
        if use_predictor:
            self._own_tasks.append(LabelPredictor(use_soft_pred, weight_class_loss))
        if project_y:
            self._own_tasks.append(LabelProjection())
        super().__init__(dataset, options)
        if self._num_classes and use_soft_labels != dataset.soft_labels:
            kind = "probabilities" if dataset.soft_labels else "classes"
            raise ValueError(
                f"S3GAN.use_soft_labels={use_soft_labels}, but the labels of {dataset.name} are "
                f"{kind}: set S3GAN.use_soft_labels = {dataset.soft_labels}, or choose another "
                "dataset.labels."
            )

    def own_tasks(self) -> Sequence[AuxiliaryTask]:
        return self._own_tasks


def _rotated_images(batch_size: int, fraction: int | None) -> int:
    """How many images of a batch are rotated.

    Raises:
      ValueError: The fraction does not fit the batch.
    """
    fits = isinstance(fraction, int) and fraction > 0 and batch_size % fraction == 0
    if not fits or batch_size // fraction < NUM_ROTATIONS:
        possible = [f for f in range(1, batch_size // NUM_ROTATIONS + 1) if batch_size % f == 0]
        values = ", ".join(map(str, possible)) or "none: the batch is too small"
        raise ValueError(
            "S3GAN.rotated_batch_fraction must divide options.batch_size="
            f"{batch_size} and leave at least 4 rows, received {fraction!r}; possible are {values}."
        )
    return batch_size // fraction // NUM_ROTATIONS
