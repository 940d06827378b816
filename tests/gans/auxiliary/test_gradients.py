# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tasks that guess labels are differentiated in both updates: against central differences.

`tests/conformance` does so with all other tasks.
"""

import functools

import gin
import numpy as np
import pytest

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import LabelPredictor, LabelProjection, OpenSetPredictor
from compare_gan.randomness import Draws
from tests.gans import toy

# No gradient flows through guesses, so that differences, which move them too, must not see them:
# every image has a label.
LABELS = [0, 1, 2, 1, 0, 2, 2, 1]
TASKS = {
    "soft predictor": lambda: [LabelPredictor(soft=True), LabelProjection()],
    "open-set predictor": lambda: [OpenSetPredictor(weight=0.7), LabelProjection()],
}


@pytest.mark.parametrize("name", TASKS)
def test_against_central_differences(name, float64):
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.non_saturating)
    networks = Architecture(
        functools.partial(toy.ToyGenerator, dtype="float64"),
        functools.partial(toy.ToyDiscriminator, dtype="float64"),
    )
    options = toy.options(8, architecture=lambda: networks)
    gan = ModularGAN(toy.dataset(), options, conditional=True, auxiliary_tasks=TASKS[name]())
    rng = np.random.default_rng(0)
    for head in gan.heads.values():
        for variable in head.trainable_variables:
            variable.assign(rng.normal(size=variable.shape))
    batch = toy.batch(LABELS)
    for update in gan.updates:
        draws = Draws(3, 0, update.name)
        found = update.gradients(batch, draws).gradients
        directions = [rng.normal(size=variable.shape) for variable in update.variables]
        start = [variable.numpy().copy() for variable in update.variables]

        def loss(step, update=update, draws=draws, start=start, directions=directions):
            for variable, value, direction in zip(update.variables, start, directions):
                variable.assign(value + step * direction)
            return float(update.gradients(batch, draws).scalars["loss"])

        expected = (loss(1e-5) - loss(-1e-5)) / 2e-5
        analytic = sum((g.numpy() * d).sum() for g, d in zip(found, directions))
        np.testing.assert_allclose(analytic, expected, rtol=1e-5, err_msg=update.name)
        for variable, value in zip(update.variables, start):
            variable.assign(value)
