# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @inferred_labels`: labels from a label store."""

import copy
import os
import pathlib
import weakref
from collections.abc import Callable

import gin
import numpy as np
from absl import logging

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data.id_table import ids_digest, labels_digest
from compare_gan.data.label_sources.base import (
    LabelSource,
    build_label_source,
    evaluation_labels,
    one_hot,
    shortened,
)
from compare_gan.data.label_sources.few_labels import FewLabels
from compare_gan.data.label_sources.random_labels import fixed_random_labels
from compare_gan.data.label_store import LabelStore, LabelStoreError
from compare_gan.data.sources import ImageSource

KINDS = ("hard", "soft", "known_or_hard")


@gin.register("inferred_labels")
class InferredLabels(LabelSource):
    """Labels that were inferred for all training images, by clustering or from a few labels.

    They are read from a label store (see `compare_gan.data.label_store`) and joined by id. Other
    splits have their true labels, if the store's classes are the data set's, else none.

    Where random images stand in for the data and there are no labels inferred for them, each gets a
    random one, so that a configuration can be tried.

    Args:
      kind: "hard" for the likeliest class; "soft" for the probabilities of all classes; or
        "known_or_hard" for the true label where it is known, and the likeliest class elsewhere.
      store: The store's folder, by default where this run keeps its inferred labels.
      num_classes: Number of classes, to be known before there is a store; by default as many as the
        data set has.
      known_labels: Which labels are known, for "known_or_hard", for instance @few_labels, the
        default. They must be those that the store was made with.

    Raises:
      ValueError: If a setting is none of these.
    """

    def __init__(
        self,
        kind: str = "hard",
        store: str | None = None,
        num_classes: int | None = None,
        known_labels: LabelSource | Callable[[], LabelSource] | None = None,
    ):
        if kind not in KINDS:
            raise ValueError(
                f"inferred_labels.kind is {kind!r}, but it must be one of "
                f"{', '.join(map(repr, KINDS))}."
            )
        if num_classes is not None:
            num_classes = check_whole_number("inferred_labels.num_classes", num_classes)
        self.soft = kind == "soft"
        self._folder = None if store is None else pathlib.Path(store).expanduser()
        self._num_classes = num_classes
        self._known = None
        if kind == "known_or_hard":
            # As configured by gin, which the class itself is not.
            known_labels = known_labels or gin.get_configurable(FewLabels)
            self._known = build_label_source(known_labels, "inferred_labels.known_labels")
            if self._known.soft or self._known.redrawn:
                raise ValueError(
                    f"inferred_labels.known_labels is {known_labels!r}, but it must name labels "
                    "that are known, such as @few_labels."
                )
        self._forget()

    @property
    def folder(self) -> pathlib.Path | None:
        """Where the label store is, or will be; None where nothing says so."""
        return self._folder

    def _forget(self) -> None:
        self._opened: LabelStore | None = None
        self._checked: weakref.WeakSet = weakref.WeakSet()
        self._told = False

    def with_store(self, folder: str | os.PathLike[str] | None) -> LabelSource:
        if folder is None or self._folder is not None:
            return self
        source = copy.copy(self)
        source._folder = pathlib.Path(folder)
        source._forget()
        return source

    def check(self, source: ImageSource) -> None:
        if self._known is not None:
            self._known.check(source)

    def available(self, source: ImageSource) -> bool:
        return self._store_exists or source.fake

    def num_classes(self, source: ImageSource) -> int:
        if self._store_exists:
            return self._open().num_classes
        if self._num_classes is None and self._known is not None:
            return self._known.num_classes(source)
        return self._num_classes or source.num_classes

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        return self._open().class_names if self._store_exists else super().class_names(source)

    def known_ids(self, source: ImageSource) -> np.ndarray | None:
        if self._known is None or self._must_pretend(source):
            return None
        return self._known.known_ids(source)

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        classes = self.num_classes(source)
        if split != source.train_split:
            own = self.class_names(source) == tuple(source.class_names)
            return evaluation_labels(true_labels, own, classes if self.soft else None)
        if self._must_pretend(source):
            labels = fixed_random_labels(0, ids, classes)
            return one_hot(labels, classes) if self.soft else labels
        store = self._checked_store(source)
        if self.soft:
            return store.soft_labels(ids)
        labels = store.hard_labels(ids)
        if self._known is None:
            return labels
        known = self._known.labels(source, split, ids, true_labels)
        return np.where(known >= 0, known, labels).astype(np.int32)

    def hard_labels(self, source: ImageSource, split: str) -> np.ndarray:
        if self.soft and split == source.train_split and not self._must_pretend(source):
            # The likeliest class is at hand; probabilities would all have to be read.
            ids, _ = source.ids_and_true_labels(split)
            return self._checked_store(source).hard_labels(ids)
        return super().hard_labels(source, split)

    @property
    def _store_exists(self) -> bool:
        return self._opened is not None or (
            self._folder is not None and LabelStore.exists(self._folder)
        )

    def _open(self) -> LabelStore:
        if self._opened is None:
            if self._folder is None:
                raise LabelStoreError(
                    "dataset.labels is @inferred_labels, but it is not known where they are: set "
                    "inferred_labels.store to the folder of a label store."
                )
            store = LabelStore(self._folder)
            if self._num_classes not in (None, store.num_classes):
                raise LabelStoreError(
                    f"inferred_labels.num_classes is {self._num_classes}, but the label store "
                    f"{store.folder} has {store.num_classes} classes: remove the setting, or infer "
                    "labels anew."
                )
            self._opened = store
        return self._opened

    def _must_pretend(self, source: ImageSource) -> bool:
        """Whether random images have no labels inferred for them."""
        if not source.fake:
            return False
        if self._store_exists:
            made_of = self._open().provenance["dataset"]["fingerprint"]
            if made_of == source.fingerprint:
                return False
        if not self._told:
            logging.info("The images are random and have no inferred labels: theirs are random.")
            self._told = True
        return True

    def _checked_store(self, source: ImageSource) -> LabelStore:
        store = self._open()
        if source not in self._checked:
            split = source.train_split
            ids, _ = source.ids_and_true_labels(split)
            store.check(source.fingerprint, split, ids)
            if self.soft and store.probabilities is None:
                store.soft_labels(ids[:0])
            if self._known is not None:
                self._check_known(source, store)
            self._checked.add(source)
        return store

    def _check_known(self, source: ImageSource, store: LabelStore) -> None:
        split = source.train_split
        used = store.provenance.get("labelled_ids_sha256")
        if used is None:
            raise LabelStoreError(
                f"inferred_labels.kind is 'known_or_hard', but the label store {store.folder} was "
                f"made by {store.provenance['method']!r} without labels, so its classes are not "
                "those of the known ones: set it to 'hard'."
            )
        names = self._known.class_names(source)
        if store.class_names != tuple(names):
            raise LabelStoreError(
                f"inferred_labels.kind is 'known_or_hard', but the label store {store.folder} has "
                f"the classes {shortened(store.class_names)}, and the known labels have "
                f"{shortened(names)}: give the known labels it was made with, or infer anew."
            )
        ids, _ = source.ids_and_true_labels(split)
        labels = self._known.hard_labels(source, split)
        known, labels = ids[labels >= 0], labels[labels >= 0]
        if ids_digest(known) != used:
            raise LabelStoreError(
                f"inferred_labels.known_labels gives the labels of {len(known)} examples, but the "
                f"label store {store.folder} was made with those of others: give the settings it "
                "was made with, such as few_labels.fraction and few_labels.seed, or infer anew."
            )
        labels_used = store.labels_used_sha256
        if labels_used is not None and labels_digest(known, labels) != labels_used:
            raise LabelStoreError(
                f"inferred_labels.known_labels gives the {len(known)} examples that the label "
                f"store {store.folder} was made with, but other labels of them: restore the labels "
                "it was made with, or infer anew."
            )
