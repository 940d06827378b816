# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Pictures one after the other in an animated GIF."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from compare_gan.atomic_files import write_atomically
from compare_gan.pictures.annotations import INK, LINE, MARGIN, write_line
from compare_gan.pictures.grid import check_images

_COLOURS = 256
_NEARLY_WHITE = 8
# Enough to choose colours from, and few enough to look at in a moment.
_PALETTE_PIXELS = 500_000
# How much longer than the others the last frame stays.
_LAST = 8


def save_gif(
    path: str | os.PathLike[str],
    frames: Sequence[np.ndarray],
    captions: Sequence[str] | None = None,
    frame_ms: int = 200,
) -> None:
    """Writes an animated GIF that plays for ever; its last frame stays eight times as long.

    Grey frames keep every value. Frames with colours share one palette, chosen from all of them, so
    that what does not move does not flicker.

    Args:
      path: The file, ending with ".gif".
      frames: At least one, all of one shape: floats in [0, 1] or uint8, [height, width, channels],
        1 or 3 channels.
      captions: A line above each frame.
      frame_ms: How long a frame stays, in milliseconds; GIF counts in hundredths of a second.

    Raises:
      ValueError: If the frames' shape or values are wrong, or the path has another ending.
    """
    path = pathlib.Path(path)
    if path.suffix.casefold() != ".gif":
        raise ValueError(f"A GIF file's name must end with '.gif', but it is {path.name!r}.")
    shapes = {np.shape(frame) for frame in frames}
    if len(shapes) != 1:
        raise ValueError(
            f"Frames must be at least one and of one shape, but {len(frames)} have the shapes "
            f"{sorted(shapes)}."
        )
    if captions is not None and len(captions) != len(frames):
        raise ValueError(f"There are {len(frames)} frames but {len(captions)} captions.")
    if frame_ms < 10:
        raise ValueError(f"frame_ms must be at least 10, but it is {frame_ms}.")
    frames = [check_images(frame, dimensions=3) for frame in frames]
    grey = frames[0].shape[-1] == 1
    pictures = [_captioned(frame, captions and captions[i]) for i, frame in enumerate(frames)]
    if not grey:
        palette = _palette(pictures)
        # Dither would crawl over what stands still, and spoil the flat squares of enlarged pixels.
        pictures = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    durations = [frame_ms] * (len(frames) - 1) + [_LAST * frame_ms]
    write_atomically(
        path,
        lambda file: pictures[0].save(
            file,
            "GIF",
            save_all=True,
            append_images=pictures[1:],
            duration=durations,
            loop=0,
        ),
    )


def _captioned(frame: np.ndarray, caption: str | None) -> Image.Image:
    """The frame, below its caption if it has one."""
    picture = Image.fromarray(frame[:, :, 0] if frame.shape[-1] == 1 else frame)
    if caption is None:
        return picture
    height = LINE + MARGIN
    whole = Image.new(picture.mode, (picture.width, picture.height + height), "white")
    whole.paste(picture, (0, height))
    place = (MARGIN, height / 2)
    write_line(ImageDraw.Draw(whole), place, caption, whole.width - 2 * MARGIN)
    return whole


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """The colours that suit all pictures best, chosen from pixels evenly spread over them."""
    total = sum(picture.width * picture.height for picture in pictures)
    stride = max(1, total // _PALETTE_PIXELS)
    pixels = np.concatenate(
        [
            np.asarray(picture).reshape(-1, 3)[index % stride :: stride]
            for index, picture in enumerate(pictures)
        ]
    )
    chosen = Image.fromarray(pixels[None]).quantize(_COLOURS - 2, method=Image.Quantize.MEDIANCUT)
    colours = np.reshape(chosen.getpalette(), (-1, 3))[: _COLOURS - 2]
    # Medians would tint the background. Pillow finds the nearest colour only to a few values, so
    # white must have no neighbours either.
    colours[colours.min(axis=1) >= 255 - _NEARLY_WHITE] = 255
    palette = Image.new("P", (1, 1))
    palette.putpalette([*colours.ravel().tolist(), *ImageColor.getrgb(INK), 255, 255, 255])
    return palette
