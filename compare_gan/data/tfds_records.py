# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Examples that are read one after another from TFRecord files, for what does not fit in memory.

An epoch takes the files in an order of its own, reads several of them in turn and shuffles within a
buffer; all of it is decided by (seed, epoch). A resumed run reads the serialized records of its
epoch up to where it stopped, but decodes none of them.
"""

import dataclasses
import math
import os
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf
import tqdm

from compare_gan.data import cache
from compare_gan.data.examples import (
    ArrayExamples,
    Augment,
    Examples,
    Relabel,
    ensure_rows,
    evaluation_rows,
    reshape_rows,
)
from compare_gan.data.order import TrainingPlan, position_bits, shuffled_indices
from compare_gan.data.transforms import Transform

_FILES_READ_IN_TURN = 16
_READ_AHEAD_BYTES = 2**20
_LOADING_BATCH = 256


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
      image_key: The feature with the encoded image.
      channels: How many channels to decode.
      label_key: The feature with the label; None where there is none.
      id_key: The feature with the example's id; None for `<file name>__<record number>`, which is
        what TFDS calls `tfds_id`.
      id_is_integer: Whether that feature is an integer rather than text.
    """

    image_key: str
    channels: int
    label_key: str | None = None
    id_key: str | None = None
    id_is_integer: bool = False

    def parse(self, serialized: tf.Tensor, tfds_id: tf.Tensor) -> dict[str, tf.Tensor]:
        """Parses one record: "encoded" (string), "label" (int64) and "id" (string)."""
        features = {self.image_key: tf.io.FixedLenFeature([], tf.string)}
        if self.label_key is not None:
            features[self.label_key] = tf.io.FixedLenFeature([], tf.int64)
        if self.id_key is not None:
            id_type = tf.int64 if self.id_is_integer else tf.string
            features[self.id_key] = tf.io.FixedLenFeature([], id_type)
        parsed = tf.io.parse_single_example(serialized, features)
        example_id = tfds_id if self.id_key is None else parsed[self.id_key]
        if self.id_key is not None and self.id_is_integer:
            example_id = tf.strings.as_string(example_id)
        label = -1 if self.label_key is None else parsed[self.label_key]
        return {
            "encoded": parsed[self.image_key],
            "label": tf.cast(label, tf.int64),
            "id": example_id,
        }


