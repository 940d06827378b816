# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""How a stage's weights move, against the formulas of its optimizer and its learning rate."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.label_inference.pretraining import PretrainingSettings, RotationPretraining
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from compare_gan.training.learning_rates import step_decay

SHAPE = (4, 4, 1)
# A warm-up over 2 steps, then 0.4, and a fifth of it from the middle on.
RATES = [0.0, 0.2, 0.4, 0.08, 0.08, 0.08]


def as_it_is(images, draws, name):
    return images


class _Snapshots:
    """The weights after every step."""

    every_steps = 1

    def __init__(self, variables):
        self._variables = variables
        self.taken = [self._values()]

    def _values(self):
        return [variable.numpy().astype(np.float64) for variable in self._variables]

    def __call__(self, step, curves):
        self.taken.append(self._values())


@pytest.mark.parametrize("momentum, nesterov", [(0.9, True), (0.9, False), (0.0, True)])
def test_weights_follow_momentum_and_learning_rate(toy_encoder, tmp_path, momentum, nesterov):
    tf.keras.utils.set_random_seed(0)
    settings = PretrainingSettings(
        training_steps=len(RATES),
        learning_rate=0.4,
        schedule=functools.partial(step_decay, boundaries=(0.5,), factor=0.2),
        warmup_steps=2,
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=0.1,
        view=as_it_is,
    )
    task = RotationPretraining(toy_encoder(SHAPE, normalize=False), settings)
    update = task.updates[0]
    images = np.random.default_rng(0).integers(0, 256, [6, *SHAPE]).astype(np.uint8)
    snapshots = _Snapshots(update.variables)
    train(
        task,
        lambda step: tf.data.Dataset.from_tensors({"images": images[None]}).repeat(),
        tmp_path,
        LoopSettings(len(RATES)),
        callbacks=[snapshots],
    )
    assert len(snapshots.taken) == len(RATES) + 1
    velocity = [np.zeros_like(value) for value in snapshots.taken[0]]
    for step, rate in enumerate(RATES):
        for variable, value in zip(update.variables, snapshots.taken[step], strict=True):
            variable.assign(value)
        gradients = update.gradients({"images": tf.constant(images)}, Draws()).gradients
        for index, gradient in enumerate(gradients):
            change = rate * gradient.numpy().astype(np.float64)
            velocity[index] = momentum * velocity[index] - change
            moved = momentum * velocity[index] - change if nesterov else velocity[index]
            np.testing.assert_allclose(
                snapshots.taken[step + 1][index],
                snapshots.taken[step][index] + moved,
                rtol=1e-5,
                atol=1e-6,
            )
    moved = [np.abs(a - b).max() for a, b in zip(snapshots.taken[1], snapshots.taken[-1])]
    assert min(moved) > 1e-3
