# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Latent priors: where a generator's input comes from."""

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import gin
import tensorflow as tf

from compare_gan.configuration import registry
from compare_gan.configuration.importable import from_import_path, import_path
from compare_gan.configuration.real_numbers import check_number
from compare_gan.randomness import Draws

_log = logging.getLogger(__name__)


def uniform(
    draws: Draws, name: str, shape: list[int], minval: float = -1.0, maxval: float = 1.0
) -> tf.Tensor:
    """Latents from U[minval, maxval), float32 of `shape`.

        z ~ U[minval, maxval), each number by itself

    As in Radford, Metz, Chintala, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks", 2015, https://arxiv.org/abs/1511.06434.

    Args:
      draws: Where randomness comes from.
      name: Keys the draws.
      shape: [batch, z_dim].
      minval: The lower bound.
      maxval: The upper bound.
    """
    return draws.uniform(name, shape, minval, maxval)


def normal(draws: Draws, name: str, shape: list[int], stddev: float = 1.0) -> tf.Tensor:
    """Latents from N(0, stddev²), float32 of `shape`.

        z ~ N(0, stddev²), each number by itself

    Brock, Donahue, Simonyan, "Large Scale GAN Training for High Fidelity Natural Image Synthesis",
    ICLR 2019, https://arxiv.org/abs/1809.11096, compare it with other priors.

    Args:
      draws: Where randomness comes from.
      name: Keys the draws.
      shape: [batch, z_dim].
      stddev: The standard deviation.
    """
    return draws.normal(name, shape, stddev=stddev)


def truncated_normal(draws: Draws, name: str, shape: list[int], stddev: float = 1.0) -> tf.Tensor:
    """Latents from N(0, stddev²) where |z| ≤ 2 stddev, float32 of `shape`: TensorFlow 1's.

        z ~ N(0, stddev²) given |z| ≤ 2 stddev, each number by itself

    The "truncation trick" of Brock, Donahue, Simonyan, "Large Scale GAN Training for High Fidelity
    Natural Image Synthesis", ICLR 2019, https://arxiv.org/abs/1809.11096, in training too.

    Args:
      draws: Where randomness comes from.
      name: Keys the draws.
      shape: [batch, z_dim].
      stddev: The standard deviation before the cut.
    """
    return stddev * draws.truncated_normal(name, shape, truncation=2.0)


for _distribution in (uniform, normal, truncated_normal):
    gin.external_configurable(_distribution, module="latents", denylist=["draws", "name", "shape"])


