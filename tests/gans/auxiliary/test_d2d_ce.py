# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The data-to-data cross-entropy, against loops in NumPy."""

import numpy as np
import pytest

from compare_gan.gans.auxiliary import D2DCE
from tests.gans import toy
from tests.gans.auxiliary.rows import features, in_numpy, rows


def _built(make_head, **settings):
    task = D2DCE(dimensions=6, **settings)
    task.build(make_head, 3, batch_size=6, replicas=1)
    return task, *task.heads.values()


def _expected(embedding, proxies, own, labels, margin, temperature):
    h = in_numpy(embedding, own)
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    v = np.asarray(proxies.kernel, np.float64)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    losses = []
    for i, label in enumerate(labels):
        if label < 0:
            continue
        p = min(h[i] @ v[label] - margin, 0) / temperature
        total = np.exp(p)
        for j, other in enumerate(labels):
            if other >= 0 and other != label:
                total += np.exp(max(h[i] @ h[j] - (1 - margin), 0) / temperature)
        losses.append(-np.log(np.exp(p) / total))
    return np.mean(losses)


@pytest.mark.parametrize("margin, temperature", [(0.9, 0.25), (0.5, 0.1), (1.0, 1.0)])
def test_to_the_proxy_and_away_from_other_classes(make_head, margin, temperature):
    settings = {"margin": margin, "temperature": temperature}
    task, embedding, proxies = _built(make_head, weight=0.7, **settings)
    labels = [0, 2, -1, 1, 2, 0]
    own = features(6, 0)
    expected = _expected(embedding, proxies, own, labels, **settings)
    shown = rows(own, toy.one_hot(labels))
    np.testing.assert_allclose(
        task.discriminator_terms(shown, None).loss, 0.7 * expected, rtol=1e-4
    )
    np.testing.assert_allclose(task.generator_terms(None, shown).loss, 0.7 * expected, rtol=1e-4)


def test_one_class_alone_has_nothing_to_be_told_from(make_head):
    task, *_ = _built(make_head)
    loss = task.discriminator_terms(rows(features(3, 0), toy.one_hot([1, 1, 1])), None).loss
    np.testing.assert_allclose(loss, 0.0, atol=1e-6)  # −log(exp p / exp p)


def test_no_labels_at_all_cost_nothing(make_head):
    task, *_ = _built(make_head)
    loss = task.discriminator_terms(rows(features(3, 0), np.zeros([3, 3])), None).loss
    assert float(loss) == 0.0


@pytest.mark.parametrize(
    "setting, value",
    [("weight", -1), ("margin", 1.5), ("temperature", 0), ("dimensions", 0), ("margin", "a")],
)
def test_settings_that_make_no_sense(setting, value):
    with pytest.raises(ValueError, match=f"d2d_ce.{setting} .*received {value!r}"):
        D2DCE(**{setting: value})


def test_classes_are_needed(make_head):
    with pytest.raises(ValueError, match="d2d_ce needs classes"):
        D2DCE().build(make_head, 0, batch_size=4, replicas=1)
