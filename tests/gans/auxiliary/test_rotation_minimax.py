# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""SSGAN-MS's terms, against NumPy."""

import numpy as np
import pytest
import scipy.special

from compare_gan.gans.auxiliary import RotationMinimax
from tests.gans.auxiliary.rows import features, in_numpy, rows


def test_angles_of_reals_and_one_class_for_fakes(make_head):
    task = RotationMinimax(2, weight_d=0.5, weight_g=0.1)
    task.build(make_head, 0, batch_size=5, replicas=1)
    (head,) = task.heads.values()
    halves, log_probabilities = [], []
    for seed in (0, 2):
        own, added = features(5, seed), features(6, seed + 1)
        halves.append(rows(own, added=added))
        logits = in_numpy(head, np.concatenate([own[3:], added]))
        assert logits.shape == (8, 5)
        log_probabilities.append(scipy.special.log_softmax(logits, axis=1))
    real, fake = log_probabilities
    angles = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    loss = -real[np.arange(8), angles].mean() - fake[:, 4].mean()
    terms = task.discriminator_terms(*halves)
    np.testing.assert_allclose(terms.loss, 0.5 * loss, rtol=1e-5)
    accuracy = (real.argmax(axis=1) == angles).mean()
    np.testing.assert_allclose(terms.scalars["rotation_minimax_accuracy"], accuracy, rtol=1e-6)
    loss = -fake[np.arange(8), angles].mean() + fake[:, 4].mean()
    np.testing.assert_allclose(
        task.generator_terms(None, halves[1]).loss, 0.1 * loss, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("setting", ["weight_d", "weight_g"])
def test_settings_that_make_no_sense(setting):
    with pytest.raises(ValueError, match=f"rotation_minimax.{setting} .*received -1"):
        RotationMinimax(2, **{setting: -1})
