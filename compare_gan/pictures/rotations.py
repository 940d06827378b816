# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The rotation pretext task: images turned by four angles, and by how much a network thinks they
are.
"""

import numpy as np
from PIL import Image, ImageDraw

from compare_gan.pictures.annotations import (
    LINE,
    MARGIN,
    RIGHT,
    RIGHT_MARK,
    WRONG,
    WRONG_MARK,
    framed,
    rgb_tiles,
    text_width,
    write_line,
)

_ANGLES = 4


def rotation_predictions(images: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Draws images in all four rotations, a row an angle, with the angle that was predicted.

    Right predictions have a blue frame and a tick, wrong ones an orange frame and a cross.

    Args:
      images: Upright, floats in [0, 1] or uint8, [n, size, size, channels], any number of channels.
      predicted: int [4, n], the number of quarter turns predicted for image i turned k times, in
        row k; counter-clockwise as in `numpy.rot90`.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no images, or shapes or values are wrong.
    """
    tiles = rgb_tiles(images)
    count, height, width, _ = tiles.shape
    if not count or height != width:
        raise ValueError(
            "The rotation pretext is drawn for at least one square image, received images of shape "
            f"{list(np.shape(images))}."
        )
    predicted = np.asarray(predicted)
    if predicted.shape != (_ANGLES, count) or predicted.dtype.kind not in "iu":
        raise ValueError(
            f"Predictions must be whole numbers [4, {count}], received {predicted.dtype} "
            f"{list(predicted.shape)}."
        )
    if predicted.min() < 0 or predicted.max() >= _ANGLES:
        raise ValueError(
            f"Predictions must be quarter turns in 0 … 3, but they lie in {predicted.min()} … "
            f"{predicted.max()}."
        )
    frame = framed(tiles[0], "white").shape[0]
    cell_width = max(frame, text_width("270° ✗"))
    turned_by = [f"turned by {90 * angle}°" for angle in range(_ANGLES)]
    left = MARGIN + max(map(text_width, turned_by)) + 2 * MARGIN
    row_height = frame + LINE + MARGIN
    right = predicted == np.arange(_ANGLES)[:, None]
    title = f"{np.count_nonzero(right)} of {right.size} angles predicted right"
    header = MARGIN + LINE
    size = (
        left + max(count * (cell_width + MARGIN), text_width(title) - left + 2 * MARGIN),
        header + _ANGLES * row_height + MARGIN,
    )
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    write_line(draw, (MARGIN, MARGIN + LINE / 2), title, size[0])
    for angle in range(_ANGLES):
        top = header + angle * row_height + MARGIN
        write_line(draw, (MARGIN, top + frame / 2), turned_by[angle], left)
        for column in range(count):
            colour = RIGHT if right[angle, column] else WRONG
            mark = RIGHT_MARK if right[angle, column] else WRONG_MARK
            x = left + column * (cell_width + MARGIN)
            tile = framed(np.rot90(tiles[column], angle), colour)
            picture.paste(Image.fromarray(tile), (x + (cell_width - frame) // 2, top))
            write_line(
                draw,
                (x + cell_width / 2, top + frame + LINE / 2),
                f"{90 * predicted[angle, column]}° {mark}",
                cell_width + MARGIN,
                anchor="mm",
                colour=colour,
            )
    return np.asarray(picture)
