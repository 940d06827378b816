# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Initializers: their names, the distributions behind them, gin."""

import gin
import numpy as np
import pytest

from compare_gan.layers import initializers


def test_normal_and_truncated_have_standard_deviation_one_fiftieth():
    normal = np.asarray(initializers.kernel_initializer("normal")((300, 300)))
    truncated = np.asarray(initializers.kernel_initializer("truncated")((300, 300)))
    assert abs(normal.mean()) < 5 * 0.02 / 300
    assert normal.std() == pytest.approx(0.02, rel=0.02)
    assert np.abs(normal).max() > 0.06
    assert np.abs(truncated).max() <= 0.04 + 1e-6


def test_orthogonal_kernel_is_orthonormal_as_a_matrix():
    kernel = np.asarray(initializers.kernel_initializer("orthogonal")((3, 3, 4, 8)))
    matrix = kernel.reshape(36, 8)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(8), atol=1e-5)
    wide = np.asarray(initializers.kernel_initializer("orthogonal")((5, 12)))
    np.testing.assert_allclose(wide @ wide.T, np.eye(5), atol=1e-5)


def test_glorot_normal_variance():
    kernel = np.asarray(initializers.kernel_initializer("glorot_normal")((200, 400)))
    assert kernel.var() == pytest.approx(2 / 600, rel=0.03)


def test_he_normal_variance():
    kernel = np.asarray(initializers.kernel_initializer("he_normal")((3, 3, 50, 400)))
    assert kernel.var() == pytest.approx(2 / (3 * 3 * 50), rel=0.03)
    assert abs(kernel.mean()) < 5 * np.sqrt(2 / 450 / kernel.size)


def test_two_initializers_differ():
    first = np.asarray(initializers.kernel_initializer("normal")((4, 4)))
    second = np.asarray(initializers.kernel_initializer("normal")((4, 4)))
    assert not np.array_equal(first, second)


def test_gin_chooses_the_name():
    assert initializers.weights() == "normal"
    gin.parse_config("weights.initializer = 'orthogonal'")
    assert initializers.weights() == "orthogonal"


@pytest.mark.parametrize("function", [initializers.weights, initializers.kernel_initializer])
def test_unknown_name_lists_the_known(function):
    with pytest.raises(ValueError, match="weights.initializer = 'he'.*'orthogonal'"):
        function("he")
