# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Layers: linear and convolution, spectral and weight normalization, attention, resampling,
initializers.
"""

from compare_gan.layers.attention import NonLocalBlock
from compare_gan.layers.convolution import Conv2D, TransposedConv2D
from compare_gan.layers.initializers import kernel_initializer, weights
from compare_gan.layers.kernel import KernelLayer
from compare_gan.layers.linear import Linear
from compare_gan.layers.precision import full_precision
from compare_gan.layers.resampling import average_pool, convolve, unpool
from compare_gan.layers.spectral_norm import (
    SpectralNorm,
    advance_spectral_norms,
    spectral_norm_updates,
    spectral_normalize,
)
from compare_gan.layers.weight_norm import (
    WeightNormConv2D,
    WeightNormLayer,
    WeightNormLinear,
    WeightNormTransposedConv2D,
)
from compare_gan.replicas import (
    count_where,
    gather_over_replicas,
    mean_over_replicas,
    mean_where,
    micro_batch_count,
    replica_count,
)

__all__ = [
    "Conv2D",
    "KernelLayer",
    "Linear",
    "NonLocalBlock",
    "SpectralNorm",
    "TransposedConv2D",
    "WeightNormConv2D",
    "WeightNormLayer",
    "WeightNormLinear",
    "WeightNormTransposedConv2D",
    "advance_spectral_norms",
    "average_pool",
    "convolve",
    "count_where",
    "full_precision",
    "gather_over_replicas",
    "kernel_initializer",
    "mean_over_replicas",
    "mean_where",
    "micro_batch_count",
    "replica_count",
    "spectral_norm_updates",
    "spectral_normalize",
    "unpool",
    "weights",
]
