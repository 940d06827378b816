# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances within classes."""

import numpy as np
import pytest

from compare_gan.metrics import frechet_distance, kernel_distance
from compare_gan.metrics.per_class import per_class_distance

REAL = np.random.default_rng(0).normal(size=(90, 3)) + np.repeat(10 * np.eye(3), 30, axis=0)
FAKE = np.random.default_rng(1).normal(size=(90, 3)) + np.repeat(10 * np.eye(3), 30, axis=0)
LABELS = np.repeat(np.arange(3), 30)


def test_wrong_classes_show_although_the_whole_is_right():
    right = per_class_distance(real=REAL, real_labels=LABELS, fake=FAKE, fake_labels=LABELS)
    swapped = np.array([1, 0, 2])[LABELS]
    wrong = per_class_distance(real=REAL, real_labels=LABELS, fake=FAKE, fake_labels=swapped)
    assert list(right) == list(wrong) == [0, 1, 2]
    assert max(right.values()) < 1 and wrong[2] == right[2]
    np.testing.assert_allclose([wrong[0], wrong[1]], 200, rtol=0.1)  # |10 e0 − 10 e1|²
    expected = frechet_distance(real=REAL[:30], fake=FAKE[30:60])
    assert wrong[0] == expected


def test_another_distance_and_unlabelled_reals():
    labels = LABELS.copy()
    labels[:5] = -1
    found = per_class_distance(
        real=REAL, real_labels=labels, fake=FAKE, fake_labels=LABELS, distance=kernel_distance
    )
    assert found[0] == kernel_distance(real=REAL[5:30], fake=FAKE[:30])


@pytest.mark.parametrize(
    "labels, words",
    [
        (LABELS[:-1], r"fake_labels must be whole numbers \[90\], received int64 \(89,\)"),
        (LABELS.astype(float), "received float64"),
        (np.zeros(90, int), "Class 1 has 30 real and 0 fake images"),
    ],
)
def test_what_makes_no_sense(labels, words):
    with pytest.raises(ValueError, match=words):
        per_class_distance(real=REAL, real_labels=LABELS, fake=FAKE, fake_labels=labels)
