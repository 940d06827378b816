# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Jacobians that are known."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import infogan
from compare_gan.metrics.base import UnmeasurableError
from compare_gan.metrics.jacobian_conditioning import JacobianConditioning, condition_numbers
from compare_gan.normalizers import SelfModulatedBatchNorm
from tests.metrics.toy_models import ToyGenerator, toy_model

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
    with pytest.raises(ValueError, match="one label for each of 2 latents, received 3"):
        condition_numbers(lambda z, y: z, np.ones([2, 3]), np.ones([3, 1]))
    with pytest.raises(ValueError, match=r"jacobian_conditioning\.num_samples must be a whole num"):
        JacobianConditioning(num_samples=0)


def bent(z, labels=None):
    """A G whose Jacobian is diag(1 − tanh²(z)) A, or twice as stretched along z₀ in class 1."""
    if labels is not None:
        z = z * (1 + labels[:, 1:] * [[1.0, 0.0, 0.0]])
    return tf.reshape(tf.tanh(z) @ tf.constant(MATRIX, z.dtype), [-1, 2, 2, 2])


def test_more_latents_than_are_held_at_once():
    """By NumPy; the mean metric tensor is the mean of all of them."""
    z = np.random.default_rng(2).normal(size=(19, 3))
    labels = np.eye(2)[np.arange(19) % 2]
    found = condition_numbers(bent, z, labels)
    tensors = []
    for row, label in zip(z, labels, strict=True):
        stretch = 1 + label[1] * np.array([1, 0, 0])
        jacobian = MATRIX.T * (1 - np.tanh(stretch * row) ** 2) * stretch
        tensors.append(jacobian.T @ jacobian)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(tensors), rtol=1e-8)
    np.testing.assert_allclose(found.mean_metric_tensor, np.mean(tensors, axis=0), rtol=1e-12)


@pytest.mark.parametrize("num_classes", [0, 2])
def test_the_metric_is_the_function_at_latents_of_the_prior(num_classes):
    generator = ToyGenerator(bent, 3, (2, 2, 2), num_classes)
    model = toy_model(generator, seed=5)
    metric = JacobianConditioning(num_samples=20)
    found = metric.measure(model)
    latents, labels = generator.draw(model.draws("jacobian"), 20)
    expected = condition_numbers(bent, latents, labels)
    of_mean = np.linalg.eigvalsh(expected.mean_metric_tensor)
    assert tuple(found) == metric.names and metric.num_fake == 20
    np.testing.assert_allclose(
        list(found.values()),
        [
            expected.log_condition_number.mean(),
            expected.log_condition_number.std(),
            np.log(of_mean[2] / of_mean[0]),
        ],
        rtol=1e-9,
    )


def test_the_metric_needs_rows_that_are_by_themselves():
    network = infogan.Generator((8, 8, 1), 3, normalizer=SelfModulatedBatchNorm, ch=1)
    generator = ToyGenerator(bent, 3, (8, 8, 1))
    generator.network, generator.bn_mode = network, "batch"
    with pytest.raises(UnmeasurableError, match="eval.bn_mode = 'batch'"):
        JacobianConditioning().measure(toy_model(generator))


def test_a_generator_that_does_not_react_has_no_value():
    found = condition_numbers(lambda z: 0.0 * z, np.ones([2, 3]))
    assert np.isnan(found.log_condition_number).all()


@pytest.mark.parametrize("factor", [0.0, [[1.0, 1.0, 0.0]]])
def test_the_metric_says_why_there_is_no_value(factor):
    generator = ToyGenerator(lambda z, y: bent(z * factor), 3, (2, 2, 2))
    with pytest.raises(UnmeasurableError, match=r"infinite \(images have 8 values, latents 3\)"):
        JacobianConditioning(num_samples=2).measure(toy_model(generator))
