# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The residual block of BigGAN-deep."""

import keras
import tensorflow as tf

from compare_gan.architectures.parts import Parts, Shape, normalize_and_activate
from compare_gan.layers.resampling import average_pool, unpool

_REDUCTION = 4


class BottleneckBlock(keras.layers.Layer):
    """Four times norm, relu, convolution, plus a skip connection without a convolution.

    The kernels are 1×1, 3×3, 3×3 and 1×1; between them are max(inputs, filters)/4 channels. With
    resample="up" zero-insertion upsampling precedes the first 3×3 convolution, with "down" 2×2
    average pooling precedes the last 1×1 convolution. The skip connection is resampled likewise. It
    drops the last channels where the block has fewer than its input, and where it has more, a 1×1
    convolution of the resampled input makes those that are missing, which come last. (Brock et al.,
    https://arxiv.org/abs/1809.11096, appendix B, figure 16, with Compare GAN v3's upsampling.)

    Call: x [batch, height, width, channels], z and y for the normalizer → [batch, height', width',
    filters].

    Args:
      parts: Makes the layers.
      filters: Number of output channels.
      resample: None, "up" or "down".
      name: Name of the block.
    """

    def __init__(self, parts: Parts, filters: int, resample: str | None, name: str) -> None:
        super().__init__(name=name, dtype=parts.dtype, autocast=False)
        self.parts = parts
        self.filters = filters
        self.resample = resample

    def build(
        self, x_shape: Shape, z_shape: Shape | None = None, y_shape: Shape | None = None
    ) -> None:
        """Creates all layers and variables."""
        parts, inputs = self.parts, x_shape[-1]
        hidden = max(max(inputs, self.filters) // _REDUCTION, 1)
        up = "up" if self.resample == "up" else None
        down = "down" if self.resample == "down" else None
        convolutions = (
            (inputs, hidden, 1, None),
            (hidden, hidden, 3, up),
            (hidden, hidden, 3, None),
            (hidden, self.filters, 1, down),
        )
        for number, (channels, outputs, size, resample) in enumerate(convolutions, start=1):
            shape = (None, None, None, channels)
            norm = parts.norm(f"bn{number}", shape, z_shape, y_shape)
            layer_norm = parts.layer_normalizer(f"ln{number}", shape)
            conv = parts.conv(f"conv{number}", channels, outputs, size, resample=resample)
            setattr(self, f"bn{number}", norm)
            setattr(self, f"ln{number}", layer_norm)
            setattr(self, f"conv{number}", conv)
        self.add_channels = None
        if self.filters > inputs:
            self.add_channels = parts.conv("add_channels", inputs, self.filters - inputs, 1)

    def _skip(self, x: tf.Tensor) -> tf.Tensor:
        """The block's input with the size and the channels of its output."""
        x = x[..., : self.filters]
        if self.resample == "up":
            x = unpool(x)
        elif self.resample == "down":
            x = average_pool(x)
        if self.add_channels is None:
            return x
        return tf.concat([x, self.add_channels(x)], axis=-1)

    def call(
        self,
        x: tf.Tensor,
        z: tf.Tensor | None = None,
        y: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Returns the block's output."""
        h = x
        for number in range(1, 5):
            norm, layer_norm = getattr(self, f"bn{number}"), getattr(self, f"ln{number}")
            h = normalize_and_activate(h, norm, layer_norm, z, y, training)
            h = getattr(self, f"conv{number}")(h)
        return h + self._skip(x)
