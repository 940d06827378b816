# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Decoding image files of any kind, and fitting images of any size to one shape, with Pillow."""

import numbers
import os

import numpy as np
from PIL import Image, ImageOps

POLICIES = ("center_crop", "stretch", "pad")
DEFAULT_POLICY = "center_crop"

# Lanczos is antialiased when it shrinks an image, and sharp when it enlarges one.
_FILTER = Image.Resampling.LANCZOS
FILTER_NAME = _FILTER.name.casefold()
_WHITE = (255, 255, 255, 255)


def check_policy(policy: str) -> None:
    """Raises ValueError unless there is such a crop policy."""
    if policy not in POLICIES:
        allowed = ", ".join(POLICIES)
        raise ValueError(f"dataset.crop is {policy!r}, but it must be one of {allowed}.")


def parse_size(image_size: int | tuple[int, int] | list[int]) -> tuple[int, int]:
    """Reads `dataset.image_size`, one number for squares or (height, width).

    Raises:
      ValueError: If it is neither.
    """
    if isinstance(image_size, (tuple, list)):
        sizes = tuple(image_size)
    else:
        sizes = (image_size, image_size)
    if len(sizes) != 2 or not all(
        isinstance(size, numbers.Integral) and not isinstance(size, bool) and size > 0
        for size in sizes
    ):
        raise ValueError(
            f"dataset.image_size is {image_size!r}, but it must be a positive number of pixels, or "
            "a pair (height, width) of such numbers."
        )
    return sizes


def check_channels(channels: int) -> None:
    """Raises ValueError unless images can be decoded to so many channels."""
    if channels not in (1, 3):
        raise ValueError(f"dataset.channels is {channels!r}, but it must be 1 (grey) or 3 (RGB).")


def _to_mode(image: Image.Image, channels: int) -> Image.Image:
    """Converts an image of any mode to grey (1 channel) or RGB (3 channels), 8 bits each."""
    if image.mode.startswith("I"):
        # 16-bit grey; Pillow's own conversion would clip it at 255.
        values = np.asarray(image, np.float64) / 257.0
        image = Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        # What lies under transparent pixels is arbitrary, so they are laid on white paper.
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, _WHITE)
        image = Image.alpha_composite(paper, image)
    mode = "L" if channels == 1 else "RGB"
    return image if image.mode == mode else image.convert(mode)


def fit_image(
    image: Image.Image, height: int, width: int, channels: int, policy: str = DEFAULT_POLICY
) -> np.ndarray:
    """Fits an image to a shape.

    Args:
      image: A Pillow image of any mode and size.
      height: The wanted height.
      width: The wanted width.
      channels: 1 for grey, 3 for RGB.
      policy: "center_crop" resizes the image until it just covers the wanted area and cuts the
        middle out; "stretch" resizes it whatever its proportions; "pad" resizes it until it just
        fits inside and surrounds it with black. All resizing is by Lanczos, antialiased.

    Returns:
      uint8 [height, width, channels].
    """
    check_policy(policy)
    image = _to_mode(image, channels)
    if image.size != (width, height):
        if policy == "center_crop":
            image = ImageOps.fit(image, (width, height), _FILTER)
        elif policy == "pad":
            image = ImageOps.pad(image, (width, height), _FILTER)
        else:
            image = image.resize((width, height), _FILTER)
    return np.asarray(image, np.uint8).reshape(height, width, channels)


def fit_array(
    image: np.ndarray, height: int, width: int, channels: int, policy: str = DEFAULT_POLICY
) -> np.ndarray:
    """Like `fit_image`, for an image uint8 [h, w, c].

    One channel is grey, three are RGB and four RGBA, unless so many channels are wanted too: more
    than three, or two, are kept by fitting each of them for itself.
    """
    if channels == image.shape[2] and channels not in (1, 3):
        planes = [
            fit_image(Image.fromarray(image[:, :, channel]), height, width, 1, policy)
            for channel in range(channels)
        ]
        return np.concatenate(planes, axis=2)
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    return fit_image(picture, height, width, channels, policy)


def open_upright(path: str | os.PathLike) -> Image.Image:
    """Opens and decodes an image file: its first frame, turned as its EXIF orientation says.

    Raises:
      OSError: If the file is no image or is damaged; other errors of Pillow become OSErrors too.
    """
    try:
        with Image.open(path) as image:
            image.load()
            return ImageOps.exif_transpose(image)
    except OSError:
        raise
    except Exception as error:
        # Damaged files raise SyntaxError, ValueError, EOFError and others, by the format.
        raise OSError(f"{path}: {error}") from error


def upright_size(path: str | os.PathLike) -> tuple[int, int]:
    """Reads (height, width) from a file's header, as the image is after `open_upright`.

    Raises:
      OSError: If the file is no image.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{path}: {error}") from error
    return (width, height) if turned else (height, width)
