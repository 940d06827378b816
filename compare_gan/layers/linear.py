# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The fully connected layer."""

from typing import Any

import tensorflow as tf

from compare_gan.layers.kernel import KernelLayer
from compare_gan.layers.spectral_norm import SpectralNorm


class Linear(KernelLayer):
    """A matrix product and a bias on the last axis.

        out = x W + b

    (Goodfellow, Bengio, Courville, "Deep Learning", 2016, https://www.deeplearningbook.org, chapter
    6.)

    Call: x [batch, inputs] (or more leading axes) → [batch, units] in the compute dtype. The kernel
    W is [inputs, units].

    Args:
      units: Number of outputs.
      use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name: See `KernelLayer`.
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        bias_start: float = 0.0,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name)
        self.units = units

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [..., inputs]."""
        self.add_kernel((x_shape[-1], self.units), self.units)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Returns x W + b."""
        x = tf.cast(x, self.compute_dtype)
        return self.add_bias(tf.matmul(x, self.effective_kernel()))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {"units": self.units, **super().get_config()}
