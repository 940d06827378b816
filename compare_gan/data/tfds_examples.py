# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Examples that are read one after another from TFRecord files, for what does not fit in memory.

A resumed run reads the serialized records of its epoch up to where it stopped, but decodes none of
them.
"""

import math

import numpy as np
import tensorflow as tf

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
from compare_gan.data.order import TrainingPlan, position_bits
from compare_gan.data.tfds_records import Records, with_progress
from compare_gan.data.transforms import Transform

_LOADING_BATCH = 256


class RecordExamples(Examples):
    """The examples in some TFRecord files.

    Args:
      records: The records.
      transform: What is done to every image.
      image_shape: The shape of the images after it.
      shuffle_buffer: How many serialized records an epoch shuffles at a time.
    """

    def __init__(
        self,
        records: Records,
        transform: Transform,
        image_shape: tuple[int, int, int],
        shuffle_buffer: int,
    ):
        self._records = records
        self._transform = transform
        self._image_shape = tuple(image_shape)
        self._shuffle_buffer = shuffle_buffer

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    @property
    def num_examples(self) -> int:
        return self._records.count

    def ids(self) -> np.ndarray:
        return self._records.ids()

    def true_labels(self) -> np.ndarray:
        return self._records.labels()

    def subset(self, indices: np.ndarray) -> "RecordExamples":
        """Some of the examples; the other records are passed over without being decoded."""
        records = self._records.subset(indices)
        return RecordExamples(records, self._transform, self._image_shape, self._shuffle_buffer)

    def in_memory(self) -> ArrayExamples:
        """Decodes all images, unless the cache has them, and returns them as arrays."""
        ids, labels = self.ids(), self.true_labels()

        def build(workspace: cache.Workspace) -> dict[str, np.ndarray]:
            images = workspace.array("images", np.uint8, (len(ids), *self._image_shape))
            done = 0
            own_labels = Relabel(lambda ids, labels: labels)
            batches = self.evaluation_batches(_LOADING_BATCH, own_labels)
            for batch in with_progress(batches.prefetch(2), len(ids), "Decoding images"):
                images[done : done + len(batch["labels"])] = batch["images"]
                done += len(batch["labels"])
            return {"images": images}

        key = [self._records.key(), repr(self._transform), self._image_shape]
        with self._records.damage_explained():
            images = cache.cached_arrays("images", key, build)["images"]
        return ArrayExamples(images, labels, ids)

    def training_batches(
        self, plan: TrainingPlan, relabel: Relabel, augment: Augment
    ) -> tf.data.Dataset:
        count, own_ids = self.num_examples, self._records.has_own_ids()
        first_epoch = plan.start_position // count
        stream = tf.data.Dataset.counter(first_epoch, dtype=tf.int64)
        stream = stream.flat_map(
            lambda epoch: self._records.shuffled_epoch(epoch, plan.seed, self._shuffle_buffer)
        )
        stream = stream.skip(plan.start_position - first_epoch * count)
        stream = stream.enumerate(plan.start_position)
        if plan.shard_count > 1:
            stream = stream.filter(
                # Batches begin at multiples of shard_count, so this is the row modulo shard_count.
                lambda position, record: tf.equal(position % plan.shard_count, plan.shard_index)
            )
        rows = math.prod(plan.shape)
        batches = self._decoded(stream, plan.seed, own_ids).batch(rows, drop_remainder=True)

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
        stream = self._records.in_order().enumerate()
        if shard_count > 1:
            stream = stream.filter(
                lambda position, record: tf.equal(position % batch_size // rows, shard_index)
            )
        batches = self._decoded(stream, 0, self._records.has_own_ids()).batch(rows)
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

    def _decoded(self, stream: tf.data.Dataset, seed: int, own_ids: bool) -> tf.data.Dataset:
        """Decodes (position, record) to single examples."""
        record_format = self._records.format

        def decode(position: tf.Tensor, record: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            label, example_id = self._records.label_and_id(record, own_ids)
            image = record_format.decode(record_format.image(record["serialized"]))
            image = self._transform(image, position_bits(seed, "transform", position))
            return {
                "images": tf.ensure_shape(image, self._image_shape),
                "labels": label,
                "ids": example_id,
                "positions": position,
            }

        return stream.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _relabelled(batch: dict[str, tf.Tensor], relabel: Relabel) -> dict[str, tf.Tensor]:
    """Replaces a batch's true labels by the run's."""

    def labels(ids: np.ndarray, true_labels: np.ndarray) -> np.ndarray:
        return relabel(ids.astype("S"), true_labels)

    new = tf.numpy_function(labels, [batch["ids"], batch["labels"]], relabel.dtype)
    shape = relabel.shape(batch["labels"].shape[0])
    return batch | {"labels": tf.ensure_shape(new, shape)}
