# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Regularizers against NumPy float64, on discriminators whose gradient is known."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import regularizers
from compare_gan.randomness import Draws

SHAPE = (6, 4, 4, 3)


class Quadratic:
    """logit = sum(w x²) / 2 + sum(bias_of_label · x): its gradient in x is w x + bias_of_label."""

    def __init__(self, seed=0, dtype=np.float64):
        rng = np.random.default_rng(seed)
        self.kernel = tf.Variable(rng.normal(0, 0.5, SHAPE[1:]).astype(dtype), name="kernel")
        self.embedding = tf.Variable(
            rng.normal(0, 0.5, (3, *SHAPE[1:])).astype(dtype), name="table"
        )
        self.trainable_variables = [self.kernel, self.embedding]

    def __call__(self, images, labels=None):
        products = self.kernel * tf.square(images) / 2
        if labels is not None:
            products += images * tf.tensordot(tf.cast(labels, images.dtype), self.embedding, 1)
        logits = tf.reduce_sum(products, axis=[1, 2, 3])[:, None]
        return tf.sigmoid(logits), logits, None

    def penalty(self, images, labels=None):
        """mean (norm - 1)² and its derivative in the kernel, by hand in NumPy."""
        kernel = self.kernel.numpy().astype(np.float64)
        gradient = kernel * images
        if labels is not None:
            gradient = gradient + np.tensordot(labels, self.embedding.numpy().astype(np.float64), 1)
        norm = np.sqrt(1e-4 + np.sum(gradient**2, axis=(1, 2, 3)))
        outer = 2 * (norm - 1) / norm / len(images)
        return np.mean((norm - 1) ** 2), np.einsum("b,bhwc,bhwc->hwc", outer, gradient, images)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    labels = np.eye(3)[rng.integers(0, 3, (2, SHAPE[0]))]
    return rng.uniform(size=SHAPE), rng.uniform(size=SHAPE), labels[0], labels[1]


def interpolated(real, fake, draws):
    mix = draws.uniform("wgangp_penalty", [SHAPE[0], 1, 1, 1]).numpy().astype(np.float64)
    return real + mix * (fake - real), mix[:, :, 0, 0]


def perturbed(real, draws):
    noise = draws.uniform("dragan_penalty", list(SHAPE)).numpy().astype(np.float64)
    return np.clip(real + real.std() * (noise - 0.5), 0, 1)


def test_wgangp_equals_numpy():
    real, fake, _, _ = batch()
    draws = Draws(seed=3, step=5)
    network = Quadratic()
    value = regularizers.wgangp_penalty(network, real, fake, draws=draws)
    assert value.dtype == tf.float64 and value.shape == ()
    np.testing.assert_allclose(
        value, network.penalty(interpolated(real, fake, draws)[0])[0], rtol=1e-12
    )


def test_wgangp_interpolates_the_labels_like_the_images():
    real, fake, real_labels, fake_labels = batch()
    draws, network = Draws(seed=1), Quadratic()
    images, mix = interpolated(real, fake, draws)
    by_default = regularizers.wgangp_penalty(network, real, fake, real_labels, fake_labels, draws)
    np.testing.assert_allclose(
        by_default,
        network.penalty(images, real_labels * (1 - mix) + fake_labels * mix)[0],
        rtol=1e-12,
    )
    as_v3 = regularizers.wgangp_penalty(
        network, real, fake, real_labels, fake_labels, draws, interpolate_labels=False
    )
    np.testing.assert_allclose(as_v3, network.penalty(images, real_labels)[0], rtol=1e-12)
    without_fake_labels = regularizers.wgangp_penalty(network, real, fake, real_labels, draws=draws)
    np.testing.assert_array_equal(without_fake_labels, as_v3)


def test_dragan_equals_numpy():
    real, fake, labels, _ = batch()
    draws, network = Draws(seed=4), Quadratic()
    value = regularizers.dragan_penalty(network, real, fake, labels, draws=draws)
    np.testing.assert_allclose(
        value, network.penalty(perturbed(real, draws), labels)[0], rtol=1e-12
    )


def test_a_flat_discriminator_has_a_finite_derivative():
    real, fake, _, _ = batch()
    network = Quadratic()
    network.kernel.assign(tf.zeros_like(network.kernel))
    with tf.GradientTape() as tape:
        value = regularizers.wgangp_penalty(network, real, fake)
    np.testing.assert_allclose(value, (0.01 - 1) ** 2, rtol=1e-12)  # sqrt(1e-4) = 0.01
    np.testing.assert_array_equal(tape.gradient(value, network.kernel), np.zeros(SHAPE[1:]))


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("name", ["wgangp_penalty", "dragan_penalty"])
def test_derivative_in_the_weights_equals_numpy(name, mode):
    real, fake, _, _ = batch()
    draws, network = Draws(seed=2), Quadratic()
    images = (
        interpolated(real, fake, draws)[0] if name == "wgangp_penalty" else perturbed(real, draws)
    )

    def value_and_gradient():
        with tf.GradientTape() as tape:
            value = getattr(regularizers, name)(network, real, fake, draws=draws)
        return value, tape.gradient(value, network.kernel)

    run = (
        value_and_gradient
        if mode == "eager"
        else tf.function(value_and_gradient, jit_compile=mode == "xla")
    )
    value, gradient = run()
    expected_value, expected_gradient = network.penalty(images)
    np.testing.assert_allclose(value, expected_value, rtol=1e-10)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["wgangp_penalty", "dragan_penalty"])
