# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @listed_labels`: labels from a table, for who labelled a few images by hand."""

import csv
import os
import pathlib
import weakref

import gin
import numpy as np
from absl import logging

from compare_gan.data.id_table import find_rows, first_repeated
from compare_gan.data.label_sources.base import LabelSource, evaluation_labels, shortened
from compare_gan.data.sources import ImageSource

_COLUMNS = ("id", "label")


@gin.register("listed_labels")
class ListedLabels(LabelSource):
    """Labels of training examples from a CSV file with the columns `id` and `label`.

    Ids are the data set's; of a folder, paths relative to it. Examples that are not listed are
    unlabelled; those of other splits may be listed, but it makes no difference. A label is a
    class's name or else its number, -1 for unlabelled. If the data set has no classes, they are the
    labels in the file: in the order of numbers if all are numbers, else of text. Other splits have
    their true labels, if the data set has classes, else none.

    Args:
      path: The file.

    Raises:
      ValueError: If there is no such file, or it is not such a table.
    """

    hides_labels = True

    def __init__(self, path: str | os.PathLike[str] | None = None):
        if path is None:
            raise ValueError(
                "listed_labels.path is missing: set it to a CSV file whose first line is id,label."
            )
        self._path = pathlib.Path(path).expanduser()
        ids, texts = self._read()
        order = np.argsort(ids, kind="stable")
        self._ids, self._texts = ids[order], [texts[index] for index in order]
        repeated, first = first_repeated(self._ids)
        if repeated:
            raise self._error(f"{repeated} lines repeat an id, such as {first!r}")
        self._names = tuple(sorted(set(self._texts) - {"-1"}, key=_sorting_key(self._texts)))
        self._numbers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def num_classes(self, source: ImageSource) -> int:
        return source.num_classes or len(self._names)

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        return tuple(source.class_names) if source.num_classes else self._names

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        if split != source.train_split:
            return evaluation_labels(true_labels, own_classes=source.num_classes > 0)
        if source not in self._numbers:
            self._numbers[source] = self._checked_numbers(source)
        if not len(self._ids):
            return np.full(len(ids), -1, np.int32)
        rows, found = find_rows(self._ids, ids)
        return np.where(found, self._numbers[source][rows], -1).astype(np.int32)

    def _read(self) -> tuple[np.ndarray, list[str]]:
        """Ids and labels as they are written."""
        ids, labels = [], []
        try:
            # Names of files need not be UTF-8; `os.fsencode` reads them in the same way.
            with open(
                self._path, encoding="utf-8-sig", errors="surrogateescape", newline=""
            ) as file:
                reader = csv.DictReader(file, skipinitialspace=True, strict=True)
                missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
                if missing:
                    raise self._error(
                        f"its first line lacks {' and '.join(missing)}: it must be id,label"
                    )
                for row in reader:
                    if not row["id"] or not row["label"]:
                        raise self._error(f"line {reader.line_num} lacks an id or a label")
                    ids.append(row["id"].encode("utf-8", "surrogateescape"))
                    labels.append(row["label"].strip())
        except OSError as error:
            raise self._error(f"it cannot be read ({error.strerror})") from error
        except csv.Error as error:
            raise self._error(f"it is no CSV file ({error})") from error
        return np.array(ids, "S") if ids else np.zeros(0, "S1"), labels

    def _checked_numbers(self, source: ImageSource) -> np.ndarray:
        """The classes' numbers, int32, in the order of the ids; all ids are known to exist."""
        names = self.class_names(source)
        numbers = {str(index): index for index in range(-1, len(names))}
        numbers |= {name: index for index, name in enumerate(names)}
        unknown = [index for index, text in enumerate(self._texts) if text not in numbers]
        if unknown:
            raise self._error(
                f"{len(unknown)} lines have a label that is no class of {source.name!r}, for "
                f"instance {self._texts[unknown[0]]!r}; classes are {shortened(names)}, or their "
                f"numbers, 0 to {len(names) - 1}"
            )
        self._check_ids(source)
        return np.array([numbers[text] for text in self._texts], np.int32)

    def _check_ids(self, source: ImageSource) -> None:
        """Checks that the data set has all ids, those of other splits too."""
        unknown = elsewhere = _unknown(self._ids, source, source.train_split)
        for split in source.splits:
            if len(unknown) and split != source.train_split:
                unknown = _unknown(unknown, source, split)
        if len(unknown):
            example = source.ids_and_true_labels(source.train_split)[0][0]
            raise self._error(
                f"{len(unknown)} of its {len(self._ids)} ids are none of {source.name!r}, for "
                f"instance {bytes(unknown[0])!r}, where they are like {bytes(example)!r}"
            )
        if len(elsewhere):
            # Such as images of a folder that were put aside for evaluations.
            logging.info(
                "%s: %d of its %d ids are not in the split %r and are not trained on.",
                self._path,
                len(elsewhere),
                len(self._ids),
                source.train_split,
            )

    def _error(self, problem: str) -> ValueError:
        return ValueError(f"listed_labels.path is {str(self._path)!r}, but {problem}.")


def _unknown(ids: np.ndarray, source: ImageSource, split: str) -> np.ndarray:
    """Those of some ids that a split does not have."""
    _, found = find_rows(np.sort(source.ids_and_true_labels(split)[0]), ids)
    return ids[~found]


def _sorting_key(texts: list[str]) -> type:
    return int if all(text.isdecimal() for text in texts if text != "-1") else str
