# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Spectral normalization against NumPy: the function, the layers' vectors, their advance."""

import gin
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_gan.layers import Conv2D, Linear, NonLocalBlock, TransposedConv2D
from compare_gan.layers.spectral_norm import (
    SpectralNorm,
    advance_spectral_norms,
    spectral_norm_updates,
    spectral_normalize,
)


def unit(x, epsilon=1e-12):
    return x / np.sqrt(max(np.sum(x**2), epsilon))


def one_iteration(matrix, u, singular_value):
    """The formula of Compare GAN v3, one iteration: sigma and the new vector."""
    rows, columns = matrix.shape
    if singular_value == "auto":
        singular_value = "left" if rows <= columns else "right"
    if singular_value == "left":
        v = unit(matrix.T @ u)
        u = unit(matrix @ v)
        return (u.T @ matrix @ v).item(), u
    v = unit(u @ matrix.T)
    u = unit(v @ matrix)
    return (v @ matrix @ u.T).item(), u


def carried_shape(rows, columns, singular_value):
    left = singular_value == "left" or (singular_value == "auto" and rows <= columns)
    return (rows, 1) if left else (1, columns)


@pytest.mark.parametrize("singular_value", ["left", "right", "auto"])
@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (3, 3, 2, 5), (1, 1, 3, 20)])
def test_function_equals_numpy(singular_value, shape):
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=shape)
    matrix = kernel.reshape(-1, shape[-1])
    u = rng.normal(size=carried_shape(*matrix.shape, singular_value))
    sigma, expected_u = one_iteration(matrix, u, singular_value)
    normalized, new_u = spectral_normalize(kernel, u, singular_value)
    np.testing.assert_allclose(normalized, kernel / sigma, rtol=1e-12)
    np.testing.assert_allclose(new_u, expected_u, rtol=1e-12)
    assert new_u.shape == u.shape


def test_function_takes_numpy_float32_and_vectors_of_any_shape():
    kernel = np.ones((3, 2), np.float32)
    normalized, u = spectral_normalize(kernel, np.ones(3))
    assert normalized.dtype == tf.float32
    assert u.shape == (3,)
    np.testing.assert_allclose(normalized, kernel / np.sqrt(6), rtol=1e-6)


