# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Self-modulated batch normalization: formula, ranks, errors."""

import numpy as np
import pytest

from compare_gan.normalizers import SelfModulatedBatchNorm, StandardizeBatch

X = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 2, 2, 4))
Z = np.random.default_rng(1).normal(size=(6, 5))


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("num_hidden", [7, 0])
def test_formula(num_hidden, flat):
    x = X[:, 0, 0] if flat else X
    layer = SelfModulatedBatchNorm(num_hidden, dtype="float64")
    layer(x, z=Z, training=True)
    rng = np.random.default_rng(2)
    for variable in layer.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    hidden = Z
    if num_hidden:
        hidden = np.maximum(Z @ layer.hidden.kernel.numpy() + layer.hidden.bias.numpy(), 0.0)
    gamma = hidden @ layer.gamma.kernel.numpy() + layer.gamma.bias.numpy()
    beta = hidden @ layer.beta.kernel.numpy() + layer.beta.bias.numpy()
    if not flat:
        gamma, beta = gamma[:, None, None], beta[:, None, None]
    axes = tuple(range(x.ndim - 1))
    standardized = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-3)
    output = layer(x, z=Z, training=True)
    np.testing.assert_allclose(output, standardized * gamma + beta, rtol=1e-9)


def test_variables_and_starts():
    layer = SelfModulatedBatchNorm(name="bn1")
    layer.build((None, 2, 2, 4), (None, 5))
    assert {variable.path: variable.shape for variable in layer.trainable_variables} == {
        "bn1/hidden/kernel": (5, 32),
        "bn1/hidden/bias": (32,),
        "bn1/gamma/kernel": (32, 4),
        "bn1/gamma/bias": (4,),
        "bn1/beta/kernel": (32, 4),
        "bn1/beta/bias": (4,),
    }
    assert np.all(layer.gamma.bias.numpy() == 1.0)
    assert np.all(layer.beta.bias.numpy() == 0.0)
    assert np.all(layer.hidden.bias.numpy() == 0.0)


def test_missing_latents_and_bad_sizes_are_explained():
    with pytest.raises(ValueError, match="needs latent vectors, got z = None"):
        SelfModulatedBatchNorm()(X, training=True)
    with pytest.raises(ValueError, match="num_hidden must be a whole number from 0, received -1"):
        SelfModulatedBatchNorm(-1)


def test_configuration_makes_an_equal_layer():
    settings = StandardizeBatch(use_cross_replica_mean=False)
    config = SelfModulatedBatchNorm(8, True, "truncated", settings, "float64").get_config()
    assert SelfModulatedBatchNorm.from_config(config).get_config() == config
