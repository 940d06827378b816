# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`replace_labels.file_pattern`: Compare GAN v3's files with labels."""

import weakref
from collections.abc import Iterator

import gin
import numpy as np
import tensorflow as tf

from compare_gan.data import cache
from compare_gan.data.id_table import find_rows, first_repeated
from compare_gan.data.label_sources.base import LabelSource, evaluation_labels, one_hot
from compare_gan.data.label_sources.inferred_labels import InferredLabels
from compare_gan.data.label_sources.random_labels import fixed_random_labels
from compare_gan.data.label_sources.true_labels import TrueLabels
from compare_gan.data.label_store import rescaled
from compare_gan.data.sources import ImageSource

_BATCH = 1024
_SPLIT = "{split}"


@gin.configurable("replace_labels")
def label_file_pattern(file_pattern: str | None = None) -> str | None:
    """The files whose labels take the place of the data set's (gin: `replace_labels`).

    Args:
      file_pattern: A path with wildcards; "{split}" in it stands for the split's name.
    """
    return file_pattern


def own_or_replaced_labels() -> LabelSource:
    """The labels in v3's files, if a pattern is set; else the data set's own."""
    pattern = label_file_pattern()
    return TrueLabels() if pattern is None else ReplacedLabels(pattern)


def soft_labels() -> LabelSource:
    """The probabilities in v3's files, if a pattern is set; else those of a label store."""
    pattern = label_file_pattern()
    if pattern is not None:
        return ReplacedLabels(pattern, soft=True)
    return gin.get_configurable(InferredLabels)(kind="soft")


class ReplacedLabels(LabelSource):
    """Labels from v3's files: TFRecords of `tf.train.Example` with `file_name` and `label`.

    The file name is the example's id. A label is an integer, -1 for unlabelled, or, for soft
    labels, as many floats as there are classes, logits, whose softmax is taken. v3 took the records
    by their position and checked the names; here they are found by name, so that the order is free
    and records of other examples do no harm.

    Splits other than the training split have their true labels, unless the pattern has "{split}"
    and there are files for them. Random images in place of the data get random labels.

    Args:
      file_pattern: As in `replace_labels.file_pattern`.
      soft: Whether files hold logits.
    """

    def __init__(self, file_pattern: str, soft: bool = False):
        self.soft = soft
        self.hides_labels = not soft
        self._pattern = file_pattern
        self._tables: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        classes = source.num_classes
        if source.fake:
            labels = fixed_random_labels(0, ids, classes)
            return one_hot(labels, classes) if self.soft else labels
        if split != source.train_split and not self._replaces(split):
            return evaluation_labels(true_labels, True, classes if self.soft else None)
        table = self._table(source, split)
        rows, _ = find_rows(table["ids"], ids)
        return rescaled(table["labels"][rows]) if self.soft else table["labels"][rows]

    def judging_labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        as_of = split if self._replaces(source.eval_split) else source.eval_split
        return self.labels(source, as_of, ids, true_labels)

    def _replaces(self, split: str) -> bool:
        """Whether there are labels for a split other than that of training."""
        return _SPLIT in self._pattern and bool(self._files(split))

    def _files(self, split: str) -> list[str]:
        return sorted(tf.io.gfile.glob(self._pattern.replace(_SPLIT, split)))

    def _table(self, source: ImageSource, split: str) -> dict[str, np.ndarray]:
        """Ids, sorted, and their labels, int32 [n] or probabilities float16 [n, classes].

        Raises:
          ValueError: If files are missing or damaged, or lack an example of the split.
        """
        of_source = self._tables.setdefault(source, {})
        if split not in of_source:
            of_source[split] = self._read(source, split)
        return of_source[split]

    def _read(self, source: ImageSource, split: str) -> dict[str, np.ndarray]:
        files = self._files(split)
        if not files:
            raise self._error(f"there are no such files for the split {split!r}")
        stats = [tf.io.gfile.stat(path) for path in files]
        stamps = [[path, stat.length, stat.mtime_nsec] for path, stat in zip(files, stats)]
        classes = source.num_classes

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            ids, labels = self._names_and_labels(files, classes)
            order = np.argsort(ids, kind="stable")
            repeated, first = first_repeated(ids[order])
            if repeated:
                raise self._error(f"{repeated} records repeat a file name, such as {first!r}")
            if not self.soft:
                return {"ids": ids[order], "labels": labels[order]}
            places = np.empty_like(order)
            places[order] = np.arange(len(order))
            probabilities = workspace.array("labels", np.float16, (len(ids), classes))
            done = 0
            for logits in self._columns(files, "label", [classes], tf.float32):
                with np.errstate(invalid="ignore"):  # what becomes NaN is told below
                    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
                    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
                wrong = np.flatnonzero(np.isnan(softmax).any(axis=1))
                if len(wrong):
                    raise self._error(
                        "logits must be finite, but those of the record "
                        f"{bytes(ids[done + wrong[0]])!r} are not: write the files anew"
                    )
                probabilities[places[done : done + len(logits)]] = softmax
                done += len(logits)
            return {"ids": ids[order], "labels": probabilities}

        table = cache.cached_arrays("label-files", [stamps, self.soft, classes], build)
        ids, _ = source.ids_and_true_labels(split)
        _, found = find_rows(table["ids"], ids)
        if not found.all():
            raise self._error(
                f"{np.count_nonzero(~found)} of the {len(ids)} examples in the split {split!r} of "
                f"{source.name!r} are in none of the files, for instance {bytes(ids[~found][0])!r}"
            )
        return table

    def _names_and_labels(
        self, files: list[str], classes: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        names = [names.astype("S") for names in self._columns(files, "file_name", [], tf.string)]
        if not names:
            raise self._error("these files are empty")
        if self.soft:
            return np.concatenate(names), None
        labels = np.concatenate(list(self._columns(files, "label", [], tf.int64)))
        if not -1 <= labels.min() <= labels.max() < classes:
            raise self._error(
                f"labels must lie in -1 (unlabelled) to {classes - 1}, but they lie in "
                f"{labels.min()} to {labels.max()}"
            )
        return np.concatenate(names), labels.astype(np.int32)

    def _columns(
        self, files: list[str], name: str, shape: list[int], dtype: tf.DType
    ) -> Iterator[np.ndarray]:
        """One feature of all records, some at a time."""
        spec = {name: tf.io.FixedLenFeature(shape, dtype)}
        records = tf.data.TFRecordDataset(files).batch(_BATCH)
        try:
            for batch in records.map(lambda serialized: tf.io.parse_example(serialized, spec)):
                yield batch[name].numpy()
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            wanted = {tf.string: "a text", tf.int64: "an integer", tf.float32: f"{shape} floats"}
            raise self._error(
                f"a file is damaged, or its records lack {wanted[dtype]} named {name!r} "
                f"({error.message.splitlines()[0]})"
            ) from error

    def _error(self, problem: str) -> ValueError:
        return ValueError(f"replace_labels.file_pattern is {self._pattern!r}, but {problem}.")
