# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batch normalization whose scale and shift depend on the label."""

from collections.abc import Mapping
from typing import Any

import gin
import tensorflow as tf

from compare_gan.layers.linear import Linear
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.statistics import BatchStandardizer, StandardizeBatch


@gin.register(
    "conditional_batch_norm",
    denylist=["spectral_norm", "initializer", "dtype", "trainable", "name"],
)
class ConditionalBatchNorm(BatchStandardizer):
    """Batch norm whose scale and shift are linear in the label.

        out = γ(y) · standardized(x) + β(y),   γ(y) = 1 + y W_γ,   β(y) = y W_β

    y is a one-hot label or an embedding of it. (De Vries et al., "Modulating early visual
    processing by language", 2017, https://arxiv.org/abs/1707.00683; as in BigGAN, Brock et al.,
    2019, https://arxiv.org/abs/1809.11096, γ is centered at 1.) Compare GAN v3 left out the 1, so
    that its networks started with activations about 0.02 wide; center_gamma=False brings that back.

    Call: x [batch, channels] or [batch, height, width, channels], y [batch, label size]; z is
    ignored; `training` chooses the statistics, see `BatchStandardizer`.

    Args:
      use_bias: Whether γ and β also get a bias, zero at first.
      center_gamma: Whether γ = 1 + y W_γ (True) or γ = y W_γ.
      spectral_norm: Whether and how W_γ and W_β are normalized; a network sets its own choice.
      initializer: Name of their initializer; a network sets its own choice.
      settings, dtype, trainable, name: See `BatchStandardizer`.
    """

    def __init__(
        self,
        use_bias: bool = False,
        center_gamma: bool = True,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        settings: StandardizeBatch | Mapping | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(settings, dtype, trainable, name)
        self.use_bias = use_bias
        self.center_gamma = center_gamma
        self.spectral_norm = SpectralNorm.of(spectral_norm)
        self.initializer = initializer

    def build(
        self, x_shape: tuple[int | None, ...], y_shape: tuple[int | None, ...] | None = None
    ) -> None:
        """Creates the variables for inputs of shape [..., channels] and [batch, label size].

        Raises:
          ValueError: If there are no labels.
        """
        if y_shape is None:
            self._fail_without_labels()
        self.add_statistics(x_shape[-1])
        self.gamma = self._modulation("gamma", x_shape[-1], y_shape)
        self.beta = self._modulation("beta", x_shape[-1], y_shape)

    def _modulation(self, name: str, channels: int, y_shape: tuple[int | None, ...]) -> Linear:
        layer = Linear(
            channels,
            use_bias=self.use_bias,
            spectral_norm=self.spectral_norm,
            initializer=self.initializer,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(y_shape)
        return layer

    def _fail_without_labels(self) -> None:
        raise ValueError(
            f"{self.name}: conditional_batch_norm needs labels, got y = None; build the network "
            "with num_classes > 0 and pass y (ModularGAN.conditional = True), or choose another "
            "batch_norm_fn such as @batch_norm or @self_modulated_batch_norm."
        )

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the normalized x.

        Raises:
          ValueError: If y is None.
        """
        del z
        if y is None:
            self._fail_without_labels()
        gamma, beta = self.gamma(y), self.beta(y)
        if self.center_gamma:
            gamma = 1.0 + tf.cast(gamma, self.variable_dtype)
        return self.standardize(x, training, gamma, beta)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "use_bias": self.use_bias,
            "center_gamma": self.center_gamma,
            "spectral_norm": self.spectral_norm and dict(vars(self.spectral_norm)),
            "initializer": self.initializer,
            **super().get_config(),
        }
