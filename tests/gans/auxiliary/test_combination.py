# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Tasks that would work for nothing beside each other are refused."""

import logging
import re

import gin
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses
from compare_gan.architectures import Architecture
from compare_gan.augmentation import Ada, DiffAugment
from compare_gan.gans import S3GAN, ModularGAN
from compare_gan.gans.auxiliary import (
    D2DCE,
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
        ([LabelPredictor()], "'label_predictor' guesses labels, but nothing looks at them"),
        ([OpenSetPredictor()], "'open_set_predictor' guesses labels, .* add @label_projection"),
        (
            [LabelPredictor(), OpenSetPredictor(), LabelProjection()],
            "'label_predictor' and 'open_set_predictor' both guess",
        ),
        ([MultiHinge(), LeCam()], "'multi_hinge' takes the place .* which 'lecam' needs"),
        ([RotationLabelAugmentation(2), LabelProjection()], "which 'label_projection' needs"),
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


def _gan_of_loss(reference, augmentation):
    with gin.unlock_config():
        gin.parse_config(f"loss.fn = {reference}")
    return ModularGAN(toy.dataset(0), toy.options(4), augmentation=augmentation)


@gin.register(module="test_combination")
def shifted(real_logits, fake_logits):
    """A user's loss, which says nothing of itself."""
    return losses.hinge(real_logits - 1.0, fake_logits - 1.0)


@gin.register(module="test_combination")
@losses.decides_at_zero
def doubled(real_logits, fake_logits):
    """A user's loss, which says that 0 decides."""
    return losses.hinge(2.0 * real_logits, 2.0 * fake_logits)


@pytest.mark.parametrize(
    "name",
    [
        "wasserstein",
        "relativistic_average",
        "relativistic_average_hinge",
        "relativistic_paired",
        "shifted",
    ],
)
def test_an_augmentation_that_follows_logits_without_a_zero(name):
    with pytest.raises(ValueError, match=f"loss.fn = @{name} gives them no meaning") as error:
        _gan_of_loss(f"@{name}", Ada("flip"))
    assert "set ada.adaptive = False and ada.probability" in str(error.value)
    _gan_of_loss(f"@{name}", Ada("flip", adaptive=False, probability=0.2))
    _gan_of_loss(f"@{name}", DiffAugment("translation"))
    # What the error recommends.
    for recommended in re.findall(r"@\w+(?=,)", str(error.value)):
        _gan_of_loss(recommended, Ada("flip"))


@pytest.mark.parametrize(
    "reference", ["@hinge", "@some/scope/least_squares", "@non_saturating", "@doubled"]
)
def test_an_augmentation_that_follows_logits_with_a_zero(reference):
    gan = _gan_of_loss(reference, Ada("flip"))
    assert "augmentation_probability" in gan.checkpointables()


@pytest.mark.parametrize("task", [MultiHinge(), RotationLabelAugmentation(2)])
@pytest.mark.parametrize(
    "penalty, named",
    [("@r1_penalty", "r1_penalty"), ("[@no_penalty, @a/l2_penalty, @r2_penalty]", "l2.* and r2")],
)
def test_a_penalty_without_the_gans_loss(task, penalty, named):
    with gin.unlock_config():
        gin.parse_config(f"penalty.fn = {penalty}")
    with pytest.raises(ValueError, match=f"penalty.fn has {named}.* {task.name!r} replaces .*@no_"):
        _gan(task)
    with gin.unlock_config():
        gin.parse_config("penalty.fn = [@some/scope/no_penalty]")
    _gan(task)


@pytest.mark.parametrize("task", [MultiHinge(), RotationLabelAugmentation(2)])
def test_a_penalty_of_weights_needs_no_gan_loss(task):
    """λ ½ Σ w² of the head's kernel, the only one here: its gradient is λ w more."""
    found = []
    for penalty, lamba in (("@no_penalty", 1.0), ("[@no_penalty, @a/l2_penalty]", 3.0)):
        with gin.unlock_config():
            gin.parse_config(f"penalty.fn = {penalty}")
        options = toy.options(4, lamba=lamba)
        gan = ModularGAN(toy.dataset(), options, conditional=True, auxiliary_tasks=[task])
        (head,) = task.heads.values()
        kernel = np.random.default_rng(0).normal(size=head.kernel.shape)
        head.kernel.assign(kernel)
        update = gan.updates[0]
        result = update.gradients(toy.batch([0, 1, 2, 1]), Draws(0, 0, "discriminator"))
        (place,) = [i for i, v in enumerate(update.variables) if v is head.kernel]
        found.append((result.gradients[place].numpy(), result.scalars))
    (without, scalars), (with_penalty, of_penalty) = found
    np.testing.assert_allclose(with_penalty - without, 3.0 * kernel, rtol=1e-4, atol=1e-5)
    assert "penalty" not in scalars
    np.testing.assert_allclose(of_penalty["penalty"], 0.5 * np.sum(kernel**2), rtol=1e-5)
    more = of_penalty["loss"] - scalars["loss"]
    np.testing.assert_allclose(more, 1.5 * np.sum(kernel**2), rtol=1e-4)


@pytest.mark.parametrize("task", [Rotation(2), RotationMinimax(2), RotationLabelAugmentation(2)])
@pytest.mark.parametrize(
    "augmentation",
    [
        Ada("blit", adaptive=False, probability=0.5),
        Ada(("flip", "rotation"), adaptive=False, probability=0.5),
    ],
)
def test_what_is_turned_before_cannot_be_asked_how_it_was_turned(task, augmentation):
    options = dict(conditional=True, auxiliary_tasks=[task])
    with pytest.raises(
        ValueError, match=f"{task.name!r} asks D by how much .* ada.policy = .'flip"
    ):
        ModularGAN(toy.dataset(), toy.options(4), augmentation=augmentation, **options)
    policy = ("flip", "integer_translation", "scale", "color")  # as the message says
    upright = Ada(policy, adaptive=False, probability=0.5)
    ModularGAN(toy.dataset(), toy.options(4), augmentation=upright, **options)


@pytest.mark.parametrize("task", [MultiHinge(), RotationLabelAugmentation(2)])
def test_a_projection_that_nothing_trains_is_told(task, caplog):
    networks = Architecture(toy.ToyGenerator, Projecting)
    with caplog.at_level(logging.WARNING):
        options = toy.options(4)._replace(architecture=networks)
        ModularGAN(toy.dataset(), options, conditional=True, auxiliary_tasks=[task])
    (record,) = [r for r in caplog.records if "project" in r.getMessage()]
    assert f"task {task.name!r} takes the place of the GAN's loss" in record.getMessage()


class Projecting(toy.ToyDiscriminator):
    """A D that says that it projects labels."""

    project_y = True


@pytest.mark.parametrize(
    "discriminator, tasks, told",
    [
        (Projecting, [D2DCE(dimensions=2)], "'d2d_ce' and the discriminator's own projection"),
        (Projecting, [LabelProjection()], "'label_projection' and the discriminator's own proj"),
        (
            toy.ToyDiscriminator,
            [LabelProjection(), D2DCE(dimensions=2)],
            "'label_projection' and the auxiliary task 'd2d_ce'",
        ),
        (Projecting, [LeCam()], None),
        (toy.ToyDiscriminator, [D2DCE(dimensions=2)], None),
    ],
)
def test_a_discriminator_that_is_told_the_class_twice(discriminator, tasks, told, caplog):
    networks = Architecture(toy.ToyGenerator, discriminator)
    options = toy.options(4, architecture=lambda: networks)
    with caplog.at_level(logging.WARNING):
        ModularGAN(toy.dataset(), options, conditional=True, auxiliary_tasks=tasks)
    assert len(caplog.messages) == bool(told)
    assert not told or re.search(told, caplog.text)


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
        ((LabelPredictor(), LabelProjection()), ["label_projection"]),
        ((Rotation(rotated_images=1, replaces_gan_loss=True),), ["rotation"]),
    ],
)
def test_tasks_that_d_needs_for_its_verdict_are_in_the_models_description(tasks, named):
    assert _gan(*tasks).model_config()["judging_tasks"] == named
