# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Classification accuracy scores against scikit-learn's own, and of sets whose scores are known."""

import gin
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from compare_gan.metrics import Batch
from compare_gan.metrics.classification_accuracy import (
    ClassificationAccuracy,
    classification_accuracy_scores,
)

LABELS = np.repeat(np.arange(3), 40)


def blobs(seed, spread=1.0, distance=3.0):
    """Three classes around as many corners, in features of very different sizes."""
    random = np.random.default_rng(seed)
    centres = distance * np.eye(3)[LABELS]
    return (centres + spread * random.normal(size=centres.shape)) * [1, 100, 0.01] + 7


REAL, FAKE = blobs(0), blobs(1, spread=2.0)


def scores(real=REAL, fake=FAKE, real_labels=LABELS, fake_labels=LABELS, **settings):
    return classification_accuracy_scores(
        real=real, real_labels=real_labels, fake=fake, fake_labels=fake_labels, **settings
    )


@pytest.mark.parametrize("regularization", [1.0, 50.0])
def test_equals_scikit_learn(regularization):
    def accuracy(train, test):
        mean, deviation = train.mean(axis=0), train.std(axis=0)
        model = LogisticRegression(C=1 / regularization, max_iter=5000, tol=1e-8)
        model.fit((train - mean) / deviation, LABELS)
        return np.mean(model.predict((test - mean) / deviation) == LABELS)

    found = scores(regularization=regularization)
    assert found == (accuracy(FAKE, REAL), accuracy(REAL, FAKE))
    assert found.train_on_fake > found.train_on_real > 0.5


def test_swapped_sides_swap_the_scores():
    found = scores()
    assert scores(real=FAKE, fake=REAL) == found[::-1] != found


def test_separable_classes():
    real, fake = blobs(0, spread=0.1), blobs(1, spread=0.1)
    assert scores(real, fake) == (1, 1)
    # Two of three classes exchanged.
    exchanged = np.array([1, 0, 2])[LABELS]
    assert scores(real, fake, fake_labels=exchanged) == (1 / 3, 1 / 3)


def test_one_good_image_a_class_passes_one_test_alone():
    """Of classes that are shells around a core, the core tells nothing of how far out they are."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    angle = random.uniform(0, np.pi, 200)
    # The upper and the lower half of a circle; all fakes are where these come close, at the right.
    real = np.stack([np.cos(angle), np.where(labels, 1, -1) * np.sin(angle)], axis=1)
    fake = np.stack([np.full(200, 0.9), np.where(labels, 0.4, -0.4)], axis=1)
    fake += random.normal(0, [1e-3, 1e-4], fake.shape)
    fake[:, 0] += 0.002 * labels  # an accident of the few images there are
    found = classification_accuracy_scores(
        real=real, real_labels=labels, fake=fake, fake_labels=labels, regularization=1e-4
    )
    assert found.train_on_real == 1 and found.train_on_fake < 1


def test_unlabelled_images_are_left_out_and_missing_classes_are_wrong():
    real_labels = np.where(np.arange(120) % 4, LABELS, -1)
    kept = real_labels >= 0
    expected = scores(real=REAL[kept], real_labels=LABELS[kept])
    assert scores(real_labels=real_labels) == expected
    real, fake = blobs(0, spread=0.1), blobs(1, spread=0.1)
    without = classification_accuracy_scores(
        real=real, real_labels=LABELS, fake=fake[:80], fake_labels=LABELS[:80]
    )
    assert without == (2 / 3, 1)


def test_the_metric():
    with gin.unlock_config():
        gin.parse_config("cas.regularization = 50.0")
    metric = gin.get_configurable("cas")()
    assert isinstance(metric, ClassificationAccuracy) and metric.uses == ("features", "labels")
    sides = {}
    for name, rows in (("real", REAL), ("fake", FAKE)):
        sides[name] = metric.accumulator()
        for part in np.array_split(np.arange(120), 7):
            sides[name].update(Batch(None, rows[part].astype(np.float32), None, LABELS[part]))
    expected = scores(REAL.astype(np.float32), FAKE.astype(np.float32), regularization=50.0)
    assert metric.compute(**sides) == dict(zip(("cas", "cas_reversed"), expected))
    sides["fake"] = metric.accumulator()
    sides["fake"].update(Batch(None, FAKE.astype(np.float32), None, None))
    with pytest.raises(ValueError, match="cas needs classes on both sides, but the fake images"):
        metric.compute(**sides)


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"fake_labels must be whole numbers \[120\], received"):
        scores(fake_labels=LABELS[:5])
    with pytest.raises(ValueError, match="2 classes at least, but the labels of the real"):
        scores(real_labels=np.zeros(120, int))
    with pytest.raises(ValueError, match="regularization must be a number in .0, inf., received 0"):
        scores(regularization=0)
    with pytest.raises(
        ValueError, match=r"cas\.regularization must be a number in .0, inf., received -1"
    ):
        ClassificationAccuracy(regularization=-1)
    with pytest.raises(ValueError, match=r"cas\.max_iterations must be a whole number from 1"):
        ClassificationAccuracy(max_iterations=0.5)
