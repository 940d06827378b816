# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Fused resampling convolutions against the plain forms, in float64, with their derivatives."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan.layers.resampling import average_pool, convolve, unpool
from tests.layers.reference import insert_zeros, pool_by_averaging, resampled_convolution


def plain_convolve(x, kernel, resample):
    """The literal form: zeros inserted before, or averages taken after, a full convolution."""
    if resample == "up":
        x = unpool(x)
    x = tf.nn.conv2d(x, kernel, strides=1, padding="SAME")
    return average_pool(x) if resample == "down" else x


@given(
    resample=st.sampled_from([None, "up", "down"]),
    kernel_size=st.sampled_from([1, 3, 5]),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    inputs=st.integers(1, 3),
    outputs=st.integers(1, 3),
)
@settings(max_examples=60)
def test_equals_numpy(resample, kernel_size, height, width, inputs, outputs):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, height, width, inputs))
    kernel = rng.normal(size=(kernel_size, kernel_size, inputs, outputs))
    result = convolve(tf.constant(x), tf.constant(kernel), resample)
    expected = resampled_convolution(x, kernel, resample)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-10)


def derivatives(form, resample, x, kernel, weight):
    """Value, first derivatives, and derivatives of a penalty on the first ones."""
    with tf.GradientTape() as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            output = form(x, kernel, resample)
            # Not linear, so that second derivatives don't vanish.
            loss = tf.reduce_sum(weight * tf.tanh(output))
        first = inner.gradient(loss, [x, kernel])
        penalty = tf.sqrt(tf.reduce_sum(tf.square(first[0])) + tf.reduce_sum(first[1] ** 3))
    second = outer.gradient(penalty, [x, kernel])
    return [output, *first, *second]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("kernel_size", [1, 3])
@pytest.mark.parametrize("resample, size", [("up", 4), ("up", 3), ("down", 6), ("down", 5)])
def test_first_and_second_derivatives_equal_the_plain_form(resample, size, kernel_size, compiled):
    rng = np.random.default_rng(1)
    x = tf.constant(rng.normal(size=(2, size, size, 2)))
    kernel = tf.constant(0.3 + 0.1 * rng.normal(size=(kernel_size, kernel_size, 2, 3)))
    shape = plain_convolve(x, kernel, resample).shape
    weight = tf.constant(0.5 + rng.uniform(size=shape))
    fused = tf.function(
        lambda x, kernel: derivatives(convolve, resample, x, kernel, weight),
        jit_compile=compiled,
    )
    plain = tf.function(lambda x, kernel: derivatives(plain_convolve, resample, x, kernel, weight))
    for ours, expected in zip(fused(x, kernel), plain(x, kernel), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-10)


def test_unpool_and_average_pool_equal_numpy():
    x = np.random.default_rng(2).normal(size=(2, 3, 5, 2))
    np.testing.assert_array_equal(unpool(tf.constant(x)), insert_zeros(x))
    np.testing.assert_allclose(average_pool(tf.constant(x)), pool_by_averaging(x), rtol=1e-12)
    one_pixel = x[:, :1, :1]
    np.testing.assert_allclose(average_pool(tf.constant(one_pixel)), one_pixel)


@pytest.mark.parametrize("resample", [None, "up", "down"])
def test_unknown_sizes(resample):
    x = np.random.default_rng(3).normal(size=(2, 4, 6, 2))
    kernel = tf.constant(np.random.default_rng(4).normal(size=(3, 3, 2, 3)))
    function = tf.function(
        lambda x: convolve(x, kernel, resample),
        input_signature=[tf.TensorSpec([None, None, None, 2], tf.float64)],
    )
    expected = resampled_convolution(x, kernel.numpy(), resample)
    np.testing.assert_allclose(function(tf.constant(x)), expected, rtol=1e-10, atol=1e-10)


def multiplications(resample, kernel_size):
    """Floating-point operations of convolutions in the graph, as TensorFlow counts them."""
    x = tf.TensorSpec([1, 8, 8, 4], tf.float32)
    kernel = tf.TensorSpec([kernel_size, kernel_size, 4, 4], tf.float32)
    graph = tf.function(lambda x, kernel: convolve(x, kernel, resample)).get_concrete_function(
        x, kernel
    )
    total = 0
    for operation in graph.graph.get_operations():
        if operation.type == "Conv2D":
            taps = operation.inputs[1].shape
            positions = operation.outputs[0].shape[1:3].num_elements()
        elif operation.type == "Conv2DBackpropInput":
            taps = operation.inputs[1].shape
            positions = operation.inputs[2].shape[1:3].num_elements()
        else:
            continue
        total += taps.num_elements() * positions
    return total


def test_zeros_are_not_multiplied():
    full = 9 * 4 * 4
    assert multiplications(None, 3) == full * 64
    assert multiplications("up", 3) == full * 64
    assert multiplications("down", 3) == 16 * 4 * 4 * 16
    assert multiplications("up", 1) == 4 * 4 * 64
    assert multiplications("down", 1) == 4 * 4 * 16


def test_errors_name_what_is_allowed():
    x, kernel = tf.zeros([1, 4, 4, 1]), tf.zeros([3, 3, 1, 1])
    with pytest.raises(ValueError, match="resample = 'sideways'.*'up' or 'down'"):
        convolve(x, kernel, "sideways")
    with pytest.raises(ValueError, match="2 × 2; its sizes must be odd"):
        convolve(x, tf.zeros([2, 2, 1, 1]), "up")
