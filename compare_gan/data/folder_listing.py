# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which images a folder holds: splits, classes and ids from its layout, without opening a file."""

import dataclasses
import hashlib
import os
import pathlib

from absl import logging

from compare_gan.data.sources import MissingDataError

EXTENSIONS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp")
# What people call the folders of splits, and what we call the splits.
_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
EVAL_FRACTION = 0.1


@dataclasses.dataclass(frozen=True)
class ImageFile:
    """An image file, as its folder lists it.

    Attributes:
      id: The path relative to the root, with slashes.
      label: The number of its class, -1 where there are no classes.
      stamp: Size, time of the last change of the content, and of anything about the file (which
        copying and unpacking cannot set back): while it stays, so does the content.
    """

    id: str
    label: int
    stamp: tuple[int, int, int]


@dataclasses.dataclass(frozen=True)
class FolderListing:
    """What `list_folder` found.

    Attributes:
      root: The folder.
      splits: The files of each split, sorted by id, the training split first.
      class_names: The classes, sorted; empty where there are none.
      remarks: What a person should know, one clause each.
    """

    root: pathlib.Path
    splits: dict[str, tuple[ImageFile, ...]]
    class_names: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def eval_split(self) -> str:
        """The split to evaluate on."""
        return "test" if "test" in self.splits else "validation"


def walk_images(root: pathlib.Path) -> tuple[list[tuple[str, os.stat_result]], int]:
    """Lists all images below a folder by their relative paths, and counts the other files.

    Links to folders are followed; hidden files and folders are left out.

    Raises:
      ValueError: If a file or folder cannot be read, for one because it is a link that leads
        nowhere; or a link leads back to a folder around it, where all images would come again.
    """
    images, others = [], 0
    for folder, subfolders, files in os.walk(root, onerror=_refuse, followlinks=True):
        # Hidden folders, and what macOS puts into archives, hold no images of the data set.
        subfolders[:] = [
            name for name in subfolders if not name.startswith(".") and name != "__MACOSX"
        ]
        around = os.path.realpath(folder)
        for name in subfolders:
            inner = os.path.realpath(os.path.join(folder, name))
            if os.path.commonpath([inner, around]) == inner:
                raise ValueError(
                    f"{os.path.join(folder, name)} is a link to {inner}, a folder around it, whose "
                    "images would come again without end: remove the link."
                )
        for name in files:
            if name.startswith("."):
                continue
            if not name.casefold().endswith(EXTENSIONS):
                others += 1
                continue
            path = pathlib.Path(folder, name)
            try:
                status = path.stat()
            except OSError as error:
                _refuse(error)
            images.append((path.relative_to(root).as_posix(), status))
    return sorted(images, key=lambda image: image[0]), others


def _refuse(error: OSError) -> None:
    """Raises a ValueError for what cannot be read: left out, it would be missed by nobody."""
    raise ValueError(
        f"{error.filename} cannot be read: {error.strerror}. Make it readable, or move it out of "
        "the folder of images."
    ) from error


def _split_folders(ids: list[str]) -> dict[str, str]:
    """Decides whether the first folders are splits; returns the split of each such folder."""
    tops = {top for top, slash, _ in (path.partition("/") for path in ids) if slash}
    known = {
        top: _SPLIT_FOLDERS[top.casefold()] for top in tops if top.casefold() in _SPLIT_FOLDERS
    }
    names = list(known.values())
    if len(set(names)) != len(names):
        raise ValueError(
            f"Several folders are the same split: {', '.join(sorted(known))}. Keep one of each."
        )
    # A class may be called "train" too: then there are other classes and no test folder.
    if "train" in names and (len(names) > 1 or len(tops) == 1):
        return known
    return {}


def _hash_fraction(example_id: str) -> float:
    """A number in [0, 1) that belongs to an id for good, whatever other files there are."""
    return int.from_bytes(hashlib.sha256(os.fsencode(example_id)).digest()[:7], "big") / 2**56


