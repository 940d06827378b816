# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hashlib

import gin
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from compare_gan.data import ArraySource, Dataset, FewLabels, TrueLabels, get_dataset


def _source(labels, order=None):
    order = np.arange(len(labels)) if order is None else order
    ids = np.array([f"id-{index}" for index in order])
    images = np.zeros([len(labels), 1, 1, 1], np.uint8)
    return ArraySource("few", {"train": (images, np.asarray(labels)[order], ids)}, 3)


def _drawn(source, **settings):
    return FewLabels(**settings).drawn_ids(source, "train").tolist()


def _expected(labels, wanted, seed):
    """The first `wanted(n)` of each class by the hash of (seed, id)."""
    chosen = []
    for label in range(3):
        ids = [f"id-{index}".encode() for index in np.flatnonzero(np.asarray(labels) == label)]
        ids.sort(
            key=lambda i: hashlib.blake2b(b"few_labels\0%d\0" % seed + i, digest_size=8).digest()
        )
        chosen += ids[: wanted(len(ids))]
    return sorted(chosen)


_labels = st.lists(st.integers(-1, 2), min_size=1, max_size=60)


@hypothesis.given(labels=_labels, seed=st.integers(0, 99), per_cent=st.integers(1, 100))
def test_drawn_by_hand(labels, seed, per_cent):
    # Half up, in whole numbers; at least one.
    expected = _expected(labels, lambda n: max(1, (2 * per_cent * n + 100) // 200), seed)
    assert _drawn(_source(labels), fraction=per_cent / 100, seed=seed) == expected


@hypothesis.given(
    labels=_labels,
    fractions=st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)),
    seed=st.integers(0, 2**40),
    order_seed=st.integers(0, 9),
)
def test_nested_within_classes_and_independent_of_the_order(labels, fractions, seed, order_seed):
    small, large = sorted(fractions)
    source = _source(labels)
    drawn_small, drawn_large = (
        set(_drawn(source, fraction=fraction, seed=seed)) for fraction in (small, large)
    )
    assert drawn_small <= drawn_large
    labelled = {f"id-{index}".encode(): label for index, label in enumerate(labels) if label >= 0}
    assert drawn_large <= labelled.keys()
    assert {labelled[i] for i in drawn_small} == set(labelled.values())  # each class has one
    order = np.random.default_rng(order_seed).permutation(len(labels))
    assert set(_drawn(_source(labels, order), fraction=small, seed=seed)) == drawn_small


def test_per_class_and_seeds():
    labels = np.repeat([0, 1, 2], 50)
    drawn = _drawn(_source(labels), per_class=7)
    assert drawn == _expected(labels, lambda n: 7, 0)
    other = _drawn(_source(labels), per_class=7, seed=1)
    assert len(drawn) == len(other) == 21
    assert len(set(drawn) & set(other)) < 12
    assert set(drawn) < set(_drawn(_source(labels), per_class=8))


def test_every_example_is_equally_likely():
    source = _source(np.repeat([0, 1, 2], 10))
    counts = dict.fromkeys(source.ids_and_true_labels("train")[0].tolist(), 0)
    for seed in range(600):
        for example_id in _drawn(source, per_class=3, seed=seed):
            counts[example_id] += 1
    # 3 of 10, 600 times, in 3 classes: scaled for drawing without replacement, the sum is
    # chi-squared with 27 degrees of freedom, whose 99.9 % quantile is 55.5.
    variance = 600 * 0.3 * 0.7
    assert sum((count - 180) ** 2 for count in counts.values()) / variance * 0.9 < 55.5


def test_only_drawn_examples_have_labels_and_other_splits_keep_theirs(make_source):
    labels = np.array([0, 1, 2, -1] * 10)
    source = make_source(labels)
    dataset = Dataset(source, FewLabels(fraction=0.2), 547)
    drawn = set(dataset.known_label_ids().tolist())
    assert len(drawn) == 6
    for batch in (
        *dataset.training_batches(40, ids=True).take(1),
        *dataset.evaluation_batches("train", 40),
    ):
        for value, label, example_id in zip(
            batch["images"].numpy()[:, 0, 0, 0], batch["labels"].numpy(), batch["ids"].numpy()
        ):
            assert label == (labels[value] if example_id in drawn else -1)
    assert dataset.class_histogram().tolist() == [2, 2, 2]
    assert "2, 2, 2 training images, 34 unlabelled" in dataset.describe()
    assert dataset.ids_and_labels("test")[1].tolist() == [0, 1, 0, -1]


def test_all_labels_are_hidden_from_nobody(make_source):
    dataset = Dataset(make_source([0, 1, 2]), FewLabels(fraction=1), 547)
    assert dataset.known_label_ids() is None
    assert get_dataset("digits").known_label_ids() is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "fraction is None and few_labels.per_class is None: set exactly one"),
        ({"fraction": 0.1, "per_class": 2}, "set exactly one"),
        ({"fraction": 0}, "few_labels.fraction must be a number in .0, 1., received 0"),
        ({"fraction": 10}, "few_labels.fraction must be .*, received 10"),
        ({"fraction": "10%"}, "few_labels.fraction must be .*, received '10%'"),
        ({"fraction": True}, "few_labels.fraction must be .*, received True"),
        ({"per_class": 0}, "few_labels.per_class must be a whole number from 1, received 0"),
        ({"per_class": 1.5}, "few_labels.per_class must be .* received 1.5"),
        ({"per_class": 1, "seed": None}, "few_labels.seed must be a whole number, received None"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        FewLabels(**settings)


def test_too_few_examples_or_no_classes(make_source):
    source = make_source([0, 0, 1, 2, 2], class_names=["cat", "dog", "owl"])
    with pytest.raises(ValueError, match="per_class is 2, but of the class 'dog' .* only 1 label"):
        FewLabels(per_class=2).drawn_ids(source, "train")
    unlabelled = Dataset(make_source([0], num_classes=0), TrueLabels(), 547)
    with pytest.raises(ValueError, match="@few_labels .* 'numbers' has none"):
        unlabelled.with_labels(FewLabels(0.1))


@pytest.mark.parametrize("reference", ["@few_labels", "@few_labels()"])
def test_by_gin(reference):
    gin.parse_config(f"""
        dataset.name = "digits"
        dataset.labels = {reference}
        few_labels.per_class = 3
        few_labels.seed = 5
        """)
    dataset = get_dataset()
    assert dataset.class_histogram().tolist() == [3] * 10
    assert len(dataset.known_label_ids()) == 30
    assert dataset.class_histogram("test").sum() == 537


def test_fake_data_have_what_they_have():
    dataset = get_dataset("digits", labels=FewLabels(per_class=200), fake=True)
    assert dataset.class_histogram().tolist() == [0, 100] + [0] * 8
    with pytest.raises(ValueError, match="@few_labels"):
        get_dataset("celeb_a", labels=FewLabels(0.1), fake=True)
