# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Self-attention over the positions of an image."""

from typing import Any

import keras
import tensorflow as tf

from compare_gan.layers.convolution import Conv2D
from compare_gan.layers.initializers import check_initializer
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import SpectralNorm


class NonLocalBlock(keras.layers.Layer):
    """The self-attention of SAGAN and BigGAN.

        θ = x W_θ,   φ = maxpool(x W_φ),   g = maxpool(x W_g)
        out = x + σ · softmax(θ φᵀ) g W_o

    θ and φ have channels/8 channels, g has channels/2, rounded down, but at least one. Every
    position of x attends to all positions of the map pooled 2×2, with no scaling of the products. σ
    is one trainable number, zero at first. No biases. (Zhang, Goodfellow, Metaxas, Odena,
    "Self-Attention Generative Adversarial Networks", ICML 2019, https://arxiv.org/abs/1805.08318,
    section 3.)

    Call: x [batch, height, width, channels] → the same shape, in the compute dtype.

    Args:
      spectral_norm: Whether and how the four 1×1 kernels are normalized.
      initializer: Name of their initializer.
      dtype: Keras dtype policy; None means the global one.
      trainable: As for every Keras layer.
      name: Name of the layer.
    """

    def __init__(
        self,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.spectral_norm = SpectralNorm.of(spectral_norm)
        self.initializer = check_initializer(initializer)

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates the variables for inputs of shape [batch, height, width, channels]."""
        channels = x_shape[-1]
        self.key_channels = max(channels // 8, 1)
        self.value_channels = max(channels // 2, 1)
        self.theta = self._projection("theta", channels, self.key_channels)
        self.phi = self._projection("phi", channels, self.key_channels)
        self.g = self._projection("g", channels, self.value_channels)
        self.attn_g = self._projection("attn_g", self.value_channels, channels)
        self.sigma = self.add_weight(name="sigma", shape=(), initializer="zeros", autocast=False)

    def _projection(self, name: str, inputs: int, filters: int) -> Conv2D:
        layer = Conv2D(
            filters,
            kernel_size=1,
            use_bias=False,
            spectral_norm=self.spectral_norm,
            initializer=self.initializer,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, inputs))
        return layer

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Returns x + σ·attention(x)."""
        x = tf.cast(x, self.compute_dtype)
        batch = tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
        height, width = x.shape[1:3]
        pooled = -(-height // 2) * -(-width // 2)
        theta = tf.reshape(self.theta(x), [batch, height * width, self.key_channels])
        phi = tf.reshape(_max_pool(self.phi(x)), [batch, pooled, self.key_channels])
        g = tf.reshape(_max_pool(self.g(x)), [batch, pooled, self.value_channels])
        products = tf.cast(tf.matmul(theta, phi, transpose_b=True), full_precision(self))
        attention = tf.cast(tf.nn.softmax(products), self.compute_dtype)
        gathered = tf.reshape(tf.matmul(attention, g), [batch, height, width, self.value_channels])
        return x + tf.cast(self.sigma.value, self.compute_dtype) * self.attn_g(gathered)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "spectral_norm": self.spectral_norm and dict(vars(self.spectral_norm)),
            "initializer": self.initializer,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }


def _max_pool(x: tf.Tensor) -> tf.Tensor:
    """Maximum over 2×2 windows with stride 2; the last window of an odd size is narrower.

    Not tf.nn.max_pool2d: XLA has its second derivative for some dtypes only, and approximately.
    """
    height, width, channels = x.shape[1:]
    if height % 2 or width % 2:
        borders = [[0, 0], [0, height % 2], [0, width % 2], [0, 0]]
        x = tf.pad(x, borders, constant_values=x.dtype.min)
    windows = [-1, (height + 1) // 2, 2, (width + 1) // 2, 2, channels]
    return tf.reduce_max(tf.reshape(x, windows), axis=[2, 4])
