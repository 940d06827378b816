# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of generated images: functions of arrays, and the evaluation of a generator with them.

compare_gan.metrics.fid.frechet_distance(real=features, fake=features)
compare_gan.metrics.inception_score.inception_score(logits)
compare_gan.metrics.kid.kernel_distance(real=features, fake=features)
compare_gan.metrics.prdc.precision_recall_density_coverage(real=features, fake=features)
compare_gan.metrics.prd.prd_curve(real=features, fake=features)
compare_gan.metrics.ms_ssim.ms_ssim(images_a, images_b)
compare_gan.metrics.fractal_dimension.fractal_dimension(images)
compare_gan.metrics.jacobian_conditioning.condition_numbers(generator, z)
compare_gan.metrics.classification_accuracy.classification_accuracy_scores(
    real=features, real_labels=labels, fake=features, fake_labels=labels)
compare_gan.metrics.bootstrap.bootstrap_interval(metric, real=features, fake=features)
compare_gan.metrics.evaluate(dataset, fake_batches, step=…, ema=…, bn_mode=…)
"""

from compare_gan.metrics import backbones
from compare_gan.metrics.authenticity import Authenticity
from compare_gan.metrics.base import Accumulator, Batch, Metric, UnmeasurableError
from compare_gan.metrics.bootstrap import Bootstrap, bootstrap_interval
from compare_gan.metrics.classification_accuracy import (
    ClassificationAccuracy,
    classification_accuracy_scores,
)
from compare_gan.metrics.discriminator_accuracy import DiscriminatorAccuracy
from compare_gan.metrics.discriminator_loss import DiscriminatorLoss
from compare_gan.metrics.evaluation import Evaluator, evaluate
from compare_gan.metrics.features import FeaturesAccumulator
from compare_gan.metrics.fid import FID, frechet_distance
from compare_gan.metrics.fid_infinity import FIDInfinity
from compare_gan.metrics.fractal_dimension import FractalDimension
from compare_gan.metrics.gaussian_mmd import GaussianMMD
from compare_gan.metrics.gilbo import GILBO
from compare_gan.metrics.image_sets import InvalidImagesError
from compare_gan.metrics.inception_score import InceptionScore
from compare_gan.metrics.jacobian_conditioning import JacobianConditioning, condition_numbers
from compare_gan.metrics.kid import KID, kernel_distance
from compare_gan.metrics.model_metric import ModelMetric, TrainedModel, measure_model
from compare_gan.metrics.moments import Moments, MomentsAccumulator, StreamingMoments
from compare_gan.metrics.ms_ssim import MSSSIM
from compare_gan.metrics.per_class import PerClassFID, per_class_distance
from compare_gan.metrics.prd import PRD, prd_curve
from compare_gan.metrics.prdc import PRDC, precision_recall_density_coverage
from compare_gan.metrics.protocol import Score, read_scores, write_scores
from compare_gan.metrics.settings import EvaluationSettings
from compare_gan.metrics.vendi import Vendi
from compare_gan.metrics.yardstick import Yardstick, yardstick

__all__ = [
    "Accumulator",
    "Authenticity",
    "Batch",
    "Bootstrap",
    "ClassificationAccuracy",
    "DiscriminatorAccuracy",
    "DiscriminatorLoss",
    "EvaluationSettings",
    "Evaluator",
    "FID",
    "FIDInfinity",
    "FeaturesAccumulator",
    "FractalDimension",
    "GILBO",
    "GaussianMMD",
    "InceptionScore",
    "InvalidImagesError",
    "JacobianConditioning",
    "KID",
    "MSSSIM",
    "Metric",
    "ModelMetric",
    "PerClassFID",
    "Moments",
    "MomentsAccumulator",
    "PRD",
    "PRDC",
    "Score",
    "StreamingMoments",
    "TrainedModel",
    "UnmeasurableError",
    "Vendi",
    "Yardstick",
    "backbones",
    "bootstrap_interval",
    "classification_accuracy_scores",
    "condition_numbers",
    "evaluate",
    "frechet_distance",
    "kernel_distance",
    "measure_model",
    "per_class_distance",
    "prd_curve",
    "precision_recall_density_coverage",
    "read_scores",
    "write_scores",
    "yardstick",
]
