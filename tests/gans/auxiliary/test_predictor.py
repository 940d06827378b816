# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The classifier beside D, against NumPy."""

import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from compare_gan.gans.auxiliary import Rows
from compare_gan.gans.auxiliary.predictor import LabelPredictor

FEATURES = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
# Known, unknown, known, probabilities, and less than half of a label: as good as unknown.
LABELS = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [0.2, 0.3, 0.5], [0.2, 0.2, 0]], np.float32)
KNOWN = np.array([True, False, True, True, False])


def _built(make_head, **arguments):
    task = LabelPredictor(**arguments)
    task.build(make_head, 3, batch_size=5, replicas=1)
    kernel, bias = (v.numpy() for v in task.heads["discriminator_label_predictor"].variables)
    return task, FEATURES @ kernel + bias


def _rows(labels):
    return Rows(None, tf.constant(labels), None, tf.constant(FEATURES), None, None, None)


@pytest.mark.parametrize("soft", [False, True])
def test_guesses_fill_in_for_unknown_labels_alone(make_head, soft):
    task, logits = _built(make_head, soft=soft)
    guesses = scipy.special.softmax(logits, axis=1) if soft else np.eye(3)[logits.argmax(1)]
    found = task.complete_labels(tf.constant(FEATURES), tf.constant(LABELS))
    expected = np.where(KNOWN[:, None], LABELS, guesses)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_no_gradient_flows_through_guesses(make_head):
    task, _ = _built(make_head, soft=True)
    features = tf.Variable(FEATURES)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(task.complete_labels(features, tf.constant(LABELS)) ** 2)
    (head,) = task.heads.values()
    assert tape.gradient(total, [features, *(v.value for v in head.variables)]) == [None] * 3


def test_cross_entropy_of_the_known(make_head):
    task, logits = _built(make_head, weight=0.3)
    log_softmax = scipy.special.log_softmax(logits.astype(np.float64), axis=1)
    expected = -(LABELS * log_softmax).sum(axis=1)[KNOWN].mean()
    terms = task.discriminator_terms(_rows(LABELS), None)
    np.testing.assert_allclose(terms.scalars["class_loss"], expected, rtol=1e-5)
    np.testing.assert_allclose(terms.loss, 0.3 * expected, rtol=1e-5)
    right = (logits.argmax(1) == LABELS.argmax(1))[KNOWN].mean()
    np.testing.assert_allclose(terms.scalars["class_accuracy"], right, rtol=1e-6)
    np.testing.assert_allclose(terms.scalars["labelled_fraction"], 3 / 5, rtol=1e-6)
    assert task.generator_terms(None, _rows(LABELS)) is None


def test_a_batch_without_labels_costs_nothing(make_head):
    task, _ = _built(make_head)
    (head,) = task.heads.values()
    kernel = head.variables[0].value
    with tf.GradientTape() as tape:
        loss = task.discriminator_terms(_rows(np.zeros_like(LABELS)), None).loss
    assert float(loss) == 0.0
    np.testing.assert_array_equal(tape.gradient(loss, kernel), np.zeros([4, 3]))


def test_classes_are_needed(make_head):
    with pytest.raises(
        ValueError, match="'label_predictor' needs classes: .*S3GAN.use_predictor = False"
    ):
        LabelPredictor().build(make_head, 0, batch_size=5, replicas=1)


@pytest.mark.parametrize("weight", [-1.0, "1"])
def test_weights_that_make_no_sense(weight):
    with pytest.raises(ValueError, match="weight_class_loss"):
        LabelPredictor(weight=weight)
