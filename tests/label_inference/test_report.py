# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What pictures of inferred labels are drawn of: the images whose label was hidden."""

import types

import numpy as np
import pytest

from compare_gan.data import Dataset, TrueLabels
from compare_gan.label_inference import InferenceData, InferredLabels, report


@pytest.fixture
def drawn(monkeypatch):
    """What the pictures' functions were called with, by their names; nothing is drawn."""
    calls = {}
    for name in ("confusion_matrix", "confidence_histogram", "confidence_extremes"):
        monkeypatch.setattr(
            report, name, lambda *arguments, name=name: calls.update({name: arguments})
        )
    monkeypatch.setattr(report, "save_png", lambda path, picture: None)
    return calls


def test_pictures_show_hidden_images_alone(drawn, toy, first_labels, tmp_path):
    truth = Dataset(toy(), TrueLabels(), seed=0)
    known = truth.with_labels(first_labels)
    ids, labels = known.ids_and_labels("train")
    _, true = truth.ids_and_labels("train")
    # Of the labelled images the method is surest, and always right; of the others it is wrong.
    hidden = labels < 0
    hard = np.where(hidden, (true + 1) % 3, true).astype(np.int32)
    confidence = np.where(hidden, np.linspace(0.5, 0.7, len(ids)), 0.99)
    probabilities = (1 - confidence)[:, None] / 2 * np.ones([1, 3])
    probabilities[np.arange(len(ids)), hard] = confidence
    run = types.SimpleNamespace(data=InferenceData(known, known, truth), known_labels=labels)
    method = types.SimpleNamespace(uses_labels=True, num_classes=3, class_names=("0", "1", "2"))
    report.draw_labels(run, method, InferredLabels(hard, probabilities), true, tmp_path)

    was, taken_for, *_ = drawn["confusion_matrix"]
    np.testing.assert_array_equal(was, true[hidden])
    np.testing.assert_array_equal(taken_for, hard[hidden])
    shown, right = drawn["confidence_histogram"]
    np.testing.assert_allclose(shown, confidence[hidden])
    assert len(right) == hidden.sum() == 60 and not right.any()
    images, found, sure, *_ = drawn["confidence_extremes"]
    (batch,) = known.evaluation_batches("train", len(ids))
    place = {image.tobytes(): index for index, image in enumerate(batch["images"].numpy())}
    places = [place[image.tobytes()] for image in images]
    assert hidden[places].all() and len(places) == 30
    np.testing.assert_array_equal(found, hard[places])
    np.testing.assert_allclose(sure, confidence[places])


def test_images_after_the_last_that_is_drawn_are_not_decoded():
    everything = np.arange(40).reshape(20, 2)

    def evaluation_batches(split, batch_size):
        yield {"images": everything[:8]}
        yield {"images": everything[8:16]}
        pytest.fail("nothing of the third batch is needed")

    dataset = types.SimpleNamespace(train_split="train", evaluation_batches=evaluation_batches)
    positions = np.array([0, 7, 8, 15])
    np.testing.assert_array_equal(report._images_at(dataset, positions), everything[positions])
