# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Logistic regression on separable features; that it is scikit-learn's is in `test_features.py`."""

import numpy as np
import pytest
import scipy.special

from compare_gan.label_inference import linear_on_features

METHOD = "label_inference.method = @linear_on_features"


def _separable(source):
    """(ids, rows) of both splits: the class's corner of a triangle, a little moved."""
    parts = [source.ids_and_true_labels(split) for split in ("train", "test")]
    ids, labels = (np.concatenate(arrays) for arrays in zip(*parts))
    corners = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 800.0]])
    noise = np.random.default_rng(0).uniform(-1, 1, [len(ids), 2])
    return ids, corners[labels] + noise * [1.0, 100.0]


def test_all_labels_of_separable_features_are_right(toy, first_labels, method_run):
    source = toy()
    run = method_run(source, first_labels, METHOD, features=_separable(source))
    assert (run.known_labels >= 0).sum() == 30
    hard, probabilities, test, _ = run.settings.method(run).label(None)
    np.testing.assert_array_equal(hard, source.ids_and_true_labels("train")[1])
    np.testing.assert_array_equal(test, source.ids_and_true_labels("test")[1])
    np.testing.assert_array_equal(probabilities.argmax(axis=1), hard)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_weaker_regularization_makes_surer(toy, first_labels, method_run):
    source = toy()
    sure = []
    for c in (0.01, 1.0, 100.0):
        binding = f"linear_on_features.inverse_regularization = {c}"
        run = method_run(source, first_labels, METHOD, binding, features=_separable(source))
        method = run.settings.method(run)
        assert method.settings()["inverse_regularization"] == c
        sure.append(method.label(None).probabilities.max(axis=1).mean())
    assert sure[0] < 0.7 < 0.9 < sure[1] < sure[2]


@pytest.mark.parametrize("value", ["0", "-1.0", "True", "1e400"])
def test_regularization_that_makes_no_sense(value, toy, first_labels, method_run):
    binding = f"linear_on_features.inverse_regularization = {value}"
    run = method_run(toy(), first_labels, METHOD, binding, features=_separable(toy()))
    with pytest.raises(ValueError, match="inverse_regularization must be a positive number"):
        run.settings.method(run)


def test_probabilities_are_softmax_of_a_linear_map_portion_by_portion(monkeypatch):
    monkeypatch.setattr(linear_on_features, "_ROWS_AT_ONCE", 4)
    values = np.random.default_rng(0)
    weights, biases = values.normal(size=(5, 3)), values.normal(size=3)
    features = values.normal(size=(10, 5)).astype(np.float32)
    found = linear_on_features._LinearModel(weights, biases).probabilities(features)
    expected = scipy.special.softmax(np.float64(features) @ weights + biases, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    mean, deviation = linear_on_features._mean_and_deviation(features)
    np.testing.assert_allclose(mean, np.float64(features).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(deviation, np.float64(features).std(axis=0), rtol=1e-6)
