# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Slow, plain NumPy versions of blocks, for comparison."""

import types

import numpy as np

from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm
from tests.layers.reference import (
    correlate_same,
    insert_zeros,
    pool_by_averaging,
    resampled_convolution,
    self_attention,
    strided_convolution,
    transposed_convolution,
)


def standardize(x, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def convolve(layer, x, resample=None):
    return resampled_convolution(x, layer.kernel.numpy(), resample) + layer.bias.numpy()


def stride(layer, x, strides):
    return strided_convolution(x, layer.kernel.numpy(), strides) + layer.bias.numpy()


def transpose(layer, x, strides, output_size):
    result = transposed_convolution(x, layer.kernel.numpy(), strides, output_size)
    return result + layer.bias.numpy()


def dense(layer, x):
    return x @ layer.kernel.numpy() + layer.bias.numpy()


def randomize(network, seed=0, scale=1.0):
    """Gives all trained variables, biases among them, values that matter."""
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        variable.assign(scale * rng.normal(size=variable.shape))


def generator_and_latents(network, shape, rows, scale, normalizer=ConditionalBatchNorm, **settings):
    """A G of 3 classes in float64 whose values all matter, and what it takes."""
    g = network(shape, 4, 3, normalizer, dtype="float64", **settings)
    randomize(g, scale=scale)
    return g, np.random.default_rng(1).normal(size=(rows, 4))


def discriminator_and_images(network, shape, rows, **settings):
    """A D of 3 classes in float64 with both norms whose values all matter, and what it takes."""
    d = network(shape, 3, BatchNorm, layer_norm=True, dtype="float64", **settings)
    randomize(d)
    return d, np.random.default_rng(2).uniform(size=(rows, *shape))


def by_name(network):
    """A network's variables by their paths: that of B1/conv1/kernel is .B1.conv1.kernel."""
    root = types.SimpleNamespace()
    for variable in network.variables:
        _, *parents, name = variable.path.split("/")
        place = root
        for parent in parents:
            place = vars(place).setdefault(parent, types.SimpleNamespace())
        setattr(place, name, variable)
    return root


def batch_norm(layer, x):
    axes = tuple(range(x.ndim - 1))
    return standardize(x, axes, 1e-3) * layer.gamma.numpy() + layer.beta.numpy()


def conditional_batch_norm(layer, x, y):
    shape = (len(y), *[1] * (x.ndim - 2), x.shape[-1])
    gamma = (1.0 + y @ layer.gamma.kernel.numpy()).reshape(shape)
    beta = (y @ layer.beta.kernel.numpy()).reshape(shape)
    return standardize(x, tuple(range(x.ndim - 1)), 1e-3) * gamma + beta


def self_modulated_batch_norm(layer, x, z):
    h = np.maximum(dense(layer.hidden, z), 0.0)
    gamma, beta = (dense(part, h)[:, None, None, :] for part in (layer.gamma, layer.beta))
    return standardize(x, (0, 1, 2), 1e-3) * gamma + beta


def layer_norm(layer, x):
    axes = tuple(range(1, x.ndim))
    return standardize(x, axes, 1e-12) * layer.gamma.numpy() + layer.beta.numpy()


def group_norm(layer, x, groups):
    groups = min(groups, x.shape[-1])
    cut = x.reshape(len(x), -1, groups, x.shape[-1] // groups)
    standardized = standardize(cut, (1, 3), 1e-5).reshape(x.shape)
    return standardized * layer.gamma.numpy() + layer.beta.numpy()


def attend(layer, x):
    kernels = [
        part.kernel.numpy()[0, 0] for part in (layer.theta, layer.phi, layer.g, layer.attn_g)
    ]
    return self_attention(x, *kernels, layer.sigma.numpy())


def leaky_relu(x, leak):
    # TensorFlow keeps the slope in float32, whatever x is.
    return np.where(x > 0.0, x, float(np.float32(leak)) * x)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def discriminator_layer(d, number, x, strides, leak, attention):
    """A convolution of a D without shortcuts, and what follows it: from the second one on norms,
    then the activation and, if asked for, attention.
    """
    x = stride(getattr(d, f"d_conv{number}"), x, strides)
    if number > 1:
        x = batch_norm(getattr(d, f"d_bn{number}"), x)
        x = layer_norm(getattr(d, f"d_ln{number}"), x)
    x = leaky_relu(x, leak)
    return attend(getattr(d, f"non_local_block_d_conv{number}"), x) if attention else x


def projected(d, logits, features, y):
    """The logits with the projection of labels, one-hot [n, classes]."""
    rows = y @ d.embedding_fc.kernel.numpy()
    return logits + np.sum(rows * features, axis=1, keepdims=True)


def residual(block, x, resample, activate, shortcut=True):
    """A block of two convolutions; activate(h, number) is the norm and relu before each."""
    h = convolve(block.conv1, activate(x, 1), "up" if resample == "up" else None)
    h = convolve(block.conv2, activate(h, 2), "down" if resample == "down" else None)
    return h + convolve(block.conv_shortcut, x, resample) if shortcut else h


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
