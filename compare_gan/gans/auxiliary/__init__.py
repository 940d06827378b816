# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a discriminator learns beside telling reals from fakes, one task a file."""

from compare_gan.gans.auxiliary.base import (
    AddedRows,
    AuxiliaryTask,
    Half,
    HeadMaker,
    Rows,
    Terms,
)
from compare_gan.gans.auxiliary.consistency import Consistency
from compare_gan.gans.auxiliary.d2d_ce import D2DCE
from compare_gan.gans.auxiliary.latent_consistency import LatentConsistency
from compare_gan.gans.auxiliary.lecam import LeCam
from compare_gan.gans.auxiliary.multi_hinge import MultiHinge
from compare_gan.gans.auxiliary.open_set_predictor import OpenSetPredictor
from compare_gan.gans.auxiliary.predictor import LabelPredictor
from compare_gan.gans.auxiliary.projection import LabelProjection
from compare_gan.gans.auxiliary.rotation import Rotation
from compare_gan.gans.auxiliary.rotation_label_augmentation import RotationLabelAugmentation
from compare_gan.gans.auxiliary.rotation_minimax import RotationMinimax

__all__ = [
    "AddedRows",
    "AuxiliaryTask",
    "Consistency",
    "D2DCE",
    "Half",
    "HeadMaker",
    "LabelPredictor",
    "LabelProjection",
    "LatentConsistency",
    "LeCam",
    "MultiHinge",
    "OpenSetPredictor",
    "Rotation",
    "RotationLabelAugmentation",
    "RotationMinimax",
    "Rows",
    "Terms",
]