def test_second_derivative_of_a_keras_discriminator(name):
    """Against central differences of the penalty, for a small convolutional D, in graph and XLA."""
    inputs = keras.Input(SHAPE[1:], dtype="float64")
    hidden = keras.layers.Conv2D(4, 3, activation="tanh", dtype="float64")(inputs)
    logits = keras.layers.Dense(1, dtype="float64")(keras.layers.Flatten(dtype="float64")(hidden))
    model = keras.Model(inputs, [logits, logits, hidden])
    real, fake, _, _ = batch()
    draws = Draws(seed=7)

    def discriminator(images, labels=None):
        return model(images, training=True)

    def penalty():
        return getattr(regularizers, name)(discriminator, real, fake, draws=draws)

    def gradients():
        with tf.GradientTape() as tape:
            value = penalty()
        variables = [variable.value for variable in model.trainable_variables]
        # The last bias shifts the logits alone: the penalty does not depend on it.
        zeros = tf.UnconnectedGradients.ZERO
        return tape.gradient(value, variables, unconnected_gradients=zeros)

    graph = [g.numpy() for g in tf.function(gradients)()]
    xla = [g.numpy() for g in tf.function(gradients, jit_compile=True)()]
    for a, b in zip(graph, xla):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-11)

    rng = np.random.default_rng(0)
    direction = [rng.normal(size=variable.shape) for variable in model.trainable_variables]
    start, step, ends = [v.numpy() for v in model.trainable_variables], 1e-5, []
    for sign in (1, -1):
        for variable, value, d in zip(model.trainable_variables, start, direction):
            variable.assign(value + sign * step * d)
        ends.append(float(penalty()))
    slope = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(
        sum(np.sum(g * d) for g, d in zip(graph, direction)), slope, rtol=1e-6
    )


def test_penalties_take_a_keras_model_in_float32_and_are_reproducible():
    class Projection(keras.Model):
        def __init__(self):
            super().__init__()
            self.head, self.embedding = keras.layers.Dense(1), keras.layers.Dense(8, use_bias=False)
            self.trunk = keras.layers.Conv2D(8, 3, activation="relu")

        def call(self, images, y=None, training=False):
            features = keras.ops.mean(self.trunk(images), axis=(1, 2))
            logits = self.head(features)
            logits += keras.ops.sum(self.embedding(y) * features, axis=1, keepdims=True)
            return keras.ops.sigmoid(logits), logits, features

    real, fake, real_labels, fake_labels = (array.astype(np.float32) for array in batch())
    model = Projection()
    first = regularizers.wgangp_penalty(model, real, fake, real_labels, fake_labels)
    assert first.dtype == tf.float32
    again = regularizers.wgangp_penalty(model, real, fake, real_labels, fake_labels, Draws(seed=0))
    np.testing.assert_array_equal(first, again)
    other = regularizers.wgangp_penalty(model, real, fake, real_labels, fake_labels, Draws(seed=1))
    assert float(first) != float(other)


def test_l2_is_a_mean_over_kernels_only():
    class Holder:
        trainable_variables = [
            tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="a/kernel"),
            keras.Variable([6.0], name="kernel"),
            tf.Variable([100.0], name="a/bias"),
            tf.Variable([100.0], name="a/kernel_size"),
        ]

    np.testing.assert_allclose(regularizers.l2_penalty(Holder()), (30 / 2 + 36 / 2) / 2)


def test_l2_without_kernels_is_an_error():
    class Holder:
        trainable_variables = [tf.Variable([1.0], name="bias")]

    with pytest.raises(ValueError, match='named "kernel"'):
        regularizers.l2_penalty(Holder())


def test_no_penalty_is_zero_and_leaves_the_discriminator_alone():
    def discriminator(images, labels):
        raise AssertionError("D was called")

    assert float(regularizers.no_penalty(discriminator, np.zeros(SHAPE), np.zeros(SHAPE))) == 0.0


def test_shapes_that_cannot_be_paired_are_refused():
    network = Quadratic()
    with pytest.raises(ValueError, match="one shape"):
        regularizers.wgangp_penalty(network, np.zeros((6, 4, 4, 3)), np.zeros((5, 4, 4, 3)))
    with pytest.raises(ValueError, match=r"real_images must be \[batch, height, width, channels\]"):
        regularizers.dragan_penalty(network, np.zeros((6, 48)))


@pytest.mark.parametrize("name", ["no_penalty", "wgangp_penalty", "dragan_penalty", "l2_penalty"])
def test_known_to_gin_by_v3_names_and_tensors_cannot_be_bound(name):
    assert callable(gin.get_configurable(name))
    with pytest.raises(ValueError, match="denylisted"):
        gin.bind_parameter(f"{name}.real_images", 1.0)


def test_interpolate_labels_can_be_bound():
    real, fake, real_labels, fake_labels = batch()
    network = Quadratic()
    arguments = (network, real, fake, real_labels, fake_labels)
    as_v3 = regularizers.wgangp_penalty(*arguments, interpolate_labels=False)
    gin.bind_parameter("wgangp_penalty.interpolate_labels", False)
    np.testing.assert_array_equal(regularizers.wgangp_penalty(*arguments), as_v3)
