# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Features that the user brings: files of them, and what is inferred from them."""

import logging
import tracemalloc
import warnings

import numpy as np
import pytest
import sklearn.cluster
import sklearn.linear_model
import sklearn.preprocessing

from compare_gan.configuration import ConfigurationError
from compare_gan.data import Dataset, FewLabels, LabelStore, TrueLabels
from compare_gan.label_inference import (
    infer,
    linear_on_features,
    plan,
)
from compare_gan.label_inference.features import FeatureFile


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


@pytest.mark.parametrize("save", [np.save, np.savez, np.savez_compressed])
@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.95])
def test_truncated_files(save, part, features, tmp_path):
    path = tmp_path / ("f.npy" if save is np.save else "f.npz")
    arrays = [features[1]] if save is np.save else []
    save(path, *arrays, **({} if arrays else {"features": features[1], "ids": features[0]}))
    (tmp_path / "f.ids.txt").write_bytes(b"\n".join(features[0].tolist()))
    FeatureFile(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(
        ValueError, match="f.np. is no array or archive .* damaged .*write it again"
    ):
        FeatureFile(path)


def test_a_damaged_archive(features, tmp_path):
    path = tmp_path / "f.npz"
    np.savez_compressed(path, features=features[1], ids=features[0])
    content = bytearray(path.read_bytes())
    for index in range(200, 400):  # inside the first array
        content[index] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match="or it is damaged"):
        FeatureFile(path)


@pytest.fixture
def new_run(toy, features, method_run):
    def make(*bindings, known=None, **arguments):
        known = known or FewLabels(per_class=4)
        return method_run(toy(**arguments), known, *bindings, features=features)

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


def test_two_classes(new_run, toy):
    """scikit-learn keeps one row of coefficients for two classes."""
    run = new_run("label_inference.method = @linear_on_features")
    run.__dict__["known_labels"] = np.where(run.known_labels == 1, -1, run.known_labels)
    infer(run)
    ids, rows = _features(toy(), "train")
    known = run.known_labels >= 0
    scaled = sklearn.preprocessing.StandardScaler().fit_transform(rows)
    model = sklearn.linear_model.LogisticRegression().fit(scaled[known], run.known_labels[known])
    store, places = _by_id(run, ids)
    expected = model.predict_proba(scaled)
    np.testing.assert_allclose(store.probabilities[places][:, [0, 2]], expected, atol=2e-3)


def test_labels_of_one_class_are_too_few(new_run):
    run = new_run("label_inference.method = @linear_on_features")
    run.__dict__["known_labels"] = np.where(run.known_labels == 1, 1, -1)
    with pytest.raises(ConfigurationError, match="at least two classes, but .* only .* class 1"):
        plan(run)


@pytest.mark.parametrize("method", ["clustering", "linear_on_features"])
def test_hidden_labels_reach_nothing(method, new_run, first_labels, tmp_path):
    found = []
    for permuted in (None, 30):
        run = new_run(
            f"label_inference.method = @{method}",
            "clustering.num_clusters = 3",
            known=first_labels,
            permute_hidden_of=permuted,
        )
        provenance = infer(run)
        store = LabelStore(run.folder / "labels")
        found.append((store.ids.tobytes(), store.hard.tobytes(), store.probabilities, provenance))
        run.folder.rename(tmp_path / f"permuted {permuted}")
    (ids, hard, probabilities, one), (other_ids, other_hard, others, two) = found
    assert ids == other_ids and hard == other_hard
    np.testing.assert_array_equal(probabilities, others)
    score = "purity" if method == "clustering" else "accuracy_hidden"
    assert one[score] - two[score] > 0.1  # they were permuted


def test_features_are_not_read_to_be_checked(new_run, monkeypatch):
    monkeypatch.setattr(FeatureFile, "of", lambda *unused: pytest.fail("they are read"))
    for method in ("clustering", "linear_on_features"):
        plan(new_run(f"label_inference.method = @{method}", "clustering.num_clusters = 3"))


def test_views_of_features_are_refused(new_run):
    run = new_run(
        "label_inference.method = @linear_on_features", "label_inference.views = [@shifted_views]"
    )
    with pytest.raises(ConfigurationError, match="views needs images, but label_inference.featu"):
        plan(run)


def test_features_are_in_memory_once(new_run, monkeypatch):
    monkeypatch.setattr(linear_on_features, "_ROWS_AT_ONCE", 256)
    run = new_run("label_inference.method = @linear_on_features")
    method = plan(run).method
    rng = np.random.default_rng(0)
    features = rng.normal(size=[20_000, 64]).astype(np.float32)
    run.__dict__["known_labels"] = np.where(np.arange(20_000) < 60, np.arange(20_000) % 3, -1)
    monkeypatch.setattr(method._features, "train", lambda task: features)
    monkeypatch.setattr(method._features, "test", lambda task: None)
    tracemalloc.start()
    try:
        method.label(None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < features.nbytes / 2


def test_a_feature_that_is_the_same_everywhere():
    features = np.full([5000, 2], 0.1, np.float32)
    features[::2, 1] = 0.3
    mean, deviation = linear_on_features._mean_and_deviation(features)
    np.testing.assert_allclose(mean, [0.1, 0.2], rtol=1e-6)
    np.testing.assert_allclose(deviation, [1.0, 0.1], rtol=1e-6)


def test_a_solution_that_is_not_reached_is_told(new_run, monkeypatch, caplog):
    monkeypatch.setattr(linear_on_features, "_MOST_ITERATIONS", 1)
    run = new_run("label_inference.method = @linear_on_features")
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        infer(run)
    assert "had not come to its solution after 1 iterations" in caplog.text


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
