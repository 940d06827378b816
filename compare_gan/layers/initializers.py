# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Names of weight initializers, and the Keras initializers they stand for."""

from collections.abc import Callable

import gin
import keras

_STDDEV = 0.02

_INITIALIZERS: dict[str, Callable[[], keras.initializers.Initializer]] = {
    "normal": lambda: keras.initializers.RandomNormal(mean=0.0, stddev=_STDDEV),
    "truncated": lambda: keras.initializers.TruncatedNormal(mean=0.0, stddev=_STDDEV),
    "orthogonal": lambda: keras.initializers.Orthogonal(gain=1.0),
    "glorot_normal": lambda: keras.initializers.GlorotNormal(),
    "he_normal": lambda: keras.initializers.HeNormal(),
}


def check_initializer(name: str) -> str:
    """Returns `name` if it names a weight initializer.

    Raises:
      ValueError: If the name is unknown.
    """
    if name not in _INITIALIZERS:
        known = ", ".join(repr(known_name) for known_name in _INITIALIZERS)
        raise ValueError(f"weights.initializer = {name!r} is not known; use one of {known}.")
    return name


@gin.configurable("weights")
def weights(initializer: str = "normal") -> str:
    """Returns the name of the initializer which networks built from gin use for their kernels.

        "normal":         N(0, 0.02²)
        "truncated":      the same, but drawn again beyond two standard deviations
        "orthogonal":     W Wᵀ = 1 or Wᵀ W = 1, random otherwise
        "glorot_normal":  truncated so too, of variance 2 / (fan_in + fan_out)
        "he_normal":      truncated so too, of variance 2 / fan_in, for layers before a relu

    W is the kernel as a matrix [product of the leading sizes, last size]; fan_in counts the inputs
    of one output, fan_out the outputs of one input. (Saxe et al., https://arxiv.org/abs/1312.6120;
    Glorot and Bengio, https://proceedings.mlr.press/v9/glorot10a.html; He et al.,
    https://arxiv.org/abs/1502.01852.)

    Args:
      initializer: "normal", "truncated", "orthogonal", "glorot_normal" or "he_normal".

    Raises:
      ValueError: If the name is unknown.
    """
    return check_initializer(initializer)


def kernel_initializer(name: str) -> keras.initializers.Initializer:
    """Returns a fresh Keras initializer; two calls give differently seeded ones.

    Args:
      name: One of the names that `weights` takes.

    Raises:
      ValueError: If the name is unknown.
    """
    return _INITIALIZERS[check_initializer(name)]()
