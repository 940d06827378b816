# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import hashlib

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.data import (
    Dataset,
    FewLabels,
    InferredLabels,
    LabelStoreError,
    ListedLabels,
    TrueLabels,
    get_dataset,
    ids_digest,
    write_label_store,
)

COUNT = 30
TRUE = np.arange(COUNT) % 3
INFERRED = (TRUE + (np.arange(COUNT) % 5 == 0)) % 3  # every fifth is wrong


def _probabilities(hard, classes):
    """The class has 3/4, the others share the rest; unlabelled are zeros."""
    rest = 0.25 / (classes - 1)
    rows = np.where(hard[:, None] == np.arange(classes), 0.75, rest)
    return (rows * (hard >= 0)[:, None]).astype(np.float32)


@pytest.fixture
def stored(tmp_path):
    """Gives `stored(source, ...)`, which infers labels for a source and returns the store."""

    def write(source, hard=None, names=None, folder="labels", used=None, soft=True, **changes):
        ids, _ = source.ids_and_true_labels("train")
        if hard is None:
            hard = INFERRED[[int(example_id[1:]) for example_id in ids]]
        names = source.class_names if names is None else names
        provenance = {
            "method": "test",
            "num_classes": len(names),
            "class_names": list(names),
            "dataset": {"name": source.name, "fingerprint": source.fingerprint, "split": "train"},
        }
        if used is not None:
            provenance["labelled_ids_sha256"] = ids_digest(used)
        probabilities = _probabilities(hard, len(names)) if soft else None
        write_label_store(tmp_path / folder, ids, hard, probabilities, provenance | changes)
        return str(tmp_path / folder)

    return write


def _labels_by_value(batch):
    return dict(zip(batch["images"].numpy()[:, 0, 0, 0].tolist(), batch["labels"].numpy()))


def test_labels_are_joined_by_id_in_any_order(make_source, stored):
    order = np.random.default_rng(0).permutation(COUNT)
    source = make_source(TRUE, order)
    store = stored(source)
    # The store's rows are sorted by id, so that positions agree with neither order.
    dataset = Dataset(source, InferredLabels(store=store), 547)
    for batch in (
        next(iter(dataset.training_batches(COUNT))),
        next(iter(dataset.evaluation_batches("train", COUNT))),
    ):
        assert _labels_by_value(batch) == dict(enumerate(INFERRED))
    assert dataset.class_histogram().tolist() == np.bincount(INFERRED).tolist()
    assert dataset.ids_and_labels("test")[1].tolist() == [0, 1, 0, -1]
    assert dataset.known_label_ids() is None
    assert not dataset.soft_labels


def test_soft_labels(make_source, stored):
    source = make_source(TRUE)
    store = stored(source)
    dataset = Dataset(source, InferredLabels("soft", store), 547, horizontal_flip=True)
    assert dataset.soft_labels
    stream = dataset.training_batches(10, batches_per_step=3)
    assert stream.element_spec["labels"] == tf.TensorSpec([3, 10, 3], tf.float32)
    expected = _probabilities(INFERRED, 3)
    element = next(iter(stream))
    values = element["images"].numpy()[..., 0, 0, 0]
    np.testing.assert_allclose(element["labels"], expected[values], rtol=1e-3)
    np.testing.assert_allclose(element["labels"].numpy().sum(-1), 1, rtol=1e-6)
    ids, labels = dataset.ids_and_labels("train")
    np.testing.assert_allclose(labels, expected, rtol=1e-3)
    assert dataset.class_histogram().tolist() == np.bincount(INFERRED).tolist()
    # True labels, as probabilities; none is a row of zeros.
    batch = next(iter(dataset.evaluation_batches("test", 4)))
    assert batch["labels"].numpy().tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert dataset.class_histogram("test").tolist() == [2, 1, 0]
    for worker in range(2):
        part = next(iter(dataset.shard(worker, 2).training_batches(10, batches_per_step=3)))
        np.testing.assert_array_equal(part["labels"], element["labels"][:, worker::2])


def test_clusters_have_their_own_classes(make_source, stored):
    source = make_source(TRUE)
    hard = np.arange(COUNT) % 7 - 1
    names = [f"cluster {index}" for index in range(6)]
    for kind in ("hard", "soft"):
        store = stored(source, hard, names)
        dataset = Dataset(source, InferredLabels(kind, store, num_classes=6), 547)
        assert dataset.num_classes == 6
        assert dataset.class_names == tuple(names)
        np.testing.assert_array_equal(
            dataset.class_histogram(), np.bincount(hard[hard >= 0], minlength=6)
        )
        assert (dataset.class_histogram("test") == 0).all()
    # Not even if they are as many as the data set's classes.
    store = stored(source, hard % 3, names[:3])
    dataset = Dataset(source, InferredLabels(store=store), 547)
    assert dataset.ids_and_labels("test")[1].tolist() == [-1] * 4


def test_unlabelled_rows_stay_so(make_source, stored):
    source = make_source(TRUE)
    hard = np.where(np.arange(COUNT) % 2, INFERRED, -1)
    store = stored(source, hard, soft=False)
    dataset = Dataset(source, InferredLabels(store=store), 547)
    assert dataset.ids_and_labels("train")[1].tolist() == hard.tolist()
    assert dataset.class_histogram().sum() == COUNT // 2
    assert Dataset(source, InferredLabels(store=store), 547, only_labelled=True).num_examples(
        "train"
    ) == (COUNT // 2)


def test_known_or_hard(make_source, stored):
    order = np.random.default_rng(1).permutation(COUNT)
    source = make_source(TRUE, order)
    few = FewLabels(fraction=0.3, seed=2)
    drawn = few.drawn_ids(source, "train")
    store = stored(source, used=drawn)
    labels = InferredLabels("known_or_hard", store, known_labels=few)
    ids, found = Dataset(source, labels, 547).ids_and_labels("train")
    numbers = np.array([int(example_id[1:]) for example_id in ids])
    known = np.isin(ids, drawn)
    assert known.sum() == 9
    np.testing.assert_array_equal(found, np.where(known, TRUE[numbers], INFERRED[numbers]))
    # Others than the store was made with.
    for other in (FewLabels(0.3, seed=3), FewLabels(0.4, seed=2), TrueLabels):
        wrong = InferredLabels("known_or_hard", store, known_labels=other)
        with pytest.raises(LabelStoreError, match="known_labels .* made with those of others") as e:
            Dataset(source, wrong, 547).training_batches(4)
        assert "\n" not in str(e.value)
    for changes, message in (
        ({}, "without labels, .* set it to 'hard'"),
        (
            {"names": ["x", "y", "z"], "used": drawn},
            "has the classes 'x', 'y', 'z', and the known labels have '0', '1', '2'",
        ),
    ):
        labels = InferredLabels("known_or_hard", stored(source, **changes), known_labels=few)
        with pytest.raises(LabelStoreError, match=message):
            Dataset(source, labels, 547).class_histogram()


@pytest.fixture
def listed(tmp_path):
    """Gives `listed({number: label})`, the labels of a table."""

    def write(labels):
        path = tmp_path / "known.csv"
        lines = "".join(f"t{number},{label}\n" for number, label in labels.items())
        path.write_text(f"id,label\n{lines}")
        return ListedLabels(path)

    return write


def test_known_labels_of_a_data_set_without_classes(make_source, stored, listed):
    """A folder of images without folders of classes in it, and a table of a few labels."""
    source = make_source(TRUE, num_classes=0)
    known = listed({3: "fox", 7: "hen", 8: "fox"})
    before = InferredLabels("known_or_hard", known_labels=known)
    assert before.num_classes(source) == 2
    used = np.array([b"t3", b"t7", b"t8"])
    store = stored(source, INFERRED % 2, ["fox", "hen"], used=used)
    dataset = Dataset(source, InferredLabels("known_or_hard", store, known_labels=known), 547)
    expected = INFERRED % 2
    expected[[3, 7, 8]] = [0, 1, 0]
    assert dataset.ids_and_labels("train")[1].tolist() == expected.tolist()
    assert dataset.class_names == ("fox", "hen")
    assert dataset.known_label_ids().tolist() == used.tolist()


def test_other_labels_of_the_known_examples_are_refused(make_source, stored, listed):
    source = make_source(TRUE)
    # As an inference writes it down.
    pairs = [(b"t3", 0), (b"t4", 1)]
    sha256 = hashlib.sha256(repr(pairs).encode()).hexdigest()
    store = stored(source, used=np.array([b"t3", b"t4"]), known_labels={"labels_sha256": sha256})

    def dataset(known):
        return Dataset(source, InferredLabels("known_or_hard", store, known_labels=known), 547)

    assert dataset(listed({4: 1, 3: 0})).class_histogram().sum() == COUNT
    with pytest.raises(LabelStoreError, match="gives the 2 examples .* but other labels of them"):
        dataset(listed({4: 1, 3: 2})).class_histogram()


def test_data_in_another_order_than_when_labels_were_inferred(make_source, stored):
    rng = np.random.default_rng(5)
    store = stored(make_source(TRUE, rng.permutation(COUNT)))
    read = make_source(TRUE, rng.permutation(COUNT))
    dataset = Dataset(read, InferredLabels(store=store), 547)
    batch = next(iter(dataset.training_batches(COUNT)))
    assert _labels_by_value(batch) == dict(enumerate(INFERRED))
    assert dataset.class_histogram().tolist() == np.bincount(INFERRED).tolist()


def test_digest_of_the_labels(make_source, stored):
    """Equal exactly if training sees the same labels, wherever they lie and however ordered."""
    source = make_source(TRUE)
    few = FewLabels(fraction=0.3, seed=2)

    def digest(kind="hard", source=source, **changes):
        store = stored(source, used=few.drawn_ids(source, "train"), **changes)
        return Dataset(source, InferredLabels(kind, store, known_labels=few), 547).labels_digest()

    reordered = make_source(TRUE, np.random.default_rng(2).permutation(COUNT))
    for kind in ("hard", "soft", "known_or_hard"):
        same = {digest(kind), digest(kind, folder="moved"), digest(kind, source=reordered)}
        assert len(same) == 1
    other = np.where(np.arange(COUNT) == 11, (INFERRED + 1) % 3, INFERRED)
    others = [digest("soft"), digest("hard"), digest("known_or_hard"), digest(hard=other)]
    others += [Dataset(source, labels, 547).labels_digest() for labels in (TrueLabels(), few)]
    # The same classes, a little more or less probable.
    ids, _ = source.ids_and_true_labels("train")
    probabilities = _probabilities(INFERRED, 3) * 0.9 + 0.1 / 3
    made_of = {"name": source.name, "fingerprint": source.fingerprint, "split": "train"}
    provenance = {"method": "x", "num_classes": 3, "class_names": ["0", "1", "2"]}
    folder = stored(source, folder="again")
    write_label_store(folder, ids, INFERRED, probabilities, provenance | {"dataset": made_of})
    others.append(Dataset(source, InferredLabels("soft", folder), 547).labels_digest())
    assert None not in others and len(set(others)) == len(others)


def test_known_labels_are_few_labels_as_gin_has_them(make_source, stored):
    gin.parse_config("few_labels.per_class = 4")
    source = make_source(TRUE)
    drawn = FewLabels(per_class=4).drawn_ids(source, "train")
    store = stored(source, np.full(COUNT, 2), used=drawn)
    dataset = Dataset(source, InferredLabels("known_or_hard", store), 547)
    assert dataset.class_histogram().tolist() == [4, 4, COUNT - 8]
    assert "few_labels.per_class" in gin.operative_config_str()


def test_a_store_of_other_data_is_refused(make_source, stored):
    store = stored(make_source(TRUE))
    for other, message in (
        (make_source(TRUE + (TRUE == 0)), "made for other data"),
        (make_source(TRUE[:-1]), "made for other data"),
    ):
        dataset = Dataset(other, InferredLabels(store=store), 547)
        for use in (
            lambda dataset=dataset: dataset.training_batches(4),
            lambda dataset=dataset: dataset.evaluation_batches("train"),
            lambda dataset=dataset: dataset.ids_and_labels("train"),
            dataset.class_histogram,
        ):
            with pytest.raises(LabelStoreError, match=message) as caught:
                use()
            assert "\n" not in str(caught.value)
    source = make_source(TRUE)
    store = stored(
        source, dataset={"name": "x", "fingerprint": source.fingerprint, "split": "test"}
    )
    with pytest.raises(LabelStoreError, match="made for the split 'test'"):
        Dataset(source, InferredLabels(store=store), 547).training_batches(4)


def test_missing_and_foreign_ids_are_refused(make_source, stored):
    source, smaller = make_source(TRUE), make_source(TRUE[:-2])
    claimed = {"name": "x", "fingerprint": source.fingerprint, "split": "train"}
    dataset = Dataset(source, InferredLabels(store=stored(smaller, dataset=claimed)), 547)
    with pytest.raises(LabelStoreError, match="lacks 2 of 30 examples, for instance b't28'"):
        dataset.training_batches(4)
    claimed = {"name": "x", "fingerprint": smaller.fingerprint, "split": "train"}
    dataset = Dataset(smaller, InferredLabels(store=stored(source, dataset=claimed)), 547)
    with pytest.raises(LabelStoreError, match="2 examples that are not in .* b't28'"):
        dataset.training_batches(4)


def test_no_probabilities(make_source, stored):
    source = make_source(TRUE)
    dataset = Dataset(source, InferredLabels("soft", stored(source, soft=False)), 547)
    with pytest.raises(LabelStoreError, match="no probabilities"):
        dataset.class_histogram()


def test_before_there_is_a_store(make_source, stored, tmp_path):
    source = make_source(TRUE)
    dataset = Dataset(source, InferredLabels(store=str(tmp_path / "labels")), 547)
    assert (dataset.num_classes, dataset.class_names) == (3, ("0", "1", "2"))
    assert "3 classes, to be inferred" in dataset.describe()
    assert dataset.ids_and_labels("test")[1].tolist() == [0, 1, 0, -1]
    for use in (dataset.class_histogram, lambda: dataset.training_batches(4)):
        with pytest.raises(LabelStoreError, match="no label store in .*infer labels first"):
            use()
    more = Dataset(source, InferredLabels(num_classes=np.int64(8)), 547)
    assert (more.num_classes, more.class_names[-1]) == (8, "7")
    with pytest.raises(LabelStoreError, match="set inferred_labels.store to the folder"):
        more.training_batches(4)
    # It is found when it is there.
    stored(source)
    assert dataset.class_histogram().sum() == COUNT
    with pytest.raises(LabelStoreError, match="num_classes is 8, but the label store .* 3 classes"):
        Dataset(source, InferredLabels(store=stored(source), num_classes=8), 547).class_histogram()


def test_where_the_run_keeps_its_labels(tmp_path):
    digits = get_dataset("digits")
    ids, labels = digits.ids_and_labels("train")
    provenance = {
        "method": "test",
        "num_classes": 10,
        "class_names": list(digits.class_names),
        "dataset": {"name": "digits", "fingerprint": digits.fingerprint, "split": "train"},
    }
    for folder, shift in (("run", 0), ("own", 1)):
        write_label_store(tmp_path / folder, ids, (labels + shift) % 10, None, provenance)
    gin.parse_config("dataset.name = 'digits'\ndataset.labels = @inferred_labels")
    found = get_dataset(label_store=tmp_path / "run").ids_and_labels("train")[1]
    np.testing.assert_array_equal(found, labels)
    gin.parse_config(f"inferred_labels.store = '{tmp_path / 'own'}'")
    found = get_dataset(label_store=tmp_path / "run").ids_and_labels("train")[1]
    np.testing.assert_array_equal(found, (labels + 1) % 10)
    with pytest.raises(ValueError, match="label_store"):
        gin.parse_config("dataset.label_store = 'x'")
    # What was inferred for the data says nothing of random images.
    fake = get_dataset(fake=True)
    assert set(fake.ids_and_labels("train")[1]) == set(range(10))


@pytest.mark.parametrize("kind", ["hard", "soft", "known_or_hard"])
def test_random_images_have_random_labels(kind, caplog):
    gin.parse_config("few_labels.fraction = 0.1")
    labels = InferredLabels(kind, num_classes=6)
    with caplog.at_level("INFO", logger="absl"):
        dataset = get_dataset("cifar10", labels=labels, fake=True, only_labelled=True)
        assert dataset.num_classes == 6
        assert (dataset.class_histogram() > 5).all() and dataset.class_histogram().sum() == 100
        batch = next(iter(dataset.training_batches(8)))
    assert batch["labels"].shape == ((8, 6) if kind == "soft" else (8,))
    assert caplog.text.count("have no inferred labels: theirs are random") == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "best"}, "kind is 'best', .* 'hard', 'soft', 'known_or_hard'"),
        ({"num_classes": 0}, "inferred_labels.num_classes must be .* received 0"),
        ({"num_classes": True}, "inferred_labels.num_classes must be .* received True"),
        ({"kind": "known_or_hard", "known_labels": "x"}, "known_labels is 'x'.*such as @true"),
        ({"kind": "known_or_hard"}, "few_labels.fraction is None"),
        (
            {"kind": "known_or_hard", "known_labels": InferredLabels("soft")},
            "must name labels that are known",
        ),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        InferredLabels(**settings)


def test_v3s_soft_labels_without_files(tmp_path):
    dataset = get_dataset("soft_labeled_imagenet_128", fake=True)
    assert (dataset.num_classes, dataset.soft_labels) == (1000, True)
    assert next(iter(dataset.training_batches(4)))["labels"].shape == (4, 1000)
