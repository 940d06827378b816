# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Random images that stand in for a data set."""

import numpy as np
import pytest

from compare_gan.data import ArraySource
from compare_gan.data.fake import FakeSource, ShapeSource


def _source(num_classes):
    images = np.zeros([4, 6, 5, 2], np.uint8)
    labels = np.zeros(4, int) if num_classes else None
    splits = {split: (images, labels, list("abcd")) for split in ("train", "test")}
    return ArraySource("there", splits, num_classes)


@pytest.mark.parametrize(("num_classes", "label"), [(7, 1), (1, 0), (0, -1)])
def test_noise_of_the_data_sets_shape(num_classes, label):
    fake = FakeSource(_source(num_classes), seed=3)
    assert (fake.name, fake.image_shape, fake.num_classes) == ("there", (6, 5, 2), num_classes)
    train, test = (fake.examples(split) for split in ("train", "test"))
    for examples in (train, test):
        assert examples.images.shape == (100, 6, 5, 2)
        assert examples.true_labels().tolist() == [label] * 100
        # Uniform on 0 to 255: mean 127.5, standard deviation 73.9, each within 5 of its own.
        assert abs(examples.images.mean() - 127.5) < 5 * 73.9 / np.sqrt(6000)
        assert examples.images.min() == 0 and examples.images.max() == 255
    assert not set(train.ids()) & set(test.ids()) and len(set(train.ids())) == 100
    assert (train.images != test.images).any()


def test_the_seed_decides():
    one, same, other = (FakeSource(_source(3), seed).examples("test") for seed in (1, 1, 2))
    assert one.digest() == same.digest() != other.digest()
    fingerprints = {FakeSource(_source(3), seed).fingerprint for seed in (1, 1, 2)}
    assert len(fingerprints) == 2 and _source(3).fingerprint not in fingerprints


def test_what_is_assumed_of_missing_data_is_told():
    shape = ShapeSource("cifar10", (32, 32, 3))
    fake = FakeSource(shape, seed=0)
    assert fake.num_classes == 10 and "10 classes are assumed" in " ".join(fake.remarks)
    with pytest.raises(ValueError, match="'cifar10' is not there"):
        shape.examples("train")
    with pytest.raises(ValueError, match="dev"):
        fake.num_examples("dev")
