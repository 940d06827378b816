# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Conv2D and TransposedConv2D against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.layers import Conv2D, TransposedConv2D
from tests.layers.reference import (
    resampled_convolution,
    strided_convolution,
    transposed_convolution,
)


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_convolution_adds_its_bias_everywhere(resample):
    layer = Conv2D(3, 3, resample=resample, dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 2))
    layer(x)
    bias = np.array([1.0, -2.0, 3.0])
    layer.bias.assign(bias)
    expected = resampled_convolution(x, layer.kernel.numpy(), resample) + bias
    np.testing.assert_allclose(layer(x), expected, rtol=1e-10)


def test_strides_keep_every_second_position_of_an_odd_map():
    layer = Conv2D(3, 3, strides=2, dtype="float64")
    x = np.random.default_rng(1).normal(size=(1, 7, 7, 2))
    # SAME padding of an odd size with stride 2 and 3 taps is one on each side.
    layer(x)
    expected = resampled_convolution(x, layer.kernel.numpy(), None)[:, ::2, ::2]
    np.testing.assert_allclose(layer(x), expected, rtol=1e-10)


@pytest.mark.parametrize("kernel_size", [3, 4, 5])
@pytest.mark.parametrize("strides", [1, 2])
def test_strided_and_transposed_convolution_equal_numpy(kernel_size, strides):
    rng = np.random.default_rng(4)
    layer = Conv2D(3, kernel_size, strides=strides, dtype="float64")
    x = rng.normal(size=(2, 7, 8, 2))
    y = layer(x)
    expected = strided_convolution(x, layer.kernel.numpy(), strides)
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-12)
    layer = TransposedConv2D(2, kernel_size, strides, (7, 8), dtype="float64")
    images = layer(y)
    expected = transposed_convolution(y.numpy(), layer.kernel.numpy(), strides, (7, 8))
    np.testing.assert_allclose(images, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kernel_size", [3, 4, 5])
@pytest.mark.parametrize("output_size", [(7, 7), (8, 7), (8, 8), None])
def test_transposed_convolution_is_the_adjoint(kernel_size, output_size):
    layer = TransposedConv2D(3, kernel_size, output_size=output_size, dtype="float64")
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1, 4, 4, 2))
    y = layer(x)
    assert y.shape == (1, *(output_size or (8, 8)), 3)
    test = rng.normal(size=y.shape)
    back = tf.nn.conv2d(test, layer.kernel.value, strides=2, padding="SAME")
    assert np.sum(y * test) == pytest.approx(np.sum(x * back), rel=1e-10)


def test_transposed_convolution_by_hand():
    layer = TransposedConv2D(1, 2, dtype="float64")
    layer.build((None, 1, 2, 1))
    layer.kernel.assign(np.array([[1.0, 2.0], [3.0, 4.0]])[:, :, None, None])
    layer.bias.assign([0.5])
    output = layer(np.array([1.0, 10.0]).reshape(1, 1, 2, 1))
    np.testing.assert_allclose(output[0, :, :, 0], [[1.5, 2.5, 10.5, 20.5], [3.5, 4.5, 30.5, 40.5]])


def test_unknown_batch_size():
    layer = TransposedConv2D(2, 5, output_size=(7, 7))
    function = tf.function(layer, input_signature=[tf.TensorSpec([None, 4, 4, 3], tf.float32)])
    assert function(tf.zeros([5, 4, 4, 3])).shape == (5, 7, 7, 2)


def test_impossible_settings_are_refused():
    with pytest.raises(ValueError, match="resample = 'up' with strides = 2"):
        Conv2D(3, 3, strides=2, resample="up")
    with pytest.raises(ValueError, match=r"output_size = \(9, 8\) with strides = 2"):
        TransposedConv2D(2, 5, output_size=(9, 8)).build((None, 4, 4, 3))


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(3, 1, resample="down", use_bias=False, spectral_norm=True, name="shortcut"),
        Conv2D(3, 5, strides=2, initializer="truncated", dtype="float64"),
        TransposedConv2D(3, 5, 2, (7, 14), bias_start=1.0),
    ],
)
def test_configuration_makes_an_equal_layer(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_bfloat16_is_close(resample):
    x = np.random.default_rng(5).normal(size=(2, 8, 8, 16)).astype(np.float32)
    exact = Conv2D(8, 3, resample=resample, spectral_norm=True)
    exact(x)
    rough = Conv2D(8, 3, resample=resample, spectral_norm=True, dtype="mixed_bfloat16")
    rough.build(x.shape)
    for ours, theirs in zip(rough.variables, exact.variables, strict=True):
        ours.assign(theirs)
    output = rough(x)
    assert output.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(output, tf.float32), exact(x), atol=0.05)
