# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`get_dataset`: the data set that a configuration names."""

import os
from collections.abc import Callable
from typing import NamedTuple

import gin

from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.data import digits, fitting, folder, tfds_names, tfds_source  # noqa: F401
from compare_gan.data.fake import FakeSource, ShapeSource
from compare_gan.data.label_sources import LabelSource, make_label_source
from compare_gan.data.pipeline import Dataset
from compare_gan.data.registry import DataSettings, known_datasets, make_source
from compare_gan.data.sources import ImageSource, MissingDataError


class DatasetShape(NamedTuple):
    """What a GAN must know of a data set before it sees one image."""

    image_shape: tuple[int, int, int]
    num_classes: int


@gin.configurable("dataset", denylist=["tfds_data_dir", "fake", "label_store"])
def get_dataset(
    name: str | Callable[..., ImageSource] | None = None,
    seed: int = 547,
    labels: LabelSource | Callable[[], LabelSource] | None = None,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    crop: str | None = None,
    horizontal_flip: bool = False,
    train_split: str | None = None,
    eval_split: str | None = None,
    image_key: str | None = None,
    label_key: str | None = None,
    memory_limit: int = 4 * 2**30,
    shuffle_buffer: int = 10_000,
    tfds_data_dir: str | None = None,
    only_labelled: bool = False,
    fake: bool = False,
    label_store: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Makes the data set of a configuration (gin: `dataset.*`).

    Args:
      name: "digits", one of v3's names ("cifar10", "imagenet_128", ...), "tfds:NAME" for any data
        set that TFDS has prepared, "folder:PATH" for a folder of images, or a reference to a
        function that takes `DataSettings` and returns an `ImageSource`. Required.
      seed: The seed of the order, the crops and the flips.
      labels: What training sees as labels, for instance @true_labels, the default.
      image_size: Pixels, one number for squares or (height, width), for a data set without a size
        of its own.
      channels: 1 for grey or 3 for RGB, where the data set leaves the choice. (Images that are not
        decoded from files may have any number of channels, which they keep.)
      crop: How images are fitted to `image_size`: "center_crop" (the default), "stretch" or "pad".
      horizontal_flip: Whether training mirrors images at random.
      train_split: TFDS's instruction for the training split of "tfds:NAME".
      eval_split: TFDS's instruction for the evaluation split of "tfds:NAME".
      image_key: The feature of "tfds:NAME" with the images.
      label_key: The feature of "tfds:NAME" with the labels.
      memory_limit: The most bytes of decoded images of a split that are held in memory; a larger
        split is decoded while it is read.
      shuffle_buffer: How many records of a streamed TFDS data set are shuffled at a time.
      tfds_data_dir: Where prepared TFDS data sets lie; None for TFDS's own default.
      only_labelled: Whether the training split is only those of its examples that have a label.
      fake: Whether 100 random images stand in for the data, which need not be there. Of a folder or
        a TFDS data set that is missing, `image_size` must be given; 3 channels unless `channels`
        says otherwise, and 10 classes are assumed.
      label_store: Where @inferred_labels finds the labels that this run has inferred, unless
        `inferred_labels.store` says otherwise.

    Raises:
      ValueError: If the name is unknown, an option does not fit it, or the data are not there.
    """
    if name is None:
        raise ValueError(
            f"dataset.name is missing: set it to one of {', '.join(known_datasets())}."
        )
    check_whole_number("dataset.seed", seed, least=None)
    check_whole_number("dataset.memory_limit, in bytes,", memory_limit, least=0)
    check_whole_number("dataset.shuffle_buffer", shuffle_buffer)
    for option, value in (("horizontal_flip", horizontal_flip), ("only_labelled", only_labelled)):
        if not isinstance(value, bool):
            raise ValueError(f"dataset.{option} is {value!r}, but it must be True or False.")
    if image_size is not None:
        fitting.parse_size(image_size)
    if crop is not None:
        fitting.check_policy(crop)
    settings = DataSettings(tfds_data_dir, memory_limit, shuffle_buffer)
    try:
        source = make_source(
            name,
            settings,
            image_size=image_size,
            channels=channels,
            crop=crop,
            train_split=train_split,
            eval_split=eval_split,
            image_key=image_key,
            label_key=label_key,
        )
    except MissingDataError as error:
        if not fake:
            raise
        source = _stand_in(name, image_size, channels, error)
    if fake:
        source = FakeSource(source, seed)
    source.check()
    label_source = make_label_source(labels, source, label_store)
    only_labelled = only_labelled or source.only_labelled
    return Dataset(source, label_source, seed, horizontal_flip, only_labelled)


def _stand_in(
    name: object,
    image_size: int | tuple[int, int] | None,
    channels: int | None,
    error: MissingDataError,
) -> ImageSource:
    """What is known without its data of a data set that must be read to know its shape."""
    if image_size is None:
        raise ValueError(
            f"Random images cannot stand in for {name!r}, since its images' size is not known: "
            f"set dataset.image_size, for instance to 64, or have the data. ({error})"
        ) from error
    return ShapeSource(str(name), (*fitting.parse_size(image_size), channels or 3))


def dataset_shape(
    name: str,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    tfds_data_dir: str | None = None,
) -> DatasetShape:
    """Learns the shape of a data set's images and its number of classes, without reading images.

    Of built-in names this needs no data at all. (`get_dataset(fake=True)` does the same for the
    data set of a configuration.)

    Raises:
      ValueError: If the name is unknown, or the folder or the TFDS data set is not there.
    """
    settings = DataSettings(tfds_data_dir)
    source = make_source(name, settings, image_size=image_size, channels=channels)
    return DatasetShape(source.image_shape, make_label_source(None, source).num_classes(source))
