# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Self-attention against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.layers import NonLocalBlock
from compare_gan.layers.attention import _max_pool
from tests.layers.reference import self_attention


def test_max_pool_narrows_the_last_window_of_an_odd_size():
    x = -np.arange(1.0, 16.0).reshape(1, 3, 5, 1)
    expected = [[-1.0, -3.0, -5.0], [-11.0, -13.0, -15.0]]
    np.testing.assert_array_equal(_max_pool(tf.constant(x))[0, :, :, 0], expected)


@pytest.fixture
def block_and_images():
    block = NonLocalBlock(dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 16))
    block(x)
    return block, x


def test_is_the_identity_at_first(block_and_images):
    block, x = block_and_images
    np.testing.assert_array_equal(block(x), x)


def test_equals_numpy(block_and_images):
    block, x = block_and_images
    rng = np.random.default_rng(1)
    kernels = []
    for layer in (block.theta, block.phi, block.g, block.attn_g):
        layer.kernel.assign(rng.normal(size=layer.kernel.shape))
        kernels.append(layer.kernel.numpy()[0, 0])
    block.sigma.assign(0.7)
    np.testing.assert_allclose(block(x), self_attention(x, *kernels, 0.7), rtol=1e-9, atol=1e-9)


def test_variables(block_and_images):
    block, _ = block_and_images
    shapes = {variable.path.split("/", 1)[1]: variable.shape for variable in block.variables}
    assert shapes == {
        "sigma": (),
        "theta/kernel": (1, 1, 16, 2),
        "phi/kernel": (1, 1, 16, 2),
        "g/kernel": (1, 1, 16, 8),
        "attn_g/kernel": (1, 1, 8, 16),
    }
    normalized = NonLocalBlock(spectral_norm=True)
    normalized.build((None, 4, 4, 16))
    assert len(normalized.trainable_variables) == 5
    assert len(normalized.non_trainable_variables) == 8


@pytest.mark.parametrize("channels, keys, values", [(1, 1, 1), (7, 1, 3), (12, 1, 6), (31, 3, 15)])
def test_any_number_of_channels(channels, keys, values):
    block = NonLocalBlock()
    block.build((None, 4, 4, channels))
    assert block.theta.kernel.shape == block.phi.kernel.shape == (1, 1, channels, keys)
    assert block.g.kernel.shape == (1, 1, channels, values)
    assert block.attn_g.kernel.shape == (1, 1, values, channels)


@pytest.mark.parametrize("size, channels", [(1, 1), (3, 16), (5, 8)])
def test_small_and_odd_maps(size, channels):
    block = NonLocalBlock()
    x = np.random.default_rng(2).normal(size=(2, size, size, channels)).astype(np.float32)
    block(x)
    block.sigma.assign(1.0)
    output = block(x)
    assert output.shape == x.shape
    assert np.isfinite(output).all()


def test_second_derivative_in_graph_and_xla():
    block = NonLocalBlock(spectral_norm=True, dtype="float64")
    x = tf.constant(np.random.default_rng(3).normal(size=(2, 4, 4, 8)))
    block(x)
    block.sigma.assign(0.5)

    def penalty_gradients(x):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(tf.square(block(x)))
            penalty = tf.reduce_sum(tf.square(inner.gradient(loss, x)))
        return outer.gradient(penalty, block.trainable_variables)

    plain = tf.function(penalty_gradients)(x)
    compiled = tf.function(penalty_gradients, jit_compile=True)(x)
    for ours, expected in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-10)


def test_configuration_makes_an_equal_layer():
    block = NonLocalBlock(True, "orthogonal", "mixed_bfloat16", name="attention")
    config = block.get_config()
    assert NonLocalBlock.from_config(config).get_config() == config
    output = block(np.ones((1, 4, 4, 8), np.float32))
    assert output.dtype == tf.bfloat16
