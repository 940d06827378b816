# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SN-GAN's convolutional networks against NumPy, and which of their layers obey which setting."""

import numpy as np
import pytest

from compare_gan.architectures import sndcgan
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    GroupNorm,
    SelfModulatedBatchNorm,
)
from tests.architectures import reference

SHAPE = (11, 9, 2)  # whose halves are 6 × 5, 3 × 3 and 2 × 2
Y = np.eye(3)[[0, 2, 1]]


@pytest.mark.parametrize("in_groups, attention_resolutions", [(False, ()), (True, (2, 6))])
def test_generator_equals_numpy(in_groups, attention_resolutions):
    """A batch norm sees the first map as a vector, as in Compare GAN v3, a group norm as a map."""
    g = sndcgan.Generator(
        SHAPE,
        4,
        3,
        GroupNorm(2) if in_groups else ConditionalBatchNorm,
        ch=1,
        attention_resolutions=attention_resolutions,
        dtype="float64",
    )
    reference.randomize(g, scale=0.3)
    z = np.random.default_rng(1).normal(size=(3, 4))

    def activate(norm, x):
        if in_groups:
            return np.maximum(reference.group_norm(norm, x, 2), 0.0)
        return np.maximum(reference.conditional_batch_norm(norm, x, Y), 0.0)

    x = reference.dense(g.g_fc1, z)
    if in_groups:
        x = x.reshape(3, 2, 2, 8)
    x = activate(g.g_bn1, x).reshape(3, 2, 2, 8)
    if attention_resolutions:
        x = reference.attend(g.non_local_block_g_fc1, x)
    for number, size, channels in ((2, (3, 3), 4), (3, (6, 5), 2), (4, (11, 9), 1)):
        x = reference.transpose(getattr(g, f"g_dc{number}"), x, 2, size)
        assert x.shape == (3, *size, channels)
        x = activate(getattr(g, f"g_bn{number}"), x)
        if attention_resolutions and number == 3:
            x = reference.attend(g.non_local_block_g_dc3, x)
    expected = (np.tanh(reference.transpose(g.g_dc5, x, 1, (11, 9))) + 1.0) / 2.0
    assert np.std(expected) > 0.05
    np.testing.assert_allclose(g(z, Y, training=True), expected, rtol=1e-9)


@pytest.mark.parametrize("project_y, attention_resolutions", [(False, ()), (True, (6, 2))])
def test_discriminator_equals_numpy(project_y, attention_resolutions):
    d = sndcgan.Discriminator(
        SHAPE,
        3,
        BatchNorm,
        layer_norm=True,
        ch=1,
        project_y=project_y,
        attention_resolutions=attention_resolutions,
        dtype="float64",
    )
    reference.randomize(d)
    images = np.random.default_rng(2).uniform(size=(3, *SHAPE))
    x = 2.0 * images - 1.0
    kernels = ((1, 3, 1), (2, 4, 2), (2, 3, 1), (4, 4, 2), (4, 3, 1), (8, 4, 2), (8, 3, 1))
    for number, (channels, size, strides) in enumerate(kernels, 1):
        layer = getattr(d, f"d_conv{number}")
        assert layer.kernel.shape == (size, size, x.shape[3], channels)
        x = reference.stride(layer, x, strides)
        if number > 1:
            x = reference.batch_norm(getattr(d, f"d_bn{number}"), x)
            x = reference.layer_norm(getattr(d, f"d_ln{number}"), x)
        x = reference.leaky_relu(x, 0.1)
        if attention_resolutions and number in (2, 6):
            x = reference.attend(getattr(d, f"non_local_block_d_conv{number}"), x)
    features = x.reshape(3, 2 * 2 * 8)
    logits = reference.dense(d.d_fc1, features)
    if project_y:
        rows = d.embedding_fc.kernel.numpy()[[0, 2, 1]]
        logits = logits + np.sum(rows * features, axis=1, keepdims=True)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)


def test_spectral_norm_reaches_only_the_normalizers_of_g_and_all_of_d(without_values):
    with without_values():
        g = sndcgan.Generator(SHAPE, 5, normalizer=SelfModulatedBatchNorm, spectral_norm=True, ch=1)
        d = sndcgan.Discriminator(SHAPE, 3, spectral_norm=True, ch=1, project_y=True)
    normalized = {v.path.split("/")[1] for v in g.variables if v.name == "u"}
    assert normalized == {"g_bn1", "g_bn2", "g_bn3", "g_bn4"}
    kernels = [v for v in d.variables if v.name == "kernel"]
    assert len([v for v in d.variables if v.name == "u"]) == len(kernels) == 9


def test_projection_needs_classes():
    with pytest.raises(ValueError, match="project_y = True needs classes"):
        sndcgan.Discriminator(SHAPE, ch=1, project_y=True)


@pytest.mark.parametrize("network", [sndcgan.Generator, sndcgan.Discriminator])
def test_the_unit_of_channels_is_checked(network):
    with pytest.raises(ValueError, match=f"sndcgan.{network.__name__}.ch .* received -2"):
        network(SHAPE, ch=-2)
