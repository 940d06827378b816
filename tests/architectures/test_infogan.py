# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""InfoGAN's networks against NumPy."""

import numpy as np
import pytest

from compare_gan.architectures import infogan
from compare_gan.normalizers import ConditionalBatchNorm, GroupNorm, InstanceNorm
from tests.architectures import reference

SHAPE = (5, 7, 2)  # whose halves are 3 × 4, and theirs 2 × 2
Y = np.eye(3)[[0, 2, 1]]


@pytest.mark.parametrize("in_groups, attention_resolutions", [(False, ()), (True, (2, 3))])
def test_generator_equals_numpy(in_groups, attention_resolutions):
    """A batch norm sees the first map as a vector, as in Compare GAN v3, a group norm as a map."""
    settings = {"initializer": "orthogonal", "attention_resolutions": attention_resolutions}
    settings["normalizer"] = GroupNorm(2) if in_groups else ConditionalBatchNorm
    g, z = reference.generator_and_latents(infogan.Generator, SHAPE, 3, scale=0.5, ch=1, **settings)

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
    settings = {"ch": 1, "project_y": project_y, "attention_resolutions": attention_resolutions}
    d, images = reference.discriminator_and_images(infogan.Discriminator, SHAPE, 3, **settings)
    x = reference.discriminator_layer(d, 1, images, 2, 0.2, attention_resolutions)
    x = reference.discriminator_layer(d, 2, x, 2, 0.2, attention_resolutions)
    assert x.shape == (3, 2, 2, 2)
    x = reference.batch_norm(d.d_bn3, reference.dense(d.d_fc3, x.reshape(3, 8)))
    features = reference.leaky_relu(reference.layer_norm(d.d_ln3, x), 0.2)
    logits = reference.dense(d.d_fc4, features)
    if project_y:
        logits = reference.projected(d, logits, features, Y)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, features, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-9)


@pytest.mark.parametrize(
    "network, layer", [(infogan.Generator, "g_bn1"), (infogan.Discriminator, "d_bn3")]
)
def test_a_norm_of_single_maps_is_refused_by_layers_without_one(network, layer):
    message = rf"^{layer}: instance_norm .* shape \(None, 16\) has one number per channel.*use @"
    with pytest.raises(ValueError, match=message):
        network(SHAPE, normalizer=InstanceNorm, ch=1)
