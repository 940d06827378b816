# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import gin
import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from compare_gan.data import TrueLabels, get_dataset


def _write(path, records):
    """Writes v3's records: `file_name`, and `label`, an integer or logits."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, label in records:
            if isinstance(label, int):
                value = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
            else:
                value = tf.train.Feature(float_list=tf.train.FloatList(value=label))
            names = tf.train.Feature(bytes_list=tf.train.BytesList(value=[name]))
            features = tf.train.Features(feature={"file_name": names, "label": value})
            writer.write(tf.train.Example(features=features).SerializeToString())


def _name(index, split="train"):
    return f"{split}_{index}.JPEG".encode()


def _number(example_id):
    return int(example_id.decode().split("_")[1].split(".")[0])


@pytest.fixture
def replaced(tmp_path, prepared_dir):
    """Gives `replaced(records)`: writes them into two files, and returns the data set."""

    def make(records, name="imagenet_128", pattern="labels-{split}*", split="train"):
        half = len(records) // 2
        _write(tmp_path / f"labels-{split}-0", records[:half])
        _write(tmp_path / f"labels-{split}-1", records[half:])
        gin.clear_config()
        gin.parse_config(f"replace_labels.file_pattern = '{tmp_path}/{pattern}'")
        return get_dataset(name, tfds_data_dir=prepared_dir)

    return make


def test_labels_are_found_by_file_name(replaced):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 1000, 40)
    labels[[4, 17]] = -1
    # In any order, with records of images that the data set does not have.
    dataset = replaced([(_name(i), int(labels[i])) for i in rng.permutation(40)])
    assert (dataset.num_classes, dataset.soft_labels) == (1000, False)
    batch = next(iter(dataset.training_batches(30, ids=True)))
    assert len(set(batch["ids"].numpy())) == 30
    for example_id, label in zip(batch["ids"].numpy(), batch["labels"].numpy()):
        assert label == labels[_number(example_id)]
    counts = np.bincount(labels[:30][labels[:30] >= 0], minlength=1000)
    np.testing.assert_array_equal(dataset.class_histogram(), counts)
    # There are no files for this split.
    assert sorted(dataset.ids_and_labels("validation")[1]) == list(range(7))
    assert len(dataset.known_label_ids()) == 28


def test_files_for_another_split(replaced):
    replaced([(_name(i, "validation"), 500 + i) for i in range(7)], split="validation")
    dataset = replaced([(_name(i), 100 + i) for i in range(30)])
    assert sorted(dataset.ids_and_labels("validation")[1]) == list(range(500, 507))
    # Both are of one kind, so that both are judged by.
    judging = dataset.with_evaluation_labels()
    assert sorted(judging.ids_and_labels("train")[1]) == list(range(100, 130))
    assert sorted(judging.ids_and_labels("validation")[1]) == list(range(500, 507))


def test_training_images_are_judged_by_true_labels_where_others_are(replaced):
    dataset = replaced([(_name(i), 100 + i) for i in range(30)])
    true = dataset.with_labels(TrueLabels)
    judging = dataset.with_evaluation_labels()
    for split in ("train", "validation"):
        np.testing.assert_array_equal(
            judging.ids_and_labels(split)[1], true.ids_and_labels(split)[1]
        )


def test_soft_labels_are_the_softmax_of_logits(replaced):
    logits = np.random.default_rng(0).normal(0, 3, (30, 1000)).astype(np.float32)
    records = [(_name(i), logits[i].tolist()) for i in reversed(range(30))]
    dataset = replaced(records, "soft_labeled_imagenet_128")
    assert dataset.soft_labels
    batch = next(iter(dataset.training_batches(30, ids=True)))
    expected = scipy.special.softmax(logits.astype(np.float64), axis=1)
    for example_id, label in zip(batch["ids"].numpy(), batch["labels"].numpy()):
        np.testing.assert_allclose(label, expected[_number(example_id)], rtol=2e-3, atol=1e-7)
    counts = np.bincount(logits.argmax(axis=1), minlength=1000)
    np.testing.assert_array_equal(dataset.class_histogram(), counts)
    labels = next(iter(dataset.evaluation_batches(batch_size=7)))["labels"].numpy()
    assert labels.sum(axis=1).tolist() == [1] * 7
    assert sorted(labels.argmax(axis=1)) == list(range(7))


def test_labeled_only_leaves_out_what_has_no_label(replaced):
    records = [(_name(i), i if i % 3 == 0 else -1) for i in range(30)]
    dataset = replaced(records, "labeled_only_imagenet_128")
    assert dataset.num_examples("train") == 10
    batch = next(iter(dataset.training_batches(20, ids=True)))
    assert sorted(batch["labels"].numpy()) == sorted(2 * list(range(0, 30, 3)))
    assert len(dataset.known_label_ids()) == 10


@pytest.mark.parametrize(
    ("records", "options", "message"),
    [
        ([(_name(i), i) for i in range(28)], {}, "2 of the 30 .*'train'.* none of the files"),
        ([(_name(i % 29), i) for i in range(31)], {}, "2 records repeat a file name"),
        ([(_name(i), 1000) for i in range(30)], {}, "-1 .unlabelled. to 999, .* 1000 to 1000"),
        # As 32 bits it would be class 5.
        ([(_name(i), 2**32 + 5) for i in range(30)], {}, "they lie in 4294967301 to 4294967301"),
        *(
            (
                [(_name(i), [logit if i == 17 else 0.0] * 1000) for i in range(30)],
                {"name": "soft_labeled_imagenet_128"},
                "must be finite, but those of the record b'train_17.JPEG' are not",
            )
            for logit in (float("nan"), float("inf"), float("-inf"))
        ),
        ([(_name(i), [0.0] * 1000) for i in range(30)], {}, "lack an integer named 'label'"),
        (
            [(_name(i), i) for i in range(30)],
            {"name": "soft_labeled_imagenet_128"},
            r"lack \[1000\] floats named 'label'",
        ),
        ([(_name(0), 0)], {"pattern": "other*"}, "no such files for the split 'train'"),
        (
            [(_name(i), i) for i in range(30)],
            {"name": "single_class_imagenet_128"},
            "chosen otherwise, by SingleLabel: remove it",
        ),
    ],
)
def test_wrong_files_are_refused_in_one_line(replaced, records, options, message):
    with pytest.raises(ValueError, match=f"replace_labels.file_pattern is .*{message}") as caught:
        replaced(records, **options).class_histogram()
    assert "\n" not in str(caught.value).split("\n  In call to")[0]


def test_a_damaged_file(replaced, tmp_path):
    dataset = replaced([(_name(i), i) for i in range(30)])
    path = tmp_path / "labels-train-1"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match="a file is damaged"):
        dataset.class_histogram()


def test_random_images_need_no_files():
    gin.parse_config("replace_labels.file_pattern = 'none-{split}'")
    dataset = get_dataset("cifar10", fake=True)
    assert len(set(dataset.ids_and_labels("train")[1])) > 5
    soft = get_dataset("soft_labeled_imagenet_128", fake=True)
    assert next(iter(soft.training_batches(4)))["labels"].shape == (4, 1000)
    with pytest.raises(ValueError, match="replace_labels.*chosen otherwise, by TrueLabels"):
        from compare_gan.data import TrueLabels

        get_dataset("cifar10", fake=True, labels=TrueLabels)
