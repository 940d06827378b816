# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The TensorFlow 1 names that v3's configurations refer to, such as `@tf.train.AdamOptimizer`.

v3 got them from gin's own table of TensorFlow 1, which is gone. They are given here with TensorFlow
1's parameters, defaults and formulas; an optimizer is a function of the learning rate, since v3's
GANs pass it (`ModularGAN.g_lr`). New configurations have no need of them: Keras' optimizers are
known by their own names (`keras_references`).
"""

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import gin
import keras

from compare_gan.configuration import registry

# Names of distributions -> where the function is defined. Looked up when a configuration is parsed,
# since this folder stands below the one that defines them.
LATENT_ALIASES = {
    "tf.random.normal": "compare_gan.gans.latents:normal",
    "tf.random.truncated_normal": "compare_gan.gans.latents:truncated_normal",
    "tf.random.uniform": "compare_gan.gans.latents:uniform",
    "tf.random_normal": "compare_gan.gans.latents:normal",
    "tf.random_uniform": "compare_gan.gans.latents:uniform",
}

# What a GAN tells its optimizers.
_GIVEN = ("learning_rate", "name")


def register_alias(name: str, function: Callable[..., Any]) -> None:
    """Makes a function known to gin under one more name; does nothing if the name is taken.

    Args:
      name: The new name, such as "tf.random.normal": modules, and at the end the function's name.
      function: What `@name` stands for. The parameters that can be bound under its first name can
        be bound under the new one, independently.
    """
    if registry.is_registered(name):
        return
    module, _, short_name = name.rpartition(".")

    # gin keeps one name for each function object, so each name gets an object of its own.
    @functools.wraps(function)
    def alias(*args, **kwargs):
        return function(*args, **kwargs)

    # gin reads defaults from the outermost function.
    alias.__signature__ = inspect.signature(function)
    known = registry.find_function(function)
    gin.external_configurable(
        alias,
        name=short_name,
        module=module,
        allowlist=known.allowlist if known else None,
        denylist=known.denylist if known else None,
    )
    registry.note_alias(name)


def register_latent_aliases() -> None:
    """Makes TensorFlow's names of the latent distributions known to gin."""
    for name, target in LATENT_ALIASES.items():
        module, _, function = target.partition(":")
        register_alias(name, getattr(importlib.import_module(module), function))


@gin.configurable("AdamOptimizer", module="tf.train", denylist=_GIVEN)
def adam_optimizer(
    learning_rate: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    name: str | None = None,
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's Adam: theta -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon).

    Keras' formula is the same; its default epsilon is 1e-7. It is the "epsilon hat" of Kingma and
    Ba, 2015, https://arxiv.org/abs/1412.6980, end of section 2.
    """
    return keras.optimizers.Adam(
        learning_rate, beta_1=beta1, beta_2=beta2, epsilon=epsilon, name=name
    )


@gin.configurable("GradientDescentOptimizer", module="tf.train", denylist=_GIVEN)
def gradient_descent_optimizer(
    learning_rate: float, name: str | None = None
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's gradient descent: theta -= lr g."""
    return keras.optimizers.SGD(learning_rate, name=name)


@gin.configurable("MomentumOptimizer", module="tf.train", denylist=_GIVEN)
def momentum_optimizer(
    learning_rate: float,
    momentum: float = gin.REQUIRED,
    use_nesterov: bool = False,
    name: str | None = None,
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's momentum: a = momentum a + g; theta -= lr a.

    Keras keeps -lr a instead of a, which is the same as long as the learning rate is constant.
    """
    return keras.optimizers.SGD(learning_rate, momentum=momentum, nesterov=use_nesterov, name=name)


@gin.configurable("RMSPropOptimizer", module="tf.train", denylist=_GIVEN)
def rmsprop_optimizer(
    learning_rate: float,
    decay: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-10,
    centered: bool = False,
    name: str | None = None,
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's RMSProp: v = decay v + (1 - decay) g^2; theta -= lr g / sqrt(v + epsilon).

    Unlike Keras', its v starts at 1, so that the first steps are not several times larger.
    """
    return _RMSPropFromOne(
        learning_rate,
        rho=decay,
        momentum=momentum,
        epsilon=epsilon,
        centered=centered,
        name=name,
    )


@keras.saving.register_keras_serializable("compare_gan")
class _RMSPropFromOne(keras.optimizers.RMSprop):
    """RMSprop whose running mean of squared gradients starts at 1."""

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Adds one variable for each trainable one; see Keras."""
        if name == "velocity":
            initializer = "ones"
        return super().add_optimizer_variables(trainable_variables, name, initializer)
