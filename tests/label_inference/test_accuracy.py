# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import itertools

import numpy as np
import pytest
import scipy.stats

from compare_gan.label_inference.accuracy import cluster_agreement, label_accuracy


def test_hidden_and_labelled_ones_are_apart():
    facts = label_accuracy(
        inferred=np.array([0, 1, 2, 0, 1, 2]),
        known=np.array([0, 1, -1, -1, -1, -1]),
        true=np.array([0, 2, 2, 1, -1, 2]),
    )
    assert facts == {
        "accuracy_hidden": pytest.approx(2 / 3),
        "hidden_count": 3,
        "accuracy_labelled": 0.5,
        "labelled_count": 2,
    }


def test_unknown_truth():
    facts = label_accuracy(np.array([0, 1]), np.array([-1, -1]), np.array([-1, -1]))
    assert facts["accuracy_hidden"] is None and facts["accuracy_labelled"] is None
    assert cluster_agreement(np.array([0, 1]), np.array([-1, -1])) == {}


@pytest.mark.parametrize("clusters, classes", [(3, 3), (5, 3), (2, 4)])
def test_clusters(clusters, classes):
    rng = np.random.default_rng(clusters)
    true = rng.integers(0, classes, 200)
    found = np.where(rng.random(200) < 0.7, true % clusters, rng.integers(0, clusters, 200))
    counts = np.zeros([clusters, classes])
    for c, t in zip(found, true, strict=True):
        counts[c, t] += 1
    # All one-to-one assignments of the smaller side into the larger one.
    small = min(counts, counts.T, key=len)
    rows = range(small.shape[0])
    assignments = itertools.permutations(range(small.shape[1]), len(rows))
    best = max(sum(small[row, chosen[row]] for row in rows) for chosen in assignments)
    joint = counts / 200
    entropy_of_clusters = scipy.stats.entropy(joint.sum(axis=1))
    entropy_of_classes = scipy.stats.entropy(joint.sum(axis=0))
    shared = entropy_of_clusters + entropy_of_classes - scipy.stats.entropy(joint.ravel())
    facts = cluster_agreement(found, true)
    assert facts["purity"] == pytest.approx(counts.max(axis=1).sum() / 200)
    assert facts["accuracy_matched"] == pytest.approx(best / 200)
    assert facts["normalized_mutual_information"] == pytest.approx(
        2 * shared / (entropy_of_clusters + entropy_of_classes)
    )
    assert facts["judged_count"] == 200
