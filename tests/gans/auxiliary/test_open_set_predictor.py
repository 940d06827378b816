# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""OSSGAN's classifier beside D, against SciPy."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

from compare_gan.gans.auxiliary import OpenSetPredictor
from tests.gans.auxiliary.rows import features, in_numpy, rows

LABELS = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]])
FAKE_LABELS = np.eye(3)[[2, 2, 0, 1, 1]]


def _built(make_head, **settings):
    task = OpenSetPredictor(**settings)
    task.build(make_head, 3, batch_size=5, replicas=1)
    return task, task.heads["discriminator_open_set_predictor"]


def test_cross_entropies_and_entropies(make_head):
    task, head = _built(make_head, weight=0.4)
    real, fake = features(5, 0), features(5, 1)
    terms = task.discriminator_terms(rows(real, LABELS), rows(fake, FAKE_LABELS))
    logits, fake_logits = in_numpy(head, real), in_numpy(head, fake)
    log_p = scipy.special.log_softmax(logits, axis=1)
    known = -(log_p[0, 1] + log_p[2, 0]) / 2
    of_fakes = -(FAKE_LABELS * scipy.special.log_softmax(fake_logits, axis=1)).sum(1).mean()
    entropies = [
        scipy.stats.entropy(scipy.special.softmax(x, axis=1), base=3, axis=1).mean()
        for x in (logits, fake_logits)
    ]
    loss = known + 0.4 * of_fakes - entropies[0] - 0.4 * entropies[1]  # two of five are labelled
    np.testing.assert_allclose(terms.loss, 0.4 * loss, rtol=1e-5)
    np.testing.assert_allclose(terms.scalars["class_entropy"], entropies[0], rtol=1e-5)
    assert 0 < entropies[0] < 1


def test_guesses_are_soft_and_without_labels_only_entropy_counts(make_head):
    task, head = _built(make_head, weight=1.0)
    real, fake = features(5, 0), features(5, 1)
    none = np.zeros([5, 3], np.float32)
    guesses = scipy.special.softmax(in_numpy(head, real), axis=1)
    found = task.complete_labels(tf.constant(real), tf.constant(none))
    np.testing.assert_allclose(found, guesses, rtol=1e-5)
    loss = task.discriminator_terms(rows(real, none), rows(fake, FAKE_LABELS)).loss
    entropy = scipy.stats.entropy(guesses, base=3, axis=1).mean()
    np.testing.assert_allclose(loss, -entropy, rtol=1e-5)


def test_what_makes_no_sense(make_head):
    with pytest.raises(ValueError, match="open_set_predictor.weight .*received -1"):
        OpenSetPredictor(weight=-1)
    for classes, words in (
        (0, "needs classes: .*leave the task out.$"),
        (1, "at least two classes"),
    ):
        with pytest.raises(ValueError, match=words):
            OpenSetPredictor().build(make_head, classes, batch_size=5, replicas=1)
