# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""A folder of image files as a data set: `dataset.name = "folder:PATH"`."""

import functools
import math
import os
import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import tqdm
from absl import logging

from compare_gan.data import cache, fitting
from compare_gan.data.examples import ArrayExamples, Examples, FileExamples, decoding_threads
from compare_gan.data.folder_listing import FolderListing, ImageFile, list_folder
from compare_gan.data.registry import DataSettings, register_dataset
from compare_gan.data.sources import ImageSource

# More unreadable files than this fraction mean that something is wrong with the data set.
_MOST_UNREADABLE = 0.01
_NAMED = 10


class FolderSource(ImageSource):
    """The images below a folder (see `folder_listing` for the layouts).

    Files that cannot be decoded are named, counted and left out. A split that fits into
    `settings.memory_limit` is decoded once, kept on disk for the next run, and held in memory; of a
    larger one each image is decoded whenever it is read.

    Args:
      listing: The files.
      settings: How they are read.
      image_shape: The shape all images get.
      policy: How they get it (see `fitting.fit_image`).
    """

    def __init__(
        self,
        listing: FolderListing,
        settings: DataSettings,
        image_shape: tuple[int, int, int],
        policy: str,
    ):
        self.name = f"folder:{listing.root}"
        self.eval_split = listing.eval_split
        self._listing = listing
        self._settings = settings
        self._image_shape = image_shape
        self._policy = policy
        self._made: dict[str, Examples] = {}

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    @property
    def num_classes(self) -> int:
        return len(self._listing.class_names)

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._listing.class_names

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._listing.splits)

    @property
    def remarks(self) -> tuple[str, ...]:
        total = sum(len(files) for files in self._listing.splits.values())
        unreadable = total - sum(self.num_examples(split) for split in self.splits)
        remarks = self._listing.remarks
        return (*remarks, f"{unreadable} unreadable files left out") if unreadable else remarks

    @property
    def fingerprint(self) -> str:
        files = {
            split: [[file.id, file.label, file.size] for file in files]
            for split, files in self._listing.splits.items()
        }
        return cache.fingerprint({"files": files} | self._preprocessing())

    def _preprocessing(self) -> dict[str, object]:
        return {"image_shape": self._image_shape, "policy": self._policy, "filter": "lanczos"}

    def num_examples(self, split: str) -> int:
        return self.examples(split).num_examples

    def examples(self, split: str, training: bool = False) -> Examples:
        self.check_split(split)
        if split not in self._made:
            files = self._listing.splits[split]
            fits = math.prod(self._image_shape) * len(files) <= self._settings.memory_limit
            self._made[split] = self._in_memory(files) if fits else self._on_the_fly(files)
        return self._made[split]

    def _decode(self, file: ImageFile) -> np.ndarray:
        image = fitting.open_upright(self._listing.root / file.id)
        return fitting.fit_image(image, *self._image_shape, self._policy)

    def _in_memory(self, files: tuple[ImageFile, ...]) -> ArrayExamples:
        def build(folder: pathlib.Path) -> dict[str, np.ndarray]:
            shape = (len(files), *self._image_shape)
            images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, shape)
            readable = np.ones(len(files), bool)
            for index, image in _for_each(self._decode, files, "Decoding images"):
                if isinstance(image, OSError):
                    readable[index] = False
                else:
                    images[index] = image
            arrays = {"readable": readable}
            # Arrays of the readable files alone; nothing is copied where that is all of them.
            return arrays | {"images": images if readable.all() else images[readable]}

        key = [*_stamps(self._listing.root, files), self._preprocessing()]
        arrays = cache.cached_arrays("folder", key, build)
        kept = self._readable(files, arrays["readable"])
        return ArrayExamples(arrays["images"], *_labels_and_ids(kept))

    def _on_the_fly(self, files: tuple[ImageFile, ...]) -> FileExamples:
        def build(folder: pathlib.Path) -> dict[str, np.ndarray]:
            readable = np.ones(len(files), bool)
            check = functools.partial(_check, self._listing.root)
            for index, error in _for_each(check, files, "Checking images"):
                readable[index] = not isinstance(error, OSError)
            return {"readable": readable}

        key = _stamps(self._listing.root, files)
        kept = self._readable(files, cache.cached_arrays("readable", key, build)["readable"])
        return FileExamples(
            lambda index: self._decode(kept[index]), self._image_shape, *_labels_and_ids(kept)
        )

    def _readable(
        self, files: tuple[ImageFile, ...], readable: np.ndarray
    ) -> tuple[ImageFile, ...]:
        """Names the unreadable files and returns the others.

        Raises:
          ValueError: If more than one in a hundred is unreadable.
        """
        bad = [file.id for file, good in zip(files, readable) if not good]
        if bad:
            names = ", ".join(bad[:_NAMED]) + (", ..." if len(bad) > _NAMED else "")
            message = (
                f"{len(bad)} of {len(files)} images below {self._listing.root} are damaged or no "
                f"images: {names}."
            )
            if len(bad) > _MOST_UNREADABLE * len(files):
                raise ValueError(f"{message} Replace them or move them out of the folder.")
            logging.warning("%s They are left out.", message)
        return tuple(file for file, good in zip(files, readable) if good)


