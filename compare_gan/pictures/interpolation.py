# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures of what a generator makes of the points between two others."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from compare_gan.pictures.annotations import LINE, MARGIN, rgb_tiles, text_width, write_line

_GAP = 2
_WIDEST_NAME = 160


def interpolation_grid(
    images: np.ndarray,
    title: str,
    left_names: Sequence[str] = (),
    right_names: Sequence[str] = (),
) -> np.ndarray:
    """Draws rows of images, each from one end to the other.

    Args:
      images: Floats in [0, 1] or uint8, [rows, columns, height, width, channels], any number of
        channels.
      title: Above the rows.
      left_names: What each row begins with, such as a class; nothing if empty.
      right_names: What each row ends with; nothing if empty.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If shapes or values are wrong.
    """
    images = np.asarray(images)
    if images.ndim != 5 or 0 in images.shape:
        raise ValueError(
            "An interpolation has the shape [rows, columns, height, width, channels], each at "
            f"least 1, but it is {list(images.shape)}."
        )
    rows, columns = images.shape[:2]
    for side, names in (("left", left_names), ("right", right_names)):
        if len(names) not in (0, rows):
            raise ValueError(f"There are {rows} rows but {len(names)} names on the {side}.")
    tiles = rgb_tiles(images.reshape(-1, *images.shape[2:]))
    # Rows stand further apart than the images of a row.
    height, width = tiles.shape[1] + MARGIN, tiles.shape[2] + _GAP
    margins = [
        MARGIN + (min(_WIDEST_NAME, max(map(text_width, names))) + MARGIN if len(names) else 0)
        for names in (left_names, right_names)
    ]
    row_width = columns * width - _GAP
    right = margins[0] + row_width
    header = MARGIN + LINE + MARGIN
    size = (
        max(right + margins[1], text_width(title) + 2 * MARGIN),
        header + rows * height,
    )
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    write_line(draw, (MARGIN, MARGIN + LINE / 2), title, size[0])
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        place = (margins[0] + column * width, header + row * height)
        picture.paste(Image.fromarray(tile), place)
    for row in range(rows):
        middle = header + row * height + tiles.shape[1] / 2
        if len(left_names):
            place = (margins[0] - MARGIN, middle)
            write_line(draw, place, left_names[row], _WIDEST_NAME, anchor="rm")
        if len(right_names):
            write_line(draw, (right + MARGIN, middle), right_names[row], _WIDEST_NAME)
    return np.asarray(picture)


def stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures one below the other on white: uint8 [sum of heights, greatest width, channels]."""
    width = max(picture.shape[1] for picture in pictures)
    return np.concatenate(
        [
            np.pad(picture, [(0, 0), (0, width - picture.shape[1]), (0, 0)], constant_values=255)
            for picture in pictures
        ]
    )
