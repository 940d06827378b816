# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Instance normalization: worked example, formula, invariance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan.normalizers import InstanceNorm

X = np.random.default_rng(0).normal(2.0, 3.0, size=(3, 4, 5, 2))


def test_worked_example():
    # Two images of 2×1 pixels and 2 channels: means 2, 10 and 0, 5; standard deviations 1, 4, 3, 0.
    x = np.array([[[[1.0, 6.0]], [[3.0, 14.0]]], [[[-3.0, 5.0]], [[3.0, 5.0]]]])
    layer = InstanceNorm(epsilon=1e-3, dtype="float64")
    first, second, third = 1 / np.sqrt(1.001), 4 / np.sqrt(16.001), 3 / np.sqrt(9.001)
    expected = np.array([[[[-first, -second]], [[first, second]]], [[[-third, 0]], [[third, 0]]]])
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12)
    layer.gamma.assign([2.0, 3.0])
    layer.beta.assign([0.5, -0.5])
    expected = expected * [2.0, 3.0] + [0.5, -0.5]
    np.testing.assert_allclose(layer(x, z=None, y=None, training=True), expected, rtol=1e-12)


def test_formula():
    layer = InstanceNorm(dtype="float64")
    deviation = np.sqrt(X.var((1, 2), keepdims=True) + 1e-5)
    expected = (X - X.mean((1, 2), keepdims=True)) / deviation
    np.testing.assert_allclose(layer(X), expected, rtol=1e-9)
    assert {variable.name: variable.shape for variable in layer.variables} == {
        "gamma": (2,),
        "beta": (2,),
    }


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
@settings(max_examples=25)
def test_brightness_and_contrast_of_every_map_are_forgotten(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3, 3, 2))
    layer = InstanceNorm(epsilon=1e-12, dtype="float64")
    scales = scale * rng.uniform(0.5, 2, (2, 1, 1, 2))
    shifts = shift * rng.normal(size=(2, 1, 1, 2))
    np.testing.assert_allclose(layer(scales * x + shifts), layer(x), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer(-x), -layer(x).numpy(), rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 1, 1, 4), (2, 4)])
def test_one_number_per_channel_is_refused(shape):
    with pytest.raises(ValueError, match="norm: instance_norm.*has no variance; use @layer_norm"):
        InstanceNorm(name="norm")(np.ones(shape, np.float32))
