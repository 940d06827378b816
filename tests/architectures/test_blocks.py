# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Residual blocks against NumPy, and the parts they are made of."""

import numpy as np
import pytest

from compare_gan.architectures.blocks import ResNetBlock
from compare_gan.architectures.parts import Parts
from compare_gan.layers import SpectralNorm
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    EvoNormS0,
    LayerNorm,
    Prototype,
)
from tests.architectures.reference import convolve, standardize
from tests.layers.reference import resampled_convolution


def make_parts(normalizer=None, layer_norm=False, spectral_norm=None):
    layer_norm = Prototype.of(LayerNorm) if layer_norm else None
    return Parts(Prototype.of(normalizer), layer_norm, spectral_norm, "normal", "float64")


@pytest.mark.parametrize("shortcut_size", [3, 1, None])
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("resample", ["up", "down", None])
def test_equals_numpy(resample, layer_norm, shortcut_size):
    block = ResNetBlock(make_parts(BatchNorm, layer_norm), 3, resample, shortcut_size, "B1")
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 2))
    block.build(x.shape)
    rng = np.random.default_rng(1)
    for layer in (block.conv1, block.conv2, block.conv_shortcut):
        if layer is not None:
            layer.kernel.assign(rng.normal(size=layer.kernel.shape))
            layer.bias.assign(rng.normal(size=layer.bias.shape))

    def activate(h):
        h = standardize(h, (0, 1, 2), 1e-3)
        if layer_norm:
            h = standardize(h, (1, 2, 3), 1e-12)
        return np.maximum(h, 0.0)

    h = convolve(block.conv1, activate(x), "up" if resample == "up" else None)
    h = convolve(block.conv2, activate(h), "down" if resample == "down" else None)
    if shortcut_size:
        h = h + convolve(block.conv_shortcut, x, resample)
    np.testing.assert_allclose(block(x, training=True), h, rtol=1e-8, atol=1e-8)


def test_no_relu_follows_a_normalizer_that_includes_the_activation():
    block = ResNetBlock(make_parts(EvoNormS0(2, epsilon=0.1)), 4, None, None, "B1")
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 2))
    block.build(x.shape)
    rng = np.random.default_rng(1)
    for layer in (block.conv1, block.conv2):
        layer.kernel.assign(rng.normal(size=layer.kernel.shape))

    def evonorm(h):
        groups = h.reshape(2, 16, 2, -1)
        deviation = np.sqrt(groups.var((1, 3), keepdims=True) + 0.1)
        return ((groups / (1 + np.exp(-groups))) / deviation).reshape(h.shape)

    h = resampled_convolution(evonorm(x), block.conv1.kernel.numpy(), None)
    assert np.min(evonorm(x)) < -0.1  # where a relu would show
    h = resampled_convolution(evonorm(h), block.conv2.kernel.numpy(), None)
    np.testing.assert_allclose(block(x, training=True), h, rtol=1e-8, atol=1e-8)


def test_normalizers_obey_the_network_and_kernels_its_spectral_norm():
    settings = SpectralNorm("auto")
    block = ResNetBlock(make_parts(ConditionalBatchNorm, False, settings), 3, "up", 1, "B1")
    block.build((None, 4, 4, 2), (None, 5), (None, 10))
    assert block.bn1.gamma.spectral_norm == settings
    assert block.conv1.spectral_norm == settings
    assert block.bn1.gamma.kernel.shape == (10, 2)
    assert block.bn2.gamma.kernel.shape == (10, 3)
    assert block.conv1.kernel.path == "B1/conv1/kernel"
    # Kernels have biases, the modulation of conditional batch norm has none.
    assert sorted(v.path for v in block.trainable_variables if v.name == "bias") == [
        "B1/conv1/bias",
        "B1/conv2/bias",
        "B1/conv_shortcut/bias",
    ]
