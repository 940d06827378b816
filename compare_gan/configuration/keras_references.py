# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Keras' optimizers and learning-rate schedules as gin references.

ModularGAN.g_optimizer_fn = @keras.optimizers.Adam
keras.optimizers.Adam.beta_1 = 0.5

ModularGAN.g_lr = @keras.optimizers.schedules.CosineDecay()
keras.optimizers.schedules.CosineDecay.initial_learning_rate = 0.0002
keras.optimizers.schedules.CosineDecay.decay_steps = 100000
"""

import inspect

import gin
import keras

from compare_gan.configuration import registry

# Wraps another optimizer and is not a function of the learning rate.
_NOT_OFFERED = (keras.optimizers.LossScaleOptimizer, keras.optimizers.Optimizer)


def _register_subclasses(namespace: object, base: type, module: str) -> None:
    for name, cls in sorted(vars(namespace).items()):
        if not (inspect.isclass(cls) and issubclass(cls, base)) or cls in (*_NOT_OFFERED, base):
            continue
        if registry.is_registered(f"{module}.{name}"):
            continue
        # Keras' optimizers take **kwargs, behind which a misspelt parameter would go unnoticed.
        parameters = [
            parameter.name
            for parameter in inspect.signature(cls.__init__).parameters.values()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name != "self"
        ]
        gin.external_configurable(cls, name=name, module=module, allowlist=parameters)


def register_keras() -> None:
    """Makes Keras' optimizers and schedules known to gin; a second call changes nothing."""
    # Any ending of these names will do, so `Adam` and `keras.optimizers.Adam` too.
    _register_subclasses(
        keras.optimizers,
        keras.optimizers.Optimizer,
        "tf.keras.optimizers",
    )
    _register_subclasses(
        keras.optimizers.schedules,
        keras.optimizers.schedules.LearningRateSchedule,
        "tf.keras.optimizers.schedules",
    )
