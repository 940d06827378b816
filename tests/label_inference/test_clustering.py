# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Clusters in the place of classes; that they are scikit-learn's is in `test_features.py`."""

import numpy as np
import pytest

from compare_gan.label_inference import NoLabels

THREE = "clustering.num_clusters = 3"
CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


@pytest.fixture
def new_clustering(toy, method_run):
    """`new_clustering(*bindings)`: the method on three blobs, one for every third image by id."""

    def make(*bindings, **arguments):
        ids, _ = toy().ids_and_true_labels("train")
        rows = CENTRES[_blobs(ids)] + np.random.default_rng(0).uniform(-1, 1, [len(ids), 2])
        bindings = ("label_inference.method = @clustering", *bindings)
        run = method_run(toy(), NoLabels(), *bindings, features=(ids, rows), **arguments)
        return run.settings.method(run), ids, rows

    return make


def _blobs(ids):
    return np.array([int(identifier[-3:]) % 3 for identifier in ids])


def test_labels_are_those_of_the_nearest_centre(new_clustering):
    clustering, ids, rows = new_clustering(THREE)
    assert clustering.num_classes == 3 and clustering.class_names[2] == "cluster 2"
    hard, probabilities, test, facts = clustering.label(None)
    means = np.stack([rows[hard == cluster].mean(axis=0) for cluster in range(3)])
    distances = np.linalg.norm(rows[:, None] - means, axis=2)
    np.testing.assert_array_equal(hard, distances.argmin(axis=1))
    # A cluster is a blob, in some order.
    assert len(set(zip(hard.tolist(), _blobs(ids).tolist()))) == 3
    assert facts == {"cluster_sizes": [30, 30, 30]} and hard.dtype == np.int32
    assert probabilities is None and test is None


def test_settings_are_what_scikit_learn_is_given(new_clustering):
    clustering, *_ = new_clustering()
    assert clustering.settings()["clustering"] == {
        "n_clusters": 50, "batch_size": 1024, "n_init": 10, "max_iter": 100, "random_state": 3
    }  # fmt: skip


def test_of_random_images_there_may_be_fewer_than_clusters(new_clustering):
    quick = ("clustering.num_starts = 1", "clustering.max_epochs = 1")
    clustering, *_ = new_clustering("clustering.num_clusters = 91", *quick, fake=True)
    hard, *_, facts = clustering.label(None)
    assert clustering.num_classes == len(facts["cluster_sizes"]) == 91
    assert sum(facts["cluster_sizes"]) == len(hard) == 90


@pytest.mark.parametrize(
    "binding, least",
    [
        ("num_clusters = 1", 2),
        ("num_clusters = 2.0", 2),
        ("num_starts = 0", 1),
        ("max_epochs = True", 1),
    ],
)
def test_numbers_that_make_no_sense(binding, least, new_clustering):
    name, _, value = binding.split()
    words = f"clustering.{name} must be a whole number from {least}, received {value}"
    with pytest.raises(ValueError, match=words):
        new_clustering(f"clustering.{binding}")
