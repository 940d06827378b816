# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Jacobians that are known."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import infogan
from compare_gan.metrics.jacobian_conditioning import condition_numbers
from compare_gan.normalizers import SelfModulatedBatchNorm

MATRIX = np.random.default_rng(0).normal(size=(3, 8))


def test_of_a_linear_generator():
    found = condition_numbers(
        lambda z: tf.reshape(z @ MATRIX, [-1, 2, 2, 2]),
        np.random.default_rng(1).normal(size=(4, 3)),
    )
    eigenvalues = np.linalg.eigvalsh(MATRIX @ MATRIX.T)
    np.testing.assert_allclose(found.eigenvalues, np.tile(eigenvalues, [4, 1]), rtol=1e-9)
    expected = np.log(eigenvalues[-1] / eigenvalues[0])
    np.testing.assert_allclose(found.log_condition_number, [expected] * 4)
    np.testing.assert_allclose(found.log_determinant, np.log(eigenvalues).sum())


def test_each_latent_has_its_own():
    z = np.array([[0.5, -1.0, 2.0], [1.0, 0.1, -0.3]])
    found = condition_numbers(lambda z: tf.tanh(z @ MATRIX), z)
    for row, eigenvalues in zip(z, found.eigenvalues, strict=True):
        jacobian = (1 - np.tanh(row @ MATRIX) ** 2)[:, None] * MATRIX.T
        np.testing.assert_allclose(
            eigenvalues, np.linalg.eigvalsh(jacobian.T @ jacobian), rtol=1e-6
        )


def test_of_an_architecture_it_is_that_of_reverse_differentiation():
    network = infogan.Generator(
        (8, 8, 1), 3, normalizer=SelfModulatedBatchNorm, spectral_norm=True, ch=1
    )
    z = tf.constant(np.random.default_rng(0).normal(size=(2, 3)), tf.float32)
    found = condition_numbers(lambda z: network(z, training=False), z)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        images = tf.reshape(network(z, training=False), [2, 64])
    jacobians = tape.batch_jacobian(images, z, experimental_use_pfor=False).numpy()
    expected = [np.linalg.eigvalsh(j.T.astype(np.float64) @ j) for j in jacobians]
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-4)


def test_directions_without_effect():
    found = condition_numbers(lambda z: z[:, :2] * 1.0, np.ones([1, 3]))
    assert found.log_condition_number == np.inf and found.log_determinant == -np.inf
    found = condition_numbers(lambda z: tf.reduce_sum(z, axis=1), np.ones([2, 3]))
    np.testing.assert_allclose(found.eigenvalues, [[0, 0, 3]] * 2)


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"latents \[n, z_dim\], received \(3,\)"):
        condition_numbers(lambda z: z, np.ones(3))
    with pytest.raises(ValueError, match="made 1 images of 2 latents"):
        condition_numbers(lambda z: z[:1], np.ones([2, 3]))
