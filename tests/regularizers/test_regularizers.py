# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Regularizers against NumPy float64, on discriminators whose gradient is known."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import regularizers
from compare_gan.architectures import resnet_biggan, resnet_biggan_deep, resnet_cifar
from compare_gan.normalizers import ConditionalBatchNorm
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

    def penalty(self, images, labels=None, of_square=None):
        """The mean of a function of the squared norm, (norm - 1)² by default, and its derivative in
        the kernel, by hand in NumPy.
        """
        kernel = self.kernel.numpy().astype(np.float64)
        gradient = kernel * images
        if labels is not None:
            gradient = gradient + np.tensordot(labels, self.embedding.numpy().astype(np.float64), 1)
        values, slopes = (of_square or _two_sided)(np.sum(gradient**2, axis=(1, 2, 3)))
        outer = 2 * slopes / len(images)
        return np.mean(values), np.einsum("b,bhwc,bhwc->hwc", outer, gradient, images)


# Functions of a squared norm, with their derivatives.


def _two_sided(square):
    norm = np.sqrt(1e-4 + square)
    return (norm - 1) ** 2, (norm - 1) / norm


def _one_sided(square):
    value, slope = _two_sided(square)
    above = 1e-4 + square > 1
    assert 0 < above.sum() < len(square)
    return np.where(above, value, 0), np.where(above, slope, 0)


def _half(square):
    return square / 2, np.full_like(square, 0.5)


def _identity(square):
    return square, np.ones_like(square)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    labels = np.eye(3)[rng.integers(0, 3, (2, SHAPE[0]))]
    return rng.uniform(size=SHAPE), rng.uniform(size=SHAPE), labels[0], labels[1]


def interpolated(real, fake, draws, name="wgangp_penalty"):
    mix = draws.uniform(name, [SHAPE[0], 1, 1, 1]).numpy().astype(np.float64)
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


@pytest.mark.parametrize(
    "name, of_square",
    [
        ("wgangp_penalty", _two_sided),
        ("one_sided_penalty", _one_sided),
        ("zero_centered_penalty", _identity),
    ],
)
def test_labels_are_interpolated_like_the_images(name, of_square):
    real, fake, real_labels, fake_labels = batch()
    draws, network = Draws(seed=1), Quadratic()
    if name == "one_sided_penalty":  # norms on both sides of 1
        network.kernel.assign(0.43 * network.kernel)
        network.embedding.assign(0.21 * network.embedding)
    penalty = getattr(regularizers, name)
    images, mix = interpolated(real, fake, draws, name)
    by_default = penalty(network, real, fake, real_labels, fake_labels, draws)
    labels = real_labels * (1 - mix) + fake_labels * mix
    expected = network.penalty(images, labels, of_square)[0]
    np.testing.assert_allclose(by_default, expected, rtol=1e-12)
    as_v3 = penalty(network, real, fake, real_labels, fake_labels, draws, interpolate_labels=False)
    expected = network.penalty(images, real_labels, of_square)[0]
    np.testing.assert_allclose(as_v3, expected, rtol=1e-12)
    without_fake_labels = penalty(network, real, fake, real_labels, draws=draws)
    np.testing.assert_array_equal(without_fake_labels, as_v3)


def test_r1_and_r2_give_each_image_its_own_label():
    real, fake, real_labels, fake_labels = batch()
    network = Quadratic()
    arguments = (network, real, fake, real_labels, fake_labels)
    for penalty, images, labels in (
        (regularizers.r1_penalty, real, real_labels),
        (regularizers.r2_penalty, fake, fake_labels),
    ):
        expected = network.penalty(images, labels, _half)[0]
        np.testing.assert_allclose(penalty(*arguments), expected, rtol=1e-12)


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


@pytest.mark.parametrize("name", ["r1_penalty", "r2_penalty", "zero_centered_penalty"])
def test_a_flat_discriminator_has_no_squared_norm_at_all(name):
    real, fake, _, _ = batch()
    network = Quadratic()
    network.kernel.assign(tf.zeros_like(network.kernel))
    with tf.GradientTape() as tape:
        value = getattr(regularizers, name)(network, real, fake)
    np.testing.assert_array_equal(value, 0.0)
    np.testing.assert_array_equal(tape.gradient(value, network.kernel), np.zeros(SHAPE[1:]))


@pytest.mark.parametrize(
    "name, of_square",
    [
        ("wgangp_penalty", _two_sided),
        ("dragan_penalty", _two_sided),
        ("one_sided_penalty", _one_sided),
        ("zero_centered_penalty", _identity),
        ("r1_penalty", _half),
        ("r2_penalty", _half),
    ],
)
def test_derivative_in_the_weights_equals_numpy(name, of_square):
    real, fake, _, _ = batch()
    draws, network = Draws(seed=2), Quadratic()
    if name == "one_sided_penalty":  # norms on both sides of 1
        network.kernel.assign(0.6 * network.kernel)
    images = {
        "dragan_penalty": lambda: perturbed(real, draws),
        "r1_penalty": lambda: real,
        "r2_penalty": lambda: fake,
    }.get(name, lambda: interpolated(real, fake, draws, name)[0])()

    with tf.GradientTape() as tape:
        value = getattr(regularizers, name)(network, real, fake, draws=draws)
    gradient = tape.gradient(value, network.kernel)
    expected_value, expected_gradient = network.penalty(images, of_square=of_square)
    np.testing.assert_allclose(value, expected_value, rtol=1e-10)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-12)


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


