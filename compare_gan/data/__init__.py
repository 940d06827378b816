# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Data sets: where images and labels come from, and the order in which training sees them."""

from compare_gan.data.datasets import DatasetShape, dataset_shape, get_dataset
from compare_gan.data.digits import load_digits
from compare_gan.data.id_table import id_lines, ids_digest, labels_digest
from compare_gan.data.label_sources import (
    FewLabels,
    InferredLabels,
    LabelSource,
    ListedLabels,
    RandomLabels,
    SingleLabel,
    TrueLabels,
    make_label_source,
)
from compare_gan.data.label_store import LabelStore, LabelStoreError, write_label_store
from compare_gan.data.pipeline import Dataset
from compare_gan.data.registry import DataSettings, known_datasets, register_dataset
from compare_gan.data.sources import ArraySource, ImageSource, MissingDataError
from compare_gan.data.transforms import to_unit_floats

__all__ = [
    "ArraySource",
    "DataSettings",
    "Dataset",
    "DatasetShape",
    "FewLabels",
    "ImageSource",
    "InferredLabels",
    "LabelSource",
    "LabelStore",
    "LabelStoreError",
    "ListedLabels",
    "MissingDataError",
    "RandomLabels",
    "SingleLabel",
    "TrueLabels",
    "dataset_shape",
    "get_dataset",
    "id_lines",
    "ids_digest",
    "known_datasets",
    "labels_digest",
    "load_digits",
    "make_label_source",
    "register_dataset",
    "to_unit_floats",
    "write_label_store",
]
