# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Blocks that compute their insides twice: the same derivatives, less memory."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import dcgan
from compare_gan.architectures.blocks import ResNetBlock
from compare_gan.architectures.parts import Parts
from compare_gan.architectures.rematerialization import rematerialize_blocks, rematerialized
from compare_gan.architectures.resnet_biggan import Discriminator, Generator
from compare_gan.normalizers import (
    BatchNorm,
    ConditionalBatchNorm,
    collect_updates,
    record_update,
)
from compare_gan.normalizers.prototype import Prototype
from compare_gan.normalizers.updates import latest_value
from compare_gan.training.memory import peak_live_bytes
from compare_gan.training.work import floating_point_operations

ROWS, CLASSES = 4, 3


class Cube(keras.layers.Layer):
    """w x³, with a statistic that grows by the sum of x."""

    def build(self, x_shape):
        self.w = self.add_weight(shape=(), initializer="ones")
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.calls = 0

    def call(self, x):
        self.calls += 1
        record_update(self.total, latest_value(self.total) + tf.reduce_sum(x))
        return self.w.value * x * x * x


@pytest.mark.parametrize(
    "how", [None, {}, pytest.param({"jit_compile": True}, marks=pytest.mark.slow)]
)
def test_derivatives_of_a_cube(how):
    """To the third order, in graphs, by XLA and eagerly."""
    layer = Cube(dtype="float64")
    layer.build(())
    layer.w.assign(2.0)

    def derivatives(x):
        with tf.GradientTape() as third, collect_updates() as updates:
            third.watch(x)
            with tf.GradientTape() as second:
                second.watch(x)
                with tf.GradientTape(persistent=True) as first:
                    first.watch([x, layer.w.value])
                    y = rematerialized(layer, x)
                by_w = first.gradient(y, layer.w.value)
                by_x = first.gradient(y, x)
            by_x_twice = second.gradient(by_x, x)
        (statistic,) = updates
        assert statistic[0] is layer.total
        return y, by_w, by_x, by_x_twice, third.gradient(by_x_twice, x), statistic[1]

    function = derivatives
    if how is not None:
        function = tf.function(derivatives, autograph=False, **how)
    found = function(tf.constant(3.0, tf.float64))
    np.testing.assert_allclose(found, [2 * 27, 27, 2 * 27, 2 * 18, 2 * 6, 3])
    if how is not None:
        assert layer.calls == 3  # forward, and once for each first derivative


def test_a_second_pass_goes_on_with_the_statistics_of_the_first():
    layer = Cube(dtype="float64")
    layer.build(())
    layer.total.assign(1.0)
    with collect_updates() as updates:
        for x in (3.0, 4.0):
            rematerialized(layer, tf.constant(x, tf.float64))
    assert [(variable is layer.total, float(value)) for variable, value in updates] == [(True, 8)]
    assert layer.total.numpy() == 1


def _networks():
    """Of 8 x 8 images, one block and attention each."""
    keras.utils.set_random_seed(0)
    shared = {"image_shape": (8, 8, 3), "num_classes": CLASSES, "ch": 4, "dtype": "float64"}
    shared |= {"normalizer": ConditionalBatchNorm, "spectral_norm": True}
    generator = Generator(z_dim=8, hierarchical_z=False, attention_resolutions=(8,), **shared)
    return generator, Discriminator(project_y=False, attention_resolutions=(4,), **shared)


def _gradients(networks, penalty):
    """As G's update has them, of both networks, with the statistics that it would store."""
    generator, discriminator = networks
    variables = [v.value for network in networks for v in network.trainable_variables]

    def compute(z, y):
        with tf.GradientTape(watch_accessed_variables=False) as tape, collect_updates() as updates:
            tape.watch(variables)
            images = generator(z, y, training=True)
            loss = tf.reduce_sum(discriminator(images, y, training=True).logits ** 2)
            if penalty:
                with tf.GradientTape(watch_accessed_variables=False) as inner:
                    inner.watch(images)
                    logits = discriminator(images, y, training=True).logits
                loss += tf.reduce_sum(inner.gradient(logits, images) ** 2)
        gradients = tape.gradient(loss, variables, unconnected_gradients="zero")
        return gradients, [value for _, value in updates]

    return tf.function(compute, autograph=False)


