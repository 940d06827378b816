# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Normalizers: batch norm and its conditional kinds, norms of one example, and their statistics.

A normalizer of your own is a Keras layer called as `norm(x, z=z, y=y, training=training)`, named in
a configuration as `G.batch_norm_fn = @my_norm`. Networks apply their activation after it, unless
its class says `includes_activation = True`.
"""

from compare_gan.normalizers.batch_norm import BatchNorm
from compare_gan.normalizers.conditional_batch_norm import ConditionalBatchNorm
from compare_gan.normalizers.evonorm_s0 import EvoNormS0
from compare_gan.normalizers.group_norm import GroupNorm
from compare_gan.normalizers.instance_norm import InstanceNorm
from compare_gan.normalizers.layer_norm import LayerNorm
from compare_gan.normalizers.no_batch_norm import NoBatchNorm
from compare_gan.normalizers.per_example import PerExampleNorm
from compare_gan.normalizers.prototype import NormalizerLike, Prototype
from compare_gan.normalizers.self_modulated_batch_norm import SelfModulatedBatchNorm
from compare_gan.normalizers.statistics import (
    BN_MODES,
    BatchStandardizer,
    StandardizeBatch,
    has_standing_statistics,
    inference_statistics,
    own_bn_mode,
    reset_statistics,
    uses_batch_statistics,
)
from compare_gan.normalizers.updates import (
    accumulate_statistics,
    collect_updates,
    is_accumulating,
    is_collecting,
    record_update,
)

__all__ = [
    "BN_MODES",
    "BatchNorm",
    "BatchStandardizer",
    "ConditionalBatchNorm",
    "EvoNormS0",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "NoBatchNorm",
    "NormalizerLike",
    "PerExampleNorm",
    "Prototype",
    "SelfModulatedBatchNorm",
    "StandardizeBatch",
    "accumulate_statistics",
    "collect_updates",
    "has_standing_statistics",
    "inference_statistics",
    "is_accumulating",
    "is_collecting",
    "own_bn_mode",
    "record_update",
    "reset_statistics",
    "uses_batch_statistics",
]
