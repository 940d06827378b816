# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The checks catch what they are there for: parts with one fault each."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.gans.auxiliary import MultiHinge
from tests.conformance import checks
from tests.conformance.kinds import Auxiliary, Layer, Loss

_SHAPE = (4, 4, 2)


class Faulty(keras.layers.Layer):
    """Multiplies by a kernel, and does something it should not."""

    def __init__(self, fault=None):
        super().__init__(autocast=False)
        self.fault = fault
        self.hidden = float(np.random.default_rng().uniform(1, 2))
        self.calls = 0

    def build(self, shape):
        self.gain = self.add_weight(name="gain", shape=(shape[-1],), initializer="ones")

    def call(self, x):
        x = tf.cast(x, self.compute_dtype) * tf.cast(self.gain.value, self.compute_dtype)
        return self.fault(self, x) if self.fault else x


def _untracked(layer, x):
    return x * layer.hidden


def _counts(layer, x):
    layer.calls += 1
    return x * layer.calls


def _other_in_a_graph(layer, x):
    return x if tf.executing_eagerly() else 1.01 * x


def _draws_as_the_device_does(layer, x):
    return x + tf.random.stateless_normal(x.shape, [1, 2])


def _grows(layer, x):
    return (x + 100) - 100


def _overflows(layer, x):
    return tf.cast(tf.cast(x * 1e6, tf.float16), x.dtype)


def _nearest(layer, x):
    return tf.image.resize(x, [8, 8], method="nearest")


def _stops_gradients(layer, x):
    # Its second derivative is wrong: a gradient is stopped inside.
    mean, variance = tf.nn.moments(x, [1, 2], keepdims=True)
    return (x - mean) * tf.math.rsqrt(variance + 0.1)


def _linear_in_nothing(layer, x):
    return tf.sign(x)


@pytest.mark.parametrize(
    "check, fault",
    [
        ("checkpoint", _untracked),
        ("graph", _other_in_a_graph),
        ("graph", _counts),
        ("xla", _draws_as_the_device_does),
        ("bfloat16", _grows),
        ("bfloat16", _overflows),
        ("second_derivative", _nearest),
        ("second_derivative", _stops_gradients),
        ("second_derivative", _linear_in_nothing),
    ],
)
def test_faults_are_found(check, fault, tmp_path):
    checked = checks.BY_NAME[check]
    checked(checks.Subject(Layer("sound", Faulty, shape=_SHAPE)), tmp_path / "sound")
    faulty = checks.Subject(Layer("faulty", lambda: Faulty(fault), shape=_SHAPE))
    with pytest.raises((AssertionError, LookupError)):
        checked(faulty, tmp_path / "faulty")


@tf.custom_gradient
def _tanh_of_constant_slope(x):
    """Its first derivative is right, its second one zero."""
    y = tf.tanh(x)
    return y, lambda upstream: upstream * tf.stop_gradient(1 - y**2)


@gin.register("faulty_hinge")
class FaultyHinge(MultiHinge):
    """A task in the place of the GAN's loss and penalty: only its own gradients tell of faults."""

    def __init__(self, bounded=tf.tanh):
        super().__init__()
        self._bounded = bounded

    def _scores(self, half):
        return self._bounded(super()._scores(half))


def test_a_fault_in_what_replaces_the_loss_is_found(tmp_path, monkeypatch):
    part = Auxiliary("faulty_hinge")
    part.configure()
    checks.second_derivative(checks.Subject(part), tmp_path)
    monkeypatch.setattr(FaultyHinge.__init__, "__defaults__", (_tanh_of_constant_slope,))
    with pytest.raises(AssertionError):
        checks.second_derivative(checks.Subject(part), tmp_path)


def test_a_task_that_is_switched_off_is_found(tmp_path):
    part = Auxiliary("lecam", "lecam.start_update = 1000", without_term={"generator": "none"})
    part.configure()
    with pytest.raises(AssertionError, match="adds nothing to the discriminator's loss"):
        checks.second_derivative(checks.Subject(part), tmp_path)


def test_a_term_that_is_denied_is_found(tmp_path):
    part = Auxiliary("rotation", "rotation.rotated_images = 2", without_term={"generator": "none"})
    part.configure()
    with pytest.raises(AssertionError, match="it adds .* to the generator's loss"):
        checks.second_derivative(checks.Subject(part), tmp_path)


class Unexplained(keras.layers.Layer):
    """A 3×3 kernel [batch, 2] → [batch, 3]: x² + 1 = y.

        y is x times 2

    * In a list: y = 2 x (https://example.org/list).

    Args:
      gain: See https://example.org/gain.

            y = gain · x
    """


def test_docstrings_without_formula_and_source_are_found(tmp_path):
    for layer in (Faulty, Unexplained):
        subject = checks.Subject(Layer("faulty", layer, shape=_SHAPE))
        for check in (checks.formula, checks.source):
            with pytest.raises(AssertionError, match="has no formula|names no source"):
                check(subject, tmp_path)


def test_a_configuration_without_the_part_is_found(tmp_path, monkeypatch):
    part = Loss("hinge")
    part.configure()
    checks.gin_round_trip(checks.Subject(part), tmp_path)
    monkeypatch.setattr(Loss, "choice", "loss.fn = @wasserstein")
    part.configure()
    with pytest.raises(AssertionError):
        checks.gin_round_trip(checks.Subject(part), tmp_path)