@pytest.mark.slow
@pytest.mark.parametrize("penalty", [False, True])
def test_gradients_of_networks_are_the_same(penalty):
    networks = _networks()
    for network in networks:  # or else attention has no part in anything
        for variable in network.trainable_variables:
            if variable.path.endswith("sigma"):
                variable.assign(0.5)
    draw = np.random.default_rng(0)
    inputs = tf.constant(draw.normal(size=[ROWS, 8])), tf.eye(ROWS, CLASSES, dtype=tf.float64)
    expected = _gradients(networks, penalty)(*inputs)
    rematerialize_blocks(*networks)
    assert all(network.rematerialize for network in networks)
    found = _gradients(networks, penalty)(*inputs)
    assert len(found[1]) == len(expected[1]) > 0
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


class Sines(keras.layers.Layer):
    """The sine of the sine of …, ten times: a derivative needs the input of each."""

    def call(self, x):
        for _ in range(10):
            x = tf.sin(x)
        return x


def test_memory_holds_the_insides_of_one_layer():
    layers = [Sines() for _ in range(5)]

    def peak(call):
        def compute(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x
                for layer in layers:
                    y = call(layer, y)
            return tape.gradient(y, x)

        graph = tf.function(compute, autograph=False)
        return peak_live_bytes(graph.get_concrete_function(tf.TensorSpec([100])).graph) / 400

    # All inputs but the first, which is the caller's, the last output, a cosine, two gradients.
    assert 49 < peak(lambda layer, x: layer(x)) < 54
    # Of the layers four inputs, and of one what is above.
    assert 4 + 9 < peak(rematerialized) < 4 + 14


_PEAK = """
import sys
import tensorflow as tf
from compare_gan.architectures.rematerialization import rematerialized
from tests.architectures.test_rematerialization import Sines

layers = [Sines() for _ in range(5)]
call = rematerialized if sys.argv[1] == "again" else lambda layer, x: layer(x)

@tf.function(autograph=False, jit_compile=sys.argv[2] == "xla")
def compute(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for layer in layers:
            y = call(layer, y)
    return tape.gradient(y, x)

def most():
    # In KiB, of this process alone: getrusage's maximum is the parent's at first.
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0])

compute(tf.zeros([1]))  # what the functions themselves need
before = most()
compute(tf.zeros([4 * 2**20]))
print((most() - before) / 2**14)
"""


@pytest.mark.slow
def test_the_process_holds_that_little():
    """What really happens, in maps of 16 MiB: neither computes the insides too early."""

    def peak(*arguments):
        command = [sys.executable, "-c", _PEAK, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(done.stdout)

    assert peak("once", "no") > 45
    assert peak("again", "no") < 35


@pytest.mark.slow
def test_memory_of_blocks_falls_and_work_rises():
    parts = Parts(Prototype.of(BatchNorm), None, None, "normal", "float32")
    blocks = [ResNetBlock(parts, 8, None, None, name=f"B{number}") for number in range(6)]
    for block in blocks:
        block.build((None, None, None, 8))
    variables = [v.value for block in blocks for v in block.trainable_variables]

    def compute(x, again):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for block in blocks:
                y = rematerialized(block, y, training=True) if again else block(y, training=True)
            loss = tf.reduce_sum(y)
        return loss, tape.gradient(loss, [x, *variables])

    plain, again = (
        tf.function(compute).get_concrete_function(tf.TensorSpec([2, 16, 16, 8]), which).graph
        for which in (False, True)
    )
    # A block keeps four maps at least, of each norm and of each relu: 24 of six blocks. Otherwise
    # there are six inputs and the insides of one block.
    assert peak_live_bytes(again) < 0.5 * peak_live_bytes(plain)
    # Each of a block's two convolutions goes forward, back by its input and back by its kernel; the
    # first goes forward again. What comes out of the second is not needed to differentiate it.
    works = map(floating_point_operations, (again, plain))
    assert 6 * next(works) == 7 * next(works)


def test_networks_without_blocks_are_refused():
    generator = dcgan.Generator((8, 8, 1), z_dim=4)
    with pytest.raises(ValueError, match="rematerialize = True .* generator have none: leave it"):
        rematerialize_blocks(generator)
