# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pathlib
import subprocess
import sys

import gin
import numpy as np
import pytest

from compare_gan.data import (
    ArraySource,
    dataset_shape,
    get_dataset,
    known_datasets,
    register_dataset,
    registry,
)

# Height, width, channels and classes of v3's data sets.
V3_SHAPES = {
    "mnist": ((28, 28, 1), 10),
    "fashion-mnist": ((28, 28, 1), 10),
    "cifar10": ((32, 32, 3), 10),
    "celeb_a": ((64, 64, 3), 0),
    "celeb_a_hq_128": ((128, 128, 3), 0),
    "lsun-bedroom": ((128, 128, 3), 0),
    "imagenet_64": ((64, 64, 3), 1000),
    "imagenet_128": ((128, 128, 3), 1000),
    "imagenet_256": ((256, 256, 3), 1000),
    "imagenet_512": ((512, 512, 3), 1000),
    "imagenet_512_hq400": ((512, 512, 3), 1000),
    "single_class_imagenet_128": ((128, 128, 3), 1),
    "random_class_imagenet_128": ((128, 128, 3), 1000),
    "soft_labeled_imagenet_128": ((128, 128, 3), 1000),
    "labeled_only_imagenet_128": ((128, 128, 3), 1000),
}


@pytest.mark.parametrize("name", V3_SHAPES)
def test_shapes_of_v3_need_no_data(name, tmp_path):
    assert dataset_shape(name, tfds_data_dir=str(tmp_path)) == V3_SHAPES[name]


def test_known_names():
    assert set(known_datasets()) >= {"digits", "folder:PATH", "tfds:NAME", *V3_SHAPES}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("digit", "digits"),
        ("CIFAR10", "cifar10"),
        ("cifar_10", "cifar10"),
        ("fashion_mnist", "fashion-mnist"),
        ("imagenet-256", "imagenet_256"),
        ("celeba", "celeb_a"),
    ],
)
def test_a_misspelt_name_is_corrected(name, nearest):
    with pytest.raises(ValueError, match=f"{name}.*Did you mean '{nearest}.*Known: .*folder:PATH"):
        get_dataset(name)


@pytest.mark.parametrize("name", ["folders:/x", "http://x", "zzz", ":", ""])
def test_an_unknown_name_lists_the_known(name):
    with pytest.raises(ValueError, match="no known data set.*tfds:NAME"):
        get_dataset(name)


@pytest.mark.parametrize("name", ["folder:", "tfds:"])
def test_an_incomplete_form_is_refused(name):
    with pytest.raises(ValueError, match="after the colon"):
        get_dataset(name)


def test_a_missing_name_is_refused():
    with pytest.raises(ValueError, match="dataset.name is missing"):
        get_dataset()


def test_an_option_that_does_not_apply_is_refused():
    with pytest.raises(ValueError, match="dataset.image_size is 32.*'celeb_a'.*it has none"):
        get_dataset("celeb_a", image_size=32, fake=True)
    with pytest.raises(ValueError, match="dataset.label_key.*image_size, channels, crop"):
        get_dataset("mnist", label_key="x", fake=True)


def test_fake_data_has_the_shape_of_the_real():
    dataset = get_dataset("cifar10", fake=True)
    assert (dataset.image_shape, dataset.num_classes) == ((32, 32, 3), 10)
    assert dataset.num_examples("train") == dataset.num_examples("test") == 100
    batch = next(iter(dataset.training_batches(100)))
    images = batch["images"].numpy()
    assert set(batch["labels"].numpy()) == {1}
    # Uniform: mean 127.5 and variance (256² - 1) / 12, from 307,200 values.
    assert abs(images.mean() - 127.5) < 0.6 and abs(images.var() - 5461.25) < 40
    again = next(iter(get_dataset("cifar10", fake=True).training_batches(100)))
    np.testing.assert_array_equal(images, again["images"])
    other = get_dataset("cifar10", fake=True, seed=1)
    assert other.fingerprint != dataset.fingerprint
    assert get_dataset("celeb_a", fake=True).class_histogram().size == 0
    unlabelled = next(iter(get_dataset("celeb_a", fake=True).training_batches(2)))
    assert unlabelled["labels"].numpy().tolist() == [-1, -1]


