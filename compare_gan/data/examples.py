# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The examples of one split, and how batches of them are read."""

import abc
import concurrent.futures
import dataclasses
import functools
import hashlib
import math
import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from compare_gan.data.order import TrainingPlan, check_shard, shuffled_indices

_BYTES_AT_A_TIME = 2**18
_ROWS_AT_A_TIME = 4096

# A batch to a batch: what is drawn anew for each position, such as flips.
Augment = Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]]


@dataclasses.dataclass(frozen=True)
class Relabel:
    """Gives examples the labels of a run.

    Attributes:
      function: (ids bytes [n], true labels int64 [n]) -> labels, as `LabelSource.labels` does.
      num_soft_classes: None for labels int32 [n], -1 for unlabelled; for probabilities, float32
        [n, num_soft_classes], the number of classes.
    """

    function: Callable[[np.ndarray, np.ndarray], np.ndarray]
    num_soft_classes: int | None = None

    def __call__(self, ids: np.ndarray, true_labels: np.ndarray) -> np.ndarray:
        return np.asarray(self.function(ids, true_labels), self.dtype.as_numpy_dtype)

    @property
    def dtype(self) -> tf.DType:
        """The labels' type."""
        return tf.int32 if self.num_soft_classes is None else tf.float32

    def shape(self, rows: int | None) -> list[int | None]:
        """The labels' shape."""
        return [rows] if self.num_soft_classes is None else [rows, self.num_soft_classes]


@functools.cache
def decoding_threads() -> concurrent.futures.ThreadPoolExecutor:
    """The threads that decode images; Pillow lets go of Python's lock while it works."""
    return concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1, "decode")


