# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tasks that would work for nothing beside each other are refused."""

import gin
import pytest
import tensorflow as tf

from compare_gan.augmentation import Ada, DiffAugment
from compare_gan.gans import S3GAN, ModularGAN
from compare_gan.gans.auxiliary import (
    Consistency,
    LabelPredictor,
    LabelProjection,
    LeCam,
    MultiHinge,
    OpenSetPredictor,
    Rotation,
    RotationLabelAugmentation,
    RotationMinimax,
)
from compare_gan.randomness import Draws
from tests.gans import toy


def _gan(*tasks):
    return ModularGAN(toy.dataset(), toy.options(4), conditional=True, auxiliary_tasks=list(tasks))


@pytest.mark.parametrize(
    "tasks, words",
    [
        ([LabelPredictor()], "'predictor' guesses labels, but nothing looks at them"),
        ([OpenSetPredictor()], "'open_set_predictor' guesses labels, .* add @label_projection"),
        (
            [LabelPredictor(), OpenSetPredictor(), LabelProjection()],
            "'predictor' and 'open_set_predictor' both guess",
        ),
        ([MultiHinge(), LeCam()], "'multi_hinge' takes the place .* which 'lecam' needs"),
        ([RotationLabelAugmentation(2), LabelProjection()], "which 'projection' needs"),
        ([Consistency(), MultiHinge()], "which 'consistency' needs"),
    ],
)
def test_tasks_that_work_for_nothing(tasks, words):
    with pytest.raises(ValueError, match=words):
        _gan(*tasks)


def test_an_augmentation_that_follows_untrained_logits():
    def gan(augmentation):
        tasks = {"auxiliary_tasks": [MultiHinge()], "augmentation": augmentation}
        return ModularGAN(toy.dataset(), toy.options(4), conditional=True, **tasks)

    with pytest.raises(ValueError, match="follows D's logits, .* set ada.adaptive = False"):
        gan(Ada("flip"))
    gan(Ada("flip", adaptive=False, probability=0.2))
    gan(DiffAugment())


def test_what_goes_together():
    _gan(RotationLabelAugmentation(2, replaces_gan_loss=False), LabelProjection(), LeCam())
    gan = _gan(Rotation(2), RotationMinimax(2), Consistency(view=DiffAugment("translation")))
    curves = gan.updates[0].gradients(toy.batch([0, 1, 2, 1]), Draws(0, 0, "d")).scalars
    assert {"rotation_loss", "rotation_minimax_loss", "consistency_real"} <= set(curves)
    with gin.unlock_config():
        gin.bind_parameter("ModularGAN.conditional", True)
        gin.bind_parameter("ModularGAN.auxiliary_tasks", [RotationMinimax(2)])
    S3GAN(toy.dataset(), toy.options(4), rotated_batch_fraction=1, project_y=True)


@pytest.mark.parametrize("view", [DiffAugment, tf.nn.relu, "flip"])
def test_views_are_called_with_images_draws_and_a_name(view):
    with pytest.raises(ValueError, match="consistency.view takes a reference .* with parentheses"):
        Consistency(view=view)


def test_a_view_does_not_adapt_itself():
    with pytest.raises(ValueError, match="adapts itself to D as ModularGAN.augmentation alone"):
        Consistency(view=Ada())


@pytest.mark.parametrize(
    "tasks, named",
    [
        ((), []),
        ((Rotation(rotated_images=1), LeCam()), []),
        ((LabelPredictor(), LabelProjection()), ["projection"]),
        ((Rotation(rotated_images=1, replaces_gan_loss=True),), ["rotation"]),
    ],
)
def test_tasks_that_d_needs_for_its_verdict_are_in_the_models_description(tasks, named):
    assert _gan(*tasks).model_config()["judging_tasks"] == named
