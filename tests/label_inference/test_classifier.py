# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
import itertools
import types

import numpy as np
import pytest
import scipy.special
import tensorflow as tf

from compare_gan.label_inference.classifier import (
    ClassifierSettings,
    Pretrained,
    SemiSupervisedClassifier,
)
from compare_gan.label_inference.pretraining import PretrainingSettings, RotationPretraining
from compare_gan.randomness import Draws
from compare_gan.training import CheckpointError, Checkpoints, LoopSettings, train

CLASSES = 3
SHAPE = (4, 4, 1)
LABELLED, OTHERS = 3, 5


def as_it_is(images, draws, name):
    return images


def negative(images, draws, name):
    return 1.0 - images


def constant_rate(learning_rate, training_steps, warmup_steps):
    return learning_rate


def _settings(**changes):
    defaults = dict(
        training_steps=5,
        batch_size=OTHERS,
        labelled_batch_size=LABELLED,
        learning_rate=0.1,
        schedule=constant_rate,
        view=as_it_is,
        strong_view=negative,
    )
    return ClassifierSettings(**{**defaults, **changes})


@pytest.fixture
def new_task(toy_encoder):
    def make(start_from=None, frequencies=None, **changes):
        tf.keras.utils.set_random_seed(0)
        return SemiSupervisedClassifier(
            toy_encoder(SHAPE),
            toy_encoder(SHAPE),
            CLASSES,
            _settings(**changes),
            start_from,
            frequencies,
        )

    return make


def _batch(labelled_labels=(0, 2, 1), labels=(-1, 2, -1, -1, 0)):
    rng = np.random.default_rng(0)
    return {
        "labelled_images": tf.constant(rng.integers(0, 256, [LABELLED, *SHAPE]), tf.uint8),
        "labelled_labels": tf.constant(labelled_labels, tf.int32),
        "images": tf.constant(rng.integers(0, 256, [OTHERS, *SHAPE]), tf.uint8),
        "labels": tf.constant(labels, tf.int32),
    }


def _batches(step):
    """Batches that are a function of their position alone."""

    def element(position):
        seed = tf.stack([position, 3])

        def integers(shape, low, high):
            return tf.random.stateless_uniform([1, *shape], seed, low, high, tf.int32)

        return {
            "labelled_images": tf.cast(integers([LABELLED, *SHAPE], 0, 256), tf.uint8),
            "labelled_labels": integers([LABELLED], 0, CLASSES),
            "images": tf.cast(integers([OTHERS, *SHAPE], 0, 256), tf.uint8),
            "labels": integers([OTHERS], -1, CLASSES),
        }

    return tf.data.Dataset.range(step, 10**9).map(element)


def _weights(network):
    return [variable.numpy() for variable in network.variables]


def _give_weights(task, seed=1):
    rng = np.random.default_rng(seed)
    for variable in task.network.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))


def _cross_entropy(logits, labels):
    rows = [-scipy.special.log_softmax(row)[c] for row, c in zip(logits, labels) if c >= 0]
    return np.mean(rows) if rows else 0.0


