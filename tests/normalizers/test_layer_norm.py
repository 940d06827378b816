# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Layer normalization, and none."""

import numpy as np
import tensorflow as tf

from compare_gan.normalizers import LayerNorm, NoBatchNorm

X = np.random.default_rng(0).normal(2.0, 3.0, size=(3, 4, 5, 2))


def test_formula():
    layer = LayerNorm(dtype="float64")
    axes = (1, 2, 3)
    standardized = (X - X.mean(axes, keepdims=True)) / X.std(axes, keepdims=True)
    np.testing.assert_allclose(layer(X), standardized, rtol=1e-9)
    assert {variable.name: variable.shape for variable in layer.variables} == {
        "gamma": (2,),
        "beta": (2,),
    }
    layer.gamma.assign([2.0, 3.0])
    layer.beta.assign([0.5, -0.5])
    expected = standardized * [2.0, 3.0] + [0.5, -0.5]
    np.testing.assert_allclose(layer(X, z=None, y=None, training=True), expected, rtol=1e-9)


def test_rank_2():
    x = X.reshape(3, 40)
    expected = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    np.testing.assert_allclose(LayerNorm(dtype="float64")(x), expected, rtol=1e-9)


def test_second_derivative_against_finite_differences():
    layer = LayerNorm(dtype="float64")
    x = np.random.default_rng(1).normal(size=(2, 4))
    weight = np.random.default_rng(2).normal(size=(2, 4))

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(weight * layer(x) ** 2)
        return tf.reduce_sum(tape.gradient(loss, x) ** 2)

    start = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(start)
        value = slope(start)
    second = tape.gradient(value, start).numpy()
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-5
        numeric = (slope(tf.constant(x + step)) - slope(tf.constant(x - step))) / 2e-5
        np.testing.assert_allclose(second[index], numeric, rtol=1e-5, atol=1e-6)


def test_a_constant_image_stays_finite():
    output = LayerNorm()(np.full((2, 4, 4, 3), 7.0, np.float32))
    np.testing.assert_array_equal(output, np.zeros((2, 4, 4, 3)))


def test_bfloat16_is_computed_in_float32():
    x = (X * 1e-3 + 10.0).astype(np.float32)
    rough = LayerNorm(dtype="mixed_bfloat16")(x)
    assert rough.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(rough, tf.float32), LayerNorm()(x), atol=0.02)


def test_no_batch_norm_is_the_identity():
    layer = NoBatchNorm(dtype="float64", name="none")
    np.testing.assert_array_equal(layer(X, z=None, y=None, training=True), X)
    assert layer.variables == []
    assert NoBatchNorm.from_config(layer.get_config()).get_config() == layer.get_config()
