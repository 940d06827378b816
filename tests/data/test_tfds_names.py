# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""v3's names of TFDS data sets, and their crops."""

import pathlib

import numpy as np
import tensorflow as tf

from compare_gan.data import get_dataset
from compare_gan.data.transforms import SquareCrop
from tests.data.tfds_reading import evaluated, read_by_tfds


def test_celeb_a_as_in_v3(prepared_dir):
    dataset = get_dataset("celeb_a", tfds_data_dir=prepared_dir)
    found = evaluated(dataset, "test")
    assert found["images"].shape == (4, 64, 64, 3)
    assert found["labels"].tolist() == [-1] * 4
    expected = read_by_tfds(prepared_dir, "celeb_a", "test")
    for image, example_id in zip(found["images"], found["ids"]):
        crop = expected[example_id]["image"][29:189, 9:169].astype(np.float64)
        # Every output pixel lies at a multiple of 2.5 pixels: on one, or half-way between two.
        np.testing.assert_allclose(image[::2, ::2], crop[::5, ::5])
        between = (crop[::5, 2::5] + crop[::5, 3::5]) / 2
        assert np.abs(image[::2, 1::2] - between).max() <= 0.5


def test_imagenet_as_in_v3(prepared_dir):
    dataset = get_dataset("imagenet_64", tfds_data_dir=prepared_dir)
    assert dataset.splits == ("train", "validation")
    assert (dataset.eval_split, dataset.num_eval_examples) == ("validation", 7)
    found = evaluated(dataset, "validation")
    assert found["images"].shape == (7, 64, 64, 3)
    stored = read_by_tfds(prepared_dir, "imagenet2012", "validation").values()
    expected = {example["file_name"]: example for example in stored}
    middle = SquareCrop("middle", 64)
    for image, label, example_id in zip(found["images"], found["labels"], found["ids"]):
        example = expected[example_id]
        np.testing.assert_array_equal(image, middle(tf.constant(example["image"]), None))
        assert label == example["label"]


def test_small_images_are_left_out_of_hq400(prepared_dir):
    dataset = get_dataset("imagenet_512_hq400", tfds_data_dir=prepared_dir)
    ids, labels = dataset.ids_and_labels("train")
    assert sorted(labels.tolist()) == [index for index in range(30) if index % 3]
    assert sorted(ids) == sorted(f"train_{label}.JPEG".encode() for label in labels)
    assert dataset.num_examples("train") == 20
    assert dataset.num_examples("validation") == 7
    assert dataset.class_histogram("train").sum() == 20


def test_single_class_imagenet(prepared_dir):
    dataset = get_dataset("single_class_imagenet_128", tfds_data_dir=prepared_dir)
    assert dataset.class_histogram("validation").tolist() == [7]
    assert evaluated(dataset, "validation")["labels"].tolist() == [0] * 7


def test_real_cifar10(tfds_data_dir):
    dataset = get_dataset("cifar10", tfds_data_dir=tfds_data_dir)
    assert (dataset.num_examples("train"), dataset.num_examples("test")) == (10_000, 2_000)
    assert dataset.num_eval_examples == 2_000
    found = evaluated(dataset, "test", 500)
    assert len(set(found["ids"].tolist())) == 2_000
    assert all(example_id.startswith(b"test_") for example_id in found["ids"])


def test_celeb_a_hq_is_cut_in_two(prepare):
    """v3 had a configuration for it and no data set; TFDS has one split, in several sizes."""
    import tensorflow_datasets as tfds

    features = {
        "image": tfds.features.Image(shape=(128, 128, 3)),
        "image/filename": tfds.features.Text(),
    }
    examples = [
        {"image": np.full([128, 128, 3], index, np.uint8), "image/filename": f"{index:05d}.png"}
        for index in range(20)
    ]
    data_dir = pathlib.Path(prepare("celeb_a_hq", features, examples))
    version = data_dir / "celeb_a_hq" / "1.0.0"
    (data_dir / "celeb_a_hq" / "128").mkdir()
    version.rename(data_dir / "celeb_a_hq" / "128" / version.name)

    dataset = get_dataset("celeb_a_hq_128", tfds_data_dir=str(data_dir))
    assert dataset.image_shape == (128, 128, 3) and dataset.num_classes == 0
    found = {split: evaluated(dataset, split) for split in ("train", "test")}
    assert [len(found[split]["ids"]) for split in ("train", "test")] == [18, 2]
    ids = np.concatenate([found["train"]["ids"], found["test"]["ids"]])
    assert sorted(ids.tolist()) == [f"{index:05d}.png".encode() for index in range(20)]
    images = np.concatenate([found["train"]["images"], found["test"]["images"]])
    assert images.max(axis=(1, 2, 3)).tolist() == [int(name[:5]) for name in ids.tolist()]
