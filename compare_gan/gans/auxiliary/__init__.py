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
from compare_gan.gans.auxiliary.predictor import LabelPredictor
from compare_gan.gans.auxiliary.projection import LabelProjection
from compare_gan.gans.auxiliary.rotation import Rotation

__all__ = [
    "AddedRows",
    "AuxiliaryTask",
    "Half",
    "HeadMaker",
    "LabelPredictor",
    "LabelProjection",
    "Rotation",
    "Rows",
    "Terms",
]