@pytest.mark.parametrize(
    "from_rotations, rotation_weight, consistency_weight",
    list(itertools.product([False, True], [0.0, 0.7], [0.0, 2.0])),
)
def test_the_loss_is_what_numpy_makes_of_the_same_logits(
    new_task, from_rotations, rotation_weight, consistency_weight
):
    task = new_task(
        class_from_rotations=from_rotations,
        rotation_weight=rotation_weight,
        consistency_weight=consistency_weight,
        consistency_threshold=0.6,
        label_weight=0.5,
        weight_decay=0.01,
    )
    _give_weights(task)
    batch = _batch()

    # The joint batch as its documentation says: labelled, others, strong views of the others.
    labelled, others = (batch[name].numpy() / 255 for name in ("labelled_images", "images"))
    turns = range(4 if from_rotations or rotation_weight else 1)
    # Without the rotation loss nothing would look at rotated copies of the others.
    other_turns = range(4 if rotation_weight else 1)

    def turned(images, by):
        return np.concatenate([np.rot90(images, turn, axes=(1, 2)) for turn in by])

    rows = [turned(labelled, turns)]
    if rotation_weight or consistency_weight:
        rows.append(turned(others, other_turns))
    if consistency_weight:
        rows.append(1 - others)
    logits = task.network(np.concatenate(rows).astype(np.float32), training=True)
    classes = logits["class"].numpy().astype(np.float64)
    first = len(turns) * LABELLED
    second = first + len(other_turns) * OTHERS

    labels = batch["labelled_labels"].numpy()
    if from_rotations:
        label_loss = _cross_entropy(classes[:first], np.tile(labels, 4))
    else:
        label_loss = _cross_entropy(classes[:LABELLED], labels)
    expected = 0.5 * label_loss
    if rotation_weight:
        rotations = [
            turn for count in (LABELLED, OTHERS) for turn in range(4) for _ in range(count)
        ]
        expected += rotation_weight * _cross_entropy(logits["rotation"].numpy()[:second], rotations)
    if consistency_weight:
        probabilities = scipy.special.softmax(classes[first : first + OTHERS], axis=1)
        unlabelled = batch["labels"].numpy() < 0
        total = 0.0
        for i in np.flatnonzero(unlabelled):
            if probabilities[i].max() >= 0.6:
                target = probabilities[i].argmax()
                total -= scipy.special.log_softmax(classes[second + i])[target]
        assert total > 0  # the threshold lets some through, or the term would not be tested
        expected += consistency_weight * total / unlabelled.sum()
    kernels = [v for v in task.network.trainable_variables if v.path.endswith("kernel")]
    assert len(kernels) == 2 + bool(rotation_weight)
    expected += 0.01 * sum((v.numpy().astype(np.float64) ** 2).sum() / 2 for v in kernels)

    computed = task.updates[0].gradients(batch, Draws())
    np.testing.assert_allclose(computed.scalars["loss"], expected, rtol=2e-6)
    assert len(task._joint_batch(batch, Draws()).images) == sum(map(len, rows))


def test_targets_are_aligned_with_the_known_classes(new_task, tmp_path):
    frequencies = np.array([0.1, 0.2, 0.7])
    changes = dict(consistency_weight=1.0, rotation_weight=0.0, consistency_threshold=0.0)
    task = new_task(frequencies=frequencies, align_classes=True, label_weight=0.0, **changes)
    _give_weights(task)
    (head,) = task.network.heads
    head.kernel.assign(0.1 * head.kernel)  # unsure of everything
    batch = _batch()
    labelled, others = (batch[name].numpy() / 255 for name in ("labelled_images", "images"))
    rows = np.concatenate([labelled, others, 1 - others]).astype(np.float32)
    classes = task.network(rows, training=True)["class"].numpy().astype(np.float64)
    weak, strong = np.split(classes[LABELLED:], 2)
    unlabelled = batch["labels"].numpy() < 0
    probabilities = scipy.special.softmax(weak, axis=1)

    predicted = task.checkpointables()["predicted_class_frequencies"]
    np.testing.assert_allclose(predicted, frequencies)  # so the first targets are as they are
    predicted.assign([0.8, 0.1, 0.1])
    aligned = probabilities * frequencies / [0.8, 0.1, 0.1]
    assert (aligned.argmax(axis=1) != probabilities.argmax(axis=1))[unlabelled].any()
    expected = _cross_entropy(strong[unlabelled], aligned.argmax(axis=1)[unlabelled])
    computed = task.updates[0].gradients(batch, Draws())
    np.testing.assert_allclose(computed.scalars["consistency_loss"], expected, rtol=1e-5)
    moved = dict((id(variable), value) for variable, value in computed.assignments)
    np.testing.assert_allclose(
        moved[id(predicted)],
        0.99 * np.array([0.8, 0.1, 0.1]) + 0.01 * probabilities[unlabelled].mean(axis=0),
        rtol=1e-5,
    )


def test_gradients_are_those_of_finite_differences(new_task):
    task = new_task(rotation_weight=0.7, weight_decay=0.01, class_from_rotations=True)
    _give_weights(task)
    batch = _batch()
    update = task.updates[0]
    gradients = update.gradients(batch, Draws()).gradients
    rng = np.random.default_rng(0)
    for variable, gradient in zip(update.variables, gradients, strict=True):
        direction = rng.normal(size=variable.shape)
        value = variable.numpy()
        losses = []
        for step in (1e-2, -1e-2):
            variable.assign(value + step * direction)
            losses.append(float(update.gradients(batch, Draws()).scalars["loss"]))
        variable.assign(value)
        slope = (losses[0] - losses[1]) / 2e-2
        assert slope == pytest.approx(
            float((gradient.numpy() * direction).sum()), abs=3e-3, rel=0.02
        )


