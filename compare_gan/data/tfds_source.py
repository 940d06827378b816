# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Data sets that TFDS has prepared: `tfds:NAME`, and the source behind v3's names."""

import dataclasses
import functools
import math
import os
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from compare_gan.data import cache, fitting
from compare_gan.data.digests import ends_digest
from compare_gan.data.examples import Examples, decoding_threads
from compare_gan.data.label_sources import LabelSource
from compare_gan.data.registry import DataSettings, register_dataset
from compare_gan.data.sources import ImageSource
from compare_gan.data.tfds_examples import RecordExamples
from compare_gan.data.tfds_prepared import PreparedDataset, locate
from compare_gan.data.tfds_records import RecordFile, RecordFormat, Records
from compare_gan.data.transforms import Fit, KeepAsItIs, Transform

_EVAL_SPLITS = ("test", "validation", "valid", "val")


@dataclasses.dataclass(frozen=True)
class TfdsDescription:
    """What is known of a data set before its files are looked at.

    Attributes:
      name: As in `dataset.name`.
      builder: TFDS's name for it, perhaps with a configuration, or a prepared folder.
      image_shape: The shape of the images after the transforms.
      num_classes: Number of classes, 0 without labels.
      splits: TFDS's instruction for each split, by our name for it; the training split first, the
        evaluation split second.
      train_transform: What training does to images.
      eval_transform: What evaluation does to images.
      evaluation_limit: How many examples an evaluation uses; None for all.
      minimum_side: Training images with a shorter side are left out.
      image_key: The feature with the images; None finds it.
      label_key: The feature with the labels; None finds it.
      trust_ids: Whether the data set's own ids are known to be distinct (see `Records`).
      default_labels: What training sees as labels by default; None for the data set's own.
      only_labelled: Whether training leaves out unlabelled examples.
    """

    name: str
    builder: str
    image_shape: tuple[int, int, int]
    num_classes: int
    splits: Mapping[str, str]
    train_transform: Transform = KeepAsItIs()
    eval_transform: Transform = KeepAsItIs()
    evaluation_limit: int | None = None
    minimum_side: int = 0
    image_key: str | None = None
    label_key: str | None = None
    trust_ids: bool = True
    default_labels: Callable[[], LabelSource] | None = None
    only_labelled: bool = False


