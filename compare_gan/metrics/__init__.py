# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Metrics of generated images: functions of arrays, and the evaluation of a generator with them.

compare_gan.metrics.fid.frechet_distance(real=features, fake=features)
compare_gan.metrics.inception_score.inception_score(logits)
compare_gan.metrics.evaluate(dataset, fake_batches, step=…, ema=…, bn_mode=…)
"""

from compare_gan.metrics import backbones
from compare_gan.metrics.base import Accumulator, Batch, Metric
from compare_gan.metrics.evaluation import Evaluator, evaluate
from compare_gan.metrics.fid import FID, frechet_distance
from compare_gan.metrics.image_sets import InvalidImagesError
from compare_gan.metrics.inception_score import InceptionScore
from compare_gan.metrics.moments import Moments, MomentsAccumulator, StreamingMoments
from compare_gan.metrics.protocol import Score, read_scores, write_scores
from compare_gan.metrics.settings import EvaluationSettings
from compare_gan.metrics.yardstick import Yardstick, yardstick

__all__ = [
    "FID",
    "Accumulator",
    "Batch",
    "EvaluationSettings",
    "Evaluator",
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
    "read_scores",
    "write_scores",
    "yardstick",
]
