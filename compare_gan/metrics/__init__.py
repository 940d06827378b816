# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of generated images: functions of arrays, and the evaluation of a generator with them.

compare_gan.metrics.fid.frechet_distance(real=features, fake=features)
compare_gan.metrics.inception_score.inception_score(logits)
compare_gan.metrics.kid.kernel_distance(real=features, fake=features)
compare_gan.metrics.prdc.precision_recall_density_coverage(real=features, fake=features)
compare_gan.metrics.prd.prd_curve(real=features, fake=features)
compare_gan.metrics.evaluate(dataset, fake_batches, step=…, ema=…, bn_mode=…)
"""

from compare_gan.metrics import backbones
from compare_gan.metrics.base import Accumulator, Batch, Metric
from compare_gan.metrics.evaluation import Evaluator, evaluate
from compare_gan.metrics.features import FeaturesAccumulator
from compare_gan.metrics.fid import FID, frechet_distance
from compare_gan.metrics.image_sets import InvalidImagesError
from compare_gan.metrics.inception_score import InceptionScore
from compare_gan.metrics.kid import KID, kernel_distance
from compare_gan.metrics.moments import Moments, MomentsAccumulator, StreamingMoments
from compare_gan.metrics.prd import PRD, prd_curve
from compare_gan.metrics.prdc import PRDC, precision_recall_density_coverage
from compare_gan.metrics.protocol import Score, read_scores, write_scores
from compare_gan.metrics.settings import EvaluationSettings
from compare_gan.metrics.yardstick import Yardstick, yardstick

__all__ = [
    "FID",
    "KID",
    "PRD",
    "PRDC",
    "Accumulator",
    "Batch",
    "EvaluationSettings",
    "Evaluator",
    "FeaturesAccumulator",
    "InceptionScore",
    "InvalidImagesError",
    "Metric",
    "Moments",
    "MomentsAccumulator",
    "Score",
    "StreamingMoments",
    "Yardstick",
    "backbones",
    "evaluate",
    "frechet_distance",
    "kernel_distance",
    "prd_curve",
    "precision_recall_density_coverage",
    "read_scores",
    "write_scores",
    "yardstick",
]