def test_the_step_compiles_with_xla(new_task):
    task = new_task(consistency_weight=1.0, consistency_threshold=0.5)
    update = task.updates[0]
    _give_weights(task)
    batch = _batch()
    plain = update.gradients(batch, Draws()).scalars["loss"]
    compiled = tf.function(
        lambda batch: update.gradients(batch, Draws()).scalars["loss"], jit_compile=True
    )
    np.testing.assert_allclose(compiled(batch), plain, rtol=1e-5)


@pytest.mark.parametrize("labelled", [(-1, -1, -1), (-1, 1, -1)])
@pytest.mark.parametrize("labels", [(-1,) * OTHERS, (0,) * OTHERS])
def test_unknown_labels_and_empty_subsets(new_task, labelled, labels):
    task = new_task(
        consistency_weight=1.0, consistency_threshold=0.0, rotation_weight=0.0, weight_decay=0.0
    )
    _give_weights(task)
    computed = task.updates[0].gradients(_batch(labelled, labels), Draws())
    assert all(np.isfinite(gradient).all() for gradient in computed.gradients)
    assert bool(computed.scalars["label_loss"] > 0) == (1 in labelled)
    assert bool(computed.scalars["consistency_loss"] > 0) == (-1 in labels)


def test_a_frozen_encoder_does_not_move(new_task, tmp_path):
    task = new_task(
        train_encoder=False, rotation_weight=0.0, consistency_weight=1.0, weight_decay=0.1
    )
    before = _weights(task.network.encoder)
    heads = [_weights(head) for head in task.network.heads]
    train(task, _batches, tmp_path, LoopSettings(training_steps=3))
    for encoder in (task.network.encoder, task.average_network.encoder):
        for old, new in zip(before, _weights(encoder), strict=True):
            np.testing.assert_array_equal(old, new)
    for old, head in zip(heads, task.network.heads, strict=True):
        assert np.abs(old[0] - head.variables[0].numpy()).max() > 1e-4


def test_a_trained_encoder_moves_with_its_averages(new_task, tmp_path):
    task = new_task()
    before = _weights(task.network.encoder)
    train(task, _batches, tmp_path, LoopSettings(training_steps=1))
    moved = [np.abs(a - b).max() for a, b in zip(before, _weights(task.network.encoder))]
    assert len(moved) == 5 and min(moved) > 1e-6


def test_average_of_the_weights(new_task, tmp_path):
    decay, start, steps = 0.15, 2, 4
    history = []
    for step in range(steps + 1):
        task = new_task(ema_decay=decay, ema_start_step=start)
        if step:
            train(task, _batches, tmp_path / str(step), LoopSettings(training_steps=step))
        history.append(_weights(task.network))
    trained = {variable.path for variable in task.network.trainable_variables}
    for index, variable in enumerate(task.network.variables):
        expected = history[start - 1][index].astype(np.float64)
        for step in range(start, steps + 1):
            grown = min(decay, (1 + step - start) / (10 + step - start))
            expected = grown * expected + (1 - grown) * history[step][index]
        if variable.path not in trained:
            expected = history[-1][index]  # the moving averages of batch norm are copied
        found = task.average_network.variables[index].numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_resumed_equals_uninterrupted(new_task, tmp_path):
    changes = dict(consistency_weight=1.0, consistency_threshold=0.3, align_classes=True)
    frequencies = [0.1, 0.2, 0.7]  # far from what is predicted, so that the average of that moves

    def state(task):
        weights = _weights(task.network) + _weights(task.average_network)
        return [*weights, task._predicted.numpy()]

    for name, stops in (("whole", (6,)), ("parts", (2, 3, 6))):
        for steps in stops:
            task = new_task(frequencies=frequencies, **changes)
            train(task, _batches, tmp_path / name, LoopSettings(steps, save_checkpoints_steps=1))
        if name == "whole":
            expected = state(task)
    assert np.abs(expected[-1] - frequencies).max() > 0.01
    for one, other in zip(expected, state(task), strict=True):
        np.testing.assert_array_equal(one, other)