def folder_classes(root: pathlib.Path, inner: dict[str, str]) -> tuple[str, ...]:
    """Finds the classes from the paths inside the splits' folders, which are given by id.

    Raises:
      ValueError: If there are images inside and outside of class folders.
    """
    flat = [example_id for example_id, path in inner.items() if "/" not in path]
    names = sorted({path.partition("/")[0] for path in inner.values() if "/" in path})
    if flat and names:
        raise ValueError(
            f"{root} mixes images in class folders ({', '.join(names[:3])}"
            f"{', ...' if len(names) > 3 else ''}) with {len(flat)} images outside of them, such "
            f"as {flat[0]}: move those into a class folder or out of the data set."
        )
    return tuple(names)


def list_folder(path: str) -> FolderListing:
    """Lists the images of a folder.

    Layouts: images directly in the folder (no labels), or in one sub-folder for each class; either
    of them perhaps below folders for the splits ("train", and "test" or "val" or "validation"). The
    classes are numbered in the order of their sorted names. Without a folder for a test split, a
    tenth of the images is set aside for evaluation, by a hash of their ids.

    Args:
      path: The folder; `~` is the home directory.

    Raises:
      MissingDataError: If there is no such folder, or it holds no images.
      ValueError: If its layout is ambiguous.
    """
    root = pathlib.Path(path).expanduser()
    if not root.is_dir():
        raise MissingDataError(f"dataset.name is 'folder:{path}', but there is no folder {root}.")
    images, others = walk_images(root)
    if not images:
        raise MissingDataError(
            f"The folder {root} holds no images: none of its {others} files ends with "
            f"{', '.join(EXTENSIONS)} (upper or lower case)."
        )
    split_folders = _split_folders([example_id for example_id, _ in images])
    remarks = []
    if others:
        remarks.append(f"{others} files that are no images left out")
    if split_folders:
        inside = [image for image in images if image[0].partition("/")[0] in split_folders]
        if len(inside) < len(images):
            remarks.append(f"{len(images) - len(inside)} images outside of the splits left out")
        images = inside
        inner = {example_id: example_id.partition("/")[2] for example_id, _ in images}
    else:
        inner = {example_id: example_id for example_id, _ in images}
    class_names = folder_classes(root, inner)
    if len(class_names) == 1 and all(path.count("/") > 1 for path in inner.values()):
        logging.warning(
            "All images below %s lie in the one folder %r, so there is one class. If the classes "
            "are the folders inside it, name that folder: folder:%s.",
            root,
            class_names[0],
            root / class_names[0],
        )
    numbers = {name: index for index, name in enumerate(class_names)}

    splits: dict[str, list[ImageFile]] = {"train": []}
    for example_id, status in images:
        split = split_folders.get(example_id.partition("/")[0], "train")
        label = numbers.get(inner[example_id].partition("/")[0], -1)
        stamp = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        file = ImageFile(example_id, label, stamp)
        splits.setdefault(split, []).append(file)
    if len(splits) == 1:
        splits = _set_aside(root, splits["train"])
        remarks.append(
            f"no test folder, so {len(splits['test'])} images are set aside for evaluation by a "
            "hash of their paths"
        )
    return FolderListing(
        root, {name: tuple(files) for name, files in splits.items()}, class_names, tuple(remarks)
    )


def _set_aside(root: pathlib.Path, files: list[ImageFile]) -> dict[str, list[ImageFile]]:
    """Splits a tenth of the files off for evaluation, at least one."""
    if len(files) < 2:
        raise ValueError(
            f"The folder {root} holds one image, but training and evaluation need one each."
        )
    fractions = {file.id: _hash_fraction(file.id) for file in files}
    smallest, largest = min(fractions.values()), max(fractions.values())
    bound = min(max(EVAL_FRACTION, smallest), largest)
    test = [file for file in files if fractions[file.id] < bound or fractions[file.id] == smallest]
    chosen = {file.id for file in test}
    return {"train": [file for file in files if file.id not in chosen], "test": test}