def _check(root: pathlib.Path, file: ImageFile) -> None:
    fitting.open_upright(root / file.id)


def _for_each(
    function: Callable[[ImageFile], object], files: tuple[ImageFile, ...], what: str
) -> Iterator[tuple[int, object]]:
    """Runs a function for all files in threads; yields each index with the result or OSError."""

    def run(index: int) -> tuple[int, object]:
        try:
            return index, function(files[index])
        except OSError as error:
            return index, error

    # Handed out in portions, so that results do not pile up in memory.
    portion = 256
    with tqdm.tqdm(total=len(files), desc=what, unit="image", delay=3, leave=False) as bar:
        for start in range(0, len(files), portion):
            indices = range(start, min(start + portion, len(files)))
            for result in decoding_threads().map(run, indices):
                yield result
                bar.update()


def _stamps(root: pathlib.Path, files: tuple[ImageFile, ...]) -> list[object]:
    """What tells whether files are the same as in an earlier run."""
    return [str(root.resolve()), [[file.id, file.size, file.mtime] for file in files]]


def _labels_and_ids(files: tuple[ImageFile, ...]) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array([file.label for file in files], np.int64)
    return labels, np.array([os.fsencode(file.id) for file in files], dtype="S")


def _common_size(listing: FolderListing) -> tuple[int, int]:
    """Finds the size that all images of a folder have.

    Raises:
      ValueError: If they differ, or none is an image.
    """
    files = tuple(file for files in listing.splits.values() for file in files)

    def build(folder: pathlib.Path) -> dict[str, np.ndarray]:
        sizes = np.zeros((len(files), 2), np.int64)
        size_of = functools.partial(_size, listing.root)
        for index, size in _for_each(size_of, files, "Looking at image sizes"):
            if not isinstance(size, OSError):
                sizes[index] = size
        return {"sizes": np.unique(sizes[sizes[:, 0] > 0], axis=0)}

    key = ["sizes", *_stamps(listing.root, files)]
    sizes = cache.cached_arrays("sizes", key, build)["sizes"]
    if not len(sizes):
        raise ValueError(
            f"None of the {len(files)} files below {listing.root} that should be images is one, "
            f"for instance {files[0].id}."
        )
    if len(sizes) > 1:
        smallest, largest = sizes.min(axis=0), sizes.max(axis=0)
        raise ValueError(
            f"The images below {listing.root} differ in size (heights {smallest[0]} to "
            f"{largest[0]}, widths {smallest[1]} to {largest[1]}): set dataset.image_size, for "
            "instance to 64, and dataset.crop if they should not be cropped in the middle."
        )
    return int(sizes[0, 0]), int(sizes[0, 1])


def _size(root: pathlib.Path, file: ImageFile) -> tuple[int, int]:
    return fitting.upright_size(root / file.id)


@register_dataset("folder:")
def folder_dataset(
    settings: DataSettings,
    location: str,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    crop: str | None = None,
) -> FolderSource:
    """The images below a folder.

    Args:
      settings: How they are read.
      location: The folder's path.
      image_size: Pixels, one number for squares or (height, width); by default the images' own
        size, if they all have the same.
      channels: 3 for RGB, the default, or 1 for grey.
      crop: How images are fitted to `image_size` (see `fitting.fit_image`).
    """
    listing = list_folder(location)
    policy = crop or fitting.DEFAULT_POLICY
    fitting.check_policy(policy)
    channels = 3 if channels is None else channels
    fitting.check_channels(channels)
    size = _common_size(listing) if image_size is None else fitting.parse_size(image_size)
    return FolderSource(listing, settings, (*size, channels), policy)
