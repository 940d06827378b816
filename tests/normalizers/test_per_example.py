# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What the normalizers of one example share: independence, precision, shapes, descriptions."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.normalizers import (
    EvoNormS0,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    uses_batch_statistics,
)

ALL = {
    "layer_norm": lambda **options: LayerNorm(**options),
    "instance_norm": lambda **options: InstanceNorm(**options),
    "group_norm": lambda **options: GroupNorm(2, **options),
    "evonorm_s0": lambda **options: EvoNormS0(2, **options),
}
X = np.random.default_rng(0).normal(0.5, 1.0, size=(2, 2, 2, 4))


@pytest.fixture(params=ALL)
def make(request):
    return ALL[request.param]


def test_no_example_sees_another(make):
    layer = make(dtype="float64")
    one_by_one = np.concatenate([layer(X[row : row + 1]) for row in range(len(X))])
    np.testing.assert_allclose(layer(X), one_by_one, rtol=1e-12, atol=1e-14)
    assert not uses_batch_statistics(layer)
    assert layer.non_trainable_variables == []


def test_any_batch_size_and_any_size_of_image(make):
    layer = make(dtype="float64")
    layer.build((None, None, None, 4))
    signature = [tf.TensorSpec([None, None, None, 4], tf.float64)]
    compiled = tf.function(layer, input_signature=signature)
    for x in (X, X.reshape(1, 4, 2, 4)):
        np.testing.assert_allclose(compiled(tf.constant(x)), layer(x), rtol=1e-12, atol=1e-14)


def test_bfloat16_is_computed_in_float32(make):
    x = (X * 0.03 + 10.0).astype(np.float32)
    rough = make(dtype="mixed_bfloat16")
    output = rough(x)
    assert output.dtype == tf.bfloat16
    assert {variable.dtype for variable in rough.variables} == {"float32"}
    # Within the rounding of the output; in bfloat16, x would be 10.0 or 10.06.
    np.testing.assert_allclose(
        tf.cast(output, tf.float32), make(dtype="float32")(x), rtol=0.005, atol=1e-6
    )


def test_a_constant_image_stays_finite(make):
    x = tf.fill([2, 4, 4, 4], 7.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = make()(x)
    assert np.all(np.isfinite(output))
    assert np.all(np.isfinite(tape.gradient(output, x)))


def test_rebuilt_from_its_description(make):
    layer = make(epsilon=0.25, dtype="float64", trainable=False, name="norm")
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(X), layer(X))
    assert again.trainable_variables == []
