# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Convolution, with or without resampling, and transposed convolution."""

from typing import Any

import tensorflow as tf

from compare_gan.layers.kernel import KernelLayer
from compare_gan.layers.resampling import check_resampling, convolve
from compare_gan.layers.spectral_norm import SpectralNorm


class Conv2D(KernelLayer):
    """SAME convolution, perhaps strided, perhaps joined with a change of resolution.

        out[i, j] = Σ_{a,b} x[strides·i + a - p, strides·j + b - q] W[a, b] + bias
        x is 0 outside; p, q = half, rounded down, of the zeros needed for ⌈size / strides⌉ results

    (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016,
    https://arxiv.org/abs/1603.07285.)

    Call: x [batch, height, width, inputs] → [batch, height', width', filters] in the compute dtype.
    The kernel is [kernel_size, kernel_size, inputs, filters].

    Args:
      filters: Number of output channels.
      kernel_size: Height and width of the kernel.
      strides: Step of the convolution in both directions.
      resample: None, "up" or "down", see `compare_gan.layers.resampling.convolve`; only with
        strides 1.
      use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name: See `KernelLayer`.

    Raises:
      ValueError: If `resample` is unknown or combined with strides.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        resample: str | None = None,
        use_bias: bool = True,
        bias_start: float = 0.0,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name)
        if check_resampling(resample) is not None and strides != 1:
            raise ValueError(
                f"Conv2D: resample = {resample!r} with strides = {strides}; use strides = 1."
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.resample = resample

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, height, width, inputs]."""
        shape = (self.kernel_size, self.kernel_size, x_shape[-1], self.filters)
        self.add_kernel(shape, self.filters)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Returns the convolution of x plus the bias."""
        x = tf.cast(x, self.compute_dtype)
        kernel = self.effective_kernel()
        if self.resample is None:
            x = tf.nn.conv2d(x, kernel, strides=self.strides, padding="SAME")
        else:
            x = convolve(x, kernel, self.resample)
        return self.add_bias(x)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "resample": self.resample,
            **super().get_config(),
        }


class TransposedConv2D(KernelLayer):
    """SAME transposed convolution: the adjoint of a strided convolution.

        out = Cᵀ x + bias,    C = the convolution with this kernel and these strides

    C, `Conv2D`'s without a bias, maps images of the output's size to images of x's size. (Dumoulin
    and Visin, "A guide to convolution arithmetic for deep learning", 2016,
    https://arxiv.org/abs/1603.07285, chapter 4.)

    Call: x [batch, height, width, inputs] → [batch, height', width', filters] in the compute dtype.
    The kernel is [kernel_size, kernel_size, filters, inputs].

    Args:
      filters: Number of output channels.
      kernel_size: Height and width of the kernel.
      strides: Step of the convolution of which this is the adjoint.
      output_size: (height', width'); each is a number whose quotient by `strides`, rounded up, is
        the input's size. None means `strides` times the input's size.
      use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name: See `KernelLayer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 2,
        output_size: tuple[int, int] | None = None,
        use_bias: bool = True,
        bias_start: float = 0.0,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(use_bias, bias_start, spectral_norm, initializer, dtype, trainable, name)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.output_size = None if output_size is None else tuple(output_size)

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, height, width, inputs].

        Raises:
          ValueError: If `output_size` does not belong to inputs of that height and width.
        """
        if self.output_size is not None:
            for size, output in zip(x_shape[1:3], self.output_size, strict=True):
                if size is not None and -(-output // self.strides) != size:
                    raise ValueError(
                        f"TransposedConv2D: output_size = {self.output_size} with strides = "
                        f"{self.strides} does not belong to inputs of shape {tuple(x_shape)}."
                    )
        shape = (self.kernel_size, self.kernel_size, self.filters, x_shape[-1])
        self.add_kernel(shape, self.filters)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Returns the transposed convolution of x plus the bias."""
        x = tf.cast(x, self.compute_dtype)
        height, width = self.output_size or (x.shape[1] * self.strides, x.shape[2] * self.strides)
        batch = tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
        x = tf.nn.conv2d_transpose(
            x,
            self.effective_kernel(),
            output_shape=[batch, height, width, self.filters],
            strides=self.strides,
            padding="SAME",
        )
        return self.add_bias(x)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "output_size": self.output_size,
            **super().get_config(),
        }
