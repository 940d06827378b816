# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""EvoNorm-S0: worked example, formula, invariance."""

import gin
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from compare_gan.normalizers import EvoNormS0

X = np.random.default_rng(0).normal(2.0, 3.0, size=(3, 4, 5, 6))


def evonorm(x, groups, epsilon=1e-5, v=1.0):
    parts = x.reshape(x.shape[0], -1, groups, x.shape[-1] // groups)
    deviation = np.sqrt(parts.var((1, 3), keepdims=True) + epsilon)
    return ((x * expit(v * x)).reshape(parts.shape) / deviation).reshape(x.shape)


def test_worked_example():
    # One image of 2×1 pixels and 4 channels. The groups hold 1, 3, 5, 7 (variance 5) and 0, 0, 8, 8
    # (variance 16).
    x = np.array([[[[1.0, 3.0, 0.0, 8.0]], [[5.0, 7.0, 8.0, 0.0]]]])
    layer = EvoNormS0(groups=2, epsilon=1.0, dtype="float64")
    layer.build(x.shape)
    np.testing.assert_array_equal(layer.v.numpy(), np.ones(4))
    layer.v.assign([0.0, 0.0, np.log(3.0) / 8, np.log(4.0) / 8])  # sigmoids 1/2, 1/2, 3/4, 4/5
    a, b = np.sqrt(6.0), np.sqrt(17.0)
    expected = np.array([[[[0.5 / a, 1.5 / a, 0, 6.4 / b]], [[2.5 / a, 3.5 / a, 6 / b, 0]]]])
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12)
    layer.gamma.assign([2.0, 3.0, 4.0, 5.0])
    layer.beta.assign([1.0, 0.0, -1.0, 2.0])
    expected = expected * [2.0, 3.0, 4.0, 5.0] + [1.0, 0.0, -1.0, 2.0]
    np.testing.assert_allclose(layer(x, z=None, y=None, training=True), expected, rtol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (10, 36)])
def test_formula(shape, groups):
    x = X.reshape(shape)
    layer = EvoNormS0(groups, dtype="float64")
    layer.build(shape)
    v = np.random.default_rng(1).normal(size=shape[-1])
    layer.v.assign(v)
    np.testing.assert_allclose(layer(x), evonorm(x, groups, v=v), rtol=1e-9, atol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.1, 10))
@settings(max_examples=25)
def test_a_common_scale_is_forgotten_if_v_takes_its_share(seed, scale):
    x = np.random.default_rng(seed).normal(1.0, 1.0, size=(2, 3, 3, 4))
    layer = EvoNormS0(2, epsilon=1e-12, dtype="float64")
    output = layer(x)
    layer.v.assign(np.full(4, 1 / scale))
    np.testing.assert_allclose(layer(scale * x), output, rtol=1e-6)


def test_bound_by_gin_and_declared_to_include_the_activation():
    gin.parse_config("evonorm_s0.groups = 3\nevonorm_s0.epsilon = 0.5\ngroup_norm.groups = 2")
    layer = gin.get_configurable("evonorm_s0")(dtype="float64")
    assert layer.includes_activation
    np.testing.assert_allclose(layer(X), evonorm(X, 3, 0.5), rtol=1e-9, atol=1e-12)
