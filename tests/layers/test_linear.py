# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Linear: numbers, bias, dtypes, configuration."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.layers import Linear


def test_by_hand():
    layer = Linear(2, bias_start=0.5)
    layer.build((None, 3))
    np.testing.assert_array_equal(layer.bias.numpy(), [0.5, 0.5])
    layer.kernel.assign([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_allclose(layer(np.array([[1.0, 0.0, -1.0]])), [[-3.5, -3.5]])


def test_without_bias_there_is_only_a_kernel():
    layer = Linear(2, use_bias=False, name="embedding")
    layer.build((None, 3))
    assert [variable.path for variable in layer.variables] == ["embedding/kernel"]
    layer.kernel.assign(np.ones((3, 2)))
    np.testing.assert_allclose(layer(np.ones((1, 3))), [[3.0, 3.0]])


@pytest.mark.parametrize(
    "policy, variable_dtype, output_dtype",
    [
        ("float32", "float32", tf.float32),
        ("float64", "float64", tf.float64),
        ("mixed_bfloat16", "float32", tf.bfloat16),
    ],
)
@pytest.mark.parametrize("spectral_norm", [None, True])
def test_dtype_policies(policy, variable_dtype, output_dtype, spectral_norm):
    layer = Linear(2, spectral_norm=spectral_norm, dtype=policy)
    output = layer(np.ones((1, 3), np.float32))
    assert output.dtype == output_dtype
    assert {variable.dtype for variable in layer.variables} == {variable_dtype}


def test_configuration_makes_an_equal_layer():
    layer = Linear(4, False, 0.25, True, "orthogonal", "mixed_bfloat16", name="head")
    config = layer.get_config()
    assert config == {
        "units": 4,
        "use_bias": False,
        "bias_start": 0.25,
        "spectral_norm": {"singular_value": "left", "epsilon": 1e-12},
        "initializer": "orthogonal",
        "dtype": "mixed_bfloat16",
        "trainable": True,
        "name": "head",
    }
    assert Linear.from_config(config).get_config() == config


def test_unknown_initializer():
    with pytest.raises(ValueError, match="weights.initializer = 'zeros'"):
        Linear(2, initializer="zeros")
