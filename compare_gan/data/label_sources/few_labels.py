# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.labels = @few_labels`: the true labels of a few training examples of each class."""

import fractions
import math
import weakref

import gin
import numpy as np

from compare_gan.configuration.real_numbers import check_number
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data.id_table import find_rows, id_bits
from compare_gan.data.label_sources.base import LabelSource, evaluation_labels
from compare_gan.data.sources import ImageSource


@gin.register("few_labels")
class FewLabels(LabelSource):
    """The true labels of a few training examples; the others are unlabelled (-1).

    They are drawn within each class, as in Lucic et al., "High-Fidelity Image Generation With Fewer
    Labels" (ICML 2019): the examples of class c are sorted by a hash of (seed, id), and the first
    floor(fraction * n_c + 1/2) of them, at least one, or the first `per_class`, keep their labels.
    So which ones do depends on neither the order of the data nor the other classes, and with the
    same seed a larger part contains the smaller ones. Other splits keep all their labels.

    Args:
      fraction: The part of each class that keeps its labels, above 0 and at most 1.
      per_class: How many examples of each class keep theirs. Exactly one of the two is given.
      seed: Another seed draws others.

    Raises:
      ValueError: If not exactly one is given, or a number is out of range.
    """

    hides_labels = True

    def __init__(self, fraction: float | None = None, per_class: int | None = None, seed: int = 0):
        if (fraction is None) == (per_class is None):
            raise ValueError(
                f"few_labels.fraction is {fraction!r} and few_labels.per_class is {per_class!r}: "
                "set exactly one of them, for instance few_labels.fraction = 0.1."
            )
        if fraction is not None:
            check_number("few_labels.fraction", fraction, "(0, 1]")
        if per_class is not None:
            check_whole_number("few_labels.per_class", per_class)
        self._fraction = fraction
        self._per_class = per_class
        self._seed = check_whole_number("few_labels.seed", seed, least=None)
        self._drawn: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def check(self, source: ImageSource) -> None:
        if not source.num_classes:
            raise ValueError(
                f"@few_labels keeps a few labels of a data set, but {source.name!r} has none: "
                "choose another dataset.labels, such as @listed_labels."
            )

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        if split != source.train_split:
            return evaluation_labels(true_labels, own_classes=True)
        _, drawn = find_rows(self.drawn_ids(source, split), ids)
        return np.where(drawn, true_labels, -1).astype(np.int32)

    def drawn_ids(self, source: ImageSource, split: str) -> np.ndarray:
        """The ids of the examples that keep their labels, bytes [k], sorted.

        Raises:
          ValueError: If a class has fewer than `per_class` examples.
        """
        of_source = self._drawn.setdefault(source, {})
        if split not in of_source:
            of_source[split] = self._draw(source, split)
        return of_source[split]

    def _draw(self, source: ImageSource, split: str) -> np.ndarray:
        self.check(source)
        ids, true_labels = source.ids_and_true_labels(split)
        chosen = []
        for label in range(source.num_classes):
            members = ids[true_labels == label]
            order = np.lexsort((members, id_bits("few_labels", self._seed, members)))
            chosen.append(members[order[: self._wanted(source, label, len(members))]])
        return np.sort(np.concatenate(chosen))

    def _wanted(self, source: ImageSource, label: int, available: int) -> int:
        if self._fraction is not None:
            # As it is written: 0.29 of 50 are 14.5, although 0.29 * 50 is a little less in floats.
            written = fractions.Fraction(repr(float(self._fraction)))
            return max(1, math.floor(written * available + fractions.Fraction(1, 2)))
        # Random images in place of the data are not evenly spread over the classes.
        if available < self._per_class and not source.fake:
            raise ValueError(
                f"few_labels.per_class is {self._per_class}, but of the class "
                f"{source.class_names[label]!r} {source.name!r} has only {available} labelled "
                "training examples: choose a smaller number."
            )
        return self._per_class
