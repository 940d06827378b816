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
from PIL import UnidentifiedImageError

from compare_gan.atomic_files import write_text_atomically
from compare_gan.data import cache, fitting
from compare_gan.data.digests import file_digest
from compare_gan.data.examples import ArrayExamples, Examples, FileExamples, decoding_threads
from compare_gan.data.folder_listing import FolderListing, ImageFile, list_folder
from compare_gan.data.registry import DataSettings, register_dataset
from compare_gan.data.sources import ImageSource

# More unreadable files than this fraction mean that something is wrong with the data set.
_MOST_UNREADABLE = 0.01
_NAMED = 10


class FolderSource(ImageSource):
    """The images below a folder (see `folder_listing` for the layouts).

    Files that cannot be decoded are named, counted and left out; more than one in a hundred of all
    files is an error. A split that fits into
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
        left_out = self._total - sum(self.num_examples(split) for split in self.splits)
        remarks = self._listing.remarks
        return (*remarks, f"{left_out} unreadable files left out") if left_out else remarks

    @property
    def fingerprint(self) -> str:
        files = {
            split: [[file.id, file.label, self._digests[file.id]] for file in files]
            for split, files in self._listing.splits.items()
        }
        return cache.fingerprint({"files": files} | self._preprocessing())

    def _preprocessing(self) -> dict[str, object]:
        return {"image_shape": self._image_shape, "policy": self._policy, "filter": "lanczos"}

    @property
    def _total(self) -> int:
        return sum(len(files) for files in self._listing.splits.values())

    @functools.cached_property
    def _digests(self) -> dict[str, str]:
        """A hash of each file's content, by its id; empty where it cannot be read."""
        root, files = self._listing.root, _all_files(self._listing)

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            digests = np.zeros(len(files), "S32")
            for index, digest in _for_each(
                lambda file: file_digest(root / file.id), files, "Reading images"
            ):
                digests[index] = b"" if isinstance(digest, OSError) else digest.encode()
            return {"digests": digests}

        digests = cache.cached_arrays("digests", _stamps(root, files), build)["digests"]
        return {file.id: digest.decode() for file, digest in zip(files, digests)}

    def num_examples(self, split: str) -> int:
        return self.examples(split).num_examples

    def examples(self, split: str, training: bool = False) -> Examples:
        self.check_split(split)
        return self._examined[split]

    @functools.cached_property
    def _examined(self) -> dict[str, Examples]:
        """The readable examples of all splits.

        Raises:
          ValueError: If more than one file in a hundred is unreadable, or a whole split is.
        """
        made, unreadable = {}, {}
        for split, files in self._listing.splits.items():
            fits = math.prod(self._image_shape) * len(files) <= self._settings.memory_limit
            arrays = self._decoded(files) if fits else self._checked(files)
            reasons = arrays["reasons"].tolist()
            bad = dict(zip(arrays["unreadable"].tolist(), reasons))
            unreadable |= {files[index].id: reason.decode() for index, reason in bad.items()}
            kept = tuple(file for index, file in enumerate(files) if index not in bad)
            if not kept:
                raise ValueError(
                    f"None of the {len(files)} images of the split {split!r} below "
                    f"{self._listing.root} can be read, for instance {files[0].id} "
                    f"({reasons[0].decode()}): replace them."
                )
            if fits:
                made[split] = ArrayExamples(arrays["images"], *_labels_and_ids(kept))
            else:
                made[split] = FileExamples(
                    functools.partial(self._load, kept), self._image_shape, *_labels_and_ids(kept)
                )
        self._report(unreadable)
        return made

    def _load(self, files: tuple[ImageFile, ...], index: int) -> np.ndarray:
        return self._decode(files[index])

    def _decode(self, file: ImageFile) -> np.ndarray:
        image = fitting.open_upright(self._listing.root / file.id)
        return fitting.fit_image(image, *self._image_shape, self._policy)

    def _contents(self, files: tuple[ImageFile, ...]) -> list[object]:
        return [[file.id, self._digests[file.id]] for file in files]

    def _decoded(self, files: tuple[ImageFile, ...]) -> dict[str, np.ndarray]:
        """The images of the readable files, and which files are not."""

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            images = workspace.array("images", np.uint8, (len(files), *self._image_shape))
            reasons = {}
            for index, image in _for_each(self._decode, files, "Decoding images"):
                if isinstance(image, OSError):
                    reasons[index] = _reason(image)
                else:
                    images[index] = image
            if reasons:
                images = np.delete(images, list(reasons), axis=0)
            return {"images": images} | _as_arrays(reasons)

        key = [self._contents(files), self._preprocessing()]
        return cache.cached_arrays("folder", key, build)

    def _checked(self, files: tuple[ImageFile, ...]) -> dict[str, np.ndarray]:
        """Which files are unreadable, found by decoding all of them once."""

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            check = functools.partial(_check, self._listing.root)
            return _as_arrays(
                {
                    index: _reason(error)
                    for index, error in _for_each(check, files, "Checking images")
                    if isinstance(error, OSError)
                }
            )

        return cache.cached_arrays("readable", self._contents(files), build)

    def _report(self, unreadable: dict[str, str]) -> None:
        """Names unreadable files with the reasons.

        Raises:
          ValueError: If they are more than one in a hundred of all files.
        """
        if not unreadable:
            return
        lines = [f"{name} ({reason})" for name, reason in unreadable.items()]
        listing = ", ".join(lines[:_NAMED])
        if len(lines) > _NAMED:
            listing += f", ...; all of them: {self._write_list(lines)}"
        message = (
            f"{len(lines)} of {self._total} images below {self._listing.root} are damaged or no "
            f"images: {listing}."
        )
        if len(lines) > _MOST_UNREADABLE * self._total:
            raise ValueError(f"{message} Replace them or move them out of the folder.")
        logging.warning("%s They are left out.", message)

    def _write_list(self, lines: list[str]) -> str:
        """Writes all lines into a file in the cache; returns its path, or else the lines."""
        path = cache.cache_directory() / f"unreadable-{self.fingerprint}.txt"
        try:
            write_text_atomically(path, "\n".join(lines) + "\n")
        except OSError:
            return ", ".join(lines)
        return str(path)


