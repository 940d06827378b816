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


def strided_convolution(x, kernel, strides):
    """SAME convolution of [b, h, w, i] with [k, k, i, o], for any k and any size."""
    size, outputs = kernel.shape[0], kernel.shape[3]
    heights, widths = (-(-length // strides) for length in x.shape[1:3])
    padding = [(0, 0), _padding(x.shape[1], size, strides), _padding(x.shape[2], size, strides)]
    padded = np.pad(x, [*padding, (0, 0)])
    result = np.zeros((x.shape[0], heights, widths, outputs))
    for row in range(heights):
        for column in range(widths):
            top, left = strides * row, strides * column
            window = padded[:, top : top + size, left : left + size]
            result[:, row, column] = np.einsum("bhwi,hwio->bo", window, kernel)
    return result


def transposed_convolution(x, kernel, strides, output_size):
    """Every number of x adds its multiple of the kernel [k, k, o, i] to the output."""
    size, outputs = kernel.shape[0], kernel.shape[2]
    rows, columns = (_padding(length, size, strides) for length in output_size)
    padded = np.zeros(
        (x.shape[0], output_size[0] + sum(rows), output_size[1] + sum(columns), outputs)
    )
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            top, left = strides * row, strides * column
            padded[:, top : top + size, left : left + size] += np.einsum(
                "bi,hwoi->bhwo", x[:, row, column], kernel
            )
    top, left = rows[0], columns[0]
    return padded[:, top : top + output_size[0], left : left + output_size[1]]


def _padding(length, size, strides):
    """What SAME adds before and after, the larger half after."""
    total = max((-(-length // strides) - 1) * strides + size - length, 0)
    return total // 2, total - total // 2


def pool_by_maximum(x):
    batch, height, width, channels = x.shape
    result = np.zeros((batch, -(-height // 2), -(-width // 2), channels))
    for row in range(result.shape[1]):
        for column in range(result.shape[2]):
            window = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            result[:, row, column] = window.max(axis=(1, 2))
    return result


def self_attention(x, theta, phi, g, attn_g, sigma):
    """SAGAN's, of [b, h, w, c] with matrices for the four 1×1 kernels."""
    batch, height, width, _ = x.shape
    queries = (x @ theta).reshape(batch, height * width, -1)
    keys = pool_by_maximum(x @ phi).reshape(batch, -1, phi.shape[1])
    values = pool_by_maximum(x @ g).reshape(batch, -1, g.shape[1])
    products = queries @ keys.transpose(0, 2, 1)
    weights = np.exp(products - products.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return x + sigma * ((weights @ values) @ attn_g).reshape(x.shape)
