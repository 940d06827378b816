# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What `dataset.labels` names, made."""

import os
from collections.abc import Callable

from compare_gan.data.label_sources.base import LabelSource, build_label_source
from compare_gan.data.label_sources.replaced_labels import (
    ReplacedLabels,
    label_file_pattern,
    own_or_replaced_labels,
)
from compare_gan.data.sources import ImageSource


def make_label_source(
    labels: LabelSource | Callable[[], LabelSource] | None,
    source: ImageSource,
    label_store: str | os.PathLike[str] | None = None,
) -> LabelSource:
    """Makes what `dataset.labels` names: None, a label source, or a class or function giving one.

    None stands for the labels that the data set's name asks for, or else for those in v3's files
    (`replace_labels.file_pattern`), or else for the data set's own.

    Args:
      labels: As in `dataset.labels`.
      source: The data set.
      label_store: Where this run keeps the labels it infers.

    Raises:
      ValueError: If it is anything else, or does not fit the data set or v3's files.
    """
    if labels is None:
        labels = source.default_labels or own_or_replaced_labels
    made = build_label_source(labels, "dataset.labels").with_store(label_store)
    pattern = label_file_pattern()
    if pattern is not None and not isinstance(made, ReplacedLabels):
        raise ValueError(
            f"replace_labels.file_pattern is {pattern!r}, which takes the place of the labels of "
            f"{source.name!r} itself, but they are chosen otherwise, by {type(made).__name__}: "
            "remove it, or dataset.labels. An inference of labels does not read such files: give "
            "it known labels by label_inference.known_labels, such as @listed_labels."
        )
    made.check(source)
    return made
