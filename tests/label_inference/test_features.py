# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Features that the user brings: files of them, and what is inferred from them."""

import gin
import numpy as np
import pytest
import sklearn.cluster
import sklearn.linear_model
import sklearn.preprocessing
import tensorflow as tf

from compare_gan.configuration import ConfigurationError
from compare_gan.data import Dataset, FewLabels, LabelStore, TrueLabels
from compare_gan.label_inference import InferenceData, InferenceRun, LabelInferenceSettings, infer
from compare_gan.label_inference.features import FeatureFile
from compare_gan.training import LoopSettings


def _features(source, split, seed=0):
    """A feature vector for each image, by id: its class, blurred."""
    ids, labels = source.ids_and_true_labels(split)
    rng = np.random.default_rng(seed)
    rows = np.eye(4)[labels] + 0.25 * rng.normal(size=(len(ids), 4))
    return ids, rows * [1, 10, 100, 1]


@pytest.fixture
def dataset(toy):
    return Dataset(toy(), TrueLabels(), seed=0)


@pytest.fixture
def features(toy):
    """(ids, rows) of the training split and after it the test split, in another order."""
    parts = [_features(toy(), split) for split in ("train", "test")]
    ids, rows = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    order = np.random.default_rng(3).permutation(len(ids))
    return ids[order], rows[order]


@pytest.mark.parametrize("kind", ["npz", "npz of text", "npy"])
def test_joined_by_id(kind, dataset, features, toy, tmp_path):
    ids, rows = features
    if kind == "npy":
        np.save(tmp_path / "dino.npy", rows)
        (tmp_path / "dino.ids.txt").write_bytes(b"\n".join(ids.tolist()) + b"\n")
        file = FeatureFile(tmp_path / "dino.npy")
    else:
        ids = ids.astype(str) if "text" in kind else ids
        np.savez(tmp_path / "dino.npz", features=rows, ids=ids)
        file = FeatureFile(tmp_path / "dino.npz")
    for split in ("train", "test"):
        expected = _features(toy(), split)[1]
        np.testing.assert_allclose(file.of(dataset, split), expected, rtol=1e-6)
    assert file.has_other(dataset, "test") and not file.has_other(dataset, "train")


def test_digest_knows_contents_not_order(features, tmp_path):
    ids, rows = features
    digests = []
    for order, scale in ((slice(None), 1), (slice(None, None, -1), 1), (slice(None), 2)):
        np.savez(tmp_path / "f.npz", features=rows[order] * scale, ids=ids[order])
        digests.append(FeatureFile(tmp_path / "f.npz").digest)
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda a: a.update(ids=a["ids"][:-1]), "rows of features but 119 ids"),
        (lambda a: a.update(ids=np.arange(120)), "must be text or bytes"),
        (lambda a: a.update(features=a["features"][:, :, None]), r"must hold numbers \[images"),
        (lambda a: a.update(features=a["features"].astype(str)), "must hold numbers"),
        (lambda a: a["ids"].__setitem__(0, a["ids"][1]), "two rows with the id"),
        (lambda a: a.pop("ids"), "must have the arrays 'features' and 'ids'"),
        (lambda a: a.update(ids=np.char.add(b"x", a["ids"])), "lacks 90 of the 90 images"),
        (lambda a: a["features"].__setitem__((slice(None), 0), np.nan), "NaN or infinite"),
    ],
)
def test_broken_files(change, words, dataset, features, tmp_path):
    ids, rows = features
    arrays = {"features": rows.copy(), "ids": ids.copy()}
    change(arrays)
    np.savez(tmp_path / "f.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        FeatureFile(tmp_path / "f.npz").of(dataset, "train")


def test_missing_files(tmp_path):
    with pytest.raises(ValueError, match="is not there"):
        FeatureFile(tmp_path / "f.npz")
    np.save(tmp_path / "f.npy", np.zeros([2, 3]))
    with pytest.raises(ValueError, match="the file f.ids.txt must have the images' ids"):
        FeatureFile(tmp_path / "f.npy")
    (tmp_path / "f.npz").write_text("no archive")
    with pytest.raises(ValueError, match="is no array or archive"):
        FeatureFile(tmp_path / "f.npz")


@pytest.fixture
def new_run(toy, features, tmp_path):
    def make(*bindings):
        np.savez(tmp_path / "dino.npz", features=features[1], ids=features[0])
        gin.parse_config([*bindings, f"label_inference.features = '{tmp_path / 'dino.npz'}'"])
        truth = Dataset(toy(), TrueLabels(), seed=5)
        known = FewLabels(per_class=4)
        data = InferenceData(
            truth.with_labels(known), truth.with_labels(known, only_labelled=True), truth
        )
        return InferenceRun(
            LabelInferenceSettings(known_labels=known),
            data,
            tmp_path / "run" / "label_inference",
            LoopSettings(0, seed=3),
            tf.distribute.get_strategy(),
        )

    return make


def _by_id(run, ids):
    store = LabelStore(run.folder / "labels")
    return store, store.lookup(ids)


def test_clusters_are_those_of_scikit_learn(new_run, toy):
    run = new_run("label_inference.method = @clustering", "clustering.num_clusters = 4")
    provenance = infer(run)
    ids, rows = _features(toy(), "train")
    expected = sklearn.cluster.MiniBatchKMeans(
        4, batch_size=1024, n_init=10, max_iter=100, random_state=3
    ).fit(rows.astype(np.float32))
    store, places = _by_id(run, ids)
    np.testing.assert_array_equal(store.hard[places], expected.labels_)
    assert provenance["settings"]["clustering"]["n_clusters"] == 4
    assert not (run.folder / "encoder").exists()


def test_linear_on_features(new_run, toy):
    run = new_run(
        "label_inference.method = @linear_on_features",
        "linear_on_features.inverse_regularization = 0.5",
    )
    provenance = infer(run)
    ids, rows = _features(toy(), "train")
    rows = rows.astype(np.float32)
    labels = run.known_labels
    assert (labels >= 0).sum() == 12
    scaler = sklearn.preprocessing.StandardScaler().fit(rows)
    model = sklearn.linear_model.LogisticRegression(C=0.5, max_iter=2000)
    model.fit(scaler.transform(rows)[labels >= 0], labels[labels >= 0])
    expected = model.predict_proba(scaler.transform(rows))
    store, places = _by_id(run, ids)
    np.testing.assert_allclose(store.probabilities[places], expected, atol=2e-3)
    test_rows = _features(toy(), "test")[1]
    right = model.predict(scaler.transform(test_rows)) == toy().ids_and_true_labels("test")[1]
    assert provenance["accuracy_test"] == pytest.approx(right.mean())
    assert provenance["accuracy_hidden"] > 0.9


def test_a_class_without_a_label_has_probability_0(new_run, toy):
    run = new_run("label_inference.method = @linear_on_features")
    run.__dict__["known_labels"] = np.where(run.known_labels == 1, -1, run.known_labels)
    infer(run)
    store = LabelStore(run.folder / "labels")
    assert (store.probabilities[:, 1] == 0).all() and not (store.hard == 1).any()


def test_semi_supervised_learning_wants_an_encoder(new_run):
    run = new_run("label_inference.method = @semi_supervised", "classifier.training_steps = 1")
    with pytest.raises(ConfigurationError, match="method = @linear_on_features"):
        infer(run)
