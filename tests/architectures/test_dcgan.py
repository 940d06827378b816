# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DCGAN against NumPy, sizes that aren't powers of two, and which layers obey spectral norm."""

import numpy as np
import pytest

from compare_gan.architectures import dcgan
from compare_gan.architectures.resolution_plan import halvings
from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, SelfModulatedBatchNorm
from tests.architectures import reference

SHAPE = (17, 9, 2)  # whose halves are 9 × 5, 5 × 3, 3 × 2 and 2 × 1
Y = np.eye(3)[[0, 2]]


@pytest.mark.parametrize("attention_resolutions", [(), (2, 5)])
def test_generator_equals_numpy(attention_resolutions):
    g = dcgan.Generator(
        SHAPE,
        4,
        3,
        ConditionalBatchNorm,
        ch=1,
        attention_resolutions=attention_resolutions,
        dtype="float64",
    )
    reference.randomize(g, scale=0.3)
    z = np.random.default_rng(1).normal(size=(2, 4))
    x = reference.dense(g.g_fc1, z).reshape(2, 2, 1, 8)
    for number, size in enumerate(((3, 2), (5, 3), (9, 5), (17, 9)), 1):
        norm = getattr(g, f"g_bn{number}")
        x = np.maximum(reference.conditional_batch_norm(norm, x, Y), 0.0)
        if attention_resolutions and number == 1:
            x = reference.attend(g.non_local_block_g_fc1, x)
        if attention_resolutions and number == 3:
            x = reference.attend(g.non_local_block_g_dc2, x)
        x = reference.transpose(getattr(g, f"g_dc{number}"), x, 2, size)
    expected = (np.tanh(x) + 1.0) / 2.0
    assert np.std(expected) > 0.05
    np.testing.assert_allclose(g(z, Y, training=True), expected, rtol=1e-9)


@pytest.mark.parametrize("project_y, attention_resolutions", [(False, ()), (True, (9, 2))])
def test_discriminator_equals_numpy(project_y, attention_resolutions):
    d = dcgan.Discriminator(
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
    x = images = np.random.default_rng(2).uniform(size=(2, *SHAPE))
    for number in (1, 2, 3, 4):
        x = reference.stride(getattr(d, f"d_conv{number}"), x, 2)
        if number > 1:
            x = reference.batch_norm(getattr(d, f"d_bn{number}"), x)
            x = reference.layer_norm(getattr(d, f"d_ln{number}"), x)
        x = reference.leaky_relu(x, 0.2)
        if attention_resolutions and number in (1, 4):
            x = reference.attend(getattr(d, f"non_local_block_d_conv{number}"), x)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, x, rtol=1e-8, atol=1e-10)
    flat = x.reshape(2, 2 * 1 * 8)
    logits = reference.dense(d.d_fc4, flat)
    if project_y:
        rows = d.embedding_fc.kernel.numpy()[[0, 2]]
        logits = logits + np.sum(rows * flat, axis=1, keepdims=True)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)


@pytest.mark.parametrize("shape", [(28, 28, 1), (17, 17, 3), (8, 8, 1), (20, 36, 2)])
def test_any_size(shape):
    g, d = dcgan.Generator(shape, 5, ch=1), dcgan.Discriminator(shape, ch=1)
    images = g(np.ones((2, 5), np.float32))
    assert images.shape == (2, *shape)
    assert d(images).features.shape == (2, halvings(shape[0], 4)[0], halvings(shape[1], 4)[0], 8)


def test_spectral_norm_reaches_only_the_normalizers_of_g_and_all_of_d(without_values):
    with without_values():
        g = dcgan.Generator(SHAPE, 5, normalizer=SelfModulatedBatchNorm, spectral_norm=True, ch=1)
        d = dcgan.Discriminator(SHAPE, 3, spectral_norm=True, ch=1, project_y=True)
    normalized = {v.path.split("/")[1] for v in g.variables if v.name == "u"}
    assert normalized == {"g_bn1", "g_bn2", "g_bn3", "g_bn4"}
    kernels = [v for v in d.variables if v.name == "kernel"]
    assert len([v for v in d.variables if v.name == "u"]) == len(kernels) == 6


def test_layer_norm_follows_all_convolutions_of_d_but_the_first():
    d = dcgan.Discriminator((16, 16, 1), layer_norm=True, ch=1)
    assert {v.path.split("/")[1] for v in d.variables if v.name == "gamma"} == {
        "d_ln2",
        "d_ln3",
        "d_ln4",
    }


def test_projection_needs_classes():
    with pytest.raises(ValueError, match="project_y = True needs classes"):
        dcgan.Discriminator(SHAPE, ch=1, project_y=True)


@pytest.mark.parametrize("network", [dcgan.Generator, dcgan.Discriminator])
def test_the_unit_of_channels_is_checked(network):
    with pytest.raises(ValueError, match=f"dcgan.{network.__name__}.ch .* received 0"):
        network(SHAPE, ch=0)
