# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""What a GAN experiment is made of, by v3's gin names: `options` and `loss`."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import gin

from compare_gan import losses
from compare_gan.configuration.real_numbers import check_weight
from compare_gan.configuration.signatures import can_take, may_give, return_type
from compare_gan.configuration.whole_numbers import check_whole_number
from compare_gan.training.task import Task


class Options(NamedTuple):
    """The bindings of `options`.

    Attributes:
      gan_class: The GAN to train, e.g. `@ModularGAN`.
      architecture: A name such as "resnet_cifar_arch", or a function that returns an
        `Architecture`.
      batch_size: The global batch: what all replicas together see in one update.
      training_steps: How many steps, that is generator updates.
      lamba: The weight of the penalty in D's loss (v3's spelling).
      disc_iters: Discriminator updates in a step, each on a fresh batch.
      z_dim: Length of a latent vector.
    """

    gan_class: Callable[..., Any]
    architecture: str | Callable[..., Any]
    batch_size: int
    training_steps: int
    lamba: float
    disc_iters: int
    z_dim: int


@gin.configurable("options")
def experiment_options(
    gan_class: Callable[..., Any] = gin.REQUIRED,
    architecture: str | Callable[..., Any] = gin.REQUIRED,
    batch_size: int = gin.REQUIRED,
    training_steps: int = gin.REQUIRED,
    lamba: float = 1,
    disc_iters: int = 1,
    z_dim: int = 128,
) -> Options:
    """The experiment that gin describes.

    Args:
      gan_class, architecture, batch_size, training_steps, lamba, disc_iters, z_dim: See `Options`.

    Raises:
      ValueError: A number is not positive.
    """
    for name, value in (
        ("batch_size", batch_size),
        ("training_steps", training_steps),
        ("disc_iters", disc_iters),
        ("z_dim", z_dim),
    ):
        check_whole_number(f"options.{name}", value)
    check_weight("options.lamba", lamba)
    arguments = ("dataset", "options")
    check_callable("options.gan_class", gan_class, "@ModularGAN", arguments, Task, by_name=True)
    return Options(gan_class, architecture, batch_size, training_steps, lamba, disc_iters, z_dim)


@gin.configurable("loss")
def chosen_loss(
    fn: Callable[..., losses.GANLoss] = losses.non_saturating,
) -> Callable[..., losses.GANLoss]:
    """The GAN loss, `loss.fn`.

        d_loss, g_loss = fn(D(x), D(G(z))),    D's logits for real and for fake images

    The default is that of Goodfellow et al., "Generative Adversarial Nets", 2014,
    https://arxiv.org/abs/1406.2661.

    Args:
      fn: `(real_logits, fake_logits) -> GANLoss`, e.g. @hinge.

    Raises:
      ValueError: It is no GAN loss.
    """
    return check_callable(
        "loss.fn", fn, "@hinge", takes=("real_logits", "fake_logits"), gives=losses.GANLoss
    )


def check_callable(
    setting: str,
    value: Any,
    example: str,
    takes: Sequence[str] | None = None,
    gives: type | None = None,
    by_name: bool = False,
) -> Callable[..., Any]:
    """Returns `value` if it can be called as the setting demands.

    Args:
      setting: As it is called in gin, for the message.
      value: What it was set to.
      example: What it may be set to, for the message.
      takes: What it will be called with: the positional arguments, by names that tell what they
        are. None if it is checked elsewhere.
      gives: What it must return, where it says by an annotation what it does.
      by_name: Whether it will be called with keyword arguments instead.

    Raises:
      ValueError: It can't be called, since a name in quotes was given for a reference, or the
        result of a call; or it is made for another setting.
    """
    if not callable(value):
        raise ValueError(
            f"{setting} takes a reference such as {example}, without quotes or (), received "
            f"{value!r}."
        )
    if takes is None:
        fits = True
    else:
        fits = can_take(value, names=takes) if by_name else can_take(value, len(takes))
    if not fits:
        parameters = ", ".join(inspect.signature(value).parameters)
        raise ValueError(
            f"{setting} is called with ({', '.join(takes)}), but it is set to @{name_of(value)}, "
            f"which takes ({parameters}); set it to a reference such as {example}."
        )
    if gives is not None and not may_give(value, gives):
        raise ValueError(
            f"{setting} must return a {gives.__name__}, but it is set to @{name_of(value)}, which "
            f"returns a {return_type(value).__name__}; set it to a reference such as {example}."
        )
    return value


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called in an error."""
    return getattr(function, "__name__", repr(function))


def made_part(setting: str, value: Any, kind: type, example: str) -> Any:
    """Returns `value`, or what it gives when it is called, if that is a `kind`.

    Raises:
      ValueError: It is not.
    """
    made = value
    # What wants arguments is something else, and so is a function of Python's own.
    is_final = isinstance(value, kind) or inspect.isbuiltin(value)
    if not is_final and callable(value) and can_take(value, 0):
        made = value()
    if not isinstance(made, kind):
        raise ValueError(
            f"{setting} takes references such as {example}, which make a part of the kind "
            f"{kind.__name__}, received {value!r}."
        )
    return made
