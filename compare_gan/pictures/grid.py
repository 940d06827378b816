# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Many images in one picture, for people to look at."""

import math

import numpy as np

_WHITE = 255
# What rounding may add to a value that should be 0 or 1.
_TOLERANCE = 1e-6


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Turns images with values in [0, 1] into uint8; uint8 images are left as they are.

    Formula: round(255 x).

    Args:
      images: Floats in [0, 1] or uint8, any shape; anything that `np.asarray` understands.

    Returns:
      uint8 of the same shape.

    Raises:
      ValueError: If there are NaNs or infinities, values outside of [0, 1], or another type.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    # bfloat16 is no NumPy float, but it converts to one.
    if images.dtype.kind not in "fV" or images.dtype.names is not None:
        raise ValueError(
            f"Images must be uint8 or floats in [0, 1], but their type is {images.dtype}."
        )
    images = images.astype(np.float32)
    if not np.isfinite(images).all():
        broken = np.count_nonzero(~np.isfinite(images))
        raise ValueError(
            f"Images must be finite, but {broken} of {images.size} values are NaN or infinite."
        )
    if images.size and not -_TOLERANCE <= images.min() <= images.max() <= 1.0 + _TOLERANCE:
        raise ValueError(
            f"Images must have values in [0, 1], but they lie in [{images.min():g}, "
            f"{images.max():g}]: scale them first (values in [-1, 1] by 0.5 * x + 0.5)."
        )
    return np.round(np.clip(images, 0.0, 1.0) * 255.0).astype(np.uint8)


def check_images(images: np.ndarray, dimensions: int) -> np.ndarray:
    """Turns images into uint8 and checks their shape.

    Args:
      images: [height, width, channels] or, with 4 dimensions, [n, height, width, channels].
      dimensions: 3 or 4.

    Raises:
      ValueError: If the shape is another, or there are neither 1 nor 3 channels.
    """
    images = to_uint8(images)
    layout = "[n, height, width, channels]" if dimensions == 4 else "[height, width, channels]"
    if images.ndim != dimensions or images.shape[-1] not in (1, 3) or 0 in images.shape[-3:]:
        raise ValueError(
            f"Images must have the shape {layout} with 1 channel (grey) or 3 channels (RGB), but "
            f"it is {list(images.shape)}."
        )
    return images


def visible_channels(images: np.ndarray) -> np.ndarray:
    """What can be shown of images with any number of channels: the first three, or the first."""
    return images[..., :3] if images.shape[-1] >= 3 else images[..., :1]


def image_grid(
    images: np.ndarray, columns: int | None = None, margin: int = 2, minimum_tile: int = 64
) -> np.ndarray:
    """Lays images out in rows on a white background.

    Small images are enlarged by a whole factor without smoothing, so that their pixels show.

    Args:
      images: Floats in [0, 1] or uint8, [n, height, width, channels], 1 or 3 channels, n >= 1.
      columns: Images in a row; by default as many as make the grid nearly square. The last row is
        filled with background.
      margin: Pixels between the images and around them.
      minimum_tile: The smallest factor is taken that makes the shorter side at least this long.

    Returns:
      uint8 [picture height, picture width, channels].

    Raises:
      ValueError: If there are no images, their shape or values are wrong, or a number is.
    """
    images = check_images(images, dimensions=4)
    count, height, width, channels = images.shape
    if count == 0:
        raise ValueError("A grid needs at least one image, but there are none.")
    if columns is None:
        columns = math.ceil(math.sqrt(count))
    for name, value, smallest in (
        ("columns", columns, 1),
        ("margin", margin, 0),
        ("minimum_tile", minimum_tile, 1),
    ):
        if value < smallest:
            raise ValueError(f"{name} must be at least {smallest}, but it is {value}.")
    factor = math.ceil(minimum_tile / min(height, width))
    images = images.repeat(factor, axis=1).repeat(factor, axis=2)
    height, width = height * factor, width * factor
    rows = math.ceil(count / columns)
    grid = np.full(
        (
            rows * (height + margin) + margin,
            columns * (width + margin) + margin,
            channels,
        ),
        _WHITE,
        np.uint8,
    )
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        top = margin + row * (height + margin)
        left = margin + column * (width + margin)
        grid[top : top + height, left : left + width] = image
    return grid
