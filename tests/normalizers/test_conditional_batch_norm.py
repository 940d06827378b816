# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Conditional batch normalization: formula, scale at the start, errors."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.normalizers import BatchNorm, ConditionalBatchNorm, StandardizeBatch

X = np.random.default_rng(0).normal(2.0, 3.0, size=(6, 2, 2, 4))
Y = np.eye(3)[[0, 1, 2, 0, 1, 2]]


@pytest.mark.parametrize("center_gamma", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_formula(center_gamma, use_bias):
    layer = ConditionalBatchNorm(use_bias, center_gamma, dtype="float64")
    layer(X, y=Y, training=True)
    rng = np.random.default_rng(1)
    for variable in layer.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    standardized = (X - X.mean((0, 1, 2))) / np.sqrt(X.var((0, 1, 2)) + 1e-3)
    gamma = Y @ layer.gamma.kernel.numpy() + (1.0 if center_gamma else 0.0)
    beta = Y @ layer.beta.kernel.numpy()
    if use_bias:
        gamma, beta = gamma + layer.gamma.bias.numpy(), beta + layer.beta.bias.numpy()
    expected = standardized * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(layer(X, y=Y, training=True), expected, rtol=1e-10)
    flat = X[:, 0, 0]
    standardized = (flat - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-3)
    result = layer(flat, y=Y, training=True)
    np.testing.assert_allclose(result, standardized * gamma + beta, rtol=1e-10)


def test_starts_at_the_scale_of_plain_batch_norm():
    plain = np.std(BatchNorm()(X, training=True))
    centered = np.std(ConditionalBatchNorm()(X, y=Y, training=True))
    assert centered == pytest.approx(plain, rel=0.1)
    as_in_v3 = np.std(ConditionalBatchNorm(center_gamma=False)(X, y=Y, training=True))
    assert as_in_v3 < 0.1 * plain


def test_an_unlabelled_row_is_plainly_normalized():
    layer = ConditionalBatchNorm(dtype="float64")
    y = Y.copy()
    y[0] = 0.0
    output = layer(X, y=y, training=True)
    expected = BatchNorm(dtype="float64")(X, training=True)
    np.testing.assert_allclose(output[0], expected[0], rtol=1e-10)
    assert np.abs(output[1:] - expected[1:]).max() > 1e-4


@pytest.mark.parametrize("center_gamma", [True, False])
def test_variables(center_gamma):
    layer = ConditionalBatchNorm(center_gamma=center_gamma, spectral_norm=True, name="bn1")
    layer.build((None, 2, 2, 4), (None, 3))
    assert {variable.path: variable.shape for variable in layer.trainable_variables} == {
        "bn1/gamma/kernel": (3, 4),
        "bn1/beta/kernel": (3, 4),
    }
    biased = ConditionalBatchNorm(use_bias=True)
    biased.build((None, 2, 2, 4), (None, 3))
    assert len(biased.trainable_variables) == 4
    assert np.all(biased.gamma.bias.numpy() == 0.0)


def test_missing_labels_are_explained():
    layer = ConditionalBatchNorm()
    with pytest.raises(ValueError, match="needs labels, got y = None.*ModularGAN.conditional"):
        layer(X, training=True)
    layer.build(X.shape, Y.shape)
    with pytest.raises(ValueError, match="needs labels, got y = None"):
        layer(X, training=True)


def test_configuration_makes_an_equal_layer():
    settings = StandardizeBatch(0.9, 1e-5, False, True)
    layer = ConditionalBatchNorm(True, False, True, "orthogonal", settings, "mixed_bfloat16")
    config = layer.get_config()
    copy = ConditionalBatchNorm.from_config(config)
    assert copy.get_config() == config
    assert copy.settings == settings
    assert copy(X, y=Y, training=True).dtype == tf.bfloat16
