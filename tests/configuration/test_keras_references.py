# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Keras' optimizers and schedules can be named in a configuration."""

import gin
import keras
import pytest

from compare_gan.configuration import ConfigurationError, parse


@gin.configurable("keras_user", denylist=["fallback"])
def _keras_user(fallback=0.1, optimizer_fn=None, rate=None):
    return optimizer_fn(learning_rate=rate or fallback)


@pytest.mark.parametrize("prefix", ["", "keras.optimizers.", "tf.keras.optimizers."])
def test_an_optimizer_under_each_of_its_names(prefix):
    parse([], [f"keras_user.optimizer_fn = @{prefix}Adam", f"{prefix}Adam.beta_1 = 0.5"])
    optimizer = _keras_user()
    assert type(optimizer) is keras.optimizers.Adam
    assert optimizer.beta_1 == 0.5
    assert float(optimizer.learning_rate) == pytest.approx(0.1)


def test_a_learning_rate_schedule():
    parse(
        [],
        [
            "keras_user.optimizer_fn = @keras.optimizers.SGD",
            "keras_user.rate = @keras.optimizers.schedules.CosineDecay()",
            "keras.optimizers.schedules.CosineDecay.initial_learning_rate = 0.4",
            "keras.optimizers.schedules.CosineDecay.decay_steps = 100",
        ],
    )
    optimizer = _keras_user()
    schedule = keras.optimizers.schedules.CosineDecay(0.4, 100)
    optimizer.iterations.assign(50)
    assert float(optimizer.learning_rate) == pytest.approx(0.2)
    assert float(schedule(50)) == pytest.approx(0.2)


def test_a_misspelt_parameter_is_caught_although_keras_takes_any():
    with pytest.raises(ConfigurationError, match="did you mean keras.optimizers.Adam.clipnorm?"):
        parse([], ["keras.optimizers.Adam.clip_norm = 1.0"])


def test_every_optimizer_of_keras_is_known():
    names = [
        name
        for name, value in vars(keras.optimizers).items()
        if isinstance(value, type)
        and issubclass(value, keras.optimizers.Optimizer)
        and name not in ("Optimizer", "LossScaleOptimizer")
    ]
    assert {"Adam", "AdamW", "SGD", "RMSprop", "Lion"} <= set(names)
    for name in names:
        parse([], [f"keras_user.optimizer_fn = @keras.optimizers.{name}"])