def test_starts_from_a_pre_trained_encoder(new_task, toy_encoder, tmp_path):
    settings = PretrainingSettings(training_steps=2, schedule=constant_rate, view=as_it_is)
    pretraining = RotationPretraining(toy_encoder(SHAPE), settings)
    folder = tmp_path / "encoder"
    train(pretraining, _batches, folder, LoopSettings(2, save_checkpoints_steps=1))
    task = new_task(start_from=Pretrained(folder, 2))
    fresh = _weights(task.network.encoder)
    task.initialize()
    expected = _weights(pretraining.network.encoder)
    assert np.abs(fresh[0] - expected[0]).max() > 1e-4
    for network in (task.network, task.average_network):
        for one, other in zip(expected, _weights(network.encoder), strict=True):
            np.testing.assert_array_equal(one, other)

    # An earlier checkpoint does not take the place of the last one.
    assert Checkpoints(folder / "checkpoints").steps() == [1, 2]
    (data,) = (folder / "checkpoints" / "2").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:10])
    with pytest.raises(CheckpointError, match=r"step 2 is damaged.* Remove .*checkpoints/2 and"):
        task.initialize()
    with pytest.raises(CheckpointError, match="There is no checkpoint of step 3"):
        new_task(start_from=Pretrained(folder, 3)).initialize()


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"label_weight": 0}, "label_weight = 0 leaves nothing to learn the classes from"),
        ({"align_classes": True}, "set that above 0, or align_classes = False"),
        ({"train_encoder": False}, "set classifier.rotation_weight = 0"),
    ],
)
def test_settings_that_contradict_each_other(changes, words):
    with pytest.raises(ValueError, match=words):
        ClassifierSettings(**changes)
    others = {"consistency_weight": 1.0, "rotation_weight": 0.0}
    ClassifierSettings(**changes, **others)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"labelled_batch_size": 8}, "labelled_batch_size = 8 must be .* replicas, 3, .* 9"),
        (
            {"batch_size": 10},
            "batch_size = 10 must be divisible by the number of replicas, 3, .* 12",
        ),
        ({"batch_size": 10, "rotation_weight": 0.0}, None),  # no step sees so many
        ({}, None),
    ],
)
def test_batches_that_replicas_can_share(changes, words):
    settings = ClassifierSettings(**{"labelled_batch_size": 6, "batch_size": 12, **changes})
    three = types.SimpleNamespace(num_replicas_in_sync=3)
    if words is None:
        settings.check_batches(three)
        return
    with pytest.raises(ValueError, match=f"classifier.{words}"):
        settings.check_batches(three)


def test_batches_that_micro_batches_can_share():
    settings = ClassifierSettings(labelled_batch_size=6, batch_size=12)
    three = types.SimpleNamespace(num_replicas_in_sync=3)
    settings.check_batches(three, 2)
    with pytest.raises(ValueError, match="labelled_batch_size = 6 .* = 12, for instance 12"):
        settings.check_batches(three, 4)


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("training_steps", 1.5, "whole number from 0"),
        ("labelled_batch_size", 0, "whole number from 1"),
        ("label_weight", -1, r"in \[0, inf\), received -1"),
        ("consistency_threshold", 1.1, r"in \[0, 1\], received 1.1"),
        ("ema_decay", 1.0, r"in \[0, 1\), received 1.0"),
        ("momentum", "0.9", r"in \[0, 1\), received '0.9'"),
        ("nesterov", "False", "True or False, without quotes"),
        ("class_from_rotations", "False", "True or False, without quotes"),
        ("align_classes", 1, "True or False, without quotes"),
        ("train_encoder", "True", "True or False, without quotes"),
        ("view", "weak_view", "takes a reference, such as @weak_view"),
        ("strong_view", 3, "takes a reference, such as @strong_view"),
    ],
)
def test_wrong_settings(name, value, words):
    with pytest.raises(ValueError, match=f"classifier.{name} .*{words}"):
        ClassifierSettings(**{name: value})
