# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Networks whose features and logits metrics are computed from: `eval.backbone = @…`."""

from compare_gan.metrics.backbones.base import Backbone
from compare_gan.metrics.backbones.digits_cnn import DigitsCNN
from compare_gan.metrics.backbones.inception_2015 import Inception2015
from compare_gan.metrics.backbones.keras_applications import KerasApplication
from compare_gan.metrics.backbones.keras_file import KerasFile
from compare_gan.metrics.backbones.pixels import Pixels
from compare_gan.metrics.backbones.random_features import RandomFeatures
from compare_gan.metrics.backbones.saved_model import SavedModel
from compare_gan.metrics.backbones.trained_networks import (
    TrainedClassifierBackbone,
    TrainedEncoderBackbone,
)

__all__ = [
    "Backbone",
    "DigitsCNN",
    "Inception2015",
    "KerasApplication",
    "KerasFile",
    "Pixels",
    "RandomFeatures",
    "SavedModel",
    "TrainedClassifierBackbone",
    "TrainedEncoderBackbone",
]
