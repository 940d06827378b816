# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Any data set that TFDS has prepared, as a source of images."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan.data import get_dataset
from compare_gan.data.examples import ArrayExamples
from compare_gan.data.tfds_examples import RecordExamples
from tests.data.tfds_reading import copy_prepared, evaluated, read_by_tfds, rewrite_records


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_images_labels_and_own_ids(prepared_dir, memory_limit):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir, memory_limit=memory_limit)
    kind = ArrayExamples if memory_limit > 10 else RecordExamples
    assert isinstance(dataset._source.examples("test"), kind)
    assert (dataset.num_examples("train"), dataset.num_examples("test")) == (40, 12)
    found = evaluated(dataset, "test")
    expected = {
        example["id"]: example for example in read_by_tfds(prepared_dir, "cifar10", "test").values()
    }
    assert set(found["ids"]) == set(expected) == {f"test_{i}".encode() for i in range(12)}
    for image, label, example_id in zip(found["images"], found["labels"], found["ids"]):
        np.testing.assert_array_equal(image, expected[example_id]["image"])
        assert label == expected[example_id]["label"]
    assert dataset.class_histogram("train").tolist() == [4] * 10


def test_without_an_own_id_it_is_tfds_id(prepared_dir):
    dataset = get_dataset("tfds:photos", tfds_data_dir=prepared_dir, image_size=16)
    found = evaluated(dataset, "train")
    expected = read_by_tfds(prepared_dir, "photos", "train")
    assert set(found["ids"]) | set(evaluated(dataset, "test")["ids"]) == set(expected)
    for label, example_id in zip(found["labels"], found["ids"]):
        assert label == expected[example_id]["kind"]


def test_one_split_sizes_that_differ_and_a_label_of_another_name(prepared_dir):
    with pytest.raises(ValueError, match="'tfds:photos' differ in size: set dataset.image_size"):
        get_dataset("tfds:photos", tfds_data_dir=prepared_dir)
    dataset = get_dataset("tfds:photos", tfds_data_dir=prepared_dir, image_size=(10, 12))
    assert dataset.image_shape == (10, 12, 3)
    assert dataset.class_names == ("cat", "dog")
    train, test = (evaluated(dataset, split)["ids"].tolist() for split in ("train", "test"))
    assert (len(train), len(test)) == (45, 5)
    assert set(train).isdisjoint(test)
    assert "train[:90%]" in dataset.describe()


def test_splits_by_instruction(prepared_dir):
    dataset = get_dataset(
        "tfds:cifar10",
        tfds_data_dir=prepared_dir,
        train_split="train+test",
        eval_split="test[:50%]",
    )
    assert dataset.num_examples("train") == 52
    assert dataset.num_examples("test") == 6
    assert len(set(dataset.ids_and_labels("train")[0])) == 52


def test_fingerprint_is_of_the_shards_content(prepared_dir, tmp_path):
    data_dir, shards = copy_prepared(prepared_dir, tmp_path, "cifar10")
    before = get_dataset("cifar10", tfds_data_dir=prepared_dir).fingerprint
    assert get_dataset("cifar10", tfds_data_dir=data_dir).fingerprint == before
    length = shards[0].stat().st_size

    def relabel(number, features):
        label = features["label"].int64_list.value
        label[0] = (label[0] + 1) % 10

    rewrite_records(shards[0], relabel)
    assert shards[0].stat().st_size == length
    assert get_dataset("cifar10", tfds_data_dir=data_dir).fingerprint != before


def test_description_of_a_small_data_set_counts_labels(prepared_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=prepared_dir)
    assert "10 classes with 4, 4, 4, 4, 4, 4, 4, 4, 4, 4 training images" in dataset.describe()


@pytest.mark.parametrize("encoding", ["none", "bytes", "zlib"])
@pytest.mark.parametrize("channels", [2, 4])
def test_tensors_of_any_channels(prepare, encoding, channels):
    import tensorflow_datasets as tfds

    images = np.random.default_rng(0).integers(0, 256, [10, 6, 5, channels], np.uint8)
    feature = tfds.features.Tensor(shape=(6, 5, channels), dtype=np.uint8, encoding=encoding)
    examples = [{"bands": image, "id": index} for index, image in enumerate(images)]
    data_dir = prepare("fields", {"bands": feature, "id": np.int64}, examples)
    dataset = get_dataset("tfds:fields", tfds_data_dir=data_dir)
    assert dataset.image_shape == (6, 5, channels)
    found = [evaluated(dataset, split) for split in ("train", "test")]
    assert sum(len(part["ids"]) for part in found) == 10
    for part in found:
        for image, example_id in zip(part["images"], part["ids"]):
            np.testing.assert_array_equal(image, images[int(example_id)])
    assert get_dataset("tfds:fields", tfds_data_dir=data_dir, image_size=3).image_shape[2] == (
        channels
    )
    with pytest.raises(ValueError, match=f"dataset.channels is 3.*have {channels} channels"):
        get_dataset("tfds:fields", tfds_data_dir=data_dir, channels=3)


def test_an_alpha_channel_is_laid_on_white(prepare):
    import tensorflow_datasets as tfds

    images = np.zeros([4, 2, 2, 4], np.uint8)
    images[:2, ..., 3] = 255
    examples = [{"image": image, "id": index} for index, image in enumerate(images)]
    features = {"image": tfds.features.Image(shape=(2, 2, 4)), "id": np.int64}
    data_dir = prepare("stickers", features, examples)
    options = {"tfds_data_dir": data_dir, "train_split": "train", "eval_split": "train"}
    dataset = get_dataset("tfds:stickers", **options)
    assert dataset.image_shape == (2, 2, 3)
    assert "laid on white" in dataset.describe()
    found = evaluated(dataset, "train")
    for image, example_id in zip(found["images"], found["ids"]):
        assert (image == (0 if int(example_id) < 2 else 255)).all()
    assert get_dataset("tfds:stickers", channels=1, **options).image_shape == (2, 2, 1)


def test_real_fashion_mnist(tfds_data_dir):
    dataset = get_dataset("fashion-mnist", tfds_data_dir=tfds_data_dir)
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.class_names[9] == "Ankle boot"
    assert dataset.class_histogram("test").tolist() == [1000] * 10
    assert dataset.num_eval_examples == 10_000
    record = next(iter(tf.data.TFRecordDataset(dataset._source._files("test")[0].path)))
    example = tf.train.Example.FromString(record.numpy()).features.feature
    with Image.open(io.BytesIO(example["image"].bytes_list.value[0])) as image:
        first = next(iter(dataset.evaluation_batches("test", 1)))
        np.testing.assert_array_equal(first["images"][0, :, :, 0], np.asarray(image))
        assert first["labels"][0] == example["label"].int64_list.value[0]
