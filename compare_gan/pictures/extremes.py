# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The images of each class that a classifier is most sure of, and those it is least sure of."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from compare_gan.pictures.annotations import (
    INK,
    LINE,
    MARGIN,
    RIGHT,
    RIGHT_MARK,
    WRONG,
    WRONG_MARK,
    class_name,
    framed,
    rgb_tiles,
    text_width,
    write_line,
)

_WIDEST_NAME = 160
_GAP = 28
_HEADERS = ("most confident", "least confident")


def select_extremes(
    labels: np.ndarray, confidences: np.ndarray, label: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which examples of a class have the highest and which the lowest confidence.

    No example is among both: a class of m < 2 count examples is parted in two, the larger half
    being the most confident. Of equal ones the first goes before.

    Args:
      labels: int [n], what was predicted.
      confidences: Floats [n].
      label: The class.
      count: How many on either side, at most.

    Returns:
      The positions of the most confident, beginning with the very most, and those of the least
      confident, ending with the very least.
    """
    members = np.flatnonzero(np.asarray(labels) == label)
    order = members[np.argsort(-np.asarray(confidences)[members], kind="stable")]
    most = min(count, (len(order) + 1) // 2)
    least = min(count, len(order) - most)
    return order[:most], order[len(order) - least :]


def confidence_extremes(
    images: np.ndarray,
    labels: np.ndarray,
    confidences: np.ndarray,
    class_names: Sequence[str],
    right: np.ndarray | None = None,
    per_class: int = 5,
    most_classes: int = 20,
) -> np.ndarray:
    """Draws the most and, after a gap, the least confident images of each class, a row a class.

    Under each image stands its confidence, and where the truth is known, a tick or a cross.

    Args:
      images: Floats in [0, 1] or uint8, [n, height, width, channels], any number of channels.
      labels: int [n], the predicted classes.
      confidences: Floats [n] in [0, 1].
      class_names: One for each class.
      right: bool [n], which predictions are right; None if the truth is unknown.
      per_class: How many images on either side.
      most_classes: If there are more classes, so many of them are drawn, evenly spread.

    Returns:
      uint8 [picture height, picture width, 3].

    Raises:
      ValueError: If there are no images, or shapes or values are wrong.
    """
    if not len(images):
        raise ValueError("The extremes of confidence need at least one image, but there are none.")
    labels, confidences = np.asarray(labels), np.asarray(confidences, np.float64)
    given = {"labels": labels, "confidences": confidences}
    if right is not None:
        given["right"] = right = np.asarray(right)
    for name, values in given.items():
        if values.shape != (len(images),):
            raise ValueError(
                f"There are {len(images)} images, but {name} has the shape {list(values.shape)}."
            )
    if not np.isfinite(confidences).all():
        broken = np.count_nonzero(~np.isfinite(confidences))
        raise ValueError(f"Confidences must be finite, but {broken} are NaN or infinite.")
    for name, value in (
        ("len(class_names)", len(class_names)),
        ("per_class", per_class),
        ("most_classes", most_classes),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, but it is {value}.")

    shown = range(len(class_names))
    if len(class_names) > most_classes:
        shown = np.linspace(0, len(class_names) - 1, most_classes).round().astype(int)
    chosen = [select_extremes(labels, confidences, label, per_class) for label in shown]

    # Every cell is a framed tile with a line of words under it.
    probe = framed(rgb_tiles(np.asarray(images[:1]))[0], "white")
    cell_height, cell_width = probe.shape[0] + LINE, max(probe.shape[1], text_width("0.000 ✗"))
    names = [class_name(label, class_names) for label in shown]
    name_width = min(_WIDEST_NAME, max(map(text_width, names)))
    lefts = MARGIN + name_width + MARGIN
    lefts = (lefts, lefts + per_class * (cell_width + MARGIN) + _GAP)
    # Headers must fit above a single image too.
    width = lefts[1] + max(per_class * (cell_width + MARGIN), text_width(_HEADERS[1]) + MARGIN)
    header = MARGIN + LINE
    row_height = cell_height + MARGIN
    picture = Image.new("RGB", (width, header + len(names) * row_height + MARGIN), "white")
    draw = ImageDraw.Draw(picture)
    for left, text, end in zip(lefts, _HEADERS, (lefts[1] - _GAP, width)):
        write_line(draw, (left, MARGIN + LINE / 2), text, end - left)
    middle = lefts[1] - (_GAP + MARGIN) / 2
    draw.line([(middle, header), (middle, picture.height - MARGIN)], fill="#BBBBBB", width=2)
    for row, (name, sides) in enumerate(zip(names, chosen)):
        top = header + row * row_height + MARGIN
        write_line(
            draw, (MARGIN + name_width, top + probe.shape[0] / 2), name, name_width, anchor="rm"
        )
        for left, positions in zip(lefts, sides):
            for column, position in enumerate(positions):
                _draw_cell(
                    picture,
                    (left + column * (cell_width + MARGIN), top),
                    cell_width,
                    rgb_tiles(np.asarray(images[position])[None])[0],
                    confidences[position],
                    None if right is None else bool(right[position]),
                )
    return np.asarray(picture)


def _draw_cell(
    picture: Image.Image,
    corner: tuple[int, int],
    cell_width: int,
    tile: np.ndarray,
    confidence: float,
    right: bool | None,
) -> None:
    colour = {None: "white", True: RIGHT, False: WRONG}[right]
    tile = framed(tile, colour)
    left, top = corner
    picture.paste(Image.fromarray(tile), (left + (cell_width - tile.shape[1]) // 2, top))
    mark = {None: "", True: " " + RIGHT_MARK, False: " " + WRONG_MARK}[right]
    write_line(
        ImageDraw.Draw(picture),
        (left + cell_width / 2, top + tile.shape[0] + LINE / 2),
        f"{confidence:.3f}{mark}",
        cell_width + MARGIN,
        anchor="mm",
        colour=INK if right is None else colour,
    )
