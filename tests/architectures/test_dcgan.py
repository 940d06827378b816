# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""DCGAN against NumPy, sizes that aren't powers of two, and where layer norm stands."""

import numpy as np
import pytest

from compare_gan.architectures import dcgan
from compare_gan.architectures.resolution_plan import halvings
from tests.architectures import reference

SHAPE = (17, 9, 2)  # whose halves are 9 × 5, 5 × 3, 3 × 2 and 2 × 1
Y = np.eye(3)[[0, 2]]


@pytest.mark.parametrize("attention_resolutions", [(), (2, 5)])
def test_generator_equals_numpy(attention_resolutions):
    g, z = reference.generator_and_latents(
        dcgan.Generator, SHAPE, 2, scale=0.3, ch=1, attention_resolutions=attention_resolutions
    )
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
    settings = {"ch": 1, "project_y": project_y, "attention_resolutions": attention_resolutions}
    d, images = reference.discriminator_and_images(dcgan.Discriminator, SHAPE, 2, **settings)
    x = images
    for number in (1, 2, 3, 4):
        attention = attention_resolutions and number in (1, 4)
        x = reference.discriminator_layer(d, number, x, 2, 0.2, attention)
    output = d(images, Y, training=True)
    np.testing.assert_allclose(output.features, x, rtol=1e-8, atol=1e-10)
    flat = x.reshape(2, 2 * 1 * 8)
    logits = reference.dense(d.d_fc4, flat)
    if project_y:
        logits = reference.projected(d, logits, flat, Y)
    np.testing.assert_allclose(output.logits, logits, rtol=1e-8)


@pytest.mark.parametrize("shape", [(28, 28, 1), (17, 17, 3), (8, 8, 1), (20, 36, 2)])
def test_any_size(shape):
    g, d = dcgan.Generator(shape, 5, ch=1), dcgan.Discriminator(shape, ch=1)
    images = g(np.ones((2, 5), np.float32))
    assert images.shape == (2, *shape)
    assert d(images).features.shape == (2, halvings(shape[0], 4)[0], halvings(shape[1], 4)[0], 8)


def test_layer_norm_follows_all_convolutions_of_d_but_the_first():
    d = dcgan.Discriminator((16, 16, 1), layer_norm=True, ch=1)
    assert {v.path.split("/")[1] for v in d.variables if v.name == "gamma"} == {
        "d_ln2",
        "d_ln3",
        "d_ln4",
    }