class TfdsSource(ImageSource):
    """A data set that TFDS has prepared.

    A split that fits into `settings.memory_limit` and has no random crops is decoded once, kept on
    disk for the next run, and held in memory; the others are streamed from their files.

    Args:
      description: What it is.
      settings: How it is read.
    """

    def __init__(self, description: TfdsDescription, settings: DataSettings):
        self.name = description.name
        self.train_split, self.eval_split = list(description.splits)[:2]
        self.evaluation_limit = description.evaluation_limit
        self.default_labels = description.default_labels
        self.only_labelled = description.only_labelled
        self._description = description
        self._settings = settings
        self._records_of: dict[str, Records] = {}
        self._made: dict[tuple[str, Transform], Examples] = {}

    @functools.cached_property
    def _prepared(self) -> PreparedDataset:
        description = self._description
        folder = locate(description.builder, self._settings.tfds_data_dir)
        prepared = PreparedDataset(folder, description.image_key, description.label_key)
        if description.num_classes and prepared.num_classes != description.num_classes:
            raise ValueError(
                f"The data set {self.name!r} should have {description.num_classes} classes, but "
                f"the one prepared in {folder} has {prepared.num_classes}: prepare it anew."
            )
        return prepared

    def check(self) -> None:
        paths = [file.path for split in self.splits for file in self._files(split)]
        listings = {
            folder: set(tf.io.gfile.listdir(folder)) for folder in set(map(os.path.dirname, paths))
        }
        for path in paths:
            if os.path.basename(path) not in listings[os.path.dirname(path)]:
                raise ValueError(
                    f"The data set {self.name!r} lacks the file {path}: copy or prepare it anew."
                )

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._description.image_shape

    @property
    def num_classes(self) -> int:
        return self._description.num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        return self._prepared.class_names[: self.num_classes]

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._description.splits)

    @property
    def fingerprint(self) -> str:
        files = {
            split: [
                [os.path.basename(file.path), file.first, file.count, self._digests[file.path]]
                for file in self._files(split)
            ]
            for split in self.splits
        }
        description = self._description
        return cache.fingerprint(
            {
                "tfds": self._prepared.full_name,
                "files": files,
                "format": dataclasses.asdict(self._format),
                "num_classes": self.num_classes,
                "train_transform": repr(description.train_transform),
                "eval_transform": repr(description.eval_transform),
                "minimum_side": description.minimum_side,
                "image_shape": self.image_shape,
            }
        )

    @functools.cached_property
    def _digests(self) -> dict[str, str]:
        """A hash of the content of each file, by its path."""
        paths = sorted({file.path for split in self.splits for file in self._files(split)})
        stamps = []
        for path in paths:
            status = tf.io.gfile.stat(path)
            stamps.append([path, status.length, status.mtime_nsec])

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            return {"digests": np.array(list(decoding_threads().map(ends_digest, paths)), "S32")}

        digests = cache.cached_arrays("digests", ["ends", stamps], build)["digests"]
        return dict(zip(paths, (digest.decode() for digest in digests.tolist())))

    @property
    def _format(self) -> RecordFormat:
        record_format = self._prepared.record_format
        if not self.num_classes:
            return dataclasses.replace(record_format, label_key=None)
        return record_format

    def _files(self, split: str) -> list[RecordFile]:
        return self._prepared.files(self._description.splits[split])

    def _records(self, split: str) -> Records:
        self.check_split(split)
        if split not in self._records_of:
            description = self._description
            self._records_of[split] = Records(
                self._files(split),
                self._format,
                description.minimum_side if split == self.train_split else 0,
                description.trust_ids,
            )
        return self._records_of[split]

    def num_examples(self, split: str) -> int:
        return self._records(split).count

    def labels_at_hand(self, split: str) -> bool:
        # Where all images will be read into memory, reading the labels first costs little.
        return self._records(split).at_hand or self._fits(
            split, self._transform(split == self.train_split)
        )

    def _transform(self, training: bool) -> Transform:
        description = self._description
        return description.train_transform if training else description.eval_transform

    def _fits(self, split: str, transform: Transform) -> bool:
        """Whether a split is decoded once and held in memory."""
        size = math.prod(self.image_shape) * self._records(split).count
        return size <= self._settings.memory_limit and not transform.random

    def ids_and_true_labels(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        records = self._records(split)
        return records.ids(), records.labels()

    def examples(self, split: str, training: bool = False) -> Examples:
        transform = self._transform(training)
        if (split, transform) not in self._made:
            examples = RecordExamples(
                self._records(split), transform, self.image_shape, self._settings.shuffle_buffer
            )
            fits = self._fits(split, transform)
            self._made[split, transform] = examples.in_memory() if fits else examples
        return self._made[split, transform]


def fit_or_keep(
    stored_shape: tuple[int | None, int | None, int],
    image_size: int | tuple[int, int] | None,
    channels: int | None,
    crop: str | None,
    name: str,
    has_alpha: bool = False,
) -> tuple[tuple[int, int, int], Transform]:
    """Decides the shape of images and how they get it.

    Args:
      stored_shape: Height, width and channels of the stored images, None for a side that varies.
      image_size: `dataset.image_size`.
      channels: `dataset.channels`; by default the stored ones, or 3 with an alpha channel.
      crop: `dataset.crop`.
      name: The data set's name, for the message.
      has_alpha: Whether the last stored channel is an alpha channel. It is not kept: transparent
        images are laid on white.

    Raises:
      ValueError: If sizes vary and none is given, or channels cannot be converted.
    """
    if crop is not None:
        fitting.check_policy(crop)
    height, width, stored_channels = stored_shape
    if has_alpha and channels is None:
        channels = 3
    if channels is not None and channels != stored_channels:
        fitting.check_channels(channels)
        if not has_alpha and stored_channels not in (1, 3):
            raise ValueError(
                f"dataset.channels is {channels}, but the images of {name!r} have "
                f"{stored_channels} channels, which are no colors: remove it."
            )
    if image_size is not None:
        height, width = fitting.parse_size(image_size)
    if height is None or width is None:
        raise ValueError(
            f"The images of {name!r} differ in size: set dataset.image_size, for instance to 64."
        )
    shape = (height, width, channels or stored_channels)
    if shape == tuple(stored_shape):
        return shape, KeepAsItIs()
    return shape, Fit(*shape, policy=crop or fitting.DEFAULT_POLICY)


@register_dataset("tfds:")
def tfds_dataset(
    settings: DataSettings,
    location: str,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    crop: str | None = None,
    train_split: str | None = None,
    eval_split: str | None = None,
    image_key: str | None = None,
    label_key: str | None = None,
) -> TfdsSource:
    """Any data set that TFDS has prepared, by name or by the path of its folder.

    Args:
      settings: How it is read.
      location: `NAME`, `NAME/CONFIG`, `NAME:VERSION`, or the path of a prepared folder.
      image_size: Pixels, one number or (height, width); needed where images differ in size.
      channels: 1 or 3, by default as stored; tensors of other channels keep them.
      crop: How images are fitted to `image_size` (see `fitting`).
      train_split: TFDS's instruction, by default "train", or the only split there is.
      eval_split: Likewise; by default "test", else "validation", else a tenth of the training
        split, which is then not trained on.
      image_key: The feature with the images, by default "image" or the only one.
      label_key: The feature with the labels, by default "label" or the only one.
    """
    name = f"tfds:{location}"
    prepared = PreparedDataset(locate(location, settings.tfds_data_dir), image_key, label_key)
    train, evaluation = _choose_splits(prepared, train_split, eval_split)
    shape, transform = fit_or_keep(
        prepared.stored_shape, image_size, channels, crop, name, prepared.has_alpha
    )
    source = TfdsSource(
        TfdsDescription(
            name=name,
            builder=location,
            image_shape=shape,
            num_classes=prepared.num_classes,
            splits={"train": train, "test": evaluation},
            train_transform=transform,
            eval_transform=transform,
            image_key=image_key,
            label_key=label_key,
            trust_ids=False,
        ),
        settings,
    )
    source.remarks = (f"trained on {train!r} and evaluated on {evaluation!r}",)
    if prepared.has_alpha:
        source.remarks += ("transparent pixels laid on white",)
    return source


def _choose_splits(
    prepared: PreparedDataset, train: str | None, evaluation: str | None
) -> tuple[str, str]:
    """Chooses TFDS's instructions for the training and the evaluation split."""
    available = prepared.splits
    if train is None:
        if "train" not in available and len(available) != 1:
            raise ValueError(
                f"The TFDS data set {prepared.full_name} has no split 'train': choose "
                f"dataset.train_split among {', '.join(available)}."
            )
        train = "train" if "train" in available else available[0]
    if evaluation is None:
        others = [split for split in _EVAL_SPLITS if split in available and split != train]
        if others:
            evaluation = others[0]
        elif train in available:
            # TFDS stores examples in a random order, so that any tenth is a fair one.
            train, evaluation = f"{train}[:90%]", f"{train}[90%:]"
        else:
            raise ValueError(
                f"dataset.train_split is {train!r} and the TFDS data set {prepared.full_name} has "
                f"no test split: set dataset.eval_split too. Stored: {', '.join(available)}."
            )
    return train, evaluation
