# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The base of all layers that multiply by a kernel: the kernel, its bias, its spectral norm."""

from typing import Any

import keras
import tensorflow as tf

from compare_gan.layers.initializers import check_initializer, kernel_initializer
from compare_gan.layers.precision import full_precision
from compare_gan.layers.spectral_norm import (
    SpectralNorm,
    as_matrix,
    divide_by_sigma,
    power_iteration,
    power_iterations,
)

_WARM_UP_ITERATIONS = 15


class KernelLayer(keras.layers.Layer):
    """A layer with one kernel, spectrally normalized or not, and perhaps a bias.

    The raw kernel stays in the dtype of variables; it is normalized in full precision and then
    cast to the compute dtype. Subclasses call `add_kernel` in `build` and use
    `effective_kernel` and `add_bias` in `call`.

    Args:
      use_bias: Whether the layer adds a bias, one number per output channel.
      bias_start: Initial value of the bias.
      spectral_norm: None or False: the kernel is used as it is; True or settings: divided by its
        spectral norm.
      initializer: Name of the kernel's initializer, see `compare_gan.layers.initializers`.
      dtype: Keras dtype policy; None means the global one.
      trainable: As for every Keras layer.
      name: Name of the layer.
    """

    def __init__(
        self,
        use_bias: bool = True,
        bias_start: float = 0.0,
        spectral_norm: SpectralNorm | bool | None = None,
        initializer: str = "normal",
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)
        self.use_bias = use_bias
        self.bias_start = bias_start
        self.spectral_norm = SpectralNorm.of(spectral_norm)
        self.initializer = check_initializer(initializer)

    def add_kernel(self, shape: tuple[int, ...], outputs: int) -> None:
        """Creates the kernel, the bias and the singular vectors.

        Args:
          shape: Shape of the kernel.
          outputs: Number of output channels, the size of the bias.
        """
        self.kernel = self.add_weight(
            name="kernel",
            shape=shape,
            initializer=kernel_initializer(self.initializer),
            autocast=False,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(outputs,),
                initializer=keras.initializers.Constant(self.bias_start),
                autocast=False,
            )
        if self.spectral_norm is not None:
            self._add_singular_vectors(shape)

    def _add_singular_vectors(self, shape: tuple[int, ...]) -> None:
        """Creates u and v, with a few iterations behind them.

        The first sigma would otherwise be far too small, and the first steps of training wild.
        """
        columns = shape[-1]
        rows = 1
        for size in shape[:-1]:
            rows *= size
        self._from_left = self.spectral_norm.carries_left_vector(rows, columns)
        warm: dict[str, tf.Tensor] = {}

        def vector(which: str):
            # Called when the variable is created, which is after the kernel was.
            def initial_value(shape, dtype):
                del shape
                with tf.init_scope():
                    if not warm:
                        warm["u"], warm["v"] = self._warm_vectors(rows, columns, dtype)
                    return warm.pop(which)

            return initial_value

        for which, size in (("u", rows), ("v", columns)):
            variable = self.add_weight(
                name=which,
                shape=(size,),
                dtype=full_precision(self),
                initializer=vector(which),
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
            )
            setattr(self, which, variable)

    def _warm_vectors(self, rows: int, columns: int, dtype: str) -> tuple[tf.Tensor, tf.Tensor]:
        normal = keras.initializers.RandomNormal(mean=0.0, stddev=1.0)
        carried = normal((rows if self._from_left else columns,), dtype=dtype)
        matrix = as_matrix(tf.cast(self.kernel.value, dtype))
        epsilon = self.spectral_norm.epsilon
        return power_iterations(matrix, carried, self._from_left, epsilon, _WARM_UP_ITERATIONS)

    def spectral_norm_updates(self) -> list[tuple[keras.Variable, tf.Tensor]]:
        """Returns the singular vectors with their values after one more power iteration."""
        if self.spectral_norm is None:
            return []
        matrix = as_matrix(tf.cast(self.kernel.value, self.u.dtype))
        u, v = power_iteration(
            matrix, self.u.value, self.v.value, self._from_left, self.spectral_norm.epsilon
        )
        return [(self.u, u), (self.v, v)]

    def effective_kernel(self) -> tf.Tensor:
        """Returns the kernel as it is used, normalized if so set, in the compute dtype."""
        kernel = tf.convert_to_tensor(self.kernel.value)
        if self.spectral_norm is not None:
            kernel = tf.cast(kernel, self.u.dtype)
            kernel = divide_by_sigma(kernel, self.u.value, self.v.value)
        return tf.cast(kernel, self.compute_dtype)

    def add_bias(self, x: tf.Tensor) -> tf.Tensor:
        """Returns x plus the bias, if the layer has one."""
        if not self.use_bias:
            return x
        # Not tf.nn.bias_add: on CPUs its gradient adds bfloat16 numbers up in bfloat16, which
        # stands still after a few hundred of an image's thousands of positions.
        return x + tf.cast(self.bias.value, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        spectral_norm = None if self.spectral_norm is None else vars(self.spectral_norm)
        return {
            "use_bias": self.use_bias,
            "bias_start": self.bias_start,
            "spectral_norm": spectral_norm and dict(spectral_norm),
            "initializer": self.initializer,
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }
