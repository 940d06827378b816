# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""`dataset.only_labelled`: the training split is only those examples that have a label."""

import gin
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from compare_gan.data import (
    ArraySource,
    Dataset,
    FewLabels,
    RandomLabels,
    SingleLabel,
    TrueLabels,
    get_dataset,
)
from compare_gan.data.examples import FileExamples
from compare_gan.data.tfds_examples import RecordExamples


def _source(labels):
    """Images that show their number."""
    count = len(labels)
    images = np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 2, 2, 1)
    ).copy()
    test = (np.zeros([2, 2, 2, 1], np.uint8), [0, -1])
    return ArraySource("some", {"train": (images, labels), "test": test}, 3)


def _read(dataset, batches, batch_size, **options):
    stream = dataset.training_batches(batch_size, ids=True, **options).take(batches)
    return list(stream.as_numpy_iterator())


def _joined(batches, name):
    return np.concatenate([batch[name] for batch in batches])


@hypothesis.settings(max_examples=20)
@hypothesis.given(
    labels=st.lists(st.integers(-1, 2), min_size=1, max_size=80).filter(lambda x: max(x) >= 0),
    batch_size=st.integers(1, 20),
)
def test_everything_is_of_the_smaller_split(labels, batch_size):
    dataset = Dataset(_source(labels), TrueLabels(), 547, only_labelled=True)
    kept = np.flatnonzero(np.asarray(labels) >= 0)
    assert dataset.num_examples("train") == len(kept)
    ids, found = dataset.ids_and_labels("train")
    assert ids.tolist() == [b"%09d" % index for index in kept]
    assert found.tolist() == [labels[index] for index in kept]
    assert dataset.class_histogram().tolist() == [labels.count(label) for label in range(3)]
    evaluated = list(dataset.evaluation_batches("train", batch_size).as_numpy_iterator())
    np.testing.assert_array_equal(_joined(evaluated, "images")[:, 0, 0, 0], kept)
    assert _joined(evaluated, "ids").tolist() == ids.tolist()
    # Each epoch is a permutation of them; the other split is whole.
    batches = _read(dataset, -(-2 * len(kept) // batch_size), batch_size)
    values = _joined(batches, "images")[:, 0, 0, 0]
    for epoch in range(2):
        part = values[epoch * len(kept) : (epoch + 1) * len(kept)]
        np.testing.assert_array_equal(np.sort(part), kept)
    np.testing.assert_array_equal(_joined(batches, "labels"), np.asarray(labels)[values])
    assert dataset.num_examples("test") == 2
    assert dataset.ids_and_labels("test")[1].tolist() == [0, -1]


def test_workers_and_late_starts():
    dataset = Dataset(_source([0, 1, -1] * 20), TrueLabels(), 547, True, only_labelled=True)
    whole = _read(dataset, 8, 6)
    for start in (1, 5):
        for found, expected in zip(_read(dataset, 3, 6, start_batch=start), whole[start:]):
            np.testing.assert_array_equal(found["ids"], expected["ids"])
    for worker in range(3):
        for found, expected in zip(_read(dataset.shard(worker, 3), 8, 6), whole):
            np.testing.assert_array_equal(found["images"], expected["images"][worker::3])


def test_few_labels_by_gin():
    gin.parse_config("""
        dataset.name = "digits"
        dataset.labels = @few_labels
        dataset.only_labelled = True
        few_labels.fraction = 0.1
        """)
    dataset = get_dataset()
    whole = get_dataset("digits", only_labelled=False)
    drawn = dataset.known_label_ids()
    assert dataset.num_examples("train") == len(drawn) == whole.class_histogram().sum()
    assert "unlabelled" not in dataset.describe() and "537 test" in dataset.describe()
    assert dataset.fingerprint == whole.fingerprint
    assert (whole.num_examples("train"), whole.known_label_ids().tolist()) == (1260, drawn.tolist())
    assert set(dataset.ids_and_labels("train")[0]) == set(drawn)
    # The same images with other labels.
    other = dataset.with_labels(TrueLabels)
    assert other.num_examples("train") == 1260
    assert other.with_labels(FewLabels(per_class=2), only_labelled=True).num_examples("train") == 20
    # The same labels of all images, here and for one of several workers.
    for part in (dataset, dataset.shard(1, 2)):
        everything = part.everything()
        assert everything.num_examples("train") == 1260
        for found, expected in zip(
            everything.ids_and_labels("train"), whole.ids_and_labels("train")
        ):
            np.testing.assert_array_equal(found, expected)
        assert everything.fingerprint == dataset.fingerprint
        assert everything.training_batches(4).element_spec["images"].shape[0] == (
            4 if part is dataset else 2
        )
    assert dataset.num_examples("train") == len(drawn)


def test_nothing_labelled_is_refused():
    dataset = Dataset(_source([-1, -1]), TrueLabels(), 547, only_labelled=True)
    for use in (
        dataset.describe,
        lambda: dataset.num_examples("train"),
        lambda: dataset.training_batches(2),
    ):
        with pytest.raises(ValueError, match="only_labelled is True, but none of the 2 training"):
            use()
    with pytest.raises(ValueError, match="dataset.only_labelled is 'yes'.*True or False"):
        get_dataset("digits", only_labelled="yes")


def test_images_that_are_decoded_while_read(tmp_path):
    for split, count in (("train", 8), ("test", 2)):
        for index in range(count):
            path = tmp_path / split / ("a" if index % 2 else "b") / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (4, 4), 10 * index).save(path)
    dataset = get_dataset(
        f"folder:{tmp_path}",
        labels=FewLabels(per_class=2),
        only_labelled=True,
        channels=1,
        memory_limit=0,
    )
    assert isinstance(dataset._source.examples("train"), FileExamples)
    batch = _read(dataset, 1, 4)[0]
    assert set(batch["ids"]) == set(dataset.known_label_ids())
    for image, label, example_id in zip(batch["images"], batch["labels"], batch["ids"]):
        number = int(example_id.decode().split("/")[-1].split(".")[0])
        assert (image == 10 * number).all() and label == (1 - number % 2)


@pytest.mark.parametrize("memory_limit", [2**30, 10])
def test_tfds(prepared_dir, memory_limit):
    options = {"tfds_data_dir": prepared_dir, "memory_limit": memory_limit}
    whole = get_dataset("cifar10", **options)
    dataset = get_dataset("cifar10", labels=FewLabels(0.5), only_labelled=True, **options)
    streamed = isinstance(dataset._source.examples("train", training=True), RecordExamples)
    assert streamed == (memory_limit == 10)
    assert dataset.num_examples("train") == 20
    drawn = set(dataset.known_label_ids().tolist())
    expected = {
        example_id: (image, label)
        for batch in whole.evaluation_batches("train").as_numpy_iterator()
        for image, label, example_id in zip(batch["images"], batch["labels"], batch["ids"])
        if example_id in drawn
    }
    batches = _read(dataset, 5, 8)
    ids = _joined(batches, "ids").tolist()
    assert set(ids[:20]) == set(ids[20:40]) == drawn and ids[:20] != ids[20:40]
    evaluated = list(dataset.evaluation_batches("train", 7).as_numpy_iterator())
    assert _joined(evaluated, "ids").tolist() == dataset.ids_and_labels("train")[0].tolist()
    for read in (batches, evaluated):
        columns = (_joined(read, name) for name in ("images", "labels", "ids"))
        for image, label, example_id in zip(*columns):
            np.testing.assert_array_equal(image, expected[example_id][0])
            assert label == expected[example_id][1]
    for start in (1, 3):
        for found, late in zip(batches[start:], _read(dataset, 2, 8, start_batch=start)):
            np.testing.assert_array_equal(found["ids"], late["ids"])
            np.testing.assert_array_equal(found["images"], late["images"])
    for worker in range(2):
        for found, part in zip(batches, _read(dataset.shard(worker, 2), 5, 8)):
            np.testing.assert_array_equal(part["ids"], found["ids"][worker::2])


def test_a_subset_of_records_of_which_some_are_left_out_anyway(prepared_dir):
    """Places are counted among the records of large images, and found among all of them."""
    dataset = get_dataset("imagenet_512_hq400", tfds_data_dir=prepared_dir)
    ids, labels = dataset.ids_and_labels("train")
    chosen = [3, 4, 11]
    part = dataset._source.examples("train", training=True).subset(np.array(chosen))
    assert part.ids().tolist() == ids[chosen].tolist()
    assert part.num_examples == 3
    records = part._records
    found = [records.label_and_id(record, own_ids=True)[1].numpy() for record in records.in_order()]
    assert found == ids[chosen].tolist()
    shuffled = records.shuffled_epoch(np.int64(4), 1, 100)
    found = [records.label_and_id(record, own_ids=True)[1].numpy() for record in shuffled]
    assert sorted(found) == sorted(ids[chosen].tolist())


def _labels(dataset, split):
    """As evaluation streams them, beside their ids."""
    batches = list(dataset.evaluation_batches(split, 500))
    found = np.concatenate([batch["labels"].numpy() for batch in batches])
    ids, labels = dataset.ids_and_labels(split)
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(np.concatenate([b["ids"].numpy() for b in batches]), ids)
    return found


@pytest.mark.parametrize("only_labelled", [False, True])
def test_labels_of_an_evaluation_are_the_true_ones_of_the_same_images(only_labelled):
    few = get_dataset("digits", labels=FewLabels(0.1), only_labelled=only_labelled)
    true = dict(zip(*get_dataset("digits").ids_and_labels("train"), strict=True))
    judging = few.with_evaluation_labels()
    ids, labels = judging.ids_and_labels("train")
    np.testing.assert_array_equal(ids, few.ids_and_labels("train")[0])
    assert labels.tolist() == [true[name] for name in ids]
    assert only_labelled or (_labels(few, "train") < 0).mean() == pytest.approx(0.9, abs=0.01)
    np.testing.assert_array_equal(_labels(judging, "train"), labels)
    np.testing.assert_array_equal(_labels(judging, "test"), _labels(few, "test"))


@pytest.mark.parametrize(("source", "label"), [(SingleLabel, 0), (RandomLabels, -1)])
def test_in_an_evaluation_no_image_is_of_a_class_that_means_nothing(source, label):
    """But the one class of all images is that of all."""
    judging = get_dataset("digits", labels=source).with_evaluation_labels()
    assert set(_labels(judging, "train")) == set(_labels(judging, "test")) == {label}
