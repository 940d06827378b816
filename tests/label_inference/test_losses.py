# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import types

import keras
import numpy as np
import pytest
import scipy.special
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compare_gan.label_inference.losses import (
    class_alignment,
    consistency_loss,
    known_label_accuracy,
    known_label_loss,
    mean_prediction,
    weight_decay,
)

# TensorFlow takes subnormal numbers for 0 on some threads.
LOGITS = hnp.arrays(np.float64, (6, 3), elements=st.floats(-50, 50, allow_subnormal=False))
LABELS = hnp.arrays(np.int32, 6, elements=st.integers(-1, 2))


@given(logits=LOGITS, labels=LABELS)
def test_known_label_loss(logits, labels):
    rows = [
        -scipy.special.log_softmax(logits[i])[label] for i, label in enumerate(labels) if label >= 0
    ]
    expected = np.mean(rows) if rows else 0.0
    np.testing.assert_allclose(known_label_loss(logits, labels), expected, rtol=1e-12, atol=1e-12)


@given(logits=LOGITS, labels=LABELS)
def test_known_label_accuracy(logits, labels):
    rows = [np.argmax(logits[i]) == label for i, label in enumerate(labels) if label >= 0]
    expected = np.mean(rows) if rows else 0.0
    assert known_label_accuracy(logits, labels).numpy() == pytest.approx(expected)


@given(
    weak=LOGITS,
    strong=LOGITS,
    unlabelled=hnp.arrays(bool, 6),
    threshold=st.floats(0.3, 0.99),
)
def test_consistency_loss(weak, strong, unlabelled, threshold):
    probabilities = scipy.special.softmax(weak, axis=1)
    total = confident = 0
    for i in np.flatnonzero(unlabelled):
        if probabilities[i].max() >= threshold:
            confident += 1
            total -= scipy.special.log_softmax(strong[i])[probabilities[i].argmax()]
    rows = max(unlabelled.sum(), 1)
    loss, fraction = consistency_loss(weak, strong, unlabelled, threshold)
    np.testing.assert_allclose(loss, total / rows, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fraction, confident / rows, rtol=1e-12)


def test_the_threshold_itself_is_confident():
    weak = np.zeros([1, 2])  # both are 0.5 probable, exactly
    confident = [consistency_loss(weak, weak, [True], t)[1].numpy() for t in (0.5, 0.5001)]
    assert confident == [1.0, 0.0]


def test_nothing_flows_through_the_target():
    weak = tf.constant([[5.0, 0.0], [0.0, 5.0]])
    strong = tf.constant([[0.0, 1.0], [0.5, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch([weak, strong])
        loss, _ = consistency_loss(weak, strong, [True, True])
    of_weak, of_strong = tape.gradient(loss, [weak, strong])
    assert of_weak is None
    # The gradient of a cross-entropy: (softmax − one-hot) / rows.
    expected = (scipy.special.softmax(strong.numpy(), axis=1) - np.eye(2)) / 2
    np.testing.assert_allclose(of_strong, expected, atol=1e-6)


@pytest.mark.parametrize("labels", [[-1, -1], [0, -1]])
def test_unknown_labels_have_no_gradient(labels):
    logits = tf.constant([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = known_label_loss(logits, labels)
    gradient = tape.gradient(loss, logits).numpy()
    assert np.isfinite(gradient).all()
    for row, label in zip(gradient, labels, strict=True):
        assert row.any() == (label >= 0)


def test_weight_decay_is_of_kernels():
    layer = keras.layers.Dense(2, name="layer")
    layer.build((None, 3))
    layer.kernel.assign(np.arange(6.0).reshape(3, 2))
    layer.bias.assign([7.0, 8.0])
    gain = types.SimpleNamespace(path="norm/gamma", value=tf.ones([3]))
    assert weight_decay([*layer.variables, gain]).numpy() == pytest.approx(55 / 2)
    assert weight_decay([gain]).numpy() == 0
    # A separable convolution has two, and a bias.
    separable = keras.layers.SeparableConv2D(2, 3)
    separable.build((None, 5, 5, 3))
    separable.bias.assign([7.0, 8.0])
    parts = separable.depthwise_kernel.numpy(), separable.pointwise_kernel.numpy()
    expected = sum((part.astype(np.float64) ** 2).sum() / 2 for part in parts)
    assert weight_decay(separable.variables).numpy() == pytest.approx(expected)


@given(
    logits=hnp.arrays(np.float64, (4, 3), elements=st.floats(-5, 5)),
    frequencies=hnp.arrays(np.float64, 3, elements=st.floats(0.05, 1)),
    predicted=hnp.arrays(np.float64, 3, elements=st.floats(0.05, 1)),
)
def test_targets_follow_the_frequencies_of_the_known_labels(logits, frequencies, predicted):
    alignment = class_alignment(frequencies, predicted)
    np.testing.assert_allclose(alignment, frequencies / predicted, rtol=1e-12)
    aligned = scipy.special.softmax(logits, axis=1) * frequencies / predicted
    aligned /= aligned.sum(axis=1, keepdims=True)
    for threshold in (0.0, 0.6):
        loss, fraction = consistency_loss(logits, -logits, [True] * 4, threshold, alignment)
        confident = aligned.max(axis=1) >= threshold
        chosen = scipy.special.log_softmax(-logits, axis=1)[np.arange(4), aligned.argmax(axis=1)]
        np.testing.assert_allclose(loss, -(confident * chosen).mean(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(fraction, confident.mean())


def test_mean_prediction_moves_with_the_unlabelled_rows_alone():
    logits = np.log([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.5, 0.3, 0.2]])
    before = tf.constant([0.2, 0.3, 0.5], tf.float64)
    moved = mean_prediction(logits, [True, False, True], before)
    np.testing.assert_allclose(moved, 0.99 * before.numpy() + 0.01 * np.array([0.6, 0.25, 0.15]))
    np.testing.assert_array_equal(mean_prediction(logits, [False] * 3, before), before)
