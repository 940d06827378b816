# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import collections

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from compare_gan.data import ArraySource, Dataset, TrueLabels, get_dataset


def _source(count, num_classes=3, test=7):
    """Images that show their number, each with the label number % num_classes."""
    splits = {}
    for split, size in (("train", count), ("test", test)):
        numbers = np.arange(size)
        images = np.zeros([size, 2, 3, 1], np.uint8)
        images[:, 0, 0, 0], images[:, 0, 1, 0] = numbers % 256, numbers // 256
        ids = np.array([f"{split}-{number}" for number in numbers])
        splits[split] = (images, numbers % num_classes, ids)
    return ArraySource("numbers", splits, num_classes)


def _dataset(count, seed=547, **options):
    return Dataset(_source(count), TrueLabels(), seed, **options)


def _numbers(images):
    images = np.asarray(images).astype(int).reshape(-1, 2, 3, 1)
    return images[:, 0, 0, 0] + 256 * images[:, 0, 1, 0]


def _read(dataset, batches, batch_size, **options):
    stream = dataset.training_batches(batch_size, **options).take(batches)
    return list(stream.as_numpy_iterator())


@hypothesis.settings(max_examples=15)
@hypothesis.given(count=st.integers(1, 300), batch_size=st.integers(1, 70), seed=st.integers(0, 99))
def test_epochs_are_permutations_and_batches_straddle_them(count, batch_size, seed):
    epochs = 3
    batches = _read(_dataset(count, seed), -(-epochs * count // batch_size), batch_size)
    numbers = np.concatenate([_numbers(batch["images"]) for batch in batches])
    for epoch in range(epochs):
        part = numbers[epoch * count : (epoch + 1) * count]
        np.testing.assert_array_equal(np.sort(part), np.arange(count))
    labels = np.concatenate([batch["labels"] for batch in batches])
    np.testing.assert_array_equal(labels, numbers % 3)


@hypothesis.settings(max_examples=15)
@hypothesis.given(
    count=st.integers(1, 100),
    batch_size=st.integers(1, 50),
    start=st.integers(0, 40),
    batches_per_step=st.one_of(st.none(), st.integers(1, 3)),
)
def test_starting_late_continues_the_same_stream(count, batch_size, start, batches_per_step):
    dataset = _dataset(count, horizontal_flip=True)
    whole = _read(dataset, start + 6, batch_size, ids=True)
    late = _read(
        dataset, 2, batch_size, start_batch=start, batches_per_step=batches_per_step, ids=True
    )
    per_element = batches_per_step or 1
    for name in ("images", "labels", "ids"):
        expected = np.stack([batch[name] for batch in whole[start : start + 2 * per_element]])
        found = np.stack([element[name] for element in late])
        np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_epochs_and_seeds_differ():
    dataset = _dataset(100)
    first, second = (_numbers(batch["images"]) for batch in _read(dataset, 2, 100))
    assert (first != second).mean() > 0.9
    other = _numbers(_read(_dataset(100, seed=548), 1, 100)[0]["images"])
    assert (first != other).mean() > 0.9
    again = _numbers(_read(_dataset(100, seed=548), 1, 100, seed=547)[0]["images"])
    np.testing.assert_array_equal(first, again)


def test_order_does_not_depend_on_tensorflows_seed():
    before = _read(_dataset(50, horizontal_flip=True), 2, 20)
    tf.random.set_seed(7)
    after = _read(_dataset(50, horizontal_flip=True), 2, 20)
    np.testing.assert_array_equal(before[1]["images"], after[1]["images"])


def test_flips_do_not_depend_on_the_batch_size():
    dataset = _dataset(40, horizontal_flip=True)
    small = np.concatenate([batch["images"] for batch in _read(dataset, 12, 10)])
    large = np.concatenate([batch["images"] for batch in _read(dataset, 3, 40)])
    np.testing.assert_array_equal(small, large)
    plain = np.concatenate([batch["images"] for batch in _read(_dataset(40), 3, 40)])
    flipped = (small != plain).any(axis=(1, 2, 3))
    assert 0.3 < flipped[plain[:, 0, 0, 0] > 0].mean() < 0.7


def test_shapes_are_static():
    dataset = _dataset(40, horizontal_flip=True)
    spec = dataset.training_batches(16).element_spec
    assert spec["images"] == tf.TensorSpec([16, 2, 3, 1], tf.uint8)
    assert spec["labels"] == tf.TensorSpec([16], tf.int32)
    assert set(spec) == {"images", "labels"}
    spec = dataset.shard(0, 4).training_batches(16, batches_per_step=5, ids=True).element_spec
    assert spec["images"].shape == [5, 4, 2, 3, 1]
    assert spec["labels"].shape == spec["ids"].shape == [5, 4]


def test_workers_share_each_batch():
    dataset = _dataset(25, horizontal_flip=True)
    whole = _read(dataset, 4, 12)
    parts = [_read(dataset.shard(index, 3), 4, 12) for index in range(3)]
    for number, batch in enumerate(whole):
        for index, part in enumerate(parts):
            np.testing.assert_array_equal(part[number]["images"], batch["images"][index::3])
    with pytest.raises(ValueError, match="10 examples cannot be shared evenly by 3"):
        dataset.shard(0, 3).training_batches(10)
    with pytest.raises(ValueError, match="3 of 3"):
        dataset.shard(3, 3)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 20])
