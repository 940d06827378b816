# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""InfoGAN's networks against NumPy, and which of their layers obey which setting."""

import numpy as np
import pytest

from compare_gan.architectures import infogan
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    GroupNorm,
    InstanceNorm,
    SelfModulatedBatchNorm,
)
from tests.architectures import reference

SHAPE = (5, 7, 2)  # whose halves are 3 × 4, and theirs 2 × 2
Y = np.eye(3)[[0, 2, 1]]


@pytest.mark.parametrize("in_groups, attention_resolutions", [(False, ()), (True, (2, 3))])
def test_generator_equals_numpy(in_groups, attention_resolutions):
    """A batch norm sees the first map as a vector, as in Compare GAN v3, a group norm as a map."""
    g = infogan.Generator(
        SHAPE,
        4,
        3,
        GroupNorm(2) if in_groups else ConditionalBatchNorm,
        initializer="orthogonal",
        ch=1,
        attention_resolutions=attention_resolutions,
        dtype="float64",
    )
    reference.randomize(g, scale=0.5)
    z = np.random.default_rng(1).normal(size=(3, 4))

    def activate(norm, x):
        if in_groups:
            x = reference.group_norm(norm, x, 2)
        else:
            x = reference.conditional_batch_norm(norm, x, Y)
        return reference.leaky_relu(x, 0.2)

    x = activate(g.g_bn1, reference.dense(g.g_fc1, z))
    assert x.shape == (3, 16)
    x = reference.dense(g.g_fc2, x)
    if in_groups:
        x = x.reshape(3, 2, 2, 2)
    x = activate(g.g_bn2, x).reshape(3, 2, 2, 2)
    if attention_resolutions:
        x = reference.attend(g.non_local_block_g_fc2, x)
    x = activate(g.g_bn3, reference.transpose(g.g_dc3, x, 2, (3, 4)))
    if attention_resolutions:
        x = reference.attend(g.non_local_block_g_dc3, x)
    expected = reference.sigmoid(reference.transpose(g.g_dc4, x, 2, (5, 7)))
    assert np.std(expected) > 0.05
    np.testing.assert_allclose(g(z, Y, training=True), expected, rtol=1e-9)


@pytest.mark.parametrize("project_y, attention_resolutions", [(False, ()), (True, (2, 3))])
def test_discriminator_equals_numpy(project_y, attention_resolutions):
    d = infogan.Discriminator(
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

    def activate(norm, layer_norm, x):
        x = reference.layer_norm(layer_norm, reference.batch_norm(norm, x))
        return reference.leaky_relu(x, 0.2)

    x = reference.leaky_relu(reference.stride(d.d_conv1, images, 2), 0.2)
    if attention_resolutions:
        x = reference.attend(d.non_local_block_d_conv1, x)
    x = activate(d.d_bn2, d.d_ln2, reference.stride(d.d_conv2, x, 2))
    if attention_resolutions:
        x = reference.attend(d.non_local_block_d_conv2, x)
    assert x.shape == (3, 2, 2, 2)
    features = activate(d.d_bn3, d.d_ln3, reference.dense(d.d_fc3, x.reshape(3, 8)))
    logits = reference.dense(d.d_fc4, features)
    if project_y:
        rows = d.embedding_fc.kernel.numpy()[[0, 2, 1]]
        logits = logits + np.sum(rows * features, axis=1, keepdims=True)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-9)


def test_spectral_norm_reaches_only_the_normalizers_of_g_and_all_of_d(without_values):
    with without_values():
        g = infogan.Generator(SHAPE, 5, normalizer=SelfModulatedBatchNorm, spectral_norm=True, ch=1)
        d = infogan.Discriminator(SHAPE, 3, spectral_norm=True, ch=1, project_y=True)
    normalized = {v.path.split("/")[1] for v in g.variables if v.name == "u"}
    assert normalized == {"g_bn1", "g_bn2", "g_bn3"}
    kernels = [v for v in d.variables if v.name == "kernel"]
    assert len([v for v in d.variables if v.name == "u"]) == len(kernels) == 5


def test_projection_needs_classes():
    with pytest.raises(ValueError, match="project_y = True needs classes"):
        infogan.Discriminator(SHAPE, ch=1, project_y=True)


@pytest.mark.parametrize("network", [infogan.Generator, infogan.Discriminator])
def test_the_unit_of_channels_is_checked(network):
    with pytest.raises(ValueError, match=f"infogan.{network.__name__}.ch .* received 0"):
        network(SHAPE, ch=0)


@pytest.mark.parametrize(
    "network, layer", [(infogan.Generator, "g_bn1"), (infogan.Discriminator, "d_bn3")]
)
def test_a_norm_of_single_maps_is_refused_by_layers_without_one(network, layer):
    message = rf"^{layer}: instance_norm .* shape \(None, 16\) has one number per channel.*use @"
    with pytest.raises(ValueError, match=message):
        network(SHAPE, normalizer=InstanceNorm, ch=1)
