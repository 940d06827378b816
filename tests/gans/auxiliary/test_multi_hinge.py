# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""The multi-hinge loss, against loops in NumPy and a worked example."""

import numpy as np
import pytest

from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import MultiHinge
from compare_gan.randomness import Draws
from tests.gans import toy
from tests.gans.auxiliary.rows import features, in_numpy, rows


def _built(make_head):
    task = MultiHinge()
    task.build(make_head, 3, batch_size=4, replicas=1)
    return task, task.heads["discriminator_multi_hinge"]


def _margin(scores, chosen):
    others = [score for place, score in enumerate(scores) if place != chosen]
    return max(0.0, 1.0 - scores[chosen] + max(others))


def test_margins_of_classes_and_of_fake(make_head):
    task, head = _built(make_head)
    real, fake = 3 * features(4, 0), 3 * features(4, 1)
    labels, fake_labels = [1, -1, 0, 2], [2, 0, 1, 1]
    one_hot = toy.one_hot(labels)
    terms = task.discriminator_terms(rows(real, one_hot), rows(fake, toy.one_hot(fake_labels)))
    scores, fake_scores = in_numpy(head, real), in_numpy(head, fake)
    of_reals = [
        _margin(row, label) if label >= 0 else max(0.0, 1 - max(row[:3]) + row[3])
        for row, label in zip(scores, labels, strict=True)
    ]
    of_fakes = [_margin(row, 3) for row in fake_scores]
    assert max(of_reals) > 0 < max(of_fakes)
    np.testing.assert_allclose(terms.scalars["loss_real"], np.mean(of_reals), rtol=1e-5)
    np.testing.assert_allclose(terms.scalars["loss_fake"], np.mean(of_fakes), rtol=1e-5)
    np.testing.assert_allclose(terms.loss, np.mean(of_reals) + np.mean(of_fakes), rtol=1e-5)
    of_g = np.mean([_margin(*both) for both in zip(fake_scores, fake_labels, strict=True)])
    terms = task.generator_terms(None, rows(fake, toy.one_hot(fake_labels)))
    np.testing.assert_allclose(terms.loss, of_g, rtol=1e-5)


@pytest.mark.parametrize(
    "scores, loss_real, loss_fake",
    [
        # Class 0 leads by 0.5 and should by 1; "fake" is 3 behind the best, and should lead by 1.
        ([2.0, 1.5, 0.0, -1.0], 0.5, 4.0),
        # A lead of 1.5 is enough.
        ([2.0, 0.5, 0.0, -1.0], 0.0, 4.0),
        ([0.0, 1.0, 0.0, 2.5], 3.5, 0.0),
    ],
)
def test_by_hand(make_head, scores, loss_real, loss_fake):
    task, head = _built(make_head)
    kernel = np.zeros([4, 4], np.float32)
    kernel[0] = scores
    head.set_weights([kernel, np.zeros(4, np.float32)])
    shown = rows([[1.0, 0, 0, 0]], [[1, 0, 0]])
    terms = task.discriminator_terms(shown, shown)
    found = [terms.scalars["loss_real"], terms.scalars["loss_fake"]]
    np.testing.assert_allclose(found, [loss_real, loss_fake])


def test_it_takes_the_place_of_the_gans_loss():
    gan = ModularGAN(
        toy.dataset(), toy.options(4), conditional=True, auxiliary_tasks=[MultiHinge()]
    )
    batch = toy.batch([0, 1, 2, -1])
    scalars = gan.updates[0].gradients(batch, Draws(0, 0, "d")).scalars
    total = scalars["loss_real"] + scalars["loss_fake"]
    np.testing.assert_allclose(scalars["loss"], total, rtol=1e-6)
    result = gan.updates[1].gradients(batch, Draws(0, 0, "g"))
    np.testing.assert_allclose(result.scalars["loss"], result.scalars["gan_loss"], rtol=1e-6)
    assert all(np.any(gradient) for gradient in result.gradients)


def test_classes_are_needed(make_head):
    with pytest.raises(ValueError, match="multi_hinge needs classes.* ModularGAN.aux"):
        MultiHinge().build(make_head, 0, batch_size=4, replicas=1)