def test_zero_kernel_direction_is_guarded_by_epsilon():
    kernel = np.array([[2.0, 0.0], [0.0, 0.0]])
    normalized, u = spectral_normalize(kernel, np.array([1.0, 0.0]), epsilon=1e-12)
    np.testing.assert_allclose(normalized, [[1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(u, [1.0, 0.0])


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    singular_value=st.sampled_from(["left", "right", "auto"]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30)
def test_iterating_converges_to_the_largest_singular_value(rows, columns, singular_value, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns))
    # A known gap between the two largest singular values bounds the error after 40 iterations.
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    values[0] = 2 * (values[1] if len(values) > 1 else 1.0) + 0.1
    matrix = (left * values) @ right
    u = rng.normal(size=carried_shape(rows, columns, singular_value))
    for _ in range(40):
        normalized, u = spectral_normalize(matrix, u, singular_value)
    assert np.linalg.svd(normalized.numpy())[1][0] == pytest.approx(1.0, rel=1e-9)


def test_gradient_flows_through_sigma_but_not_through_the_vectors():
    rng = np.random.default_rng(2)
    kernel = rng.normal(size=(4, 3))
    u = rng.normal(size=(4, 1))
    weight = rng.normal(size=(4, 3))
    v = unit(kernel.T @ u)
    u_new = unit(kernel @ v)

    def loss(matrix):
        return np.sum(weight * matrix / (u_new.T @ matrix @ v).item())

    numeric = np.zeros_like(kernel)
    for index in np.ndindex(kernel.shape):
        step = np.zeros_like(kernel)
        step[index] = 1e-6
        numeric[index] = (loss(kernel + step) - loss(kernel - step)) / 2e-6
    variable, start = tf.Variable(kernel), tf.Variable(u)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(weight * spectral_normalize(variable, start)[0])
    gradient, none = tape.gradient(value, [variable, start])
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-8)
    assert none is None


def test_wrong_vector_and_wrong_name_are_explained():
    with pytest.raises(ValueError, match="4 × 3 kernel matrix need 4 entries"):
        spectral_normalize(np.ones((4, 3)), np.ones(3))
    with pytest.raises(ValueError, match="singular_value = 'both'.*'auto'"):
        SpectralNorm("both")
    with pytest.raises(ValueError, match="not understood"):
        SpectralNorm.of(3)


def test_settings_come_in_several_forms():
    auto = SpectralNorm("auto", 1e-6)
    assert SpectralNorm.of(None) is None
    assert SpectralNorm.of(False) is None
    assert SpectralNorm.of(True) == SpectralNorm("left", 1e-12)
    assert SpectralNorm.of(auto) is auto
    assert SpectralNorm.of({"singular_value": "auto", "epsilon": 1e-6}) == auto
    gin.parse_config("spectral_norm.singular_value = 'right'")
    assert gin.get_configurable(SpectralNorm)() == SpectralNorm("right")


LAYERS = [
    (lambda **options: Linear(5, **options), (2, 7)),
    (lambda **options: Conv2D(5, 3, **options), (2, 4, 4, 3)),
    (lambda **options: Conv2D(5, 3, resample="up", **options), (2, 4, 4, 3)),
    (lambda **options: TransposedConv2D(5, 3, **options), (2, 4, 4, 3)),
]


@pytest.mark.parametrize("singular_value", ["left", "right", "auto"])
@pytest.mark.parametrize("make, shape", LAYERS)
def test_layers_read_their_vectors_and_advance_by_one_iteration(make, shape, singular_value):
    layer = make(spectral_norm=SpectralNorm(singular_value), dtype="float64", bias_start=0.5)
    x = np.random.default_rng(3).normal(size=shape)
    layer(x)
    matrix = layer.kernel.numpy().reshape(-1, layer.kernel.shape[-1])
    # Far from converged, so that one iteration moves them.
    rng = np.random.default_rng(4)
    layer.u.assign(unit(rng.normal(size=layer.u.shape)))
    layer.v.assign(unit(rng.normal(size=layer.v.shape)))
    u, v = layer.u.numpy(), layer.v.numpy()

    plain = make(dtype="float64", bias_start=0.5)
    plain.build(shape)
    plain.kernel.assign(layer.kernel / (u @ matrix @ v))
    for _ in range(3):
        np.testing.assert_allclose(layer(x), plain(x), rtol=1e-10)
    np.testing.assert_array_equal(layer.u.numpy(), u)
    np.testing.assert_array_equal(layer.v.numpy(), v)

    updates = spectral_norm_updates(layer)
    np.testing.assert_array_equal(layer.u.numpy(), u)
    advance_spectral_norms(layer)
    for variable, value in updates:
        np.testing.assert_allclose(variable.numpy(), value, rtol=1e-12)
    from_left = carried_shape(*matrix.shape, singular_value)[1] == 1
    carried = u[:, None] if from_left else v[None, :]
    sigma, new_carried = one_iteration(matrix, carried, singular_value)
    now = (layer.u if from_left else layer.v).numpy()
    np.testing.assert_allclose(now, new_carried.ravel(), rtol=1e-10)
    plain.kernel.assign(layer.kernel / sigma)
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-10)


def test_a_new_layer_is_nearly_normalized_and_converges():
    layer = Linear(20, spectral_norm=True)
    layer.build((None, 60))
    true_sigma = np.linalg.svd(layer.kernel.numpy())[1][0]
    sigma = layer.u.numpy() @ layer.kernel.numpy() @ layer.v.numpy()
    assert 0.9 * true_sigma < sigma <= true_sigma * (1 + 1e-5)
    for _ in range(200):
        advance_spectral_norms(layer)
    sigma = layer.u.numpy() @ layer.kernel.numpy() @ layer.v.numpy()
    assert sigma == pytest.approx(true_sigma, rel=1e-4)


def test_advance_reaches_nested_layers_and_works_in_a_compiled_function():
    block = NonLocalBlock(spectral_norm=True)
    block.build((None, 4, 4, 16))
    for layer in (block.theta, block.phi, block.g, block.attn_g):
        layer.u.assign(tf.ones_like(layer.u.value) / np.sqrt(layer.u.shape[0]))
    before = [layer.u.numpy() for layer in (block.theta, block.phi, block.g, block.attn_g)]
    tf.function(lambda: advance_spectral_norms(block))()
    after = [layer.u.numpy() for layer in (block.theta, block.phi, block.g, block.attn_g)]
    for old, new in zip(before, after, strict=True):
        assert np.abs(old - new).max() > 1e-4
        assert np.linalg.norm(new) == pytest.approx(1.0, rel=1e-5)


def test_layers_without_spectral_norm_have_no_vectors():
    layer = Linear(3)
    layer.build((None, 2))
    assert spectral_norm_updates(layer) == []
    assert [variable.name for variable in layer.variables] == ["kernel", "bias"]
    normalized = Linear(3, spectral_norm=True)
    normalized.build((None, 2))
    assert [variable.name for variable in normalized.trainable_variables] == ["kernel", "bias"]
    assert [variable.name for variable in normalized.non_trainable_variables] == ["u", "v"]
