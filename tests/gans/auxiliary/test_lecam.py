# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""LeCam regularization, against NumPy."""

import numpy as np
import pytest

from compare_gan.gans.auxiliary import LeCam
from tests.gans.auxiliary.rows import rows

REALS = np.array([[[2.0], [-1.0]], [[0.5], [3.0]], [[1.0], [-2.0]]])
FAKES = np.array([[[-1.0], [0.5]], [[-3.0], [1.5]], [[0.25], [-0.5]]])


def test_reals_are_held_to_the_fakes_average_and_the_reverse():
    task = LeCam(weight=0.5, decay=0.75, start_update=1)
    real_average = fake_average = 0.0
    for update, (real, fake) in enumerate(zip(REALS, FAKES, strict=True)):
        shown = rows(None, logits=real), rows(None, logits=fake)
        terms = task.discriminator_terms(*shown)
        penalty = (np.maximum(real - fake_average, 0) ** 2).mean()
        penalty += (np.maximum(real_average - fake, 0) ** 2).mean()
        np.testing.assert_allclose(terms.scalars["lecam_penalty"], penalty, rtol=1e-6)
        np.testing.assert_allclose(terms.loss, 0.5 * penalty * (update >= 1), rtol=1e-6)
        for variable, value in task.assignments(*shown):
            variable.assign(value)
        decay = 0.75 if update >= 1 else 0.0
        real_average = decay * real_average + (1 - decay) * real.mean()
        fake_average = decay * fake_average + (1 - decay) * fake.mean()
    state = task.checkpointables()
    np.testing.assert_allclose(state["lecam_real_average"], real_average, rtol=1e-6)
    np.testing.assert_allclose(state["lecam_fake_average"], fake_average, rtol=1e-6)
    assert float(state["lecam_updates"]) == 3
    assert task.generator_terms(None, shown[1]) is None


@pytest.mark.parametrize(
    "setting, value", [("weight", -1), ("decay", 1.0), ("decay", "no"), ("start_update", 0)]
)
def test_settings_that_make_no_sense(setting, value):
    with pytest.raises(ValueError, match=f"lecam.{setting} .*received {value!r}"):
        LeCam(**{setting: value})
