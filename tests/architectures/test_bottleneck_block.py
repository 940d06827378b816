# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""BigGAN-deep's block against NumPy."""

import numpy as np
import pytest

from compare_gan.architectures.bottleneck_block import BottleneckBlock
from compare_gan.architectures.parts import Parts
from compare_gan.layers import SpectralNorm
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, LayerNorm, Prototype
from tests.architectures.reference import bottleneck, randomize, standardize


def make_block(filters, resample, normalizer=None, layer_norm=None, spectral_norm=None):
    prototypes = Prototype.of(normalizer), Prototype.of(layer_norm)
    parts = Parts(*prototypes, spectral_norm, "normal", "float64")
    return BottleneckBlock(parts, filters, resample, "B1")


@pytest.mark.parametrize("layer_norm", [None, LayerNorm])
@pytest.mark.parametrize("filters", [3, 8, 13])
@pytest.mark.parametrize("resample", ["up", "down", None])
def test_equals_numpy(resample, filters, layer_norm):
    """With fewer channels than the input's 8, as many, and more."""
    block = make_block(filters, resample, BatchNorm, layer_norm)
    x = np.random.default_rng(1).normal(size=(2, 5, 5, 8))
    block.build(x.shape)
    randomize(block)

    def activate(h, number):
        norm = getattr(block, f"bn{number}")
        h = standardize(h, (0, 1, 2), 1e-3) * norm.gamma.numpy() + norm.beta.numpy()
        if layer_norm:
            norm = getattr(block, f"ln{number}")
            h = standardize(h, (1, 2, 3), 1e-12) * norm.gamma.numpy() + norm.beta.numpy()
        return np.maximum(h, 0.0)

    expected = bottleneck(block, x, resample, filters, activate)
    size = {"up": 10, "down": 3, None: 5}[resample]
    assert expected.shape == (2, size, size, filters)
    np.testing.assert_allclose(block(x, training=True), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "inputs, filters, hidden", [(16, 16, 4), (16, 8, 4), (8, 16, 4), (2, 1, 1), (7, 7, 1)]
)
def test_a_quarter_of_the_channels_is_between(inputs, filters, hidden):
    block = make_block(filters, None)
    block.build((None, 4, 4, inputs))
    shapes = [getattr(block, f"conv{number}").kernel.shape for number in range(1, 5)]
    assert shapes == [
        (1, 1, inputs, hidden),
        (3, 3, hidden, hidden),
        (3, 3, hidden, hidden),
        (1, 1, hidden, filters),
    ]


def test_normalizers_obey_the_network_and_all_kernels_its_spectral_norm():
    settings = SpectralNorm("auto")
    block = make_block(8, "down", ConditionalBatchNorm, spectral_norm=settings)
    block.build((None, 4, 4, 4), (None, 5), (None, 10))
    norms = [getattr(block, f"bn{number}") for number in range(1, 5)]
    assert [norm.gamma.kernel.shape for norm in norms] == [(10, 4), (10, 2), (10, 2), (10, 2)]
    layers = [block.add_channels, *(getattr(block, f"conv{number}") for number in range(1, 5))]
    layers += [layer for norm in norms for layer in (norm.gamma, norm.beta)]
    assert [layer.spectral_norm for layer in layers] == [settings] * 13
    assert sorted(v.path for v in block.trainable_variables if v.name == "bias") == [
        "B1/add_channels/bias",
        "B1/conv1/bias",
        "B1/conv2/bias",
        "B1/conv3/bias",
        "B1/conv4/bias",
    ]