def test_orthogonal_equals_numpy():
    """Different filters' products, with the derivative 4 W (WᵀW ⊙ (1 − I)), kernel by kernel."""
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=shape) for shape in ((3, 3, 2, 4), (3, 5), (7, 1))]

    class Holder:
        trainable_variables = [
            *(tf.Variable(kernel, name=f"{i}/kernel") for i, kernel in enumerate(kernels)),
            tf.Variable([100.0, 100.0], name="a/bias"),
        ]

    def value_and_gradients():
        with tf.GradientTape() as tape:
            value = regularizers.orthogonal_penalty(Holder())
        return value, tape.gradient(value, Holder.trainable_variables[:3])

    value, gradients = tf.function(value_and_gradients, jit_compile=True)()
    expected = 0.0
    for kernel, gradient in zip(kernels, gradients, strict=True):
        matrix = kernel.reshape(-1, kernel.shape[-1])
        columns = range(matrix.shape[1])
        products = np.zeros([len(columns)] * 2)
        for i in columns:
            for j in columns:
                if i != j:
                    products[i, j] = np.dot(matrix[:, i], matrix[:, j])
        expected += np.sum(products**2)
        slope = (4 * matrix @ products).reshape(kernel.shape)
        np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_orthogonal_filters_of_any_length_are_free():
    class Holder:
        trainable_variables = [keras.Variable([[3.0, 4.0], [-6.0, 2.0]], name="kernel")]

    np.testing.assert_array_equal(regularizers.orthogonal_penalty(Holder()), 0.0)


@pytest.mark.parametrize("family", [resnet_cifar, resnet_biggan, resnet_biggan_deep])
def test_gs_embedding_of_classes_need_not_be_orthogonal(family):
    options = {"embed_y": True, "ch": 4}
    generator = family.Generator((8, 8, 1), 4, 3, ConditionalBatchNorm, **options)
    expected, left_out = 0.0, []
    for variable in generator.trainable_variables:
        if variable.path.split("/")[1] == "embed_y":
            left_out.append(variable.path)
        elif variable.path.endswith("/kernel"):
            matrix = variable.numpy().astype(np.float64).reshape(-1, variable.shape[-1])
            products = matrix.T @ matrix
            expected += np.sum(products**2) - np.sum(np.diag(products) ** 2)
    assert "generator/embed_y/kernel" in left_out
    before = regularizers.orthogonal_penalty(generator)
    np.testing.assert_allclose(before, expected, rtol=1e-4)
    generator.embedding_y.kernel.assign(100.0 + generator.embedding_y.kernel)
    np.testing.assert_array_equal(regularizers.orthogonal_penalty(generator), before)


@pytest.mark.parametrize("name", ["l2_penalty", "orthogonal_penalty"])
def test_without_kernels_is_an_error(name):
    class Holder:
        trainable_variables = [tf.Variable([1.0], name="bias")]

    with pytest.raises(ValueError, match=f'{name} .* named "kernel"; of 1 variables none is'):
        getattr(regularizers, name)(Holder())


def test_no_penalty_is_zero_and_leaves_the_discriminator_alone():
    def discriminator(images, labels):
        raise AssertionError("D was called")

    assert float(regularizers.no_penalty(discriminator, np.zeros(SHAPE), np.zeros(SHAPE))) == 0.0


def test_shapes_that_cannot_be_paired_are_refused():
    network = Quadratic()
    for name in ("wgangp_penalty", "one_sided_penalty", "zero_centered_penalty"):
        with pytest.raises(ValueError, match=f"{name} pairs .* one shape"):
            getattr(regularizers, name)(network, np.zeros((6, 4, 4, 3)), np.zeros((5, 4, 4, 3)))
    with pytest.raises(ValueError, match=r"real_images must be \[batch, height, width, channels\]"):
        regularizers.dragan_penalty(network, np.zeros((6, 48)))
    with pytest.raises(ValueError, match="real_images must be"):
        regularizers.r1_penalty(network, np.zeros((6, 48)))
    with pytest.raises(ValueError, match="fake_images must be"):
        regularizers.r2_penalty(network, None, np.zeros((6, 48)))


@pytest.mark.parametrize(
    "name", [name for name in regularizers.__all__ if name.endswith("_penalty")]
)
def test_known_to_gin_by_name_and_tensors_cannot_be_bound(name):
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
