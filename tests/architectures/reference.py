# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Slow, plain NumPy versions of blocks, for comparison."""

import numpy as np

from tests.layers.reference import (
    correlate_same,
    insert_zeros,
    pool_by_averaging,
    resampled_convolution,
)


def standardize(x, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def convolve(layer, x, resample=None):
    return resampled_convolution(x, layer.kernel.numpy(), resample) + layer.bias.numpy()


def randomize(network, seed=0):
    """Gives all trained variables, biases among them, values that matter."""
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))


def bottleneck(block, x, resample, filters, activate):
    """BigGAN-deep's block; activate(h, number) is the norm and relu before a convolution."""
    h = convolve(block.conv1, activate(x, 1))
    h = activate(h, 2)
    if resample == "up":
        h = insert_zeros(h)
    h = correlate_same(h, block.conv2.kernel.numpy()) + block.conv2.bias.numpy()
    h = convolve(block.conv3, activate(h, 3))
    h = activate(h, 4)
    if resample == "down":
        h = pool_by_averaging(h)
    h = h @ block.conv4.kernel.numpy()[0, 0] + block.conv4.bias.numpy()
    skip = x
    if resample == "up":
        skip = insert_zeros(skip)
    if resample == "down":
        skip = pool_by_averaging(skip)
    if filters > x.shape[3]:
        kernel, bias = block.add_channels.kernel.numpy(), block.add_channels.bias.numpy()
        skip = np.concatenate([skip, skip @ kernel[0, 0] + bias], axis=3)
    return h + skip[:, :, :, :filters]
