# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import gin
import numpy as np
import pytest
import scipy.stats

from compare_gan.data import Dataset, RandomLabels, get_dataset


def _labels(dataset, batches, batch_size, **options):
    stream = dataset.training_batches(batch_size, **options).take(batches)
    return np.concatenate([batch["labels"] for batch in stream.as_numpy_iterator()])


def test_fixed_labels_are_of_the_ids_whatever_the_order(make_source):
    order = np.random.default_rng(0).permutation(200)
    found = []
    for source in (make_source([0] * 200), make_source([0] * 200, order)):
        dataset = Dataset(source, RandomLabels(5, redraw=False, seed=3), 547)
        batch = next(iter(dataset.training_batches(200)))
        found.append(dict(zip(batch["images"].numpy()[:, 0, 0, 0], batch["labels"].numpy())))
        ids, labels = dataset.ids_and_labels("train")
        assert found[-1] == {int(i[1:]): label for i, label in zip(ids, labels)}
    assert found[0] == found[1]
    counts = np.bincount(list(found[0].values()), minlength=5)
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
    assert dataset.class_histogram().tolist() == counts.tolist()
    other = Dataset(make_source([0] * 200), RandomLabels(5, redraw=False, seed=4), 547)
    assert (
        0.1 < (other.ids_and_labels("train")[1] == [found[0][i] for i in range(200)]).mean() < 0.3
    )


def test_redrawn_labels_are_uniform_and_new_at_every_read(make_source):
    dataset = Dataset(make_source([0] * 50), RandomLabels(7), 547)
    labels = _labels(dataset, 40, 50).reshape(40, 50)
    assert labels.dtype == np.int32
    assert scipy.stats.chisquare(np.bincount(labels.ravel(), minlength=7)).pvalue > 1e-3
    agreement = (labels[1:] == labels[:-1]).mean()
    assert abs(agreement - 1 / 7) < 0.03
    np.testing.assert_array_equal(dataset.class_histogram(), [7] * 7)
    assert "7 classes, drawn anew whenever an image is read" in dataset.describe()


def test_redrawn_labels_belong_to_positions(make_source):
    dataset = Dataset(make_source([0] * 30), RandomLabels(9), 547)
    whole = _labels(dataset, 12, 6)
    np.testing.assert_array_equal(_labels(dataset, 6, 12), whole)
    np.testing.assert_array_equal(_labels(dataset, 4, 6, start_batch=8), whole[48:])
    steps = dataset.training_batches(6, batches_per_step=3).take(4).as_numpy_iterator()
    np.testing.assert_array_equal(np.concatenate([s["labels"].ravel() for s in steps]), whole)
    for worker in range(3):
        part = _labels(dataset.shard(worker, 3), 12, 6)
        np.testing.assert_array_equal(part, whole[worker::3])
    for other in (
        Dataset(make_source([0] * 30), RandomLabels(9), 548),
        Dataset(make_source([0] * 30), RandomLabels(9, seed=1), 547),
    ):
        assert (_labels(other, 12, 6) == whole).mean() < 0.4


def test_other_splits_are_unlabelled_and_nothing_is_left_out(make_source):
    source = make_source([0, 1, 2, -1])
    for redraw in (True, False):
        dataset = Dataset(source, RandomLabels(redraw=redraw), 547, only_labelled=True)
        assert dataset.num_classes == 3
        assert dataset.class_names == ("0", "1", "2")
        assert dataset.ids_and_labels("test")[1].tolist() == [-1] * 4
        assert dataset.num_examples("train") == 4
        assert dataset.ids_and_labels("train")[1].min() >= 0


def test_settings():
    with pytest.raises(ValueError, match="random_labels.num_classes must be .* received 0"):
        RandomLabels(0)
    for wrong in ({"num_classes": True}, {"num_classes": 3, "seed": False}):
        with pytest.raises(ValueError, match="must be a whole number"):
            RandomLabels(**wrong)
    numpy_numbers = RandomLabels(np.int64(7), False, np.int64(2))
    ids = np.array([b"a", b"b", b"c", b"d"])
    np.testing.assert_array_equal(
        numpy_numbers.labels(get_dataset("digits")._source, "train", ids, None),
        RandomLabels(7, False, 2).labels(get_dataset("digits")._source, "train", ids, None),
    )
    with pytest.raises(ValueError, match="random_labels.redraw is 'no'"):
        RandomLabels(3, "no")
    with pytest.raises(ValueError, match="random_labels.seed must be .* received 1.5"):
        RandomLabels(3, seed=1.5)
    with pytest.raises(ValueError, match="num_classes is missing, and .*'celeb_a' has no classes"):
        get_dataset("celeb_a", labels=RandomLabels, fake=True)
    gin.parse_config("dataset.labels = @random_labels\nrandom_labels.num_classes = 4")
    assert get_dataset("celeb_a", fake=True).num_classes == 4


def test_counts_of_redrawn_labels_are_not_told_as_those_of_images(make_source, caplog):
    """Where labels are not at hand, what was counted is logged, unless it is of no image."""
    source = make_source([0, 1, 2, 2])
    source.labels_at_hand = lambda split: False
    with caplog.at_level("INFO", logger="absl"):
        dataset = Dataset(source, RandomLabels(92), 547)
        assert dataset.class_histogram().tolist() == [1] * 92
        assert "training images" not in caplog.text
        Dataset(source, RandomLabels(3, redraw=False), 547).class_histogram()
        assert "training images" in caplog.text and "-" not in caplog.text.split("images")[-1]
    assert dataset.labels_digest() is None


def test_v3s_random_classes():
    dataset = get_dataset("random_class_imagenet_128", fake=True)
    assert dataset.num_classes == 1000
    labels = _labels(dataset, 2, 100)
    assert len(set(labels[:100])) > 60
    assert (labels[:100] != labels[100:]).any()
    assert dataset.class_histogram().min() == 1
