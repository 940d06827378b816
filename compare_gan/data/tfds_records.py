# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""TFRecord files that TFDS has written: their records in order or shuffled, their ids and labels.

An epoch takes the files in an order of its own, reads several of them in turn and shuffles within a
buffer; all of it is decided by (seed, epoch), the files, and the size of the buffer. Nothing here
decodes an image.
"""

import contextlib
import copy
import dataclasses
import os
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
import tqdm

from compare_gan.data import cache
from compare_gan.data.order import position_bits, shuffled_indices

_FILES_READ_IN_TURN = 16
_READ_AHEAD_BYTES = 2**20
_LOADING_BATCH = 256
# What is known of each record without decoding it; "places" are those among all stored records.
_COLUMNS = ("labels", "places", "ids")


@dataclasses.dataclass(frozen=True)
class RecordFile:
    """A run of records in a file: `count` of them, from number `first` on."""

    path: str
    first: int
    count: int


@dataclasses.dataclass(frozen=True)
class RecordFormat:
    """Where an example's parts are in a record.

    Attributes:
      image_key: The feature with the image.
      channels: How many channels images have.
      encoding: How it is stored: "image", a file such as PNG or JPEG; or numbers, namely "values",
        "bytes", or "zlib", compressed bytes.
      shape: The shape of an image stored as numbers; None for files.
      label_key: The feature with the label; None where there is none.
      id_key: The feature with the example's id; None for `<file name>__<record number>`, which is
        what TFDS calls `tfds_id`.
      id_is_integer: Whether that feature is an integer rather than text.
    """

    image_key: str
    channels: int
    encoding: str = "image"
    shape: tuple[int, int, int] | None = None
    label_key: str | None = None
    id_key: str | None = None
    id_is_integer: bool = False

    def image(self, serialized: tf.Tensor) -> tf.Tensor:
        """The image of one record as it is stored: a string, or int64 of the image's shape."""
        stored = tf.io.FixedLenFeature([], tf.string)
        if self.encoding == "values":
            stored = tf.io.FixedLenFeature(self.shape, tf.int64)
        return tf.io.parse_single_example(serialized, {self.image_key: stored})[self.image_key]

    def decode(self, stored: tf.Tensor) -> tf.Tensor:
        """Decodes what `image` gives: uint8 [height, width, channels]."""
        if self.encoding == "image":
            image = tf.io.decode_image(stored, channels=self.channels, expand_animations=False)
            image.set_shape([None, None, self.channels])
            return image
        if self.encoding == "values":
            return tf.cast(stored, tf.uint8)
        if self.encoding == "zlib":
            stored = tf.io.decode_compressed(stored, "ZLIB")
        return tf.reshape(tf.io.decode_raw(stored, tf.uint8), self.shape)

    def label_and_own_id(self, serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The label of one record, int64, -1 for none, and its own id, a string, b"" for none."""
        features = {}
        if self.label_key is not None:
            features[self.label_key] = tf.io.FixedLenFeature([], tf.int64)
        if self.id_key is not None:
            id_type = tf.int64 if self.id_is_integer else tf.string
            features[self.id_key] = tf.io.FixedLenFeature([], id_type)
        parsed = tf.io.parse_single_example(serialized, features) if features else {}
        label = parsed.get(self.label_key, tf.constant(-1, tf.int64))
        own_id = parsed.get(self.id_key, tf.constant(b""))
        return label, tf.strings.as_string(own_id) if self.id_is_integer else own_id


class Records:
    """The serialized records in some TFRecord files.

    Args:
      files: The runs of records, in the order of an evaluation.
      record_format: Where an example's parts are in a record.
      minimum_side: Images with a shorter side than this (JPEG only) are left out.
      trust_ids: Whether the data set's own ids are known to be distinct. Where they are not, all
        records are read once to find out; if ids occur twice, examples are known by `tfds_id`.
    """

    def __init__(
        self,
        files: Sequence[RecordFile],
        record_format: RecordFormat,
        minimum_side: int = 0,
        trust_ids: bool = True,
    ):
        self._files = tuple(files)
        self._format = record_format
        self._minimum_side = minimum_side
        self._trust_ids = trust_ids
        self._scanned: dict[str, np.ndarray] | None = None
        self._kept: np.ndarray | None = None

    def subset(self, indices: np.ndarray) -> "Records":
        """Some of the records, by their ascending numbers in the order of `in_order`."""
        part = copy.copy(self)
        part._scanned = {name: self._scan()[name][indices] for name in _COLUMNS}
        part._scanned["own_ids"] = self._scan()["own_ids"]
        part._kept = np.zeros(self._stored, bool)
        part._kept[part._scanned["places"]] = True
        return part

    @property
    def format(self) -> RecordFormat:
        """Where an example's parts are in a record."""
        return self._format

    @property
    def count(self) -> int:
        """How many records there are."""
        if self._minimum_side or self._kept is not None:
            return len(self.ids())
        return self._stored

    @property
    def _stored(self) -> int:
        return sum(file.count for file in self._files)

    @property
    def at_hand(self) -> bool:
        """Whether ids and labels are known without reading all records."""
        return self._scanned is not None or cache.is_cached("records", self.key())

    def ids(self) -> np.ndarray:
        """All ids, distinct bytes [n], in the order of `in_order`."""
        return self._scan()["ids"]

    def labels(self) -> np.ndarray:
        """All labels, int64 [n], in the order of `in_order`."""
        return self._scan()["labels"]

    def has_own_ids(self) -> bool:
        """Whether ids are the data set's own, and not `tfds_id`. Not to be called while tracing."""
        if self._trust_ids or self._format.id_key is None:
            return self._format.id_key is not None
        return bool(self._scan()["own_ids"])

    def label_and_id(
        self, record: dict[str, tf.Tensor], own_ids: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The label and the id of one record; `own_ids` is `has_own_ids()`."""
        label, own_id = self._format.label_and_own_id(record["serialized"])
        return label, own_id if own_ids else _tfds_id(record)

    def key(self) -> object:
        """Everything that ids and labels depend on."""
        stamps = []
        for file in self._files:
            status = tf.io.gfile.stat(file.path)
            stamps.append([file.path, file.first, file.count, status.length, status.mtime_nsec])
        form = dataclasses.asdict(self._format)
        return [stamps, form, self._minimum_side, self._trust_ids]

    def in_order(self) -> tf.data.Dataset:
        """All records in the order of an evaluation."""
        files = tf.data.Dataset.from_tensor_slices(self._file_columns())
        return self._filtered(files.flat_map(self._read))

    def shuffled_epoch(self, epoch: tf.Tensor, seed: int, buffer: int) -> tf.data.Dataset:
        """All records in the order of one epoch of training. Called while tracing."""
        count = len(self._files)
        positions = epoch * count + tf.range(count, dtype=tf.int64)
        order = shuffled_indices(positions, count, seed)
        columns = {name: tf.gather(column, order) for name, column in self._file_columns().items()}
        records = tf.data.Dataset.from_tensor_slices(columns).interleave(
            self._read,
            cycle_length=min(_FILES_READ_IN_TURN, count),
            block_length=1,
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )
        # `shuffle` mixes TensorFlow's global seed into its own. This sets it for the function that
        # is being traced only: the order must not depend on what a program does elsewhere.
        tf.random.set_seed(1)
        bits = position_bits(seed, "shuffle", epoch)
        return self._filtered(records).shuffle(
            buffer,
            seed=tf.bitcast(bits, tf.int64),
            reshuffle_each_iteration=False,
        )

    @contextlib.contextmanager
    def damage_explained(self) -> Iterator[None]:
        """Turns TensorFlow's errors about damaged files into a ValueError that names the file."""
        try:
            yield
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as error:
            reason = error.message.split("\n")[0]
            for path in dict.fromkeys(file.path for file in self._files):
                try:
                    for _ in tf.data.TFRecordDataset(path).batch(_LOADING_BATCH):
                        pass
                except tf.errors.DataLossError as found:
                    reason = found.message.split("\n")[0]
                    raise ValueError(
                        f"The file {path} is damaged ({reason}): copy or prepare it anew."
                    ) from error
            raise ValueError(
                f"An image in the files {self._files[0].path}, ... cannot be decoded ({reason}): "
                "prepare the data set anew."
            ) from error

    def _read(self, file: dict[str, tf.Tensor]) -> tf.data.Dataset:
        """The records of one file."""
        records = tf.data.TFRecordDataset(file["path"], buffer_size=_READ_AHEAD_BYTES)
        records = records.skip(file["first"]).take(file["count"]).enumerate(file["first"])
        return records.map(
            lambda number, serialized: {
                "serialized": serialized,
                "name": file["name"],
                "number": number,
                "place": file["place"] + number - file["first"],
            }
        )

    def _file_columns(self) -> dict[str, tf.Tensor]:
        counts = [file.count for file in self._files]
        return {
            # How many stored records come before the file's.
            "place": tf.constant(np.cumsum([0, *counts[:-1]]), tf.int64),
            "path": tf.constant([file.path for file in self._files]),
            "name": tf.constant([os.path.basename(file.path) for file in self._files]),
            "first": tf.constant([file.first for file in self._files], tf.int64),
            "count": tf.constant(counts, tf.int64),
        }

    def _filtered(self, records: tf.data.Dataset) -> tf.data.Dataset:
        if self._kept is not None:
            kept = tf.constant(self._kept)
            return records.filter(lambda record: tf.gather(kept, record["place"]))
        if not self._minimum_side:
            return records

        def large_enough(record: dict[str, tf.Tensor]) -> tf.Tensor:
            shape = tf.image.extract_jpeg_shape(self._format.image(record["serialized"]))
            return tf.minimum(shape[0], shape[1]) >= self._minimum_side

        return records.filter(large_enough)

    def _scan(self) -> dict[str, np.ndarray]:
        """Reads all ids and labels once; the cache keeps them."""
        if self._scanned is None:
            with self.damage_explained():
                self._scanned = cache.cached_arrays("records", self.key(), self._read_labels)
        return self._scanned

    def _read_labels(self, workspace: cache.Workspace) -> dict[str, np.ndarray]:
        def columns(record: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            label, own_id = self._format.label_and_own_id(record["serialized"])
            return {
                "labels": label,
                "places": record["place"],
                "own": own_id,
                "tfds": _tfds_id(record),
            }

        stream = self.in_order().map(columns, num_parallel_calls=tf.data.AUTOTUNE)
        none = np.zeros([0], np.int64)
        parts = {"labels": [none], "places": [none], "own": [], "tfds": []}
        batches = stream.batch(_LOADING_BATCH)
        for batch in with_progress(batches, self._stored, "Reading labels"):
            for name in ("labels", "places"):
                parts[name].append(batch[name])
            for name in ("own", "tfds"):
                parts[name].append(batch[name].astype("S"))
        labels, places = (np.concatenate(parts[name]) for name in ("labels", "places"))
        if not self._minimum_side and len(labels) != self._stored:
            raise ValueError(
                f"The files {self._files[0].path}, ... should hold {self._stored} examples, but "
                f"they hold {len(labels)}: copy or prepare them anew."
            )
        own, tfds = (
            np.concatenate(parts[name] or [np.zeros([0], "S1")]) for name in ("own", "tfds")
        )
        own_ids = self._format.id_key is not None and (self._trust_ids or _distinct(own))
        ids = own if own_ids else tfds
        if not _distinct(ids):
            raise ValueError(
                f"Among the examples in {self._files[0].path}, ... some occur more than once: "
                "name parts that do not overlap."
            )
        return {"labels": labels, "places": places, "ids": ids, "own_ids": np.array(own_ids)}


def _tfds_id(record: dict[str, tf.Tensor]) -> tf.Tensor:
    return tf.strings.join([record["name"], "__", tf.strings.as_string(record["number"])])


def _distinct(ids: np.ndarray) -> bool:
    return len(np.unique(ids)) == len(ids)


def with_progress(batches: tf.data.Dataset, total: int, what: str) -> Iterator[dict]:
    """Iterates over NumPy batches, with a progress bar if it takes more than a few seconds."""
    with tqdm.tqdm(total=total, desc=what, unit="image", delay=3, leave=False) as bar:
        for batch in batches.as_numpy_iterator():
            yield batch
            bar.update(len(batch["labels"]))
