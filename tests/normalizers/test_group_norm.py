# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Group normalization: worked example, formula, invariance, groups that don't fit."""

import gin
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan.normalizers import EvoNormS0, GroupNorm, InstanceNorm, LayerNorm

X = np.random.default_rng(0).normal(2.0, 3.0, size=(3, 4, 5, 6))


def by_group(x, groups):
    """x as [batch, positions, groups, channels of a group]."""
    return x.reshape(x.shape[0], -1, groups, x.shape[-1] // groups)


def grouped(x, groups, epsilon=1e-5):
    parts = by_group(x, groups)
    mean, variance = parts.mean((1, 3), keepdims=True), parts.var((1, 3), keepdims=True)
    return ((parts - mean) / np.sqrt(variance + epsilon)).reshape(x.shape)


def test_worked_example():
    # One image of 2×1 pixels and 4 channels. The groups hold 1, 3, 5, 7 (mean 4, variance 5) and
    # 0, 0, 8, 8 (mean 4, variance 16).
    x = np.array([[[[1.0, 3.0, 0.0, 8.0]], [[5.0, 7.0, 8.0, 0.0]]]])
    layer = GroupNorm(groups=2, epsilon=1.0, dtype="float64")
    a, b = np.sqrt(6.0), np.sqrt(17.0)
    expected = np.array([[[[-3 / a, -1 / a, -4 / b, 4 / b]], [[1 / a, 3 / a, 4 / b, -4 / b]]]])
    np.testing.assert_allclose(layer(x), expected, rtol=1e-12)
    layer.gamma.assign([2.0, 3.0, 4.0, 5.0])
    layer.beta.assign([1.0, 0.0, -1.0, 2.0])
    expected = expected * [2.0, 3.0, 4.0, 5.0] + [1.0, 0.0, -1.0, 2.0]
    np.testing.assert_allclose(layer(x, z=None, y=None, training=True), expected, rtol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (5, 12, 6), (10, 36)])
def test_formula(shape, groups):
    x = X.reshape(shape)
    layer = GroupNorm(groups, dtype="float64")
    np.testing.assert_allclose(layer(x), grouped(x, groups), rtol=1e-9, atol=1e-12)


def test_between_layer_norm_and_instance_norm():
    options = {"epsilon": 1e-3, "dtype": "float64"}
    np.testing.assert_array_equal(GroupNorm(1, **options)(X), LayerNorm(**options)(X))
    np.testing.assert_array_equal(GroupNorm(6, **options)(X), InstanceNorm(**options)(X))
    # No more groups than there are channels.
    np.testing.assert_array_equal(GroupNorm(32, **options)(X), InstanceNorm(**options)(X))


@given(seed=st.integers(0, 2**32 - 1), groups=st.sampled_from([1, 2, 4]))
@settings(max_examples=25)
def test_scale_and_shift_of_every_group_are_forgotten(seed, groups):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3, 2, 8))
    layer = GroupNorm(groups, epsilon=1e-12, dtype="float64")
    output = layer(x).numpy()
    scales, shifts = rng.uniform(0.1, 10, (2, 1, 1, groups)), rng.normal(0, 10, (2, 1, 1, groups))
    scales, shifts = np.repeat(scales, 8 // groups, -1), np.repeat(shifts, 8 // groups, -1)
    np.testing.assert_allclose(layer(scales * x + shifts), output, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(by_group(output, groups).mean((1, 3)), 0.0, atol=1e-9)
    np.testing.assert_allclose(by_group(output, groups).std((1, 3)), 1.0, rtol=1e-6)


@pytest.mark.parametrize("layer_class", [GroupNorm, EvoNormS0])
def test_groups_that_do_not_fit_are_refused(layer_class):
    name = layer_class.gin_name
    layer = layer_class(32, name="bn1")
    message = (
        f"{name}.groups = 32 can't cut the 48 channels of bn1 into equal groups; use one of "
        "1, 2, 3, 4, 6, 8, 12, 16, 24"
    )
    with pytest.raises(ValueError, match=message):
        layer.build((None, 4, 4, 48))
    for groups in (0, -4, 2.0, "8", None):
        with pytest.raises(ValueError, match=f"{name}.groups must be a whole number from 1"):
            layer_class(groups)
    with pytest.raises(ValueError, match=f"{name}.epsilon must be a number in .0, inf., rec"):
        layer_class(epsilon=0.0)
    with pytest.raises(ValueError, match=f"{name}.*has no variance.*fewer groups than channels"):
        layer_class(8)(np.ones((2, 1, 1, 8), np.float32))
    # Two channels of a group are enough.
    assert layer_class(4)(np.ones((2, 1, 1, 8), np.float32)).shape == (2, 1, 1, 8)


def test_bound_by_gin():
    gin.parse_config("group_norm.groups = 3\ngroup_norm.epsilon = 0.5")
    layer = gin.get_configurable("group_norm")(dtype="float64")
    np.testing.assert_allclose(layer(X), grouped(X, 3, 0.5), rtol=1e-9, atol=1e-12)
