# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.training.ema import ExponentialMovingAverage


def _network(value):
    network = keras.Sequential([keras.layers.Dense(1), keras.layers.BatchNormalization()])
    network.build((None, 2))
    for variable in network.variables:
        variable.assign(tf.fill(variable.shape, value))
    return network


def test_average_follows_the_recursion_from_its_first_step():
    network, average = _network(3.0), _network(0.0)
    ema = ExponentialMovingAverage(network, average, decay=0.9, start_step=3)
    assert average.trainable_variables[0].numpy()[0, 0] == 3  # starts as a copy
    expected = 3.0
    for step in range(1, 7):
        value = float(step * step)
        for variable in network.variables:
            variable.assign(tf.fill(variable.shape, value))
        for variable, new_value in ema.assignments(tf.constant(step, tf.int64)):
            variable.assign(new_value)
        expected = value if step < 3 else 0.9 * expected + 0.1 * value
        for variable in average.trainable_variables:
            np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6)
        for variable in average.non_trainable_variables:  # batch-norm statistics are copied
            np.testing.assert_array_equal(variable.numpy(), value)


def test_warm_up_by_hand():
    """The decay after t steps is (1 + t) / (10 + t) until that reaches the one asked for."""
    network, average = _network(5.0), _network(0.0)
    ema = ExponentialMovingAverage(network, average, decay=0.25, start_step=2, warm_up=True)
    expected = 5.0
    for step, decay in ((1, 0.0), (2, 1 / 10), (3, 2 / 11), (4, 0.25), (5, 0.25)):
        for variable in network.variables:
            variable.assign(tf.fill(variable.shape, float(step)))
        for variable, new_value in ema.assignments(tf.constant(step, tf.int64)):
            variable.assign(new_value)
        expected = decay * expected + (1 - decay) * step
        for variable in average.trainable_variables:
            np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6)


def test_decay_is_checked():
    with pytest.raises(ValueError, match="ModularGAN.ema_decay must be a number in"):
        ExponentialMovingAverage(_network(0.0), _network(0.0), decay=1, start_step=0)
