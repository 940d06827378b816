# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SN-GAN's convolutional networks against NumPy."""

import numpy as np
import pytest

from compare_gan.architectures import sndcgan
from compare_gan.normalizers import ConditionalBatchNorm, GroupNorm
from tests.architectures import reference

SHAPE = (11, 9, 2)  # whose halves are 6 × 5, 3 × 3 and 2 × 2
Y = np.eye(3)[[0, 2, 1]]


@pytest.mark.parametrize("in_groups, attention_resolutions", [(False, ()), (True, (2, 6))])
def test_generator_equals_numpy(in_groups, attention_resolutions):
    """A batch norm sees the first map as a vector, as in Compare GAN v3, a group norm as a map."""
    settings = {"ch": 1, "attention_resolutions": attention_resolutions}
    settings["normalizer"] = GroupNorm(2) if in_groups else ConditionalBatchNorm
    g, z = reference.generator_and_latents(sndcgan.Generator, SHAPE, 3, scale=0.3, **settings)

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
    settings = {"ch": 1, "project_y": project_y, "attention_resolutions": attention_resolutions}
    d, images = reference.discriminator_and_images(sndcgan.Discriminator, SHAPE, 3, **settings)
    x = 2.0 * images - 1.0
    kernels = ((1, 3, 1), (2, 4, 2), (2, 3, 1), (4, 4, 2), (4, 3, 1), (8, 4, 2), (8, 3, 1))
    for number, (channels, size, strides) in enumerate(kernels, 1):
        kernel = getattr(d, f"d_conv{number}").kernel
        assert kernel.shape == (size, size, x.shape[3], channels)
        attention = attention_resolutions and number in (2, 6)
        x = reference.discriminator_layer(d, number, x, strides, 0.1, attention)
    features = x.reshape(3, 2 * 2 * 8)
    logits = reference.dense(d.d_fc1, features)
    if project_y:
        logits = reference.projected(d, logits, features, Y)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)
