# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`get_dataset`: the data set that a configuration names."""

from collections.abc import Callable
from typing import NamedTuple

import gin

from compare_gan.data import digits, folder, tfds_names, tfds_source  # noqa: F401 - they register.
from compare_gan.data.fake import FakeSource
from compare_gan.data.label_sources import LabelSource, make_label_source
from compare_gan.data.pipeline import Dataset
from compare_gan.data.registry import DataSettings, known_datasets, make_source
from compare_gan.data.sources import ImageSource


class DatasetShape(NamedTuple):
    """What a GAN must know of a data set before it sees one image."""

    image_shape: tuple[int, int, int]
    num_classes: int


@gin.configurable("dataset", denylist=["tfds_data_dir", "fake"])
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
    fake: bool = False,
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
      channels: 1 for grey or 3 for RGB, where the data set leaves the choice.
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
      fake: Whether 100 random images stand in for the data, which need not be there.

    Raises:
      ValueError: If the name is unknown, an option does not fit it, or the data are not there.
    """
    if name is None:
        raise ValueError(
            f"dataset.name is missing: set it to one of {', '.join(known_datasets())}."
        )
    settings = DataSettings(tfds_data_dir, memory_limit, shuffle_buffer)
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
    if fake:
        source = FakeSource(source, seed)
    source.check()
    return Dataset(source, make_label_source(labels), seed, horizontal_flip)


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
    return DatasetShape(source.image_shape, source.num_classes)