def test_evaluation_reads_all_in_order(batch_size):
    batches = list(_dataset(9).evaluation_batches("test", batch_size).as_numpy_iterator())
    assert len(batches) == -(-7 // batch_size)
    assert all(len(batch["images"]) == batch_size for batch in batches[:-1])
    np.testing.assert_array_equal(
        _numbers(np.concatenate([batch["images"] for batch in batches])), range(7)
    )
    ids = [example_id for batch in batches for example_id in batch["ids"]]
    assert ids == [f"test-{number}".encode() for number in range(7)]


def test_evaluation_of_the_training_split_is_not_flipped():
    batch = next(iter(_dataset(9, horizontal_flip=True).evaluation_batches("train", 9)))
    np.testing.assert_array_equal(_numbers(batch["images"]), range(9))
    assert batch["images"].shape == (9, 2, 3, 1)


def test_workers_share_an_evaluation():
    parts = [
        list(_dataset(9).shard(index, 2).evaluation_batches("test", 6).as_numpy_iterator())
        for index in range(2)
    ]
    numbers = [[_numbers(batch["images"]).tolist() for batch in part] for part in parts]
    assert numbers == [[[0, 1, 2], [6]], [[3, 4, 5], []]]


def test_unknown_split_is_refused():
    with pytest.raises(ValueError, match="has no split 'valid': it has 'train', 'test'"):
        _dataset(9).evaluation_batches("valid")
    with pytest.raises(ValueError, match="no split"):
        _dataset(9).num_examples("valid")


def test_description():
    text = _dataset(10).describe()
    assert "10 train, 7 test images of 2x3x1" in text
    assert "3 classes with 4, 3, 3 training images" in text
    assert _dataset(10).fingerprint in text


def test_fingerprint_is_of_images_labels_and_ids():
    prints = {_dataset(10).fingerprint, _dataset(11).fingerprint}
    images, labels, ids = (np.zeros([2, 2, 2, 1], np.uint8), np.array([0, 1]), ["a", "b"])
    prints.add(ArraySource("x", {"train": (images, labels, ids)}, 2).fingerprint)
    prints.add(ArraySource("x", {"train": (images + np.uint8(1), labels, ids)}, 2).fingerprint)
    prints.add(ArraySource("x", {"train": (images, labels[::-1], ids)}, 2).fingerprint)
    prints.add(ArraySource("x", {"train": (images, labels, ["a", "c"])}, 2).fingerprint)
    assert len(prints) == 6
    again = ArraySource("x", {"train": (images.copy(), labels, ids)}, 2)
    assert again.fingerprint in prints


@pytest.mark.parametrize(
    ("images", "labels", "num_classes", "message"),
    [
        (np.zeros([2, 2, 2, 1]), [0, 0], 1, "uint8 .* but they are float64"),
        (np.zeros([2, 2, 2, 0], np.uint8), [0, 0], 1, "shape"),
        (np.zeros([2, 2, 2], np.uint8), [0, 0], 1, "shape"),
        (np.zeros([2, 2, 2, 1], np.uint8), [0, 2], 2, "-1 .unlabelled. to 1, .* 0 to 2"),
        (np.zeros([2, 2, 2, 1], np.uint8), [0, 0, 0], 2, "one label and one id for each example"),
    ],
)
def test_wrong_arrays_are_refused(images, labels, num_classes, message):
    with pytest.raises(ValueError, match=message):
        ArraySource("x", {"train": (images, labels)}, num_classes)


@pytest.mark.slow
def test_throughput_does_not_starve_small_steps():
    """On an idle machine it is several thousand batches a second."""
    import time

    stream = iter(get_dataset("digits").training_batches(64))
    for _ in range(50):
        next(stream)
    start = time.process_time()
    for _ in range(1000):
        next(stream)
    # Processor time of all threads, so that other programs on the machine matter little.
    assert (time.process_time() - start) / 1000 < 2e-3


@pytest.mark.parametrize("channels", [2, 4, 7])
def test_any_number_of_channels(channels):
    images = np.random.default_rng(0).integers(0, 256, [5, 3, 4, channels], np.uint8)
    dataset = Dataset(ArraySource("x", {"train": (images, None)}), TrueLabels(), 547)
    assert dataset.image_shape == (3, 4, channels)
    batch = next(iter(dataset.evaluation_batches("train", 5)))
    np.testing.assert_array_equal(batch["images"], images)
    assert next(iter(dataset.training_batches(2)))["images"].shape == (2, 3, 4, channels)


def test_ids_must_be_distinct_and_may_be_any_text():
    images = np.zeros([3, 2, 2, 1], np.uint8)
    with pytest.raises(ValueError, match="distinct .* 'train' 2 examples have the id b'a'"):
        ArraySource("x", {"train": (images, None, ["a", "b", "a"])})
    for names in (["\u00e4", "\u732b", "b"], np.array(["\u00e4", "\u732b", "b"], object)):
        source = ArraySource("x", {"train": (images, None, names)})
        ids = source.examples("train").ids().tolist()
        assert ids == [name.encode() for name in names]


def test_batches_are_balanced_over_time():
    counts = collections.Counter(
        _numbers(np.concatenate([batch["images"] for batch in _read(_dataset(10), 30, 7)])).tolist()
    )
    assert set(counts.values()) == {21}
