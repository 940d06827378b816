# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A folder of image files as one side of a comparison."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compare_gan.comparison.sides import ImageSide, Labelled, evenly_spaced
from compare_gan.data.digests import file_digest
from compare_gan.data.examples import decoding_threads
from compare_gan.data.fitting import fit_image, open_upright
from compare_gan.data.folder_listing import EXTENSIONS

_NAMED = 3


class FolderSide(ImageSide):
    """All image files below a folder, in the order of their paths.

    Images in subfolders have the first folder's name as their class. Nothing is resized unless
    `image_size` is given, so all images must have one size; files that cannot be read are an error
    and are not left out, since a score says how many images it is of.

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
        self._paths = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.casefold() in EXTENSIONS and not _hidden(path.relative_to(folder))
        )
        if not self._paths:
            raise ValueError(
                f"The folder {folder} holds no images: there is no file ending with "
                f"{', '.join(EXTENSIONS)} in it or below it."
            )
        tops = [path.relative_to(folder).parts[:-1] for path in self._paths]
        names = sorted({top[0] for top in tops if top})
        self.class_names = tuple(names) if len(names) > 1 and all(tops) else ()
        index = {name: number for number, name in enumerate(self.class_names)}
        self._labels = np.array([index[top[0]] for top in tops]) if index else None
        self.count = len(self._paths)
        size = "" if image_size is None else f", fitted to {image_size}x{image_size}"
        self.description = f"folder {folder} ({self.count:,} images{size})"
        self.protocol = {"image_size": image_size}
        self._shape: tuple[int, ...] | None = None

    @property
    def fingerprint(self) -> str:
        """A digest of every file's name and content."""
        digests = decoding_threads().map(file_digest, self._paths)
        digest = hashlib.sha256()
        for path, content in zip(self._paths, digests, strict=True):
            digest.update(f"{path.relative_to(self._folder).as_posix()}\0{content}\n".encode())
        return digest.hexdigest()[:16]

    def batches(self, n: int, batch_size: int) -> Iterator[Labelled]:
        """See `ImageSide.batches`.

        Raises:
          ValueError: Files cannot be read, or have several sizes.
        """
        places = evenly_spaced(self.count, n)
        for first in range(0, n, batch_size):
            chosen = places[first : first + batch_size]
            images = list(decoding_threads().map(self._read, [self._paths[i] for i in chosen]))
            broken = [str(error) for error in images if isinstance(error, OSError)]
            if broken:
                more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
                raise ValueError(
                    f"Files of {self._folder} cannot be read as images: "
                    f"{'; '.join(broken[:_NAMED])}{more}. Repair or remove them."
                )
            self._check_shapes(images, chosen)
            labels = None if self._labels is None else self._labels[chosen]
            yield Labelled(np.stack(images), labels)

    def _read(self, path: Path) -> np.ndarray | OSError:
        try:
            image = open_upright(path)
        except OSError as error:
            return OSError(f"{path.name} ({error})")
        grey = image.mode in ("1", "L", "LA", "I;16")
        size = (image.height, image.width)
        if self._image_size is not None:
            size = (self._image_size, self._image_size)
        return fit_image(image, *size, 1 if grey else 3)

    def _check_shapes(self, images: list[np.ndarray], chosen: np.ndarray) -> None:
        for image, place in zip(images, chosen, strict=True):
            if self._shape is None:
                self._shape = image.shape
            if image.shape != self._shape:
                sizes = [_size(shape) for shape in (self._shape, image.shape)]
                raise ValueError(
                    f"The images of {self._folder} have several sizes or kinds: the first one is "
                    f"{sizes[0]}, {self._paths[place].name} is {sizes[1]}. Give --image_size to "
                    "fit them to one size; mixed grey and coloured files must be made one kind."
                )


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]}x{shape[1]} {'grey' if shape[2] == 1 else 'RGB'}"
