# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""InfoGAN's networks against NumPy."""

import numpy as np
import pytest

from compare_gan.architectures import infogan
from tests.architectures import reference

SHAPE = (5, 7, 2)  # whose halves are 3 × 4, and theirs 2 × 2
Y = np.eye(3)[[0, 2, 1]]


@pytest.mark.parametrize("attention_resolutions", [(), (2, 3)])
def test_generator_equals_numpy(attention_resolutions):
    settings = {"initializer": "orthogonal", "attention_resolutions": attention_resolutions}
    g, z = reference.generator_and_latents(infogan.Generator, SHAPE, 3, scale=0.5, ch=1, **settings)

    def activate(norm, x):
        return reference.leaky_relu(reference.conditional_batch_norm(norm, x, Y), 0.2)

    x = activate(g.g_bn1, reference.dense(g.g_fc1, z))
    assert x.shape == (3, 16)
    x = activate(g.g_bn2, reference.dense(g.g_fc2, x)).reshape(3, 2, 2, 2)
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
