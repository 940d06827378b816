# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Images that are decoded while they are read."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.data import get_dataset
from compare_gan.data.tfds_examples import RecordExamples
from tests.data.tfds_reading import copy_prepared, evaluated, rewrite_records, trained


def test_memory_and_stream_agree_on_ids_and_fingerprint(prepared_dir):
    memory, stream = (
        get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=limit)
        for limit in (2**30, 10)
    )
    assert memory.fingerprint == stream.fingerprint
    for ours, theirs in zip(memory.ids_and_labels("train"), stream.ids_and_labels("train")):
        np.testing.assert_array_equal(ours, theirs)


def test_random_crops_are_streamed_and_resume_exactly(prepared_dir):
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir, horizontal_flip=True)
    assert isinstance(dataset._source.examples("train", training=True), RecordExamples)
    whole = trained(dataset, 9, 8)
    ids = [example_id for batch in whole for example_id in batch["ids"]]
    for epoch in range(2):
        assert len(set(ids[30 * epoch : 30 * (epoch + 1)])) == 30
    assert ids[:30] != ids[30:60]
    # The same example is cropped anew in another epoch.
    images = [image for batch in whole for image in batch["images"]]
    other_crop = images[30 + ids[30:60].index(ids[0])]
    assert (images[0] != other_crop).any()
    tf.random.set_seed(5)
    for start in (1, 5):
        late = trained(dataset, 2, 8, start_batch=start)
        for name in ("images", "labels", "ids"):
            np.testing.assert_array_equal(
                [batch[name] for batch in late], [batch[name] for batch in whole[start : start + 2]]
            )
    steps = trained(dataset, 2, 8, batches_per_step=3)
    assert steps[0]["images"].shape == (3, 8, 64, 64, 3)
    np.testing.assert_array_equal(steps[1]["images"][2], whole[5]["images"])


def test_streams_leave_tensorflows_own_seed_alone(prepared_dir):
    tf.random.set_seed(5)
    expected = tf.random.uniform([2]).numpy()
    tf.random.set_seed(5)
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    trained(dataset, 1, 2)
    np.testing.assert_array_equal(tf.random.uniform([2]), expected)


def test_workers_share_a_stream(prepared_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    whole = trained(dataset, 4, 6)
    parts = [trained(dataset.shard(index, 3), 4, 6) for index in range(3)]
    for number, batch in enumerate(whole):
        for index, part in enumerate(parts):
            np.testing.assert_array_equal(part[number]["images"], batch["images"][index::3])
    evaluated = [
        [batch["ids"].tolist() for batch in part.as_numpy_iterator()]
        for part in (dataset.shard(index, 2).evaluation_batches("test", 10) for index in range(2))
    ]
    assert [[len(ids) for ids in part] for part in evaluated] == [[5, 2], [5, 0]]
    assert len({example_id for part in evaluated for ids in part for example_id in ids}) == 12


def test_streams_do_not_decode_what_is_skipped(prepared_dir, monkeypatch):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=10)
    decoded = []
    examples = dataset._source.examples("train", training=True)
    original = examples._transform

    class Counting(type(original)):
        def __call__(self, image, bits):
            tf.numpy_function(lambda: decoded.append(1), [], [])
            return original(image, bits)

    monkeypatch.setattr(examples, "_transform", Counting())
    # 2000 examples are skipped: the bound leaves room for however far tf.data reads ahead.
    late = trained(dataset, 1, 2, start_batch=1000)
    assert len(late[0]["ids"]) == 2
    assert 2 <= len(decoded) < 1000


def test_decoded_images_are_kept_for_the_next_run(prepared_dir, monkeypatch):
    first = evaluated(get_dataset("cifar10", tfds_data_dir=prepared_dir), "train")
    monkeypatch.setattr(RecordExamples, "evaluation_batches", None)
    second = evaluated(get_dataset("cifar10", tfds_data_dir=prepared_dir), "train")
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_images_that_cannot_be_decoded(prepared_dir, tmp_path):
    data_dir, shards = copy_prepared(prepared_dir, tmp_path, "cifar10")
    rewrite_records(
        shards[0], lambda _, features: features["image"].bytes_list.value.__setitem__(0, b"x")
    )
    with pytest.raises(ValueError, match="An image .*cannot be decoded"):
        get_dataset("cifar10", tfds_data_dir=data_dir).training_batches(2)
