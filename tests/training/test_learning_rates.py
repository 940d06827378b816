# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Courses of the learning rate against numbers computed by hand."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training.learning_rates import constant_rate, cosine_decay, step_decay
from compare_gan.training.optimizers import build_optimizer


def rates(schedule, steps):
    """The rates in a compiled step, where the step is an integer tensor."""
    compiled = tf.function(lambda step: schedule(step), jit_compile=True)
    eager = [float(schedule(tf.constant(step, tf.int64))) for step in steps]
    np.testing.assert_allclose(
        [compiled(tf.constant(step, tf.int64)) for step in steps], eager, rtol=1e-6, atol=1e-9
    )
    return eager


def test_cosine():
    # Half a period over 100 steps: cos 0, cos π/3, cos π/2, cos 2π/3, cos π.
    found = rates(cosine_decay(0.4, 600), [0, 200, 300, 400, 600, 700])
    np.testing.assert_allclose(found, [0.4, 0.3, 0.2, 0.1, 0.0, 0.0], atol=1e-7)


def test_cosine_after_a_warm_up():
    # Rises over 20 steps, then falls over the 600 that are left.
    steps = [0, 1, 5, 19, 20, 220, 320, 420, 620, 1000]
    expected = [0.0, 0.02, 0.1, 0.38, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0]
    np.testing.assert_allclose(rates(cosine_decay(0.4, 620, 20), steps), expected, atol=1e-7)


def test_steps():
    schedule = step_decay(0.3, 1000)
    steps = [0, 699, 700, 799, 800, 899, 900, 2000]
    expected = [0.3, 0.3, 0.03, 0.03, 0.003, 0.003, 0.0003, 0.0003]
    np.testing.assert_allclose(rates(schedule, steps), expected, rtol=1e-5)


def test_steps_after_a_warm_up_with_other_settings():
    schedule = step_decay(0.8, 40, 8, boundaries=[0.1, 0.5], factor=0.5)
    # Halved at 4, in the middle of the warm-up, and at 20.
    steps = [0, 1, 3, 4, 7, 8, 19, 20, 39]
    expected = [0.0, 0.1, 0.3, 0.4 * 4 / 8, 0.4 * 7 / 8, 0.4, 0.4, 0.2, 0.2]
    np.testing.assert_allclose(rates(schedule, steps), expected, rtol=1e-5, atol=1e-9)


def test_constant():
    assert constant_rate(0.1, 100) == 0.1
    found = rates(constant_rate(0.1, 100, 4), [0, 1, 2, 3, 4, 99])
    np.testing.assert_allclose(found, [0.0, 0.025, 0.05, 0.075, 0.1, 0.1], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("make", [constant_rate, cosine_decay, step_decay])
def test_an_optimizer_follows_it(make):
    # Plain gradient descent with gradient 1: the weight is minus the sum of the rates.
    schedule = make(1.0, 10, 2)
    optimizer = build_optimizer(keras.optimizers.SGD, schedule)
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    step = tf.function(lambda: optimizer.apply([tf.constant(1.0)], [weight]))
    for _ in range(10):
        step()
    expected = {
        "constant_rate": 0.5 + 8.0,
        # Of steps 2 … 9: 8 halves, and the cosines of 0, π/8, …, 7π/8 add up to cos 0 = 1.
        "cosine_decay": 0.5 + 4.0 + 0.5,
        "step_decay": 0.5 + 5 * 1.0 + 0.1 + 0.01 + 0.001,
    }[make.__name__]
    assert float(weight) == pytest.approx(-expected, rel=1e-5)


@pytest.mark.parametrize("make", [constant_rate, cosine_decay, step_decay])
def test_survives_keras_serialization(make):
    schedule = make(0.1, 10, 2)
    serialized = keras.optimizers.schedules.serialize(schedule)
    copy = keras.optimizers.schedules.deserialize(serialized)
    for step in range(10):
        assert float(copy(step)) == float(schedule(step))


def test_gin_chooses_and_binds():
    @gin.configurable("test_stage")
    def stage(schedule):
        return schedule(0.5, 100, 0)

    gin.parse_config(
        "test_stage.schedule = @step_decay\nstep_decay.boundaries = [0.5]\nstep_decay.factor = 0.2"
    )
    assert rates(stage(), [49, 50]) == pytest.approx([0.5, 0.1])
    gin.parse_config("cosine_decay.learning_rate = 0.5\ncosine_decay.total_steps = 10")
    assert float(cosine_decay()(5)) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "boundaries",
    [(), (0.5, 0.5), (0.8, 0.7), (0.0, 0.5), (140, 160), 0.5, ("a",), (0.5, True), "0.5", None],
)
def test_boundaries_are_increasing_fractions(boundaries):
    with pytest.raises(ValueError, match="step_decay.boundaries = .* must be increasing fractions"):
        step_decay(0.1, 200, boundaries=boundaries)


@pytest.mark.parametrize("factor", [10, -1, 0, 1.0, "0.1", True])
def test_the_rate_falls(factor):
    with pytest.raises(ValueError, match="step_decay.factor = .* more than 0 and less than 1"):
        step_decay(0.1, 200, factor=factor)


@pytest.mark.parametrize("make", [constant_rate, cosine_decay, step_decay])
@pytest.mark.parametrize("total, warm_up", [(10, 10), (10, -1), (0, 0)])
def test_warm_up_is_a_part_of_the_training(make, total, warm_up):
    with pytest.raises(ValueError, match=f"{make.__name__}: warmup_steps = {warm_up} must be"):
        make(0.1, total, warm_up)
