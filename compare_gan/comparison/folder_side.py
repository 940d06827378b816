# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A folder of image files as one side of a comparison."""

import functools
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from compare_gan.comparison.sides import ImageSide, Labelled
from compare_gan.data.digests import file_digest
from compare_gan.data.examples import decoding_threads
from compare_gan.data.fitting import (
    DEFAULT_POLICY,
    FILTER_NAME,
    fit_image,
    open_upright,
    upright_size,
)
from compare_gan.data.folder_listing import EXTENSIONS, folder_classes, walk_images
from compare_gan.metrics.image_sets import even_places

_NAMED = 3


class FolderSide(ImageSide):
    """All image files below a folder, in the order of their paths.

    Images in several subfolders have the first folder's name as their class. Nothing is resized
    unless `image_size` is given, so all images must have one size. They are RGB unless all of them
    are grey. Files that cannot be read are an error and are not left out, since a score says how
    many images it is of; files of other kinds are left out, which `warnings` tells.

    Args:
      folder: The folder.
      image_size: Fit images to a square of so many pixels, cropped at the centre; None takes them
        as they are.

    Raises:
      ValueError: There is no image in it, or images lie inside and outside of subfolders.
    """

    def __init__(self, folder: Path, image_size: int | None = None):
        self._folder = folder
        self._image_size = image_size
        files, skipped = walk_images(folder)
        if not files:
            raise ValueError(
                f"The folder {folder} holds no images: there is no file ending with "
                f"{', '.join(EXTENSIONS)} in it or below it."
            )
        self._ids = [name for name, _ in files]
        self._paths = [folder / name for name in self._ids]
        names = folder_classes(folder, {name: name for name in self._ids})
        self.class_names = names if len(names) > 1 else ()
        index = {name: number for number, name in enumerate(self.class_names)}
        tops = [name.partition("/")[0] for name in self._ids]
        self._labels = np.array([index[top] for top in tops]) if index else None
        self.count = len(self._paths)
        size = "" if image_size is None else f", fitted to {image_size}x{image_size}"
        others = f", {skipped:,} other files skipped" if skipped else ""
        self.description = f"folder {folder} ({self.count:,} images{size}{others})"
        self.protocol = {"image_size": image_size, "skipped_files": skipped}
        if image_size is not None:
            self.protocol |= {"crop": DEFAULT_POLICY, "filter": FILTER_NAME}
        if skipped:
            self.warnings = (
                f"{skipped:,} files of {folder} were skipped, since they do not end with "
                f"{', '.join(EXTENSIONS)}",
            )

    @functools.cached_property
    def image_shape(self) -> tuple[int, int, int]:
        """See `ImageSide.image_shape`: by the files' headers, the first one's where sizes differ.

        Raises:
          ValueError: The first file cannot be read.
        """
        if self._image_size is not None:
            return self._image_size, self._image_size, self._channels
        try:
            return *upright_size(self._paths[0]), self._channels
        except OSError as error:
            raise ValueError(_unreadable(self._folder, [f"{self._ids[0]} ({error})"])) from error

    @functools.cached_property
    def _channels(self) -> int:
        return 1 if all(map(_is_grey, self._paths)) else 3

    def fingerprint(self, n: int) -> str:
        """A digest of the names and contents of the files that are used, and of their number."""
        places = even_places(self.count, n)
        contents = decoding_threads().map(file_digest, [self._paths[i] for i in places])
        digest = hashlib.sha256(f"{self.count}\n".encode())
        for place, content in zip(places, contents, strict=True):
            digest.update(os.fsencode(f"{self._ids[place]}\0{content}\n"))
        return digest.hexdigest()[:16]

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`.

        Raises:
          ValueError: Files cannot be read, or have several sizes.
        """
        places = even_places(self.count, n)
        for first in range(0, n, batch_size):
            chosen = places[first : first + batch_size]
            images = list(decoding_threads().map(self._read, [self._paths[i] for i in chosen]))
            broken = [str(error) for error in images if isinstance(error, OSError)]
            if broken:
                raise ValueError(_unreadable(self._folder, broken))
            self._check_shapes(images, chosen)
            labels = None if self._labels is None else self._labels[chosen]
            yield Labelled(np.stack(images), labels)

    def _read(self, path: Path) -> np.ndarray | OSError:
        try:
            image = open_upright(path)
        except OSError as error:
            return OSError(f"{path.name} ({error})")
        size = (image.height, image.width)
        if self._image_size is not None:
            size = (self._image_size, self._image_size)
        return fit_image(image, *size, self._channels, DEFAULT_POLICY)

    def _check_shapes(self, images: list[np.ndarray], chosen: np.ndarray) -> None:
        for image, place in zip(images, chosen, strict=True):
            if image.shape != self.image_shape:
                sizes = [f"{shape[0]}x{shape[1]}" for shape in (self.image_shape, image.shape)]
                raise ValueError(
                    f"The images of {self._folder} have several sizes: the first one is "
                    f"{sizes[0]}, {self._ids[place]} is {sizes[1]}. Give --image_size to fit them "
                    "to one size."
                )


def _is_grey(path: Path) -> bool:
    """What the header says; a file that cannot be read has no say."""
    try:
        with Image.open(path) as image:
            return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")
    except Exception:  # Pillow has many for damaged files, and reading them tells
        return True


def _unreadable(folder: Path, broken: list[str]) -> str:
    more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
    return (
        f"Files of {folder} cannot be read as images: {'; '.join(broken[:_NAMED])}{more}. Repair "
        "or remove them."
    )
