# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What pictures with words on them share: colours, a font, and images made ready to stand between.

The colours are those of Okabe and Ito, "Color Universal Design", 2008, which colour-blind people
can tell apart. Right and wrong are never told by colour alone.
"""

import functools
import math
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from compare_gan.pictures.grid import check_images, visible_channels

# Yellow is left out, since it can hardly be seen on white, and black, which is for words.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
RIGHT, WRONG = COLOURS[:2]
RIGHT_MARK, WRONG_MARK = "✓", "✗"
INK = "#222222"
TEXT_SIZE = 15
LINE = round(1.4 * TEXT_SIZE)
MARGIN = 6
TILE = 64


@functools.lru_cache
def font(size: int = TEXT_SIZE) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib and has most alphabets, in pixels."""
    return ImageFont.truetype(
        Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size
    )


def text_width(text: str, size: int = TEXT_SIZE) -> int:
    """How many pixels a line takes."""
    return math.ceil(font(size).getlength(text))


def write_line(
    draw: ImageDraw.ImageDraw,
    position: tuple[float, float],
    text: str,
    width: float,
    anchor: str = "lm",
    colour: str = INK,
) -> None:
    """Writes one line, shortened with "…" to `width` pixels.

    Args:
      draw: What to draw on.
      position: The point (x, y) that `anchor` refers to.
      text: The words; line breaks become spaces.
      width: The most pixels it may take.
      anchor: Pillow's anchor, such as "lm": left, middle.
      colour: Any colour that Pillow knows.
    """
    text = " ".join(str(text).split())
    if text_width(text) > width:
        while text and text_width(text + "…") > width:
            text = text[:-1]
        text += "…"
    draw.text(position, text, fill=colour, font=font(), anchor=anchor)


def class_name(index: int, names: tuple[str, ...] | list[str]) -> str:
    """The name of a class, or its number where it has none."""
    return str(names[index]) if index < len(names) else str(index)


def rgb_tiles(images: np.ndarray, side: int = TILE) -> np.ndarray:
    """Images as they can stand beside one another in a picture with words.

    Small ones are enlarged by the smallest whole factor that makes the shorter side at least
    `side`, without smoothing, so that their pixels show; large ones are reduced by averages over
    the largest whole factor that leaves at least as much.

    Args:
      images: Floats in [0, 1] or uint8, [n, height, width, channels] with any number of channels;
        of two, the first is shown, of four or more, the first three.
      side: In pixels.

    Returns:
      uint8 [n, tile height, tile width, 3].

    Raises:
      ValueError: If the images' shape or values are wrong.
    """
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[-1]:
        images = visible_channels(images)
    images = check_images(images, dimensions=4)
    if images.shape[-1] == 1:
        images = images.repeat(3, axis=-1)
    shorter = min(images.shape[1:3])
    if shorter < side:
        factor = math.ceil(side / shorter)
        return images.repeat(factor, axis=1).repeat(factor, axis=2)
    factor = shorter // side
    if factor == 1 or not len(images):
        return images
    return np.stack([np.asarray(Image.fromarray(image).reduce(factor)) for image in images])


def framed(tiles: np.ndarray, colour: str, width: int = 4) -> np.ndarray:
    """One tile with a frame around it: uint8 [height + 2 width, width + 2 width, 3]."""
    height, breadth = tiles.shape[:2]
    picture = Image.new("RGB", (breadth + 2 * width, height + 2 * width), colour)
    picture.paste(Image.fromarray(tiles), (width, width))
    return np.asarray(picture)
