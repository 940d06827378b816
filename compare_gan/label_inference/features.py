# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Features that were computed elsewhere, by DINO, CLIP or anything else, joined to images by id."""

import functools
import hashlib
import os
from pathlib import Path

import numpy as np

from compare_gan.array_files import read_arrays
from compare_gan.data import Dataset
from compare_gan.data.id_table import find_rows, first_repeated

_IDS_SUFFIX = ".ids.txt"
_ARRAYS = ("features", "ids")
_ROWS_AT_ONCE = 4096


class FeatureFile:
    """Features of images, in the place of an encoder's.

    Either an `.npz` archive with "features" [n, d] and "ids" [n], or an `.npy` array of features
    with a text file beside it, for `embeddings.npy` `embeddings.ids.txt`, that has the ids in the
    order of the rows, one a line. Ids are those of the data set (`Dataset.ids_and_labels`), bytes
    or text. Rows may stand in any order, and there may be more than the data set has images. Of an
    `.npy` array only the rows that are needed are read, a portion at a time; an archive is held in
    memory as a whole.

    Args:
      path: The file.

    Raises:
      ValueError: It is missing, of another kind, or its arrays do not fit together.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path)
        if not self.path.is_file():
            raise ValueError(f"label_inference.features = '{path}' is not there.")
        features, ids = _read(self.path)
        if features.ndim != 2 or features.dtype.kind not in "fiu" or not features.size:
            raise ValueError(
                f"label_inference.features: {path} must hold numbers [images, features], but they "
                f"are {features.dtype} {list(features.shape)}."
            )
        if ids.shape != (len(features),):
            raise ValueError(
                f"label_inference.features: {path} has {len(features)} rows of features but "
                f"{ids.size} ids."
            )
        order = np.argsort(ids, kind="stable")
        repeated, first = first_repeated(ids[order])
        if repeated:
            raise ValueError(
                f"label_inference.features: {path} has two rows with the id {_as_text(first)!r}."
            )
        self._features = features
        self._ids = ids[order]
        self._rows = order

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the ids and the features, in the order of the ids."""
        digest = hashlib.sha256(self._ids.tobytes())
        for start in range(0, len(self._rows), _ROWS_AT_ONCE):
            rows = self._features[self._rows[start : start + _ROWS_AT_ONCE]]
            digest.update(np.ascontiguousarray(rows).tobytes())
        return digest.hexdigest()

    def has_other(self, dataset: Dataset, split: str) -> bool:
        """Whether all images of a split have features, and none shares its id with the training
        split: ids are distinct within a split only.
        """
        ids, _ = dataset.ids_and_labels(split)
        train_ids, _ = dataset.ids_and_labels(dataset.train_split)
        return bool(np.isin(ids, self._ids).all() and not np.isin(ids, train_ids).any())

    def check(self, dataset: Dataset, split: str) -> None:
        """Raises ValueError if an image of a split has no features; reads none."""
        self._rows_of(dataset, split)

    def of(self, dataset: Dataset, split: str) -> np.ndarray:
        """The features of a split's images.

        Returns:
          float32 [images, d], in the order of an evaluation.

        Raises:
          ValueError: An image has none, or a number is not finite.
        """
        rows = self._rows_of(dataset, split)
        features = np.empty([len(rows), self._features.shape[1]], np.float32)
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = self._features[rows[start : start + _ROWS_AT_ONCE]].astype(np.float32)
            if not np.isfinite(part).all():
                raise ValueError(
                    f"label_inference.features: {self.path} has numbers that are NaN or infinite."
                )
            features[start : start + len(part)] = part
        return features

    def _rows_of(self, dataset: Dataset, split: str) -> np.ndarray:
        """In which rows the features of a split's images are, in the order of an evaluation."""
        ids, _ = dataset.ids_and_labels(split)
        places, found = find_rows(self._ids, ids)
        missing = np.flatnonzero(~found)
        if len(missing):
            raise ValueError(
                f"label_inference.features: {self.path} lacks {len(missing)} of the {len(ids)} "
                f"images of the split {split!r}, for instance {_as_text(ids[missing[0]])!r}; its "
                f"ids look like {_as_text(self._ids[0])!r}."
            )
        return self._rows[places]


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features and ids as they stand in the file."""
    try:
        loaded = read_arrays(path, _ARRAYS, mmap_mode="r")
    except ValueError as error:
        raise ValueError(
            f"label_inference.features: {path} is no array or archive of NumPy, or it is damaged "
            f"({error}); write it again with numpy.save or numpy.savez."
        ) from error
    if isinstance(loaded, np.ndarray):
        beside = path.with_suffix(_IDS_SUFFIX)
        if not beside.is_file():
            raise ValueError(
                f"label_inference.features: beside {path} the file {beside.name} must have the "
                "images' ids, one a line in the order of the rows."
            )
        return loaded, np.array(beside.read_bytes().splitlines(), dtype=bytes)
    missing = [name for name in _ARRAYS if name not in loaded]
    if missing:
        raise ValueError(
            f"label_inference.features: {path} must have the arrays 'features' and 'ids', but it "
            f"lacks {' and '.join(map(repr, missing))}."
        )
    ids = loaded["ids"]
    if ids.dtype.kind not in "SU":
        raise ValueError(
            f"label_inference.features: the ids in {path} must be text or bytes, as the data "
            f"set's are, but they are {ids.dtype}."
        )
    return loaded["features"], np.char.encode(ids) if ids.dtype.kind == "U" else ids


def _as_text(identifier: bytes) -> str:
    return bytes(identifier).decode(errors="backslashreplace")
