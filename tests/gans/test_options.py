# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""v3's `options`, and references that may be called or not."""

import gin
import pytest

from compare_gan import losses, regularizers
from compare_gan.gans import ModularGAN
from compare_gan.gans.auxiliary import AuxiliaryTask, LeCam
from compare_gan.gans.options import (
    check_callable,
    chosen_loss,
    experiment_options,
    made_part,
)
from compare_gan.gans.penalty import chosen_penalty


def test_options_and_their_defaults():
    gin.bind_parameter("options.gan_class", ModularGAN)
    gin.bind_parameter("options.architecture", "resnet_cifar_arch")
    gin.bind_parameter("options.batch_size", 64)
    gin.bind_parameter("options.training_steps", 10)
    found = experiment_options()
    assert found == (ModularGAN, "resnet_cifar_arch", 64, 10, 1, 1, 128)


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("batch_size", 0, "options.batch_size must be a whole number from 1, received 0"),
        ("disc_iters", 1.5, "options.disc_iters must be .* received 1.5"),
        ("lamba", -1, "options.lamba must be a number in .0, inf., received"),
        ("gan_class", "ModularGAN", "options.gan_class takes a reference such as @ModularGAN"),
    ],
)
def test_options_that_make_no_sense(name, value, words):
    good = {"gan_class": ModularGAN, "architecture": "a", "batch_size": 1, "training_steps": 1}
    with pytest.raises(ValueError, match=words):
        experiment_options(**good | {name: value})


def test_references_to_functions_are_called_by_others():
    assert check_callable("loss.fn", max, "@hinge") is max
    with pytest.raises(ValueError, match="loss.fn takes a reference such as @hinge, without"):
        check_callable("loss.fn", "hinge", "@hinge")


def test_references_of_another_kind_are_refused():
    with pytest.raises(ValueError) as caught:
        chosen_penalty(losses.hinge)
    assert str(caught.value).startswith(
        "penalty.fn is called with (discriminator, real_images, fake_images, real_labels, "
        "fake_labels, draws), but it is set to @hinge, which takes (real_logits, fake_logits); set "
        "it to a reference such as @wgangp_penalty, or a list of them such as [@r1_penalty, "
        "@r2_penalty]."
    )
    with pytest.raises(ValueError) as caught:
        chosen_loss(regularizers.r1_penalty)
    assert str(caught.value).startswith(
        "loss.fn must return a GANLoss, but it is set to @r1_penalty, which returns a Tensor; set "
        "it to a reference such as @hinge."
    )
    with pytest.raises(ValueError, match="loss.fn must return a GANLoss, .* set to @ModularGAN"):
        chosen_loss(ModularGAN)


def test_losses_and_penalties_need_not_be_the_packages():
    for loss in (lambda reals, fakes: None, losses.wasserstein):
        assert chosen_loss(loss) is loss
    for fn in (lambda *arguments: 0.0, lambda d, r, f, y, y_fake, draws: 0.0):
        chosen_penalty(fn)


def test_parts_come_made_or_as_what_makes_them():
    task = LeCam()
    assert made_part("tasks", task, AuxiliaryTask, "@lecam()") is task
    assert isinstance(made_part("tasks", LeCam, AuxiliaryTask, "@lecam()"), LeCam)
    for wrong in ("lecam", max, lambda needed: LeCam(), dict):
        with pytest.raises(ValueError, match="tasks takes references such as @lecam"):
            made_part("tasks", wrong, AuxiliaryTask, "@lecam()")