def test_fake_data_of_a_single_class():
    dataset = get_dataset("single_class_imagenet_128", fake=True)
    assert dataset.num_classes == 1
    assert dataset.class_histogram().tolist() == [100]
    assert next(iter(dataset.training_batches(2)))["labels"].numpy().tolist() == [0, 0]


@pytest.mark.parametrize("form", ["folder:{}/none", "folder:{}", "tfds:none", "tfds:{}/none"])
def test_fake_data_of_what_is_not_there(form, tmp_path):
    name = form.format(tmp_path)
    options = {"fake": True, "tfds_data_dir": str(tmp_path)}
    with pytest.raises(ValueError, match="set dataset.image_size, for instance to 64, or have"):
        get_dataset(name, **options)
    dataset = get_dataset(name, image_size=16, **options)
    assert (dataset.image_shape, dataset.num_classes) == ((16, 16, 3), 10)
    assert "10 classes are assumed" in dataset.describe()
    grey = get_dataset(name, image_size=(8, 4), channels=1, **options)
    assert next(iter(grey.training_batches(2)))["images"].shape == (2, 8, 4, 1)
    with pytest.raises(ValueError):
        get_dataset(name, image_size=16, tfds_data_dir=str(tmp_path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crop": "centre"}, "dataset.crop is 'centre'.*center_crop, stretch, pad"),
        ({"memory_limit": "4GB"}, "dataset.memory_limit, in bytes, must be .* received '4GB'"),
        ({"memory_limit": -1}, "dataset.memory_limit.* whole number from 0, received -1"),
        ({"shuffle_buffer": 0}, "dataset.shuffle_buffer must be a whole number from 1, received 0"),
        ({"seed": 1.5}, "dataset.seed must be a whole number, received 1.5"),
        ({"horizontal_flip": "yes"}, "dataset.horizontal_flip is 'yes'.*True or False"),
        ({"image_size": "64"}, "dataset.image_size is '64'"),
        ({"image_size": True}, "dataset.image_size is True"),
    ],
)
def test_wrong_values_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        get_dataset("digits", **options)


def test_by_gin():
    gin.parse_config(
        """
        dataset.name = "mnist"
        dataset.seed = 3
        dataset.image_size = 32
        dataset.horizontal_flip = True
        """
    )
    dataset = get_dataset(fake=True)
    assert (dataset.image_shape, dataset.seed) == ((32, 32, 1), 3)


def test_default_seed_is_that_of_v3():
    assert get_dataset("digits").seed == 547


def test_what_main_decides_cannot_be_bound():
    with pytest.raises(ValueError, match="fake"):
        gin.parse_config("dataset.fake = True")


def test_v3_crop_methods_by_gin():
    gin.parse_config("train_imagenet_transform.crop_method = 'diagonal'")
    with pytest.raises(ValueError, match="crop_method is 'diagonal'"):
        get_dataset("imagenet_64", fake=True)


def _two_images(settings, image_size=2):
    images = np.zeros([2, image_size, image_size, 3], np.uint8)
    return ArraySource("two", {"train": (images, None)})


def test_a_data_set_from_outside(monkeypatch):
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    register_dataset("two_images")(_two_images)
    assert get_dataset("two_images", image_size=4).image_shape == (4, 4, 3)
    assert "two_images" in known_datasets()
    with pytest.raises(ValueError, match="Two functions are registered as the data set 'digits'"):
        register_dataset("digits")(_two_images)
    # Or by reference, without a name.
    assert get_dataset(_two_images).num_examples("train") == 2


def test_import_is_light():
    """TFDS is slow to import, so that is done only where it is needed."""
    code = (
        "import sys, compare_gan.data as data\n"
        "dataset = data.get_dataset('digits')\n"
        "dataset.describe()\n"
        "assert 'tensorflow_datasets' not in sys.modules\n"
    )
    root = pathlib.Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
