# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What training sees as an image's label: `dataset.labels = @true_labels` and others.

A label source maps ids and true labels to the labels of the run. -1 means unlabelled everywhere,
and becomes an all-zero one-hot vector.
"""

from compare_gan.data.label_sources.base import LabelSource
from compare_gan.data.label_sources.choice import make_label_source
from compare_gan.data.label_sources.few_labels import FewLabels
from compare_gan.data.label_sources.inferred_labels import InferredLabels
from compare_gan.data.label_sources.listed_labels import ListedLabels
from compare_gan.data.label_sources.random_labels import RandomLabels
from compare_gan.data.label_sources.replaced_labels import ReplacedLabels, soft_labels
from compare_gan.data.label_sources.single_label import SingleLabel
from compare_gan.data.label_sources.true_labels import TrueLabels

__all__ = [
    "FewLabels",
    "InferredLabels",
    "LabelSource",
    "ListedLabels",
    "RandomLabels",
    "ReplacedLabels",
    "SingleLabel",
    "TrueLabels",
    "make_label_source",
    "soft_labels",
]
