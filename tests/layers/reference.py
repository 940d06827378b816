# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Slow, plain NumPy versions of what the layers compute, for comparison."""

import numpy as np
import scipy.signal


def correlate_same(x, kernel):
    """Stride-1 SAME convolution of [b, h, w, i] with [k, k, i, o], k odd."""
    batch, height, width, inputs = x.shape
    outputs = kernel.shape[3]
    result = np.zeros((batch, height, width, outputs))
    for example in range(batch):
        for source in range(inputs):
            for target in range(outputs):
                result[example, :, :, target] += scipy.signal.correlate2d(
                    x[example, :, :, source], kernel[:, :, source, target], mode="same"
                )
    return result


def insert_zeros(x):
    batch, height, width, channels = x.shape
    result = np.zeros((batch, 2 * height, 2 * width, channels))
    result[:, ::2, ::2] = x
    return result


def pool_by_averaging(x):
    batch, height, width, channels = x.shape
    result = np.zeros((batch, -(-height // 2), -(-width // 2), channels))
    for row in range(result.shape[1]):
        for column in range(result.shape[2]):
            window = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            result[:, row, column] = window.mean(axis=(1, 2))
    return result


def resampled_convolution(x, kernel, resample):
    if resample == "up":
        return correlate_same(insert_zeros(x), kernel)
    convolved = correlate_same(x, kernel)
    return pool_by_averaging(convolved) if resample == "down" else convolved


def pool_by_maximum(x):
    batch, height, width, channels = x.shape
    return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
