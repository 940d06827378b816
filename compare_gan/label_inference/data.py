# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The images of a label inference, with the labels that it may use and no others."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from compare_gan.data import Dataset, ImageSource, LabelSource, TrueLabels, get_dataset
from compare_gan.data.label_sources.base import build_label_source


class InferenceData(NamedTuple):
    """One data set, three times.

    Attributes:
      known: All training images, with the known labels, −1 for the others.
      labelled: The training images whose label is known.
      truth: All images with their true labels: for reports only, nothing learns from them.
      fake: Whether random images stand in for the data.
    """

    known: Dataset
    labelled: Dataset
    truth: Dataset
    fake: bool = False


class NoLabels(LabelSource):
    """Every image is unlabelled: what clustering sees."""

    hides_labels = True

    def num_classes(self, source: ImageSource) -> int:
        return 0

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        return np.full(len(ids), -1, np.int32)


class _AnyLabels(LabelSource):
    """As many classes as another label source has, and labels of them that mean nothing.

    Every second image has one, so that there are labelled and unlabelled ones.

    Args:
      like: The other source.
    """

    hides_labels = True

    def __init__(self, like: LabelSource):
        self._like = like

    def num_classes(self, source: ImageSource) -> int:
        return self._like.num_classes(source)

    def class_names(self, source: ImageSource) -> tuple[str, ...]:
        return self._like.class_names(source)

    def labels(
        self, source: ImageSource, split: str, ids: np.ndarray, true_labels: np.ndarray
    ) -> np.ndarray:
        classes = self.num_classes(source)
        if not classes:
            return np.full(len(ids), -1, np.int32)
        every, _ = source.ids_and_true_labels(split)
        rank = np.searchsorted(np.sort(every), ids)
        return np.where(rank % 2 == 0, rank // 2 % classes, -1).astype(np.int32)


def inference_data(
    known_labels: LabelSource | Callable[[], LabelSource],
    tfds_data_dir: str | None = None,
    fake: bool = False,
    any_labels: bool = False,
) -> InferenceData:
    """The data set that gin names, whatever `dataset.labels` and `dataset.only_labelled` say.

    Args:
      known_labels: Which labels may be used.
      tfds_data_dir: See `get_dataset`.
      fake: See `get_dataset`.
      any_labels: Whether made-up labels of as many classes stand in for the known ones, which may
        be those of ids that fake images do not have.

    Raises:
      ValueError: The data are not there, or the labels are of a kind that cannot be learned from.
    """
    source = build_label_source(known_labels, "label_inference.known_labels")
    if source.soft or source.redrawn:
        raise ValueError(
            f"label_inference.known_labels is {known_labels!r}, but it must name labels that are "
            "known, such as @few_labels."
        )
    truth = get_dataset(
        labels=TrueLabels(), only_labelled=False, tfds_data_dir=tfds_data_dir, fake=fake
    ).everything()  # of data sets whose name leaves out unlabelled images too
    known = truth.with_labels(source)  # it may not fit the data set
    if any_labels:
        source = _AnyLabels(source)
        known = truth.with_labels(source)
    return InferenceData(known, truth.with_labels(source, only_labelled=True), truth, fake)
