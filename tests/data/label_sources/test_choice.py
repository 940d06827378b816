# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import gin
import numpy as np
import pytest

from compare_gan.data import (
    ArraySource,
    Dataset,
    LabelSource,
    TrueLabels,
    get_dataset,
    label_sources,
)


def _source():
    images = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones([1, 2, 2, 1], np.uint8)
    ids = ["a", "b", "c", "d", "e", "f"]
    return ArraySource("six", {"train": (images, [0, 1, 2, -1, 1, 1], ids)}, 3, ["x", "y", "z"])


class Half(LabelSource):
    """Two classes by the id's parity; the letters beyond d are unlabelled."""

    def num_classes(self, source):
        return 2

    def labels(self, source, split, ids, true_labels):
        letters = np.array([example_id[0] for example_id in ids])
        return np.where(letters > ord("d"), -1, letters % 2).astype(np.int32)


def test_true_labels():
    dataset = Dataset(_source(), TrueLabels(), 547)
    ids, labels = dataset.ids_and_labels("train")
    assert ids.tolist() == [b"a", b"b", b"c", b"d", b"e", b"f"]
    assert labels.tolist() == [0, 1, 2, -1, 1, 1] and labels.dtype == np.int32
    assert dataset.class_histogram().tolist() == [1, 3, 1]
    assert dataset.class_names == ("x", "y", "z")
    assert "1, 3, 1 training images, 1 unlabelled" in dataset.describe()


def test_another_label_source_owns_classes_labels_and_histogram():
    dataset = Dataset(_source(), Half(), 547)
    assert dataset.num_classes == 2
    assert dataset.class_names == ("0", "1")
    assert dataset.class_histogram().tolist() == [2, 2]
    expected = {b"a": 1, b"b": 0, b"c": 1, b"d": 0, b"e": -1, b"f": -1}
    for batch in (
        next(iter(dataset.training_batches(12, ids=True))),
        next(iter(dataset.evaluation_batches("train", 6))),
    ):
        for example_id, label in zip(batch["ids"].numpy(), batch["labels"].numpy()):
            assert expected[example_id] == label


def test_what_dataset_labels_may_name():
    assert isinstance(label_sources.make_label_source(None, _source()), TrueLabels)
    assert isinstance(label_sources.make_label_source(Half, _source()), Half)
    source = Half()
    assert label_sources.make_label_source(source, _source()) is source
    for wrong in ("true_labels", dict):
        with pytest.raises(ValueError, match="dataset.labels is .* such as @true_labels"):
            label_sources.make_label_source(wrong, _source())


@pytest.mark.parametrize("reference", ["@true_labels", "@true_labels()"])
def test_by_gin(reference):
    gin.parse_config(f"dataset.name = 'digits'\ndataset.labels = {reference}")
    assert get_dataset().class_histogram("test").sum() == 537


def test_single_label():
    dataset = Dataset(_source(), label_sources.SingleLabel(), 547)
    assert (dataset.num_classes, dataset.class_names) == (1, ("all",))
    assert dataset.class_histogram().tolist() == [6]
    assert dataset.ids_and_labels("train")[1].tolist() == [0] * 6
    assert next(iter(dataset.training_batches(3)))["labels"].numpy().tolist() == [0, 0, 0]
    gin.parse_config("dataset.name = 'digits'\ndataset.labels = @single_label")
    assert get_dataset().class_histogram("test").tolist() == [537]
