# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Batch normalization whose scale and shift depend on the latent vector."""

from collections.abc import Mapping
from typing import Any

import gin
import tensorflow as tf

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.layers.linear import Linear
from compare_gan.layers.spectral_norm import SpectralNorm
from compare_gan.normalizers.statistics import BatchStandardizer, StandardizeBatch


@gin.register(
    "self_modulated_batch_norm",
    denylist=["spectral_norm", "initializer", "dtype", "trainable", "name"],
)
class SelfModulatedBatchNorm(BatchStandardizer):
    """Batch norm whose scale and shift come from the latent vector.

        out = γ(z) · standardized(x) + β(z)
        h   = relu(z W_h + b_h),   γ(z) = h W_γ + b_γ,   β(z) = h W_β + b_β

    b_γ starts at 1, the other biases at 0. With num_hidden = 0, h is z itself. (Chen, Lucic,
    Houlsby, Gelly, "On Self Modulation for Generative Adversarial Networks", ICLR 2019,
    https://arxiv.org/abs/1810.01365.)

    Call: x [batch, channels] or [batch, height, width, channels], z [batch, latent size]; y is
    ignored; `training` chooses the statistics, see `BatchStandardizer`.

    Args:
      num_hidden: Size of h; 0 for no hidden layer.
      spectral_norm: Whether and how the three kernels are normalized; a network sets its own
        choice.
      initializer: Name of their initializer; a network sets its own choice.
      settings, dtype, trainable, name: See `BatchStandardizer`.
    """

    def __init__(
        self,
        num_hidden: int = 32,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        settings: StandardizeBatch | Mapping | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(settings, dtype, trainable, name)
        # 0 is none.
        check_whole_number("self_modulated_batch_norm.num_hidden", num_hidden, least=0)
        self.num_hidden = num_hidden
        self.spectral_norm = SpectralNorm.of(spectral_norm)
        self.initializer = initializer

    def build(
        self, x_shape: tuple[int | None, ...], z_shape: tuple[int | None, ...] | None = None
    ) -> None:
        """Creates the variables for inputs of shape [..., channels] and [batch, latent size].

        Raises:
          ValueError: If there is no latent vector.
        """
        if z_shape is None:
            self._fail_without_latents()
        channels = x_shape[-1]
        self.add_statistics(channels)
        inputs = z_shape[-1]
        if self.num_hidden:
            self.hidden = self._linear("hidden", inputs, self.num_hidden)
            inputs = self.num_hidden
        self.gamma = self._linear("gamma", inputs, channels, bias_start=1.0)
        self.beta = self._linear("beta", inputs, channels)

    def _linear(self, name: str, inputs: int, units: int, bias_start: float = 0.0) -> Linear:
        layer = Linear(
            units,
            bias_start=bias_start,
            spectral_norm=self.spectral_norm,
            initializer=self.initializer,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, inputs))
        return layer

    def _fail_without_latents(self) -> None:
        raise ValueError(
            f"{self.name}: self_modulated_batch_norm needs latent vectors, got z = None; it works "
            "in generators only (G.batch_norm_fn)."
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
          ValueError: If z is None.
        """
        del y
        if z is None:
            self._fail_without_latents()
        h = tf.nn.relu(self.hidden(z)) if self.num_hidden else z
        return self.standardize(x, training, self.gamma(h), self.beta(h))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "num_hidden": self.num_hidden,
            "spectral_norm": self.spectral_norm and dict(vars(self.spectral_norm)),
            "initializer": self.initializer,
            **super().get_config(),
        }
