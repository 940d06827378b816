# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Distributions of the latents behind an image, as an encoder describes them."""

import abc
import inspect
import math

import numpy as np
import tensorflow as tf

from compare_gan.gans.latents import LatentPrior, normal, truncated_normal, uniform
from compare_gan.metrics.base import UnmeasurableError

# Beta densities may be infinite at 0 and 1; uniform draws reach 0.
_EDGE = 2.0**-24


class Posterior(abc.ABC):
    """A family of distributions of z, independent in each dimension, for one prior.

    An encoder's output is [batch, 2 · z_dim]: two parameters of each dimension, those of one kind
    first. Zeros stand for nearly the prior itself.
    """

    @abc.abstractmethod
    def prior_log_density(self, z: tf.Tensor) -> tf.Tensor:
        """log p(z) in nats, [batch]."""

    @abc.abstractmethod
    def log_density(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """log e(z) in nats, [batch]."""

    @abc.abstractmethod
    def sample(self, parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One z of each distribution, float32 [batch, z_dim]."""

    @abc.abstractmethod
    def divergence(self, p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
        """KL(p ‖ q) in nats, [batch], from the parameters of both."""

    def symmetric_divergence(self, p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
        """(KL(p ‖ q) + KL(q ‖ p)) / 2 in nats, [batch]."""
        return (self.divergence(p, q) + self.divergence(q, p)) / 2


class NormalPosterior(Posterior):
    """N(stddev · m, (stddev · exp(s))²) from parameters (m, s), for latents that are normal.

    Args:
      stddev: Of the prior.
      mass: The share of the normal distribution that the prior has: below 1 for one that is cut
        off. The posterior is not, so that a bound made with it is a bound still, but no tight one.
    """

    def __init__(self, stddev: float = 1.0, mass: float = 1.0):
        self._stddev = stddev
        self._log_mass = math.log(mass)

    def prior_log_density(self, z: tf.Tensor) -> tf.Tensor:
        """log N(z; 0, stddev²), less the logarithm of the mass in each dimension."""
        density = _log_normal(z, tf.zeros_like(z), tf.fill(tf.shape(z), _like(self._stddev, z)))
        return density - _like(z.shape[1] * self._log_mass, z)

    def log_density(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """log N(z; mean, scale²)."""
        return _log_normal(z, *self._mean_and_scale(parameters))

    def sample(self, parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """mean + scale · noise."""
        mean, scale = self._mean_and_scale(tf.constant(parameters))
        return (mean + scale * rng.standard_normal(mean.shape)).numpy().astype(np.float32)

    def divergence(self, p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
        """Σ log(s_q / s_p) + (s_p² + (m_p − m_q)²) / (2 s_q²) − 1/2."""
        (p_mean, p_scale), (q_mean, q_scale) = map(self._mean_and_scale, (p, q))
        squares = (tf.square(p_scale) + tf.square(p_mean - q_mean)) / tf.square(q_scale)
        return tf.reduce_sum(tf.math.log(q_scale / p_scale) + (squares - 1) / 2, axis=1)

    def _mean_and_scale(self, parameters: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean, log_scale = tf.split(parameters, 2, axis=1)
        stddev = _like(self._stddev, mean)
        return stddev * mean, stddev * tf.exp(log_scale)


class BetaPosterior(Posterior):
    """minval + (maxval − minval) · Beta(1 + softplus(a − 5), 1 + softplus(b − 5)), for uniform z.

    Args:
      minval: Where the prior begins.
      maxval: Where it ends.
    """

    def __init__(self, minval: float = -1.0, maxval: float = 1.0):
        self._minval = minval
        self._width = maxval - minval

    def prior_log_density(self, z: tf.Tensor) -> tf.Tensor:
        """−z_dim · log(maxval − minval)."""
        return tf.fill([tf.shape(z)[0]], _like(-z.shape[1] * math.log(self._width), z))

    def log_density(self, parameters: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Σ (a − 1) log u + (b − 1) log(1 − u) − log B(a, b) − log(maxval − minval)."""
        a, b = _concentrations(parameters)
        u = (z - _like(self._minval, z)) / _like(self._width, z)
        u = tf.clip_by_value(u, _like(_EDGE, z), _like(1 - _EDGE, z))
        density = (a - 1) * tf.math.log(u) + (b - 1) * tf.math.log1p(-u) - _log_beta(a, b)
        return tf.reduce_sum(density, axis=1) + self.prior_log_density(z)

    def sample(self, parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws of Beta distributions, brought to the prior's range."""
        a, b = _concentrations(tf.constant(parameters))
        u = rng.beta(a.numpy(), b.numpy())
        return (self._minval + self._width * u).astype(np.float32)

    def divergence(self, p: tf.Tensor, q: tf.Tensor) -> tf.Tensor:
        """Σ log B(c, d) − log B(a, b) + (a−c) ψ(a) + (b−d) ψ(b) + (c−a+d−b) ψ(a+b)."""
        (a, b), (c, d) = _concentrations(p), _concentrations(q)
        return tf.reduce_sum(
            _log_beta(c, d)
            - _log_beta(a, b)
            + (a - c) * tf.math.digamma(a)
            + (b - d) * tf.math.digamma(b)
            + (c - a + d - b) * tf.math.digamma(a + b),
            axis=1,
        )


def posterior_for(prior: LatentPrior) -> Posterior:
    """The family for a prior whose density is known.

    Raises:
      UnmeasurableError: It is not.
    """
    function = inspect.unwrap(prior.distribution_fn)
    if function is uniform:
        return BetaPosterior(**prior.arguments)
    if function is normal:
        return NormalPosterior(**prior.arguments)
    if function is truncated_normal:
        return NormalPosterior(**prior.arguments, mass=math.erf(2.0 / math.sqrt(2.0)))
    raise UnmeasurableError(
        "GILBO needs the density of the latents, which is known of uniform, normal and "
        f"truncated_normal ones, but z.distribution_fn is {function.__name__}: take gilbo out of "
        "eval.metrics."
    )


def _like(value: float, tensor: tf.Tensor) -> tf.Tensor:
    return tf.constant(value, tensor.dtype)


def _log_normal(z: tf.Tensor, mean: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    constant = _like(0.5 * math.log(2.0 * math.pi), z)
    density = -tf.square((z - mean) / scale) / 2 - tf.math.log(scale) - constant
    return tf.reduce_sum(density, axis=1)


def _concentrations(parameters: tf.Tensor) -> list[tf.Tensor]:
    return tf.split(1 + tf.nn.softplus(parameters - 5), 2, axis=1)


def _log_beta(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)
