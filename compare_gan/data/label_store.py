# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Label stores: folders with an inferred label for each example of a split, found by its id.

A store has

* `ids.npy`: the examples' ids, bytes of fixed width [n], sorted and distinct;
* `hard.npy`: int32 [n], the class of each, -1 for none;
* `probabilities.npy`, perhaps: float16 [n, classes], those of all classes, zeros for none;
* `provenance.json`: how they were made, and of which data.

The arrays are memory-mapped. Labels are joined to images by id, never by position.

While a store is replaced, the old one lies beside its folder, as `.NAME.old`, and is read from
there if the process is killed before the new one, `.NAME.new`, has taken its place.
"""

import functools
import json
import os
import pathlib
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare_gan.data.id_table import find_rows, first_repeated

FORMAT = 1

_PROVENANCE = "provenance.json"
_REQUIRED = {"method", "num_classes", "class_names", "dataset"}
_PORTION = 4096
# Probabilities are rounded to 11 bits; this leaves room for thousands of them.
_SUM_TOLERANCE = 1e-2
# Whoever inferred them may have rounded probabilities before or after choosing a class.
_LIKELIEST_TOLERANCE = 1e-3


class LabelStoreError(ValueError):
    """A label store is missing, damaged, or made for something else."""


def rescaled(probabilities: np.ndarray) -> np.ndarray:
    """Turns probabilities float16 [n, classes] into float32 whose rows sum to 1 in spite of their
    rounding; rows of zeros stay.
    """
    probabilities = probabilities.astype(np.float32)
    sums = probabilities.sum(axis=1, keepdims=True)
    return probabilities / np.where(sums > 0, sums, 1)


class LabelStore:
    """A label store, opened for reading.

    Args:
      folder: Where it is.

    Attributes:
      folder: Where it is.
      provenance: How it was made (see `write_label_store`).
      ids: Bytes [n], sorted.
      hard: int32 [n].
      probabilities: float16 [n, classes], or None.

    Raises:
      LabelStoreError: If there is none, or it is damaged.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = pathlib.Path(folder)
        if not self.exists(self.folder):
            if self.folder.exists():
                raise LabelStoreError(
                    f"{self.folder} is no label store, since it has no {_PROVENANCE}: remove it "
                    "and infer labels anew, or set inferred_labels.store to the folder of one."
                )
            raise LabelStoreError(
                f"There is no label store in {self.folder}: infer labels first, by "
                "--schedule=infer_labels, or set inferred_labels.store to the folder of one."
            )
        if not self.folder.exists():
            self.folder = _beside(self.folder, "old")
        try:
            self.provenance: dict[str, Any] = json.loads(
                (self.folder / _PROVENANCE).read_text(encoding="utf-8")
            )
            self._check_provenance()
            self.ids = self._load("ids")
            self.hard = self._load("hard")
            has_probabilities = (self.folder / "probabilities.npy").exists()
            self.probabilities = self._load("probabilities") if has_probabilities else None
            self._check_arrays()
        except LabelStoreError:
            raise
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(str(error).split("\n")[0]) from error

    @staticmethod
    def exists(folder: str | os.PathLike[str]) -> bool:
        """Whether there is a label store, complete or damaged."""
        folder = pathlib.Path(folder)
        place = folder if folder.exists() else _beside(folder, "old")
        return (place / _PROVENANCE).is_file()

    @property
    def num_classes(self) -> int:
        """Number of classes of the labels."""
        return self.provenance["num_classes"]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names."""
        return tuple(self.provenance["class_names"])

    @property
    def labels_used_sha256(self) -> str | None:
        """`labels_digest` of the labels that these were inferred from, if that is written down."""
        used = self.provenance.get("known_labels")
        return used.get("labels_sha256") if isinstance(used, dict) else None

    def lookup(self, ids: np.ndarray) -> np.ndarray:
        """Finds the rows of examples, int64 [n].

        Raises:
          LabelStoreError: If an id is missing.
        """
        rows, found = find_rows(self.ids, ids)
        if not found.all():
            raise LabelStoreError(
                f"The label store {self.folder} lacks {np.count_nonzero(~found)} of {len(ids)} "
                f"examples, for instance {bytes(ids[~found][0])!r}: infer labels anew."
            )
        return rows

    def hard_labels(self, ids: np.ndarray) -> np.ndarray:
        """The classes of examples, int32 [n], -1 for unlabelled."""
        return self.hard[self.lookup(ids)]

    def soft_labels(self, ids: np.ndarray) -> np.ndarray:
        """The probabilities of examples' classes, float32 [n, classes]; zeros for unlabelled.

        Raises:
          LabelStoreError: If the store has none.
        """
        if self.probabilities is None:
            raise LabelStoreError(
                f"The label store {self.folder} has classes but no probabilities: set "
                "inferred_labels.kind to 'hard', or infer labels by a method that gives them."
            )
        return rescaled(self.probabilities[self.lookup(ids)])

    def check(self, fingerprint: str, split: str, ids: np.ndarray) -> None:
        """Checks that the store is of these examples, all of them and no others.

        Args:
          fingerprint: The data set's.
          split: The split.
          ids: Bytes [n], all ids of the split.

        Raises:
          LabelStoreError: If it is not.
        """
        made_of = self.provenance["dataset"]
        if made_of["fingerprint"] != fingerprint:
            raise LabelStoreError(
                f"The label store {self.folder} was made for other data: {made_of['name']!r} with "
                f"the fingerprint {made_of['fingerprint']}, but this data set has the fingerprint "
                f"{fingerprint}. Infer labels anew, or restore the data."
            )
        if made_of["split"] != split:
            raise LabelStoreError(
                f"The label store {self.folder} was made for the split {made_of['split']!r} of "
                f"{made_of['name']!r}, but labels of {split!r} are wanted."
            )
        self.lookup(ids)
        _, own = find_rows(np.sort(ids), np.asarray(self.ids))
        if not own.all():
            raise LabelStoreError(
                f"The label store {self.folder} has labels of {np.count_nonzero(~own)} examples "
                f"that are not in the data set, for instance {bytes(self.ids[~own][0])!r}: infer "
                "labels anew."
            )

    def _load(self, name: str) -> np.ndarray:
        # A plain view of the memory map, which NumPy indexes faster; still read only as needed.
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))

    def _damaged(self, reason: str) -> LabelStoreError:
        return LabelStoreError(
            f"The label store {self.folder} is damaged ({reason}): remove it and infer labels anew."
        )

    def _check_provenance(self) -> None:
        if not isinstance(self.provenance, dict):
            raise self._damaged(f"{_PROVENANCE} is {type(self.provenance).__name__} and no object")
        missing = {*_REQUIRED, "format", "num_examples"} - self.provenance.keys()
        if missing:
            raise self._damaged(f"{_PROVENANCE} lacks {sorted(missing)}")
        if self.provenance["format"] != FORMAT:
            raise LabelStoreError(
                f"The label store {self.folder} has the format {self.provenance['format']!r}, and "
                f"this version of Compare GAN reads {FORMAT}: use the version that wrote it, or "
                "infer labels anew."
            )
        for name, kind in (("dataset", dict), ("class_names", list), ("num_classes", int)):
            if not isinstance(self.provenance[name], kind):
                raise self._damaged(f"{name!r} in {_PROVENANCE} is {self.provenance[name]!r}")
        if not {"name", "fingerprint", "split"} <= self.provenance["dataset"].keys():
            raise self._damaged(f"{_PROVENANCE} does not say of which data it is")

    def _check_arrays(self) -> None:
        count, classes = len(self.ids), self.num_classes
        wanted = {"ids": (self.ids, "S", (count,)), "hard": (self.hard, "i", (count,))}
        if self.probabilities is not None:
            wanted["probabilities"] = (self.probabilities, "f", (count, classes))
        for name, (array, kind, shape) in wanted.items():
            if array.dtype.kind != kind or array.shape != shape:
                raise self._damaged(
                    f"{name}.npy has {array.dtype} of shape {array.shape}, and not {shape}"
                )
        if count != self.provenance["num_examples"]:
            raise self._damaged(f"it has {count} of {self.provenance['num_examples']} examples")
        if len(self.class_names) != classes:
            raise self._damaged(f"it names {len(self.class_names)} of {classes} classes")
        if count and not -1 <= self.hard.min() <= self.hard.max() < classes:
            raise self._damaged(f"its classes lie in {self.hard.min()} to {self.hard.max()}")
        if (self.ids[1:] <= self.ids[:-1]).any():
            raise self._damaged("its ids are not sorted and distinct")


def write_label_store(
    folder: str | os.PathLike[str],
    ids: np.ndarray,
    hard: np.ndarray,
    probabilities: np.ndarray | None,
    provenance: Mapping[str, Any],
) -> None:
    """Writes a label store: it appears whole, in the place of an older one, or not at all.

    What a process that was killed while writing left beside the folder is used or removed, so that
    one process at a time may write a store.

    Args:
      folder: Where to.
      ids: Bytes [n], distinct, in any order.
      hard: Integers [n], the classes, -1 for none.
      probabilities: Floats [n, classes], rows that sum to 1, or to 0 for none, and in which the
        class is the likeliest; or None. They are written in portions and may be a memory map.
      provenance: JSON types. Required are "method"; "num_classes"; "class_names", a list, equal to
        the data set's if and only if the classes are the data set's own; and "dataset", with
        "name", "fingerprint" and "split". "labelled_ids_sha256" is `ids_digest` of the examples
        whose labels were used, missing if none were.

    Raises:
      LabelStoreError: If arrays do not fit together, a part of the provenance is missing, or the
        folder holds something else.
      OSError: If the folder cannot be written.
    """
    ids, hard = np.asarray(ids, "S"), np.asarray(hard)
    _check_content(ids, hard, probabilities, provenance)
    order = np.argsort(ids, kind="stable")
    ids, hard = ids[order], hard[order].astype(np.int32)
    folder = pathlib.Path(folder).resolve()  # a link stays one
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary, old = _beside(folder, "new"), _beside(folder, "old")
    _clear(folder)
    try:
        temporary.mkdir()
        _write(temporary / "ids.npy", functools.partial(np.save, arr=ids))
        _write(temporary / "hard.npy", functools.partial(np.save, arr=hard))
        if probabilities is not None:
            _write(
                temporary / "probabilities.npy",
                functools.partial(_save_probabilities, probabilities, order, hard),
            )
        text = json.dumps({**provenance, "format": FORMAT, "num_examples": len(ids)}, indent=1)
        _write(temporary / _PROVENANCE, lambda file: file.write(text.encode()))
        if folder.exists():
            os.rename(folder, old)
        os.rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not folder.exists():
            os.rename(old, folder)
        shutil.rmtree(old, ignore_errors=True)


def _beside(folder: pathlib.Path, what: str) -> pathlib.Path:
    folder = folder.resolve()
    return folder.with_name(f".{folder.name}.{what}")


def _clear(folder: pathlib.Path) -> None:
    """Makes room for a new store: removes what killed processes left, and keeps a whole old one.

    Raises:
      LabelStoreError: If something else is there.
    """
    free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not free and not LabelStore.exists(folder):
        raise LabelStoreError(
            f"A label store cannot be written to {folder}, which holds something else, without a "
            f"{_PROVENANCE}: choose another folder, or remove it."
        )
    old = _beside(folder, "old")
    if old.exists() and not folder.exists():
        os.rename(old, folder)
    for leftover in (_beside(folder, "new"), old):
        shutil.rmtree(leftover, ignore_errors=True)


def _check_content(
    ids: np.ndarray,
    hard: np.ndarray,
    probabilities: np.ndarray | None,
    provenance: Mapping[str, Any],
) -> None:
    missing = _REQUIRED - provenance.keys()
    if missing:
        raise LabelStoreError(f"The provenance of a label store lacks {sorted(missing)}.")
    classes = provenance["num_classes"]
    if classes < 1:
        raise LabelStoreError(f"A label store must have at least one class, and not {classes}.")
    if len(provenance["class_names"]) != classes:
        raise LabelStoreError(
            f"A label store of {classes} classes must name each of them, but "
            f"{len(provenance['class_names'])} are named."
        )
    if ids.ndim != 1 or hard.shape != ids.shape or hard.dtype.kind not in "iu":
        raise LabelStoreError(
            f"A label store needs an integer for each id, but ids have the shape {ids.shape} and "
            f"classes are {hard.dtype} of shape {hard.shape}."
        )
    repeated, first = first_repeated(np.sort(ids))
    if repeated:
        raise LabelStoreError(
            f"Ids must be distinct, but {repeated} repeat one, such as {first!r}."
        )
    if len(hard) and not -1 <= hard.min() <= hard.max() < classes:
        raise LabelStoreError(
            f"Labels must lie in -1 (none) to {classes - 1}, but they lie in {hard.min()} to "
            f"{hard.max()}."
        )
    if probabilities is not None and probabilities.shape != (len(ids), classes):
        raise LabelStoreError(
            f"Probabilities must have the shape {(len(ids), classes)}, but they have "
            f"{probabilities.shape}."
        )


def _write(path: pathlib.Path, write: Any) -> None:
    try:
        with open(path, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        # A write that fails does not say by itself which file it was for.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _save_probabilities(
    probabilities: np.ndarray, order: np.ndarray, hard: np.ndarray, file: Any
) -> None:
    """Writes probabilities in some order, in which `hard` is already."""
    header = {"descr": "<f2", "fortran_order": False, "shape": probabilities.shape}
    np.lib.format.write_array_header_1_0(file, header)
    for start in range(0, len(order), _PORTION):
        rows = np.asarray(probabilities[order[start : start + _PORTION]], np.float32)
        sums = rows.sum(axis=1)
        wrong = (np.abs(sums - 1) > _SUM_TOLERANCE) & (sums != 0) | ~(rows >= 0).all(axis=1)
        if wrong.any():
            raise LabelStoreError(
                "Probabilities must not be negative and must sum to 1, or to 0 for none, but those "
                f"of {np.count_nonzero(wrong)} examples do not, for instance "
                f"{rows[wrong][0].tolist()[:5]}..."
            )
        labels = hard[start : start + _PORTION]
        chosen = rows[np.arange(len(rows)), labels]  # of no class: checked apart
        unlikely = (labels >= 0) & (chosen < rows.max(axis=1) - _LIKELIEST_TOLERANCE)
        contrary = unlikely | ((labels < 0) != (sums == 0))
        if contrary.any():
            raise LabelStoreError(
                "Classes must be the likeliest of their probabilities, -1 where these are all 0, "
                f"but those of {np.count_nonzero(contrary)} examples are not, for instance "
                f"{labels[contrary][0]} of {rows[contrary][0].tolist()[:5]}..."
            )
        file.write(rows.astype("<f2").tobytes())
