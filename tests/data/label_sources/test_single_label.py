# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import numpy as np

from compare_gan.data import Dataset, SingleLabel


def test_one_class_for_all(make_source):
    source = make_source([0, 2, -1, 1])
    dataset = Dataset(source, SingleLabel(), seed=1)
    assert dataset.num_classes == 1 and dataset.class_names == ("all",)
    for split, count in (("train", 4), ("test", 4)):
        _, labels = dataset.ids_and_labels(split)
        np.testing.assert_array_equal(labels, np.zeros(count))
        assert dataset.class_histogram(split).tolist() == [count]


def test_data_without_classes_will_do(make_source):
    dataset = Dataset(make_source([0, 0, 0], num_classes=0), SingleLabel(), seed=1)
    assert dataset.num_classes == 1
    assert dataset.ids_and_labels("train")[1].tolist() == [0, 0, 0]