class RecordExamples(Examples):
    """The examples in some TFRecord files.

    Args:
      files: The runs of records, in the order of an evaluation.
      record_format: Where an example's parts are in a record.
      transform: What is done to every image.
      image_shape: The shape of the images after it.
      shuffle_buffer: How many serialized records an epoch shuffles at a time.
      minimum_side: Images with a shorter side than this (JPEG only) are left out.
    """

    def __init__(
        self,
        files: Sequence[RecordFile],
        record_format: RecordFormat,
        transform: Transform,
        image_shape: tuple[int, int, int],
        shuffle_buffer: int,
        minimum_side: int = 0,
    ):
        self._files = tuple(files)
        self._format = record_format
        self._transform = transform
        self._image_shape = tuple(image_shape)
        self._shuffle_buffer = shuffle_buffer
        self._minimum_side = minimum_side
        self._scanned: dict[str, np.ndarray] | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    @property
    def num_examples(self) -> int:
        if self._minimum_side:
            return len(self.ids())
        return sum(file.count for file in self._files)

    @property
    def at_hand(self) -> bool:
        return self._scanned is not None or cache.is_cached("labels", self._scan_key())

    def ids(self) -> np.ndarray:
        return self._scan()["ids"]

    def true_labels(self) -> np.ndarray:
        return self._scan()["labels"]

    def in_memory(self) -> ArrayExamples:
        """Decodes all images, unless the cache has them, and returns them as arrays."""

        def build(folder: pathlib.Path) -> dict[str, np.ndarray]:
            count = self.num_examples
            images = np.lib.format.open_memmap(
                folder / "images.npy", "w+", np.uint8, (count, *self._image_shape)
            )
            labels, ids, done = [], [], 0
            batches = self.evaluation_batches(_LOADING_BATCH, lambda ids, labels: labels)
            for batch in _with_progress(batches.prefetch(2), count, "Decoding images"):
                images[done : done + len(batch["labels"])] = batch["images"]
                labels.append(batch["labels"])
                ids.append(batch["ids"].astype("S"))
                done += len(batch["labels"])
            return {
                "images": images,
                "labels": np.concatenate(labels).astype(np.int64),
                "ids": np.concatenate(ids),
            }

        key = [self._scan_key(), repr(self._transform), self._image_shape]
        arrays = cache.cached_arrays("images", key, build)
        return ArrayExamples(arrays["images"], arrays["labels"], arrays["ids"])

    def training_batches(
        self, plan: TrainingPlan, relabel: Relabel, augment: Augment
    ) -> tf.data.Dataset:
        first_epoch = plan.start_position // self.num_examples
        stream = tf.data.Dataset.counter(first_epoch, dtype=tf.int64)
        stream = stream.flat_map(lambda epoch: self._shuffled_epoch(epoch, plan.seed))
        stream = stream.skip(plan.start_position - first_epoch * self.num_examples)
        stream = stream.enumerate(plan.start_position)
        if plan.shard_count > 1:
            stream = stream.filter(
                lambda position, record: tf.equal(
                    position % plan.batch_size // plan.rows, plan.shard_index
                )
            )
        rows = math.prod(plan.shape)
        batches = self._decoded(stream, plan.seed).batch(rows, drop_remainder=True)

        @tf.autograph.experimental.do_not_convert
        def finish(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            return reshape_rows(augment(_relabelled(batch, relabel)), plan.shape)

        return batches.map(finish)

    def evaluation_batches(
        self, batch_size: int, relabel: Relabel, shard_index: int = 0, shard_count: int = 1
    ) -> tf.data.Dataset:
        _, rows, last_rows = evaluation_rows(
            self.num_examples, batch_size, shard_index, shard_count
        )
        stream = self._records().enumerate()
        if shard_count > 1:
            stream = stream.filter(
                lambda position, record: tf.equal(position % batch_size // rows, shard_index)
            )
        batches = self._decoded(stream, seed=0).batch(rows)
        if last_rows == 0:
            # All workers have the same number of batches, or the others would wait for this one.
            batches = batches.concatenate(
                tf.data.Dataset.from_tensors(
                    {
                        "images": tf.zeros([0, *self._image_shape], tf.uint8),
                        "labels": tf.zeros([0], tf.int64),
                        "ids": tf.zeros([0], tf.string),
                        "positions": tf.zeros([0], tf.int64),
                    }
                )
            )

        def finish(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            batch = _relabelled(batch, relabel)
            names = ("images", "labels", "ids")
            static_rows = rows if rows == last_rows else None
            return ensure_rows({name: batch[name] for name in names}, static_rows)

        return batches.map(finish)

    def _read(self, file: dict[str, tf.Tensor]) -> tf.data.Dataset:
        """The records of one file."""
        records = tf.data.TFRecordDataset(file["path"], buffer_size=_READ_AHEAD_BYTES)
        records = records.skip(file["first"]).take(file["count"]).enumerate(file["first"])
        return records.map(
            lambda number, serialized: {
                "serialized": serialized,
                "name": file["name"],
                "number": number,
            }
        )

    def _file_columns(self) -> dict[str, tf.Tensor]:
        return {
            "path": tf.constant([file.path for file in self._files]),
            "name": tf.constant([os.path.basename(file.path) for file in self._files]),
            "first": tf.constant([file.first for file in self._files], tf.int64),
            "count": tf.constant([file.count for file in self._files], tf.int64),
        }

    def _records(self) -> tf.data.Dataset:
        """All records in the order of an evaluation."""
        files = tf.data.Dataset.from_tensor_slices(self._file_columns())
        return self._filtered(files.flat_map(self._read))

    def _shuffled_epoch(self, epoch: tf.Tensor, seed: int) -> tf.data.Dataset:
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
            self._shuffle_buffer,
            seed=tf.bitcast(bits, tf.int64),
            reshuffle_each_iteration=False,
        )

    def _filtered(self, records: tf.data.Dataset) -> tf.data.Dataset:
        if not self._minimum_side:
            return records

        def large_enough(record: dict[str, tf.Tensor]) -> tf.Tensor:
            encoded = self._format.parse(record["serialized"], record["name"])["encoded"]
            shape = tf.image.extract_jpeg_shape(encoded)
            return tf.minimum(shape[0], shape[1]) >= self._minimum_side

        return records.filter(large_enough)

    def _parse(self, record: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        tfds_id = tf.strings.join([record["name"], "__", tf.strings.as_string(record["number"])])
        return self._format.parse(record["serialized"], tfds_id)

    def _decoded(self, stream: tf.data.Dataset, seed: int) -> tf.data.Dataset:
        """Decodes (position, record) to single examples."""

        def decode(position: tf.Tensor, record: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            example = self._parse(record)
            image = tf.io.decode_image(
                example["encoded"], channels=self._format.channels, expand_animations=False
            )
            image.set_shape([None, None, self._format.channels])
            image = self._transform(image, position_bits(seed, "transform", position))
            return {
                "images": tf.ensure_shape(image, self._image_shape),
                "labels": example["label"],
                "ids": example["id"],
                "positions": position,
            }

        return stream.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    def _scan_key(self) -> object:
        """Everything that ids and labels depend on."""
        stamps = []
        for file in self._files:
            status = tf.io.gfile.stat(file.path)
            stamps.append([file.path, file.first, file.count, status.length, status.mtime_nsec])
        return [stamps, dataclasses.asdict(self._format), self._minimum_side]

    def _scan(self) -> dict[str, np.ndarray]:
        """Reads all ids and labels once; the cache keeps them."""

        def build(folder: pathlib.Path) -> dict[str, np.ndarray]:
            records = self._records().map(self._parse, num_parallel_calls=tf.data.AUTOTUNE)
            columns = records.map(
                lambda example: {"labels": example["label"], "ids": example["id"]}
            )
            labels, ids = [np.zeros([0], np.int64)], [np.zeros([0], "S1")]
            total = sum(file.count for file in self._files)
            for batch in _with_progress(columns.batch(_LOADING_BATCH), total, "Reading labels"):
                labels.append(batch["labels"])
                ids.append(batch["ids"].astype("S"))
            return {"labels": np.concatenate(labels), "ids": np.concatenate(ids)}

        if self._scanned is None:
            self._scanned = cache.cached_arrays("labels", self._scan_key(), build)
        return self._scanned


def _relabelled(batch: dict[str, tf.Tensor], relabel: Relabel) -> dict[str, tf.Tensor]:
    """Replaces a batch's true labels by the run's."""

    def labels(ids: np.ndarray, true_labels: np.ndarray) -> np.ndarray:
        return np.asarray(relabel(ids.astype("S"), true_labels), np.int32)

    new = tf.numpy_function(labels, [batch["ids"], batch["labels"]], tf.int32)
    return batch | {"labels": tf.ensure_shape(new, batch["labels"].shape)}


def _with_progress(batches: tf.data.Dataset, total: int, what: str) -> Iterator[dict]:
    """Iterates over NumPy batches, with a progress bar if it takes more than a few seconds."""
    with tqdm.tqdm(total=total, desc=what, unit="image", delay=3, leave=False) as bar:
        for batch in batches.as_numpy_iterator():
            yield batch
            bar.update(len(batch["labels"]))
