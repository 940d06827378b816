# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Writing images to files.

Files are written under a temporary name beside their place and then renamed, so that a reader never
sees half a file, even if the program is stopped.
"""

import os
import pathlib

import numpy as np
from PIL import Image

from compare_gan.atomic_files import write_atomically
from compare_gan.pictures.grid import check_images, to_uint8


def save_png(path: str | os.PathLike, image: np.ndarray) -> None:
    """Writes one image as a PNG file; folders are made where they are missing.

    Args:
      path: The file, ending with ".png".
      image: Floats in [0, 1] or uint8, [height, width, channels], 1 or 3 channels.

    Raises:
      ValueError: If the image's shape or values are wrong, or the path has another ending.
    """
    path = pathlib.Path(path)
    if path.suffix.casefold() != ".png":
        raise ValueError(f"A PNG file's name must end with '.png', but it is {path.name!r}.")
    image = check_images(image, dimensions=3)
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    write_atomically(path, lambda file: picture.save(file, "PNG"))


def save_images(
    folder: str | os.PathLike, images: np.ndarray, start: int = 0
) -> list[pathlib.Path]:
    """Writes images as `000000.png`, `000001.png`, ... into a folder, which is made if missing.

    Args:
      folder: The folder.
      images: Floats in [0, 1] or uint8, [n, height, width, channels], 1 or 3 channels.
      start: The first image's number, for images that come in several batches.

    Returns:
      The files' paths.

    Raises:
      ValueError: If the images' shape or values are wrong.
    """
    images = check_images(images, dimensions=4)
    paths = [pathlib.Path(folder) / f"{start + index:06d}.png" for index in range(len(images))]
    for path, image in zip(paths, images):
        save_png(path, image)
    return paths


def save_npz(path: str | os.PathLike, images: np.ndarray, labels: np.ndarray | None = None) -> None:
    """Writes images, and their labels if given, as a compressed NumPy archive.

    `np.load(path)["images"]` is uint8 [n, height, width, channels], `["labels"]` as given.

    Args:
      path: The file, ending with ".npz".
      images: Floats in [0, 1] or uint8, [n, height, width, channels], of any number of channels.
      labels: One for each image, or None.

    Raises:
      ValueError: If shapes or values are wrong, or the path has another ending.
    """
    path = pathlib.Path(path)
    if path.suffix.casefold() != ".npz":
        raise ValueError(f"A NumPy archive's name must end with '.npz', but it is {path.name!r}.")
    arrays = {"images": to_uint8(images)}
    if arrays["images"].ndim != 4:
        raise ValueError(
            "Images must have the shape [n, height, width, channels], but it is "
            f"{list(arrays['images'].shape)}."
        )
    if labels is not None:
        arrays["labels"] = np.asarray(labels)
        if len(arrays["labels"]) != len(arrays["images"]):
            raise ValueError(
                f"There are {len(arrays['images'])} images but {len(arrays['labels'])} labels."
            )
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))
