# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Two replicas have the relativistic losses, and their gradients, of the joint batch.

A strategy needs a process of its own.
"""

import subprocess
import sys

SCRIPT = """
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from compare_gan import losses

strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
rng = np.random.default_rng(0)
real_images, fake_images = rng.normal(0.5, 1.0, (8, 3)), rng.normal(-0.5, 1.0, (8, 3))
real_images[4:] += 1.0  # The replicas' averages differ.
weights = rng.normal(size=(3, 1))


def logits(images, w):
    return np.tanh(images @ w)


def gradients(loss, w, real, fake):
    # D's logits are tanh(images w); w stands for what D and G learn.
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(w)
        result = loss(tf.tanh(real @ w), tf.tanh(fake @ w))
        d_loss, g_loss = result.d_loss, result.g_loss
    return d_loss, g_loss, tape.gradient(d_loss, w), tape.gradient(g_loss, w)


def on_replica(loss, w, real, fake):
    context = tf.distribute.get_replica_context()
    start = 4 * context.replica_id_in_sync_group
    results = gradients(loss, w, real[start : start + 4], fake[start : start + 4])
    return [context.all_reduce(tf.distribute.ReduceOp.MEAN, value) for value in results]


real, fake, w = (tf.constant(array) for array in (real_images, fake_images, weights))
for name in ("relativistic_average", "relativistic_average_hinge", "relativistic_paired"):
    loss = getattr(losses, name)
    one = gradients(loss, w, real, fake)
    run = tf.function(lambda loss=loss: strategy.run(on_replica, args=(loss, w, real, fake)))
    both = [strategy.experimental_local_results(value) for value in run()]
    for values, expected in zip(both, one, strict=True):
        for value in values:
            np.testing.assert_allclose(value, expected, rtol=1e-10, err_msg=name)
    # The losses of each replica's rows alone are others.
    if name != "relativistic_paired":
        apart = [gradients(loss, w, real[i : i + 4], fake[i : i + 4])[0] for i in (0, 4)]
        assert abs(np.mean(apart) - one[0]) > 1e-3, name

# And the joint losses are those of the formula.
r, f = logits(real_images, weights), logits(fake_images, weights)
expected = np.log1p(np.exp(-(r - f.mean()))).mean() + np.log1p(np.exp(f - r.mean())).mean()
np.testing.assert_allclose(
    gradients(losses.relativistic_average, w, real, fake)[0], expected, rtol=1e-12
)
print("all well")
"""


def test_averages_are_those_of_the_global_batch():
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr[-4000:]
    assert "all well" in run.stdout
