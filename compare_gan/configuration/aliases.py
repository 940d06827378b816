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
from compare_gan.configuration.real_numbers import check_number

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


@gin.configurable("AdagradOptimizer", module="tf.train", denylist=_GIVEN)
def adagrad_optimizer(
    learning_rate: float, initial_accumulator_value: float = 0.1, name: str | None = None
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's Adagrad: n = n + g^2; theta -= lr g / sqrt(n).

    n starts at `initial_accumulator_value`. Keras adds an epsilon of 1e-7 to it, which is 0 here.
    """
    check_number(
        "tf.train.AdagradOptimizer.initial_accumulator_value",
        initial_accumulator_value,
        "(0, inf)",
        usual=0.1,
    )
    return keras.optimizers.Adagrad(
        learning_rate,
        initial_accumulator_value=initial_accumulator_value,
        epsilon=0.0,
        name=name,
    )


@gin.configurable("AdadeltaOptimizer", module="tf.train", denylist=_GIVEN)
def adadelta_optimizer(
    learning_rate: float, rho: float = 0.95, epsilon: float = 1e-8, name: str | None = None
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's Adadelta: theta -= lr u with u = sqrt(d + epsilon) / sqrt(v + epsilon) g.

        v = rho v + (1 - rho) g^2    before u
        d = rho d + (1 - rho) u^2    after it

    Keras' formula is the same; its default epsilon is 1e-7.
    """
    return keras.optimizers.Adadelta(learning_rate, rho=rho, epsilon=epsilon, name=name)


@gin.configurable("FtrlOptimizer", module="tf.train", denylist=_GIVEN)
def ftrl_optimizer(
    learning_rate: float,
    learning_rate_power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1_regularization_strength: float = 0.0,
    l2_regularization_strength: float = 0.0,
    l2_shrinkage_regularization_strength: float = 0.0,
    name: str | None = None,
) -> keras.optimizers.Optimizer:
    """TensorFlow 1's Ftrl: theta = (sign(z) l1 - z) / (m^-p / lr + 2 l2) if |z| > l1, else 0.

        m = n + g^2    n starts at `initial_accumulator_value`, and is m afterwards
        z = z + g + 2 l2_shrinkage theta - (m^-p - n^-p) theta / lr

    with p, the power of the learning rate. Keras' formula is the same.
    """
    return keras.optimizers.Ftrl(
        learning_rate,
        learning_rate_power=learning_rate_power,
        initial_accumulator_value=initial_accumulator_value,
        l1_regularization_strength=l1_regularization_strength,
        l2_regularization_strength=l2_regularization_strength,
        l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
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