class Examples(abc.ABC):
    """One split of a data set: images, each with an id and a true label (-1 where it has none)."""

    @property
    @abc.abstractmethod
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of every image."""

    @property
    @abc.abstractmethod
    def num_examples(self) -> int:
        """How many examples there are."""

    @abc.abstractmethod
    def ids(self) -> np.ndarray:
        """All ids, distinct bytes [n] of fixed width, in the order of an evaluation."""

    @abc.abstractmethod
    def true_labels(self) -> np.ndarray:
        """All labels of the data set itself, int64 [n], in the order of an evaluation."""

    @abc.abstractmethod
    def subset(self, indices: np.ndarray) -> "Examples":
        """Some of the examples, by their ascending places in the order of an evaluation."""

    @abc.abstractmethod
    def training_batches(
        self, plan: TrainingPlan, relabel: Relabel, augment: Augment
    ) -> tf.data.Dataset:
        """An endless stream in the plan's order.

        `augment` is given images uint8 [m, h, w, c], labels as `relabel` makes them, ids string [m]
        and positions int64 [m], for any m; what it returns is given the leading dimensions
        `plan.shape`.
        """

    @abc.abstractmethod
    def evaluation_batches(
        self, batch_size: int, relabel: Relabel, shard_index: int = 0, shard_count: int = 1
    ) -> tf.data.Dataset:
        """All examples once, in a fixed order: images, labels and ids, the last batch smaller.

        Of several workers each reads its rows of every batch; all have the same number of
        batches, the last of which may be empty.
        """


def evaluation_rows(
    num_examples: int, batch_size: int, shard_index: int, shard_count: int
) -> tuple[int, int, int]:
    """Plans an evaluation.

    Returns:
      (number of batches, rows of this worker in a full batch, those in the last batch).
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, but it is {batch_size}.")
    check_shard(batch_size, shard_index, shard_count)
    rows = batch_size // shard_count
    batches = -(-num_examples // batch_size)
    last_batch = num_examples - (batches - 1) * batch_size
    return batches, rows, min(max(last_batch - shard_index * rows, 0), rows)


def reshape_rows(batch: dict[str, tf.Tensor], shape: list[int]) -> dict[str, tf.Tensor]:
    """Replaces the first dimension of a batch's tensors, their rows, by `shape`."""
    return {name: tf.reshape(tensor, [*shape, *tensor.shape[1:]]) for name, tensor in batch.items()}


def ensure_rows(batch: dict[str, tf.Tensor], rows: int | None) -> dict[str, tf.Tensor]:
    """Tells TensorFlow how many rows the tensors of a batch have; None where that varies."""
    return {
        name: tf.ensure_shape(tensor, [rows, *tensor.shape[1:]]) for name, tensor in batch.items()
    }


def as_bytes(ids: np.ndarray) -> np.ndarray:
    """Ids, bytes or strings, as bytes of fixed width; strings become UTF-8."""
    ids = np.asarray(ids)
    if ids.dtype.kind == "U":
        return np.char.encode(ids, "utf-8")
    if ids.dtype.kind == "O":
        encoded = [value.encode() if isinstance(value, str) else value for value in ids]
        return np.array(encoded, "S").reshape(ids.shape)
    return ids.astype("S", copy=False)


class IndexedExamples(Examples):
    """Examples that can be read in any order: labels and ids are in memory, images anywhere."""

    def __init__(self, labels: np.ndarray, ids: np.ndarray):
        self._labels = np.asarray(labels, np.int64)
        self._ids = as_bytes(ids)
        if self._labels.ndim != 1 or self._labels.shape != self._ids.shape:
            raise ValueError(
                f"There must be one label and one id for each example, but there are labels of "
                f"shape {self._labels.shape} and ids of shape {self._ids.shape}."
            )

    @property
    def num_examples(self) -> int:
        return len(self._labels)

    def ids(self) -> np.ndarray:
        return self._ids

    def true_labels(self) -> np.ndarray:
        return self._labels

    def subset(self, indices: np.ndarray) -> Examples:
        return _IndexedSubset(self, indices)

    @abc.abstractmethod
    def _images(self, indices: np.ndarray) -> np.ndarray:
        """Reads images, uint8 [rows, h, w, c], by their examples' numbers, int64 [rows]."""

    def _elements_at_a_time(self, rows: int) -> int:
        """How many elements of `rows` rows are made by one call."""
        return 1

    def _reader(self, relabel: Relabel) -> Callable[[tf.Tensor], dict[str, tf.Tensor]]:
        """Makes the function that reads a batch by its examples' numbers, int64 [rows]."""
        # Probabilities of all examples might not fit into memory.
        soft = relabel.num_soft_classes is not None
        new_labels = None if soft else relabel(self._ids, self._labels)

        # NumPy reads, because tf.data copies a large array, captured as a tensor, several times.
        def images_and_labels(indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if new_labels is None:
                labels = relabel(self._ids[indices], self._labels[indices])
            else:
                labels = new_labels[indices]
            return self._images(indices), labels

        def ids(indices: np.ndarray) -> np.ndarray:
            return self._ids[indices].astype(object)

        def read(indices: tf.Tensor) -> dict[str, tf.Tensor]:
            rows = indices.shape[0]
            images, labels = tf.numpy_function(
                images_and_labels, [indices], [tf.uint8, relabel.dtype], stateful=False
            )
            return {
                "images": tf.ensure_shape(images, [rows, *self.image_shape]),
                "labels": tf.ensure_shape(labels, relabel.shape(rows)),
                # Not run where the result is not used.
                "ids": tf.ensure_shape(
                    tf.numpy_function(ids, [indices], tf.string, stateful=False), [rows]
                ),
            }

        return read

    def training_batches(
        self, plan: TrainingPlan, relabel: Relabel, augment: Augment
    ) -> tf.data.Dataset:
        read = self._reader(relabel)
        at_a_time = self._elements_at_a_time(math.prod(plan.shape))

        @tf.autograph.experimental.do_not_convert
        def make_elements(element: tf.Tensor) -> dict[str, tf.Tensor]:
            positions = plan.positions(element, at_a_time)
            batch = read(shuffled_indices(positions, self.num_examples, plan.seed))
            batch = augment(batch | {"positions": positions})
            return reshape_rows(batch, [at_a_time, *plan.shape] if at_a_time > 1 else plan.shape)

        elements = tf.data.Dataset.counter(step=at_a_time, dtype=tf.int64).map(
            make_elements, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        return elements.unbatch() if at_a_time > 1 else elements

    def evaluation_batches(
        self, batch_size: int, relabel: Relabel, shard_index: int = 0, shard_count: int = 1
    ) -> tf.data.Dataset:
        batches, rows, last_rows = evaluation_rows(
            self.num_examples, batch_size, shard_index, shard_count
        )
        read = self._reader(relabel)

        @tf.autograph.experimental.do_not_convert
        def make_batch(batch: tf.Tensor) -> dict[str, tf.Tensor]:
            first = tf.minimum(batch * batch_size + shard_index * rows, self.num_examples)
            indices = tf.range(first, tf.minimum(first + rows, self.num_examples))
            return ensure_rows(read(indices), rows if rows == last_rows else None)

        return tf.data.Dataset.range(batches).map(
            make_batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )


class _IndexedSubset(IndexedExamples):
    """Some of the examples of another object; images are read from there."""

    def __init__(self, whole: IndexedExamples, indices: np.ndarray):
        super().__init__(whole.true_labels()[indices], whole.ids()[indices])
        self._whole = whole
        self._indices = indices

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._whole.image_shape

    def _elements_at_a_time(self, rows: int) -> int:
        return self._whole._elements_at_a_time(rows)

    def _images(self, indices: np.ndarray) -> np.ndarray:
        return self._whole._images(self._indices[indices])


class ArrayExamples(IndexedExamples):
    """Examples whose images are in memory; whole batches are gathered at a time.

    Args:
      images: uint8 [n, height, width, channels], perhaps a memory map.
      labels: Integers [n], -1 for unlabelled.
      ids: Bytes or strings [n], distinct.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, ids: np.ndarray):
        super().__init__(labels, ids)
        if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape[1:]:
            raise ValueError(
                "Images must be uint8 of shape [n, height, width, channels], "
                f"but they are {images.dtype} of shape {images.shape}."
            )
        if len(images) != self.num_examples:
            raise ValueError(
                f"There are {len(images)} images but {self.num_examples} labels: "
                "each image needs one, -1 for unlabelled."
            )
        self.images = images
        # A plain view of a memory map, which NumPy indexes faster; still read only as needed.
        self._array = np.asarray(images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return tuple(self.images.shape[1:])

    def digest(self) -> str:
        """A hash of all images, labels and ids, whatever order they are stored in."""
        digest = hashlib.sha256(str((self.images.shape, self._ids.dtype)).encode())
        order = np.argsort(self._ids, kind="stable")
        for array in (self.images, self._labels, self._ids):
            # In portions, since the images may be a memory map.
            for start in range(0, len(order), _ROWS_AT_A_TIME):
                digest.update(array[order[start : start + _ROWS_AT_A_TIME]].tobytes())
        return digest.hexdigest()

    def _elements_at_a_time(self, rows: int) -> int:
        # A call costs much more than gathering a few small images.
        return max(1, min(16, _BYTES_AT_A_TIME // (rows * math.prod(self.image_shape))))

    def _images(self, indices: np.ndarray) -> np.ndarray:
        return np.take(self._array, indices, axis=0)


class FileExamples(IndexedExamples):
    """Examples whose images are decoded each time they are read.

    Args:
      load: Reads the image of an index: uint8 [height, width, channels]. Called from threads.
      image_shape: The shape `load` returns.
      labels: Integers [n], -1 for unlabelled.
      ids: Bytes or strings [n], distinct.
    """

    def __init__(
        self,
        load: Callable[[int], np.ndarray],
        image_shape: tuple[int, int, int],
        labels: np.ndarray,
        ids: np.ndarray,
    ):
        super().__init__(labels, ids)
        self._load = load
        self._image_shape = tuple(image_shape)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._image_shape

    def _images(self, indices: np.ndarray) -> np.ndarray:
        images = list(decoding_threads().map(self._load, indices.tolist()))
        return np.stack(images) if images else np.zeros((0, *self._image_shape), np.uint8)
