# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""From images of which few are labelled to labels for all of them."""

from compare_gan.label_inference.clustering import Clustering
from compare_gan.label_inference.data import InferenceData, NoLabels, inference_data
from compare_gan.label_inference.inference import Plan, check, infer, plan
from compare_gan.label_inference.linear_on_features import LinearOnFeatures
from compare_gan.label_inference.method import (
    InferenceRun,
    InferredLabels,
    LabelInferenceSettings,
    Method,
)
from compare_gan.label_inference.report import summary
from compare_gan.label_inference.semi_supervised import SemiSupervised
from compare_gan.label_inference.stages import LABEL_INFERENCE_FOLDER, LABELS, build_task
from compare_gan.label_inference.trained import (
    TrainedClassifier,
    TrainedEncoder,
    load_classifier,
    load_encoder,
)

__all__ = [
    "Clustering",
    "InferenceData",
    "InferenceRun",
    "InferredLabels",
    "LABEL_INFERENCE_FOLDER",
    "LABELS",
    "LabelInferenceSettings",
    "LinearOnFeatures",
    "Method",
    "NoLabels",
    "Plan",
    "SemiSupervised",
    "TrainedClassifier",
    "TrainedEncoder",
    "build_task",
    "check",
    "infer",
    "inference_data",
    "load_classifier",
    "load_encoder",
    "plan",
    "summary",
]
