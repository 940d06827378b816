# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What the classifier is given to learn from; whole runs of it are in `test_inference.py`."""

import numpy as np
import pytest
import scipy.special

from compare_gan.data import ArraySource, FewLabels, TrueLabels
from compare_gan.label_inference.classifier import SemiSupervisedClassifier

BINDINGS = (
    "label_inference.method = @semi_supervised",
    "classifier.training_steps = 5",
    "classifier.batch_size = 8",
    "classifier.labelled_batch_size = 6",
)
ONLY_LABELLED = "classifier.rotation_weight = 0.0"


def _stages(run):
    return run.settings.method(run).stages()


def _batches(stage, count, start=0):
    """The batches of so many steps, each of which takes one."""
    steps = list(stage.batches(start).take(count))
    assert all(len(values) == 1 for step in steps for values in step.values())
    return [{name: values[0].numpy() for name, values in step.items()} for step in steps]


def test_batches_of_labelled_and_of_all_images(toy, first_labels, images_of, method_run):
    (stage,) = _stages(method_run(toy(), first_labels, *BINDINGS))
    batches = _batches(stage, 12)
    assert batches[0].keys() == {"labelled_images", "labelled_labels", "images", "labels"}
    labels = np.concatenate([batch["labels"] for batch in batches])
    assert len(labels) == 96 and (labels == -1).any() and (labels >= 0).any()
    # The 30 labelled ones, each once in 5 batches of 6, with their own labels.
    images, true = (array[:30] for array in images_of(90, 0))
    pairs = sorted((image.tobytes(), label) for image, label in zip(images, true))
    found = [
        (image.tobytes(), label)
        for batch in batches[:5]
        for image, label in zip(batch["labelled_images"], batch["labelled_labels"])
    ]
    assert sorted(found) == pairs
    # A training that goes on sees what it would have seen.
    (again,) = _batches(stage, 1, start=7)
    for name, values in again.items():
        np.testing.assert_array_equal(values, batches[7][name])


def test_other_images_are_read_only_if_a_term_sees_them(toy, first_labels, method_run):
    (stage,) = _stages(method_run(toy(), first_labels, *BINDINGS, ONLY_LABELLED))
    (batch,) = _batches(stage, 1)
    assert batch.keys() == {"labelled_images", "labelled_labels"}


def test_both_streams_differ_where_all_labels_are_known(toy, method_run):
    (stage,) = _stages(
        method_run(toy(), TrueLabels(), *BINDINGS, "classifier.labelled_batch_size = 8")
    )
    (batch,) = _batches(stage, 1)
    assert np.any(batch["labelled_images"] != batch["images"])


def test_class_frequencies_are_those_of_the_known_labels(toy, first_labels, images_of, method_run):
    run = method_run(toy(), first_labels, *BINDINGS)
    method = run.settings.method(run)
    counts = [np.sum(images_of(90, 0)[1][:30] == label) for label in range(3)]
    np.testing.assert_allclose(method._class_frequencies(), np.array(counts) / 30)


@pytest.mark.parametrize("splits", [("train", "test"), ("train",)])
def test_labels_are_the_averaged_networks_most_probable_classes(splits, images_of, method_run):
    arrays = {split: images_of(20, seed) for seed, split in enumerate(splits)}
    source = ArraySource("toy", arrays, num_classes=3)
    run = method_run(source, FewLabels(per_class=2), *BINDINGS)
    method = run.settings.method(run)
    task = method.stages()[-1].build()
    assert isinstance(task, SemiSupervisedClassifier)
    values = np.random.default_rng(0)
    for variable in task.average_network.variables:
        variable.assign(values.uniform(0.5, 2.0, variable.shape))
    (head,) = [head for head in task.average_network.heads if head.name == "class_head"]
    kernel, bias = np.float64(head.kernel.numpy()), head.bias.numpy()
    expected = {}
    for split, (images, _) in arrays.items():
        features = task.average_network.encoder(images / np.float32(255)).numpy()
        expected[split] = scipy.special.softmax(features @ kernel + bias, axis=1)
    hard, probabilities, test, _ = method.label(task)
    np.testing.assert_allclose(probabilities, expected["train"], rtol=1e-4)
    np.testing.assert_array_equal(hard, expected["train"].argmax(axis=1))
    if "test" in splits:
        np.testing.assert_array_equal(test, expected["test"].argmax(axis=1))
    else:
        assert test is None


def test_an_encoder_is_pre_trained_first_if_it_has_steps(toy, first_labels, method_run):
    run = method_run(toy(), first_labels, *BINDINGS, "pretraining.training_steps = 4")
    encoder, classifier = _stages(run)
    assert [stage.name for stage in (encoder, classifier)] == ["encoder", "classifier"]
    assert [stage.loop.training_steps for stage in (encoder, classifier)] == [4, 5]
    assert classifier.settings["pretraining"] == encoder.settings["pretraining"]
    assert classifier.settings["known_labels"]["labels_used"] == 30
