# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Finding data sets that TFDS has prepared on disk, and reading their descriptions.

Only files are read: the builder's code is not needed, and the network is never touched.
"""

import difflib
import os
import re

import numpy as np
import tensorflow as tf

from compare_gan.data.sources import MissingDataError
from compare_gan.data.tfds_records import RecordFile, RecordFormat

_VERSION = re.compile(r"\d+\.\d+\.\d+")
# Features that name an example in the data sets that have one, in the order of preference.
_ID_KEYS = ("file_name", "id", "image/filename", "image/file_name", "filename")


def default_data_dir() -> str:
    """Where TFDS itself prepares data sets: $TFDS_DATA_DIR, by default ~/tensorflow_datasets."""
    return os.environ.get("TFDS_DATA_DIR") or os.path.expanduser("~/tensorflow_datasets")


def _folders(path: str) -> list[str]:
    """The names of the folders in a folder; none where there is no such folder."""
    if not tf.io.gfile.isdir(path):
        return []
    names = [name.rstrip("/") for name in tf.io.gfile.listdir(path)]
    return sorted(name for name in names if tf.io.gfile.isdir(os.path.join(path, name)))


def _is_prepared(path: str) -> bool:
    return tf.io.gfile.exists(os.path.join(path, "dataset_info.json"))


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _choose_version(folder: str, version: str | None) -> str | None:
    """The folder of the newest version below `folder`, or of the one asked for."""
    prepared = [
        name
        for name in _folders(folder)
        if _VERSION.fullmatch(name) and _is_prepared(os.path.join(folder, name))
    ]
    if version is not None:
        pattern = re.escape(version).replace(r"\*", r"\d+")
        prepared = [name for name in prepared if re.fullmatch(pattern, name)]
    return os.path.join(folder, max(prepared, key=_version_key)) if prepared else None


def locate(name: str, data_dir: str | None) -> str:
    """Finds the folder of a prepared data set.

    Args:
      name: `NAME`, `NAME/CONFIG`, either with `:VERSION`, or the path of a prepared folder.
      data_dir: The folder that TFDS prepared it in; None for TFDS's own default.

    Returns:
      The folder that has dataset_info.json.

    Raises:
      MissingDataError: If it is not there; says where it was looked for and how to prepare it.
      ValueError: If it is there in several configurations.
    """
    data_dir = os.path.expanduser(data_dir or default_data_dir())
    path = os.path.expanduser(name)
    looks_like_path = path.startswith((".", "/")) or "://" in path
    if _is_prepared(path):
        return path
    if looks_like_path:
        base, version = path, None
    else:
        relative, _, version = name.partition(":")
        base, version = os.path.join(data_dir, relative), version or None
    found = _choose_version(base, version)
    if found is not None:
        return found
    configs = [
        config for config in _folders(base) if _choose_version(os.path.join(base, config), version)
    ]
    if len(configs) == 1:
        return _choose_version(os.path.join(base, configs[0]), version)
    if configs:
        raise ValueError(
            f"The TFDS data set {name!r} is prepared in several configurations: choose one as "
            f"{', '.join(f'{name}/{config}' for config in configs)}."
        )
    if looks_like_path:
        raise MissingDataError(
            f"{path!r} is no folder of a prepared TFDS data set: it has no dataset_info.json. "
            "Give the folder of a version, such as .../my_dataset/1.0.0."
        )
    nearest = difflib.get_close_matches(name.split("/")[0], _folders(data_dir), n=1)
    advice = f" Did you mean {nearest[0]!r}, which is there?" if nearest else ""
    raise MissingDataError(
        f"The TFDS data set {name!r} is not prepared: it was looked for in {data_dir}.{advice} "
        f"Set --tfds_data_dir to the folder where it is, or prepare it on a machine with a "
        f"network: tfds build {name.replace(':', '/')} --data_dir={data_dir}."
    )


class PreparedDataset:
    """The description of a data set that TFDS has prepared.

    Args:
      folder: The folder that has dataset_info.json.
      image_key: The feature with the images; None finds it.
      label_key: The feature with the labels; None finds it.

    Raises:
      ValueError: If the files have a format that cannot be read one record after another, or a
        feature is not as expected.
    """

    def __init__(self, folder: str, image_key: str | None = None, label_key: str | None = None):
        # Imported here, since a program that reads no TFDS data set should not wait for it.
        import tensorflow_datasets as tfds

        self.info = tfds.builder_from_directory(folder).info
        file_format = self.info.file_format.value
        if file_format != "tfrecord":
            raise ValueError(
                f"The TFDS data set in {folder} is stored as {file_format}, but only 'tfrecord' "
                "can be read: prepare it with file_format='tfrecord'."
            )
        features = self.info.features
        images = [key for key, value in features.items() if isinstance(value, tfds.features.Image)]
        tensors = [
            key
            for key, value in features.items()
            if type(value) is tfds.features.Tensor and len(value.shape) == 3
        ]
        labels = [
            key for key, value in features.items() if isinstance(value, tfds.features.ClassLabel)
        ]
        candidates = images + tensors if image_key else images or tensors
        self.image_key = _choose("image", image_key, candidates, folder, required=True)
        self.label_key = _choose("label", label_key, labels, folder, required=False)
        image = features[self.image_key]
        if image.np_dtype != np.uint8:
            raise ValueError(
                f"The images of the TFDS data set in {folder} are {image.np_dtype}, but only "
                "images with 8 bits a channel can be read."
            )
        height, width, channels = image.shape
        self._encoding = "image"
        # Whether the fourth channel is how opaque a pixel is.
        self.has_alpha = False
        if self.image_key in tensors:
            if None in image.shape:
                raise ValueError(
                    f"The feature {self.image_key!r} of the TFDS data set in {folder} has the "
                    f"shape {image.shape}, but only tensors of one known shape can be read as "
                    "images."
                )
            encoding = getattr(image, "_encoding", tfds.features.Encoding.NONE)
            self._encoding = {"none": "values"}.get(encoding.value, encoding.value)
        else:
            # Where the number of channels differs from image to image, all become RGB.
            channels = channels or 3
            self.has_alpha = channels == 4
        # Height, width and channels; None for a side that differs from image to image.
        self.stored_shape: tuple[int | None, int | None, int] = (height, width, channels)
        label = features[self.label_key] if self.label_key else None
        self.num_classes: int = label.num_classes if label is not None else 0
        self.class_names: tuple[str, ...] = tuple(label.names) if label is not None else ()
        self._id_key, self._id_is_integer = None, False
        for key in _ID_KEYS:
            if key in features and features[key].shape == ():
                dtype = features[key].tf_dtype
                if dtype == tf.string or dtype.is_integer:
                    self._id_key, self._id_is_integer = key, dtype.is_integer
                    break

    @property
    def full_name(self) -> str:
        """Name, configuration and version."""
        return self.info.full_name

    @property
    def splits(self) -> list[str]:
        """The splits that are stored."""
        return sorted(name for name, split in self.info.splits.items() if split.num_examples)

    def files(self, instruction: str) -> list[RecordFile]:
        """The records of a split or a part of one, such as "train[:90%]"."""
        try:
            files = self.info.splits[instruction].file_instructions
        except (KeyError, ValueError, AssertionError) as error:
            raise ValueError(
                f"The TFDS data set {self.full_name} has no split {instruction!r}: it has "
                f"{', '.join(self.splits)}."
            ) from error
        return [
            RecordFile(
                str(file.filename),
                file.skip,
                file.examples_in_shard - file.skip if file.take == -1 else file.take,
            )
            for file in files
        ]

    @property
    def record_format(self) -> RecordFormat:
        """Where an example's parts are in a record."""
        return RecordFormat(
            image_key=self.image_key,
            channels=self.stored_shape[2],
            encoding=self._encoding,
            shape=None if self._encoding == "image" else self.stored_shape,
            label_key=self.label_key,
            id_key=self._id_key,
            id_is_integer=self._id_is_integer,
        )


def _choose(
    kind: str, asked: str | None, candidates: list[str], folder: str, required: bool
) -> str | None:
    """Chooses the feature with the images or the labels."""
    listing = ", ".join(candidates) or "none"
    if asked is not None:
        if asked in candidates:
            return asked
        raise ValueError(
            f"dataset.{kind}_key is {asked!r}, but the {kind} features of the TFDS data set in "
            f"{folder} are: {listing}."
        )
    if kind in candidates:
        return kind
    if len(candidates) == 1:
        return candidates[0]
    if candidates or required:
        raise ValueError(
            f"The TFDS data set in {folder} has no feature {kind!r}; its {kind} features are: "
            f"{listing}" + (f". Choose one by dataset.{kind}_key." if candidates else ".")
        )
    return None