class LatentPrior(NamedTuple):
    """A distribution of latents, resolved: it can be written to a file and needs no gin to be
    sampled.

    Attributes:
      distribution_fn: `(draws, name, shape, **arguments) -> latents`.
      arguments: Keyword arguments for it.
    """

    distribution_fn: Callable[..., tf.Tensor] = uniform
    arguments: Mapping[str, float] = {}

    def sample(
        self, draws: Draws, name: str, count: int, z_dim: int, truncation: float | None = None
    ) -> tf.Tensor:
        """Latents, float32 [count, z_dim].

        With `truncation` t, draws that fall further than t standard deviations from 0 are drawn
        anew (the truncation trick of Brock et al., 2019, https://arxiv.org/abs/1809.11096); nothing
        is scaled.

        Raises:
          ValueError: `truncation` is given, but the prior is not `normal`.
        """
        if truncation is None:
            return self.distribution_fn(draws, name, [count, z_dim], **self.arguments)
        if _plain(self.distribution_fn) is not normal:
            raise ValueError(
                f"truncation={truncation} needs a normal latent prior, but z.distribution_fn is "
                f"{_plain(self.distribution_fn).__name__}; leave truncation out."
            )
        stddev = self.arguments.get("stddev", 1.0)
        return stddev * draws.truncated_normal(name, [count, z_dim], truncation)

    def to_config(self) -> dict[str, Any]:
        """A description that JSON can hold; `from_config` reverses it."""
        return {
            "distribution_fn": import_path(self.distribution_fn),
            "arguments": dict(self.arguments),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "LatentPrior":
        """The prior that `to_config` described."""
        return cls(from_import_path(config["distribution_fn"]), dict(config["arguments"]))


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return inspect.unwrap(function)


def _prior(distribution_fn: Callable[..., tf.Tensor], **offered: float) -> LatentPrior:
    """Keeps, of the bounds on offer, those that the distribution has parameters for."""
    if not callable(distribution_fn):
        raise ValueError(
            "z.distribution_fn and eval_z.distribution_fn take a reference such as "
            f"@tf.random.normal, without quotes or (), received {distribution_fn!r}."
        )
    _check_importable(distribution_fn)
    accepted = inspect.signature(_plain(distribution_fn)).parameters
    arguments = {key: value for key, value in offered.items() if key in accepted}
    configurable = registry.find_function(distribution_fn)
    if configurable is not None:  # it need not be registered with gin
        # What is bound to the distribution itself, under its own name, goes before.
        with gin.config_scope(registry.scope_of(distribution_fn)):
            arguments |= gin.get_bindings(configurable.wrapped)
    return LatentPrior(distribution_fn, arguments)


def _checked(prior: LatentPrior, setting: str) -> LatentPrior:
    """Returns a prior if its bounds make sense to the distributions that are defined here.

    Raises:
      ValueError: A bound is no number, or the upper one is not above the lower; or a standard
        deviation is not positive.
    """
    plain = _plain(prior.distribution_fn)
    if plain is uniform:
        low, high = (
            check_number(f"{setting}.{name}", prior.arguments.get(name, usual), "(-inf, inf)")
            for name, usual in (("minval", -1.0), ("maxval", 1.0))
        )
        if low >= high:
            raise ValueError(f"{setting}.minval = {low} must be below {setting}.maxval = {high}.")
    if plain in (normal, truncated_normal):
        check_number(f"{setting}.stddev", prior.arguments.get("stddev", 1.0), "(0, inf)", usual=1)
    return prior


def _check_importable(distribution_fn: Callable[..., tf.Tensor]) -> None:
    """Checks that `LatentPrior.from_config` will find the distribution again.

    Raises:
      ValueError: It is no function at the top level of a module.
    """
    try:
        import_path(distribution_fn)
    except ValueError as error:
        raise ValueError(
            "z.distribution_fn and eval_z.distribution_fn take a function that is defined at the "
            "top level of a module, since samples are drawn without gin, received "
            f"{_plain(distribution_fn)!r}; move it there, and bind its arguments in the "
            "configuration."
        ) from error


@gin.configurable("z")
def training_prior(
    distribution_fn: Callable[..., tf.Tensor] = uniform,
    minval: float = -1.0,
    maxval: float = 1.0,
    stddev: float = 1.0,
) -> LatentPrior:
    """The prior that training draws from; `minval`, `maxval` and `stddev` go to distributions that
    have them.

    Args:
      distribution_fn: `(draws, name, shape, **arguments) -> latents`, e.g. @normal.
      minval: The lower bound, of @uniform.
      maxval: The upper bound, of @uniform.
      stddev: The standard deviation, of @normal and @truncated_normal.

    Raises:
      ValueError: `distribution_fn` is no function that can be found again without gin, or a bound
        makes no sense to it.
    """
    prior = _prior(distribution_fn, minval=minval, maxval=maxval, stddev=stddev)
    for name in gin.get_bindings(training_prior):
        if name != "distribution_fn" and name not in prior.arguments:
            _log.warning(
                "z.%s has no effect: z.distribution_fn is %s, which has no such bound.",
                name,
                _plain(distribution_fn).__name__,
            )
    return _checked(prior, "z")


@gin.configurable("eval_z", denylist=["training"])
def evaluation_prior(
    training: LatentPrior,
    distribution_fn: Callable[..., tf.Tensor] | None = None,
    minval: float | None = None,
    maxval: float | None = None,
    stddev: float | None = None,
) -> LatentPrior:
    """The prior that samples and scores are drawn from: `training`'s, but for what is bound here.

    With a distribution of its own, bounds that are not given are those of `z`'s defaults.

    Args:
      training: The prior of training.
      distribution_fn: `(draws, name, shape, **arguments) -> latents`; None takes that of `z`.
      minval: The lower bound, of @uniform; None takes that of `z`, if the distribution is.
      maxval: The upper bound, of @uniform; None likewise.
      stddev: The standard deviation, of @normal and @truncated_normal; None likewise.

    Raises:
      ValueError: `distribution_fn` is no function that can be found again without gin, or a bound
        makes no sense to it.
    """
    given = {"minval": minval, "maxval": maxval, "stddev": stddev}
    given = {name: value for name, value in given.items() if value is not None}
    if distribution_fn is not None:
        offered = {"minval": -1.0, "maxval": 1.0, "stddev": 1.0, **given}
        return _checked(_prior(distribution_fn, **offered), "eval_z")
    changed = _prior(training.distribution_fn, **given).arguments
    prior = training._replace(arguments={**training.arguments, **changed})
    return _checked(prior, "eval_z")
