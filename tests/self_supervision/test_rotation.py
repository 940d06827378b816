# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import pathlib

import numpy as np
import pytest
import scipy.special
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compare_gan.self_supervision import (
    rotate_images,
    rotation_accuracy,
    rotation_labels,
    rotation_loss,
)

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


@given(
    count=st.integers(1, 3),
    size=st.integers(1, 5),
    channels=st.integers(1, 3),
    turns=st.lists(st.integers(-4, 7), min_size=1, max_size=5),
)
def test_rotations_are_those_of_numpy(count, size, channels, turns):
    images = np.random.default_rng(0).integers(0, 256, [count, size, size, channels])
    expected = np.concatenate([np.rot90(images, turn, axes=(1, 2)) for turn in turns])
    np.testing.assert_array_equal(rotate_images(images, turns), expected)


def test_order_is_rotation_major():
    images = np.zeros([2, 2, 2, 1])
    images[0, 0, 0], images[1, 0, 0] = 1, 2  # the upper left corner goes round counter-clockwise
    rotated = rotate_images(images).numpy()[..., 0]
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    for turn, corner in enumerate(corners):
        assert rotated[2 * turn][corner] == 1 and rotated[2 * turn + 1][corner] == 2
    np.testing.assert_array_equal(rotation_labels(2), [0, 0, 1, 1, 2, 2, 3, 3])
    np.testing.assert_array_equal(rotation_labels(2, (1, 3)), [1, 1, 3, 3])


def test_only_half_turns_of_what_is_not_square():
    images = np.arange(6.0).reshape(1, 2, 3, 1)
    np.testing.assert_array_equal(rotate_images(images, (2,)), images[:, ::-1, ::-1])
    with pytest.raises(ValueError, match="square images, but these are 2x3"):
        rotate_images(images)


@pytest.mark.parametrize("images, turns", [(np.zeros([2, 2]), (0,)), (np.zeros([1, 2, 2, 1]), ())])
def test_wrong_input(images, turns):
    with pytest.raises(ValueError, match="rotate_images"):
        rotate_images(images, turns)


def test_turns_are_whole_numbers():
    with pytest.raises(ValueError, match=r"whole numbers.* received \(0, 1.5\)"):
        rotate_images(np.zeros([1, 2, 2, 1]), (0, 1.5))
    with pytest.raises(ValueError, match="whole numbers"):
        rotation_labels(2, ("1",))


@pytest.mark.parametrize("function", [rotation_loss, rotation_accuracy])
@pytest.mark.parametrize(
    "logits, labels, message",
    [
        (np.zeros([2, 3]), [0, 1], r"logits \[n, 4\].* received logits \(2, 3\)"),
        (np.zeros([4]), 0, r"logits \[n, 4\]"),
        (np.zeros([2, 4]), [0], r"labels \(1,\) of int32"),
        (np.zeros([2, 4]), [[0], [1]], r"labels \(2, 1\)"),
        (np.zeros([2, 4]), [0.0, 1.0], "of float32"),
        (np.zeros([2, 4]), [0, 4], "in 0 … 3, received 0 … 4"),
        (np.zeros([2, 4]), [-1, 0], "in 0 … 3, received -1 … 0"),
    ],
)
def test_what_is_judged_is_checked(function, logits, labels, message):
    with pytest.raises(ValueError, match=message):
        function(logits, labels)


@given(
    logits=hnp.arrays(np.float64, (6, 4), elements=st.floats(-200, 200)),
    labels=hnp.arrays(np.int32, 6, elements=st.integers(0, 3)),
)
def test_loss_and_accuracy(logits, labels):
    expected = -scipy.special.log_softmax(logits, axis=1)[np.arange(6), labels].mean()
    np.testing.assert_allclose(rotation_loss(logits, labels), expected, rtol=1e-12, atol=1e-12)
    right = logits.argmax(axis=1) == labels
    np.testing.assert_allclose(rotation_accuracy(logits, labels), right.mean(), rtol=1e-6)


def test_loss_of_a_hopeless_logit_has_a_gradient():
    """v3's log(softmax + 1e-10) ends at 23.03, and is flat where the softmax underflows."""
    logits = tf.constant([[0.0, 200.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = rotation_loss(logits, tf.constant([0]))
    np.testing.assert_allclose(loss, 200.0, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, logits), [[-1, 1, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(-np.log(np.exp(-200.0) + 1e-10), 23.03, atol=0.005)
    deviations = (DOCS / "v3_bindings.md").read_text(encoding="utf-8").partition("was wrong")[2]
    assert "-log(p + 1e-10), which ends at 23.03" in " ".join(deviations.split())
