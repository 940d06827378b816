# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Replicas normalize with the moments of their joint batch, of a group's or of their own.

A strategy needs a process of its own.
"""

import subprocess
import sys

SCRIPT = """
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 4)

from compare_gan.configuration import ConfigurationError
from compare_gan.layers import Linear, advance_spectral_norms
from compare_gan.normalizers import BatchNorm, StandardizeBatch, collect_updates

strategy = tf.distribute.MirroredStrategy([f"cpu:{i}" for i in range(4)])
x = np.random.default_rng(0).normal(1.0, 2.0, size=(8, 2, 2, 3))
weight = np.random.default_rng(1).normal(size=x.shape)


def quarters(array):
    def quarter(context):
        start = 2 * context.replica_id_in_sync_group
        return tf.constant(array[start : start + 2])

    return strategy.experimental_distribute_values_from_function(quarter)


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


# How replicas share their moments, and how many rows have some in common.
for shared, rows in [
    ({}, 8),
    ({"use_cross_replica_mean": False}, 2),
    ({"group_size": 2}, 4),
]:
    settings = StandardizeBatch(decay=0.5, **shared)
    single = BatchNorm(settings, dtype="float64")
    with strategy.scope():
        layer = BatchNorm(settings, dtype="float64")
        layer.build(x.shape)
    output, gradient = tf.function(
        lambda a, b: strategy.run(forward, args=(layer, a, b))
    )(quarters(x), quarters(weight))
    groups = [slice(start, start + rows) for start in range(0, 8, rows)]
    parts = [forward(single, tf.constant(x[group]), weight[group]) for group in groups]
    expected, expected_gradient = (np.concatenate(both) for both in zip(*parts))
    mean = 0.5 * x.reshape(-1, 3).mean(0)
    variance = 0.5 + 0.5 * np.mean([x[group].reshape(-1, 3).var(0) for group in groups], 0)
    np.testing.assert_allclose(joined(output), expected, rtol=1e-9)
    np.testing.assert_allclose(joined(gradient), expected_gradient, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(layer.moving_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, rtol=1e-12)

with strategy.scope():
    layer = BatchNorm(StandardizeBatch(group_size=3), dtype="float64")
    layer.build(x.shape)
try:
    strategy.run(forward, args=(layer, quarters(x), quarters(weight)))
except ConfigurationError as error:
    assert "group_size = 3 must divide the number of replicas, which is 4" in str(error)
else:
    raise AssertionError("groups of 3 among 4")

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
