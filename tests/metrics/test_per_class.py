# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distances within classes."""

import gin
import numpy as np
import pytest

from compare_gan.metrics import Batch, frechet_distance, kernel_distance
from compare_gan.metrics.per_class import PerClassFID, per_class_distance

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


def test_a_rare_class_is_warned_of(caplog):
    """Three images of class 2 in three dimensions: the other classes' numbers do not help it."""
    few = np.concatenate([np.arange(60), [60, 61, 62]])
    rows = dict(real=REAL[few], real_labels=LABELS[few], fake=FAKE, fake_labels=LABELS)
    per_class_distance(**rows, distance=kernel_distance)
    per_class_distance(**{**rows, "real": REAL, "real_labels": LABELS})
    assert not caplog.records
    per_class_distance(**rows)
    assert "1 of 3 classes have no more images on a side (class 2 has 3) than" in caplog.text


def test_another_distance_and_unlabelled_reals():
    labels = LABELS.copy()
    labels[:5] = -1
    found = per_class_distance(
        real=REAL, real_labels=labels, fake=FAKE, fake_labels=LABELS, distance=kernel_distance
    )
    assert found[0] == kernel_distance(real=REAL[5:30], fake=FAKE[:30])


def _accumulators(metric, fake_labels):
    sides = {}
    for name, rows, labels in (("real", REAL, LABELS), ("fake", FAKE, fake_labels)):
        sides[name] = metric.accumulator()
        for part in np.array_split(np.arange(90), 4):
            own = None if labels is None else labels[part]
            sides[name].update(Batch(None, rows[part].astype(np.float32), None, own))
    return sides


def test_the_metric():
    metric = gin.get_configurable("per_class_fid")()
    assert isinstance(metric, PerClassFID) and metric.fits_gaussians
    sides = _accumulators(metric, np.array([1, 0, 2])[LABELS])
    expected = [
        frechet_distance(real=REAL[real].astype(np.float32), fake=FAKE[fake].astype(np.float32))
        for real, fake in (
            (slice(30), slice(30, 60)),
            (slice(30, 60), slice(30)),
            (slice(60, 90),) * 2,
        )
    ]
    found = metric.compute(**sides)
    assert found.keys() == {"per_class_fid"}
    np.testing.assert_allclose(found["per_class_fid"], np.mean(expected))
    by_class = metric.by_class(**sides)
    assert by_class is metric.by_class(**sides)  # what compute left
    np.testing.assert_allclose(list(by_class.values()), expected)
    with pytest.raises(ValueError, match="the fake images have none"):
        metric.compute(**_accumulators(metric, None))


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


def test_no_labelled_reals():
    with pytest.raises(ValueError, match="no class .*: all 90 real images are unlabelled"):
        per_class_distance(
            real=REAL, real_labels=np.full(90, -1), fake=FAKE, fake_labels=np.full(90, -1)
        )
