# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which dtype delicate parts have, and that they have it."""

import keras
import pytest
import tensorflow as tf

from compare_gan.layers import Linear, full_precision


@pytest.mark.parametrize(
    "policy, expected",
    [
        ("float32", "float32"),
        ("mixed_bfloat16", "float32"),
        ("mixed_float16", "float32"),
        ("bfloat16", "float32"),
        ("float64", "float64"),
    ],
)
def test_no_policy_lowers_it(policy, expected):
    assert full_precision(keras.layers.Layer(dtype=policy)) == expected
    # Singular vectors are kept in it, what the layer gives is not.
    layer = Linear(2, spectral_norm=True, dtype=policy)
    layer.build((None, 3))
    assert layer.u.dtype == layer.v.dtype == expected
    assert layer(tf.ones([1, 3])).dtype == layer.compute_dtype
