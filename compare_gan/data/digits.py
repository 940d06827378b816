# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The handwritten digits that ship with scikit-learn: a real data set that needs no download.

1797 grey images of 8 x 8 pixels in 10 classes (Alpaydin and Kaynak, "Optical Recognition of
Handwritten Digits", UCI Machine Learning Repository, 1998; this is its test part).
"""

import functools
import gzip
import importlib.util
import pathlib

import numpy as np

from compare_gan.data import fitting
from compare_gan.data.registry import DataSettings, register_dataset
from compare_gan.data.sources import ArraySource

SPLITS = ("train", "test")
IMAGE_SHAPE = (8, 8, 1)
NUM_CLASSES = 10

_NUM_EXAMPLES = 1797
# Of ten consecutive images of a class, these go to the test split.
_TEST_POSITIONS = (2, 5, 8)


def _digits_file() -> pathlib.Path:
    """Finds the file without importing scikit-learn, whose import costs a second or more."""
    specification = importlib.util.find_spec("sklearn")
    if specification is None or not specification.submodule_search_locations:
        raise ValueError(
            "The data set 'digits' is read from scikit-learn, which is not installed: "
            "pip install scikit-learn."
        )
    root = pathlib.Path(specification.submodule_search_locations[0])
    path = root / "datasets" / "data" / "digits.csv.gz"
    if not path.exists():
        raise ValueError(
            f"The data set 'digits' is read from {path}, which this installation of scikit-learn "
            "does not have: reinstall scikit-learn."
        )
    return path


@functools.cache
def _read_file() -> tuple[np.ndarray, np.ndarray]:
    """Returns all images uint8 [1797, 8, 8, 1] and labels int64 [1797], in the file's order."""
    with gzip.open(_digits_file(), "rt", encoding="ascii") as file:
        text = file.read()
    # 64 pixels with values 0 to 16, then the label, in each line.
    table = np.array(text.replace("\n", ",").rstrip(",").split(","), dtype=np.float64)
    table = table.reshape(-1, 65)
    if len(table) != _NUM_EXAMPLES:
        raise ValueError(
            f"{_digits_file()} should hold {_NUM_EXAMPLES} digits, but it holds {len(table)}: "
            "reinstall scikit-learn."
        )
    images = np.round(table[:, :64] * (255.0 / 16.0)).astype(np.uint8)
    return images.reshape(-1, *IMAGE_SHAPE), table[:, 64].astype(np.int64)


def load_digits(split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loads one split of the digits.

    The split is stratified and fixed: within each class, in the file's order, the images at
    positions p with p mod 10 in {2, 5, 8} are the test split and the others the training split.

    Args:
      split: "train" (1260 images) or "test" (537 images).

    Returns:
      images: uint8 [n, 8, 8, 1]; the file's intensities 0 to 16 become round(255 i / 16).
      labels: int64 [n], 0 to 9.
      ids: bytes [n] of fixed width, the image's index in the file, for example b"00042".

    Raises:
      ValueError: If the split has another name or the file cannot be found.
    """
    if split not in SPLITS:
        raise ValueError(
            f"The data set 'digits' has no split {split!r}: its splits are 'train' and 'test'."
        )
    images, labels = _read_file()
    in_test = np.zeros(len(labels), dtype=bool)
    for label in range(NUM_CLASSES):
        members = np.flatnonzero(labels == label)
        in_test[members] = np.isin(np.arange(len(members)) % 10, _TEST_POSITIONS)
    chosen = np.flatnonzero(in_test if split == "test" else ~in_test)
    ids = np.array([f"{index:05d}" for index in chosen], dtype="S5")
    return images[chosen], labels[chosen], ids


@register_dataset("digits")
def digits(
    settings: DataSettings,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    crop: str | None = None,
) -> ArraySource:
    """The digits as a data set, 8 x 8 x 1 unless another size or 3 channels are asked for."""
    height, width, stored_channels = IMAGE_SHAPE
    if image_size is not None:
        height, width = fitting.parse_size(image_size)
    if channels is not None:
        fitting.check_channels(channels)
    shape = (height, width, channels or stored_channels)
    splits = {}
    for split in SPLITS:
        images, labels, ids = load_digits(split)
        if shape != IMAGE_SHAPE:
            policy = crop or fitting.DEFAULT_POLICY
            images = np.stack([fitting.fit_array(image, *shape, policy) for image in images])
        splits[split] = (images, labels, ids)
    return ArraySource("digits", splits, NUM_CLASSES)
