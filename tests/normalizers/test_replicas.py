# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Two replicas normalize with the moments of their joint batch.

A strategy needs a process of its own.
"""

import subprocess
import sys

SCRIPT = """
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from compare_gan.layers import Linear, advance_spectral_norms
from compare_gan.normalizers import BatchNorm, StandardizeBatch, collect_updates

strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
x = np.random.default_rng(0).normal(1.0, 2.0, size=(8, 2, 2, 3))
weight = np.random.default_rng(1).normal(size=x.shape)


def halves(array):
    def half(context):
        start = 4 * context.replica_id_in_sync_group
        return tf.constant(array[start : start + 4])

    return strategy.experimental_distribute_values_from_function(half)


def joined(value):
    return np.concatenate(strategy.experimental_local_results(value))


def forward(layer, x, weight):
    with tf.GradientTape() as tape:
        tape.watch(x)
        with collect_updates() as updates:
            output = layer(x, training=True)
        loss = tf.reduce_sum(weight * output)
    for variable, value in updates:
        variable.assign(value)
    return output, tape.gradient(loss, x)


for together in (None, True, False):
    settings = StandardizeBatch(decay=0.5, use_cross_replica_mean=together)
    single = BatchNorm(settings, dtype="float64")
    with strategy.scope():
        layer = BatchNorm(settings, dtype="float64")
        layer.build(x.shape)
    output, gradient = tf.function(
        lambda a, b: strategy.run(forward, args=(layer, a, b))
    )(halves(x), halves(weight))
    if together is False:
        parts = [forward(single, tf.constant(x[i : i + 4]), weight[i : i + 4]) for i in (0, 4)]
        expected, expected_gradient = (np.concatenate(both) for both in zip(*parts))
        mean = 0.5 * x.reshape(-1, 3).mean(0)
        variance = 0.5 + 0.25 * sum(x[i : i + 4].reshape(-1, 3).var(0) for i in (0, 4))
    else:
        expected, expected_gradient = forward(single, tf.constant(x), weight)
        mean = single.moving_mean.numpy()
        variance = single.moving_variance.numpy()
    np.testing.assert_allclose(joined(output), expected, rtol=1e-9)
    np.testing.assert_allclose(joined(gradient), expected_gradient, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-12)

with strategy.scope():
    linear = Linear(5, spectral_norm=True)
    linear.build((None, 4))
before = linear.u.numpy()
tf.function(lambda: strategy.run(lambda: advance_spectral_norms(linear)))()
matrix = linear.kernel.numpy()
v = matrix.T @ before
u = matrix @ v
for copy in linear.u.value.values:
    np.testing.assert_allclose(copy.numpy(), u / np.linalg.norm(u), rtol=1e-5)
print("all well")
"""


def test_joint_moments_gradients_and_spectral_vectors():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert "all well" in run.stdout
