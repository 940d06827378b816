# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Which example stands where in the endless stream that training reads.

Training reads *positions* 0, 1, 2, ...: position p is in epoch p // n, and each epoch is an exact
permutation of the n examples of the split. Which example stands at a position, and what a random
crop or flip draws for it, is a pure function of (seed, position). So reading may start anywhere at
no cost, and neither the batch size nor the number of workers changes what stands at a position.

That holds for data in memory and for folders of files. A TFDS data set that is streamed (see
`tfds_records`) is shuffled by (seed, epoch) too, but what stands at a position also depends on how
the data set is divided into files and on `dataset.shuffle_buffer`, and a late start reads the
records before it; crops and flips are the same pure function of (seed, position).
"""

import dataclasses
import functools
import hashlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf


def _key(*parts: str | int) -> np.uint64:
    """A stable unsigned 64-bit integer for the parts."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


def _hash(words: np.ndarray | tf.Tensor, right_shift: Callable) -> np.ndarray | tf.Tensor:
    """A bijection of uint64: twice the finalizer of SplitMix64 (Steele et al., OOPSLA 2014).

    Twice, since neighboring words differ in a few low bits only.
    """
    for _ in range(2):
        words = words + np.uint64(0x9E3779B97F4A7C15)
        words = (words ^ right_shift(words, np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ right_shift(words, np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        words = words ^ right_shift(words, np.uint64(31))
    return words


def position_bits(seed: int, name: str, positions: tf.Tensor) -> tf.Tensor:
    """Draws 64 random bits for each position, a pure function of (seed, name, position).

    Args:
      seed: The seed of the data order.
      name: What the bits are for; draws of different names are independent.
      positions: int64 tensor of any shape.

    Returns:
      uint64 tensor of the same shape.
    """
    return _hash(tf.cast(positions, tf.uint64) + _key(seed, name), tf.bitwise.right_shift)


def stateless_seed(bits: tf.Tensor) -> tf.Tensor:
    """Turns the uint64 bits of one position into an int32 seed [2] for a stateless TF operation."""
    return tf.bitcast(bits, tf.int32)


def unit_floats(bits: tf.Tensor) -> tf.Tensor:
    """Turns uint64 bits into float32 values in [0, 1), from the 24 highest bits."""
    high_bits = tf.bitwise.right_shift(bits, tf.constant(40, tf.uint64))
    return tf.cast(high_bits, tf.float32) * 2.0**-24


@functools.lru_cache(maxsize=4)
def epoch_order(num_examples: int, seed: int, epoch: int) -> np.ndarray:
    """The order of the examples in one epoch: a random permutation, int64 [num_examples].

    Examples are sorted by random keys. (`tf.random.experimental.index_shuffle` would need no table,
    but its orders of successive epochs are alike, it takes up every order again after 256 epochs,
    and for small data sets it is slow.)
    """
    words = np.arange(num_examples, dtype=np.uint64) + _key(seed, "epoch", epoch)
    return np.argsort(_hash(words, np.right_shift), kind="stable")


def shuffled_indices(positions: tf.Tensor, num_examples: int, seed: int) -> tf.Tensor:
    """Finds which example stands at each position of the endless shuffled stream.

    Args:
      positions: int64 [n], non-negative; they may belong to several epochs.
      num_examples: How many examples the split has, at least 1.
      seed: The seed of the data order.

    Returns:
      int64 [n], values in [0, num_examples): over one epoch an exact permutation.
    """

    def look_up(positions: np.ndarray) -> np.ndarray:
        epochs, places = np.divmod(positions, num_examples)
        indices = np.empty_like(positions)
        for epoch in np.unique(epochs).tolist():
            here = epochs == epoch
            indices[here] = epoch_order(num_examples, seed, epoch)[places[here]]
        return indices

    indices = tf.numpy_function(look_up, [positions], tf.int64, stateful=False)
    return tf.ensure_shape(indices, positions.shape)


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """Which positions each element of a training stream holds.

    Attributes:
      seed: The seed of the data order.
      batch_size: Examples in a global batch, over all workers.
      start_batch: The first global batch to read.
      batches_per_element: How many consecutive batches one element of the stream holds; None for
        one batch without a leading dimension.
      shard_index: This worker's index among `shard_count`.
      shard_count: How many workers share a global batch. Row i belongs to worker i mod shard_count,
        so that "the last n rows of the global batch", which some losses single out, are the last
        n / shard_count rows of every worker.
    """

    seed: int
    batch_size: int
    start_batch: int = 0
    batches_per_element: int | None = None
    shard_index: int = 0
    shard_count: int = 1

    def __post_init__(self):
        for name, value, smallest in (
            ("batch_size", self.batch_size, 1),
            ("start_batch", self.start_batch, 0),
            ("batches_per_step", self.batches_per_element, 1),
        ):
            if value is not None and value < smallest:
                raise ValueError(f"{name} must be at least {smallest}, but it is {value}.")
        check_shard(self.batch_size, self.shard_index, self.shard_count)

    @property
    def rows(self) -> int:
        """Rows of each global batch that this worker reads."""
        return self.batch_size // self.shard_count

    @property
    def start_position(self) -> int:
        """The first position of the first global batch."""
        return self.start_batch * self.batch_size

    @property
    def shape(self) -> list[int]:
        """The leading dimensions of an element: [batches_per_element, rows] or just [rows]."""
        if self.batches_per_element is None:
            return [self.rows]
        return [self.batches_per_element, self.rows]

    def positions(self, element: tf.Tensor, elements: int = 1) -> tf.Tensor:
        """The positions of this worker's rows in some consecutive elements.

        Args:
          element: int64 scalar, the first element's number, counted from `start_batch`.
          elements: How many elements.

        Returns:
          int64 [elements * batches_per_element * rows].
        """
        batches_per_element = self.batches_per_element or 1
        first = self.start_batch + element * batches_per_element
        batches = first + tf.range(batches_per_element * elements, dtype=tf.int64)
        rows = self.shard_index + self.shard_count * tf.range(self.rows, dtype=tf.int64)
        return tf.reshape(batches[:, None] * self.batch_size + rows[None, :], [-1])


def check_shard(batch_size: int, shard_index: int, shard_count: int) -> None:
    """Raises ValueError unless `shard_count` workers can share batches of `batch_size` evenly."""
    if not 0 <= shard_index < shard_count:
        raise ValueError(
            f"The worker's index must be at least 0 and below the number of workers, but it is "
            f"{shard_index} of {shard_count}."
        )
    if batch_size % shard_count:
        raise ValueError(
            f"A batch of {batch_size} examples cannot be shared evenly by {shard_count} workers: "
            f"choose a batch size that is a multiple of {shard_count}."
        )
