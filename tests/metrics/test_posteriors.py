# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Densities and divergences of latents against SciPy's."""

import math

import gin
import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import tensorflow as tf

from compare_gan.gans.latents import LatentPrior, normal, truncated_normal, uniform
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.posteriors import posterior_for

RNG = np.random.default_rng(0)
P, Q = RNG.normal(size=(2, 3, 4))  # 3 distributions of 2 latents each
Z = RNG.uniform(-0.9, 0.9, size=(3, 2))
PRIORS = {
    "normal": LatentPrior(normal, {"stddev": 1.5}),
    "uniform": LatentPrior(uniform, {"minval": -1.0, "maxval": 3.0}),
}


def by_scipy(name, parameters):
    """The frozen distributions [3, 2] that parameters stand for."""
    first, second = parameters[:, :2], parameters[:, 2:]
    if name == "normal":
        return scipy.stats.norm(1.5 * first, 1.5 * np.exp(second))
    a, b = (1 + np.log1p(np.exp(x - 5)) for x in (first, second))
    return scipy.stats.beta(a, b, -1, 4)


@pytest.mark.parametrize("name", PRIORS)
def test_densities(name):
    posterior = posterior_for(PRIORS[name])
    found = posterior.log_density(tf.constant(P), tf.constant(Z))
    np.testing.assert_allclose(found, by_scipy(name, P).logpdf(Z).sum(axis=1), rtol=1e-9)
    prior = scipy.stats.norm(0, 1.5) if name == "normal" else scipy.stats.uniform(-1, 4)
    found = posterior.prior_log_density(tf.constant(Z))
    np.testing.assert_allclose(found, prior.logpdf(Z).sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("name", PRIORS)
def test_divergences_by_integration(name):
    # Beta distributions that are far from uniform ones.
    p, q = (P, Q) if name == "normal" else (3 * P + 2, 3 * Q + 2)
    x = np.linspace(-40, 40, 20_001)
    if name == "uniform":  # densities are steep at the ends, where a sine's points are dense
        x = 1 + 2 * np.sin(np.linspace(-np.pi / 2, np.pi / 2, 20_003)[1:-1])
    log_p, log_q = (by_scipy(name, parameters).logpdf(x[:, None, None]) for parameters in (p, q))
    there, back = (
        scipy.integrate.trapezoid(np.exp(a) * (a - b), x=x, axis=0).sum(axis=1)
        for a, b in ((log_p, log_q), (log_q, log_p))
    )
    posterior = posterior_for(PRIORS[name])
    np.testing.assert_allclose(posterior.divergence(p, q), there, rtol=1e-5)
    np.testing.assert_allclose(posterior.symmetric_divergence(p, q), (there + back) / 2, rtol=1e-5)
    np.testing.assert_allclose(posterior.divergence(p, p), 0, atol=1e-12)


@pytest.mark.parametrize("name", PRIORS)
def test_samples(name):
    """Kolmogorov and Smirnov: what follows the distribution passes 999 times of 1000."""
    parameters = np.repeat(P[:1], 2000, axis=0)
    found = posterior_for(PRIORS[name]).sample(parameters, np.random.default_rng(1))
    assert found.dtype == np.float32
    shares = by_scipy(name, parameters).cdf(found)
    for dimension in range(2):
        assert scipy.stats.kstest(shares[:, dimension], "uniform").pvalue > 1e-3


def test_a_cut_off_normal_prior():
    posterior = posterior_for(LatentPrior(truncated_normal, {"stddev": 0.5}))
    expected = scipy.stats.truncnorm(-2, 2, scale=0.5).logpdf(Z).sum(axis=1)
    np.testing.assert_allclose(posterior.prior_log_density(tf.constant(Z)), expected, rtol=1e-12)


def test_edges_of_a_uniform_prior_have_finite_densities():
    edges = tf.constant([[-1.0, 1.0], [1.0, -1.0]])
    peaked = tf.constant([[50.0, -20.0, -20.0, 50.0]] * 2)
    assert np.isfinite(posterior_for(LatentPrior(uniform)).log_density(peaked, edges)).all()


def test_priors_as_gin_gives_them():
    posterior = posterior_for(LatentPrior(gin.get_configurable("latents.normal")))
    found = posterior.prior_log_density(tf.zeros([1, 3]))
    np.testing.assert_allclose(found, [-1.5 * math.log(2 * math.pi)], rtol=1e-6)


def doubled(draws, name, shape):
    return 2 * draws.normal(name, shape)


def test_other_priors_are_refused():
    with pytest.raises(UnmeasurableError, match="z.distribution_fn is doubled: take gilbo out"):
        posterior_for(LatentPrior(doubled))
