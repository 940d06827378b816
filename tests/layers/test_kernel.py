# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What all layers with a kernel and a bias share."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.layers import Conv2D, Linear, TransposedConv2D


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    "make, positions, shape",
    [
        (lambda policy: Conv2D(3, dtype=policy), 2 * 32 * 32, (2, 32, 32, 1)),
        (lambda policy: TransposedConv2D(3, 3, dtype=policy), 2 * 64 * 64, (2, 32, 32, 1)),
        (lambda policy: Linear(3, dtype=policy), 2048, (2048, 2)),
    ],
)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_gradient_of_a_bias_counts_every_position(make, positions, shape, policy, jit_compile):
    layer = make(policy)
    layer.build(shape)

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.cast(layer(tf.ones(shape)), tf.float32))
        return tape.gradient(loss, layer.bias.value)

    found = tf.function(gradient, autograph=False, jit_compile=jit_compile)()
    np.testing.assert_array_equal(found, [positions] * 3)