def _all_files(listing: FolderListing) -> tuple[ImageFile, ...]:
    return tuple(file for files in listing.splits.values() for file in files)


def _reason(error: OSError) -> str:
    """Says without a path why a file cannot be decoded."""
    if isinstance(error, UnidentifiedImageError):
        return "no image"
    return error.strerror or str(error.__cause__ or error)[:200]


def _as_arrays(reasons: dict[int, str]) -> dict[str, np.ndarray]:
    """Turns the reasons by the number of their files into arrays, sorted by number."""
    numbers = sorted(reasons)
    texts = [reasons[number].encode(errors="replace") for number in numbers]
    return {
        "unreadable": np.array(numbers, np.int64),
        "reasons": np.array(texts, "S") if texts else np.zeros([0], "S1"),
    }


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
    """What tells, without reading them, whether files are the same as in an earlier run."""
    return [str(root.resolve()), [[file.id, *file.stamp] for file in files]]


def _labels_and_ids(files: tuple[ImageFile, ...]) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array([file.label for file in files], np.int64)
    return labels, np.array([os.fsencode(file.id) for file in files], dtype="S")


def _common_size(listing: FolderListing) -> tuple[int, int]:
    """Finds the size that all images of a folder have.

    Raises:
      ValueError: If they differ, or none is an image.
    """
    files = _all_files(listing)

    def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
        sizes = np.zeros((len(files), 2), np.int64)
        size_of = functools.partial(_size, listing.root)
        for index, size in _for_each(size_of, files, "Looking at image sizes"):
            if not isinstance(size, OSError):
                sizes[index] = size
        return {"sizes": np.unique(sizes[sizes[:, 0] > 0], axis=0)}

    sizes = cache.cached_arrays("sizes", _stamps(listing.root, files), build)["sizes"]
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
    policy = crop or fitting.DEFAULT_POLICY
    fitting.check_policy(policy)
    channels = 3 if channels is None else channels
    fitting.check_channels(channels)
    listing = list_folder(location)
    size = _common_size(listing) if image_size is None else fitting.parse_size(image_size)
    return FolderSource(listing, settings, (*size, channels), policy)
