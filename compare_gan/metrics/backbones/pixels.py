# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The pixels themselves as features: what a distance is worth without any network."""

import hashlib

import gin
import numpy as np

from compare_gan.metrics.backbones.base import Backbone, agreed_size
from compare_gan.metrics.resize import check_policy

_DEFINITION = "pixels 1: rows, columns, channels"
_CHANNELS = (1, 3)


@gin.register("pixels")
class Pixels(Backbone):
    """The values in [0, 1] of all pixels and channels, one after the other; no logits.

        features[(i · width + j) · channels + c] = resize(image)[i, j, c]

    Distances of pixels see position and brightness and little else, and have as many dimensions as
    an image has values: fit Gaussians to small images only.

    Args:
      input_size: (height, width) of the images, or the size to which `resize` brings them.
      channels: 3, to which grey images are tiled; 1 for grey images alone.
      resize: How images of another size are brought to `input_size`; "none" refuses them.

    Raises:
      ValueError: The size is missing, or a setting is not possible.
    """

    def __init__(
        self,
        input_size: tuple[int, int] | None = None,
        channels: int = 3,
        resize: str = "none",
    ):
        if input_size is None:
            raise ValueError(
                "pixels.input_size is missing: write the (height, width) of the images, such as "
                "(32, 32), or a smaller one together with pixels.resize = 'pil_bicubic'."
            )
        if type(channels) is not int or channels not in _CHANNELS:
            raise ValueError(f"pixels.channels must be 1 or 3, received {channels!r}.")
        check_policy("pixels.resize", resize)
        self.name = "pixels"
        self.input_size = agreed_size("pixels.input_size", (None, None), input_size)
        self.channels = channels
        self.resize = resize
        self.feature_dim = self.input_size[0] * self.input_size[1] * channels
        text = f"{_DEFINITION}; {self.input_size}; {channels}"
        self.hash = hashlib.sha256(text.encode()).hexdigest()

    def forward(self, images: np.ndarray) -> tuple[np.ndarray, None]:
        """The images, flattened."""
        return images.reshape(len(images), -1), None
