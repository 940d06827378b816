# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
from compare_gan.data import Dataset, TrueLabels


def test_the_data_sets_own(make_source):
    labels = [2, 0, -1, 1, 2]
    dataset = Dataset(make_source(labels, class_names=["x", "y", "z"]), TrueLabels(), seed=1)
    assert dataset.num_classes == 3 and dataset.class_names == ("x", "y", "z")
    assert dataset.ids_and_labels("train")[1].tolist() == labels
    assert dataset.ids_and_labels("test")[1].tolist() == [0, 1, 0, -1]
    assert dataset.class_histogram("train").tolist() == [1, 1, 2]  # -1 counts for no class
    assert dataset.known_label_ids() is None


def test_none_where_there_are_no_classes(make_source):
    dataset = Dataset(make_source([0, 0], num_classes=0), TrueLabels(), seed=1)
    assert dataset.num_classes == 0
    assert dataset.ids_and_labels("train")[1].tolist() == [-1, -1]
