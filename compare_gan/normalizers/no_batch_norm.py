# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""No normalization, as a normalizer."""

from typing import Any

import gin
import keras
import tensorflow as tf


@gin.register("no_batch_norm", denylist=["dtype", "trainable", "name"])
class NoBatchNorm(keras.layers.Layer):
    """The identity, for configurations that name their normalizer explicitly.

        out = x

    Call: x of any shape; z, y and `training` are ignored.

    Args:
      dtype: Keras dtype policy; None means the global one.
      trainable: As for every Keras layer.
      name: Name of the layer.
    """

    def __init__(self, dtype: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(dtype=dtype, trainable=trainable, name=name, autocast=False)

    def build(self, x_shape: tuple[int | None, ...]) -> None:
        """Creates nothing."""

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns x."""
        del z, y, training
        return tf.cast(x, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments as plain values."""
        return {
            "dtype": self.dtype_policy.name,
            "trainable": self.trainable,
            "name": self.name,
        }
