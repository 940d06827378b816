# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan import losses, regularizers
from compare_gan.architectures import Architecture, DiscriminatorOutput
from compare_gan.architectures.resnet_biggan import Discriminator, Generator
from compare_gan.gans import ModularGAN, Options
from compare_gan.normalizers import BatchNorm
from compare_gan.randomness import Draws
from compare_gan.training import LoopSettings, train
from tests.gans import toy

CLASSES = 3


def _options(architecture, **changes):
    options = Options(ModularGAN, architecture, 4, 10, 1.0, 2, 3)
    return options._replace(**changes)


class LinearGenerator(keras.Model):
    """G(z, y) = z A + y B, as images."""

    def __init__(self, image_shape, z_dim, num_classes, name, **unused):
        super().__init__(name=name)
        self.image_shape = image_shape
        toy.add_generator_weights(self, image_shape, z_dim, num_classes)

    def call(self, z, y=None, training=False):
        flat = z @ self.a.value if y is None else z @ self.a.value + y @ self.b.value
        return tf.reshape(flat, [-1, *self.image_shape])


class LinearDiscriminator(keras.Model):
    """D(x, y) = x · w + y · c."""

    def __init__(self, image_shape, num_classes, name, **unused):
        super().__init__(name=name)
        pixels = int(np.prod(image_shape))
        self.w = self.add_weight(shape=(pixels, 1), name="w")
        self.w.assign(np.linspace(-1, 1, pixels)[:, None])
        self.c = self.add_weight(shape=(max(num_classes, 1), 1), name="c")
        self.c.assign(np.linspace(-0.5, 0.7, max(num_classes, 1))[:, None])
        self.built = True

    def call(self, x, y=None, training=False):
        flat = tf.reshape(x, [x.shape[0], -1])
        logits = flat @ self.w.value + (0.0 if y is None else y @ self.c.value)
        return DiscriminatorOutput(tf.sigmoid(logits), logits, flat)


def _linear():
    return Architecture(LinearGenerator, LinearDiscriminator)


def _sgd(learning_rate):
    return keras.optimizers.SGD(learning_rate)


def _batches(images, labels):
    """Every step takes the same two batches."""
    return lambda step: tf.data.Dataset.from_tensors({"images": images, "labels": labels}).repeat()


def test_a_step_is_that_of_the_formulas(tmp_path):
    """Wasserstein loss, linear networks: all three updates, again in NumPy float64."""
    with gin.unlock_config():
        gin.bind_parameter("loss.fn", losses.wasserstein)
    gan = ModularGAN(
        toy.dataset(), _options(_linear), conditional=True, g_optimizer_fn=_sgd, g_lr=0.1, d_lr=0.2
    )
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, [2, 4, 2, 2, 1]).astype(np.uint8)
    labels = np.array([[0, 1, 2, 2], [1, 1, -1, 0]], np.int32)  # -1: not labelled
    a, b = gan.generator.a.numpy().astype(np.float64), gan.generator.b.numpy().astype(np.float64)
    w, c = gan.discriminator.w.numpy()[:, 0], gan.discriminator.c.numpy()[:, 0]
    w, c = w.astype(np.float64), c.astype(np.float64)
    one_hot = np.vstack([np.eye(CLASSES), np.zeros(CLASSES)])  # row -1 is the last: zeros

    def fakes(update, iteration):
        draws = Draws(9, 0, update, iteration)
        z = draws.uniform("latents", [4, 3], -1.0, 1.0).numpy().astype(np.float64)
        y = one_hot[draws.categorical("labels", [1 / 3] * 3, 4).numpy()]
        return z, y, z @ a + y @ b

    for iteration in range(2):
        _, y_fake, x_fake = fakes("discriminator", iteration)
        x_real = images[iteration].reshape(4, 4) / 255.0
        y_real = one_hot[labels[iteration]]
        w = w - 0.2 * (x_fake.mean(0) - x_real.mean(0))
        c = c - 0.2 * (y_fake.mean(0) - y_real.mean(0))
    z, y, _ = fakes("generator", 0)
    # d(-mean(D(G(z, y)))) / dA = -mean(z) wᵀ
    a, b = a + 0.1 * np.outer(z.mean(0), w), b + 0.1 * np.outer(y.mean(0), w)

    train(gan, _batches(images, labels), tmp_path, LoopSettings(1, seed=9))
    np.testing.assert_allclose(gan.discriminator.w.numpy()[:, 0], w, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gan.discriminator.c.numpy()[:, 0], c, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gan.generator.a.numpy(), a, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(gan.generator.b.numpy(), b, rtol=1e-5, atol=1e-6)


def _small_gan(**kwargs):
    """A residual GAN of 8 x 8 images with batch and spectral norm in both networks."""

    def generator(**arguments):
        return Generator(
            ch=4,
            hierarchical_z=False,
            **arguments | {"spectral_norm": True, "normalizer": BatchNorm},
        )

    def discriminator(**arguments):
        return Discriminator(ch=4, **arguments | {"spectral_norm": True, "normalizer": BatchNorm})

    options = _options(lambda: Architecture(generator, discriminator))
    return ModularGAN(toy.dataset(shape=(8, 8, 1)), options, **kwargs)


def _batch(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "images": tf.constant(rng.integers(0, 256, [4, 8, 8, 1]), tf.uint8),
        "labels": tf.constant([0, 1, 2, -1]),
    }


def _values(variables):
    return [variable.numpy().copy() for variable in variables]


def test_moving_averages_move_in_their_own_update_only():
    gan = _small_gan()
    d_update, g_update = gan.updates
    generator_state = {id(v) for v in gan.generator.variables}
    discriminator_state = {id(v) for v in gan.discriminator.variables}
    moved = [id(variable) for variable, _ in d_update.gradients(_batch(), Draws(0)).assignments]
    assert moved and set(moved) <= discriminator_state
    moved = [id(variable) for variable, _ in g_update.gradients(_batch(), Draws(0)).assignments]
    assert moved and set(moved) <= generator_state


@pytest.mark.parametrize("update", [0, 1])
def test_computing_gradients_writes_nothing(update):
    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)
    gan = _small_gan(g_use_ema=True)
    variables = [*gan.generator.variables, *gan.discriminator.variables]
    before = _values(variables)
    gan.updates[update].gradients(_batch(), Draws(0))
    for value, variable in zip(before, variables):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_singular_vectors_advance_once_in_each_update_of_their_network(tmp_path):
    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", regularizers.wgangp_penalty)  # a second pass through D
    gan = _small_gan(g_optimizer_fn=_sgd, g_lr=1e-30)  # the weights stand still

    def linear(network):
        return next(
            layer for layer in network._flatten_layers() if getattr(layer, "u", None) is not None
        )

    layers = [linear(gan.generator), linear(gan.discriminator)]
    for layer in layers:  # away from the fixed point
        layer.u.assign(np.ones(layer.u.shape) / np.sqrt(np.prod(layer.u.shape)))

    def iterated(layer, times):
        matrix = layer.kernel.numpy().astype(np.float64)
        matrix = matrix.reshape(-1, matrix.shape[-1])
        u = layer.u.numpy().astype(np.float64)
        for _ in range(times):
            v = matrix.T @ u
            u = matrix @ (v / np.linalg.norm(v))
            u /= np.linalg.norm(u)
        return u

    expected = [iterated(layers[0], 1), iterated(layers[1], 2)]  # disc_iters = 2
    images = np.stack([_batch(0)["images"], _batch(1)["images"]])
    train(gan, _batches(images, np.zeros([2, 4], np.int32)), tmp_path, LoopSettings(1))
    for layer, u in zip(layers, expected):
        np.testing.assert_allclose(layer.u.numpy(), u, atol=1e-5)


def test_penalty_enters_with_its_weight():
    def constant_penalty(discriminator, *unused):
        return tf.constant(3.0)

    with gin.unlock_config():
        gin.bind_parameter("penalty.fn", constant_penalty)
    gan = ModularGAN(toy.dataset(0), _options(_linear, lamba=10.0))
    batch = {"images": tf.zeros([4, 2, 2, 1], tf.uint8), "labels": tf.zeros([4], tf.int32)}
    scalars = gan.updates[0].gradients(batch, Draws(0)).scalars
    np.testing.assert_allclose(
        scalars["loss"], scalars["loss_real"] + scalars["loss_fake"] + 30.0, rtol=1e-6
    )


def test_the_generators_weights_may_be_penalized():
    def squares(network):
        return tf.reduce_sum(tf.square(network.a.value))

    settings = {"g_penalty": squares, "g_penalty_weight": 0.25}
    gan = ModularGAN(toy.dataset(), _options(_linear), conditional=True, **settings)
    plain = ModularGAN(toy.dataset(), _options(_linear), conditional=True)
    batch = {"images": np.zeros([4, 2, 2, 1], np.uint8), "labels": np.zeros(4, np.int32)}
    draws = Draws(3, 0, "generator")
    result, without = (g.updates[1].gradients(batch, draws) for g in (gan, plain))
    a = gan.generator.a.numpy().astype(np.float64)
    np.testing.assert_allclose(result.scalars["penalty"], np.sum(a**2), rtol=1e-6)
    loss = result.scalars["gan_loss"] + 0.25 * np.sum(a**2)
    np.testing.assert_allclose(result.scalars["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(
        result.gradients[0] - without.gradients[0], 0.5 * a, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(result.gradients[1], without.gradients[1])
    assert "penalty" not in without.scalars


def test_orthogonal_regularization_of_the_generator():
    gan = _small_gan(g_penalty=regularizers.orthogonal_penalty)
    scalars = gan.updates[1].gradients(_batch(), Draws(0)).scalars
    expected = 0.0
    for variable in gan.generator.trainable_variables:
        if variable.path.endswith("/kernel") and "/embed_y/" not in variable.path:
            matrix = variable.numpy().astype(np.float64).reshape(-1, variable.shape[-1])
            products = matrix.T @ matrix
            expected += np.sum(products**2) - np.sum(np.diag(products) ** 2)
    assert expected > 0
    np.testing.assert_allclose(scalars["penalty"], expected, rtol=1e-4)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"g_penalty": "orthogonal_penalty"}, "ModularGAN.g_penalty takes a reference such as"),
        (
            {"g_penalty": regularizers.r1_penalty},
            r"ModularGAN.g_penalty is called with \(generator\).* set to @r1_penalty, which takes",
        ),
        (
            {"g_penalty": keras.regularizers.OrthogonalRegularizer},
            "ModularGAN.g_penalty must return a Tensor, .* set to @OrthogonalRegularizer, which",
        ),
        ({"g_penalty_weight": -1}, "ModularGAN.g_penalty_weight .* received -1"),
    ],
)
def test_the_generators_penalty_is_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        ModularGAN(toy.dataset(), _options(_linear), **settings)


def test_a_generators_loss_may_need_the_reals():
    """A loss that doesn't say it ignores them gets their logits."""

    def relativistic(real_logits, fake_logits):
        gap = tf.reduce_mean(real_logits) - tf.reduce_mean(fake_logits)
        return losses.GANLoss(-gap, -gap, -gap, gap)

    with gin.unlock_config():
        gin.bind_parameter("loss.fn", relativistic)
    gan = ModularGAN(toy.dataset(0), _options(_linear))
    images = np.random.default_rng(2).integers(0, 256, [4, 2, 2, 1]).astype(np.uint8)
    batch, draws = {"images": images, "labels": np.zeros(4, np.int32)}, Draws(3, 0, "generator")
    scalars = gan.updates[1].gradients(batch, draws).scalars
    z = draws.uniform("latents", [4, 3], -1.0, 1.0).numpy().astype(np.float64)
    fakes, w = z @ gan.generator.a.numpy(), gan.discriminator.w.numpy().astype(np.float64)
    expected = (images.reshape(4, 4) / 255.0 @ w).mean() - (fakes @ w).mean()
    np.testing.assert_allclose(scalars["gan_loss"], expected, rtol=1e-5)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


# The slope of the loss of an image, or a pair, that D gets wrong by t.
_RELATIVISTIC_SLOPES = {
    "relativistic_average": _sigmoid,
    "relativistic_average_hinge": lambda t: np.float64(1 + t > 0),
    "relativistic_paired": _sigmoid,
}


def _slopes_in_logits(loss, real, fake):
    """The derivatives of d_loss by real and by fake logits, both [rows, 1]."""
    slope, rows = _RELATIVISTIC_SLOPES[loss], len(real)
    if loss == "relativistic_paired":
        pairs = slope(fake - real) / rows
        return -pairs, pairs
    reals, fakes = slope(fake.mean() - real) / rows, slope(fake - real.mean()) / rows
    # A logit has its own margin and is, by the average, part of all margins of the other kind.
    return -(reals + fakes.mean()), fakes + reals.mean()


@pytest.mark.parametrize("loss", _RELATIVISTIC_SLOPES)
def test_gradients_of_relativistic_losses_in_both_updates(loss):
    gin.parse_config(f"loss.fn = @{loss}")
    gan = ModularGAN(toy.dataset(0), _options(_linear))
    images = np.random.default_rng(2).integers(0, 256, [4, 2, 2, 1]).astype(np.uint8)
    batch = {"images": images, "labels": np.zeros(4, np.int32)}
    a, w = (v.numpy().astype(np.float64) for v in (gan.generator.a, gan.discriminator.w))
    reals = images.reshape(4, 4) / 255.0
    for update in gan.updates:
        draws = Draws(3, 0, update.name)
        z = draws.uniform("latents", [4, 3], -1.0, 1.0).numpy().astype(np.float64)
        fakes = z @ a
        if update.name == "discriminator":
            variable = gan.discriminator.w
            by_real, by_fake = _slopes_in_logits(loss, reals @ w, fakes @ w)
            expected = reals.T @ by_real + fakes.T @ by_fake
        else:  # G's loss is D's with real and fake images exchanged.
            variable = gan.generator.a
            by_fake, _ = _slopes_in_logits(loss, fakes @ w, reals @ w)
            expected = z.T @ by_fake @ w.T
        gradients = update.gradients(batch, draws).gradients
        (found,) = (g for v, g in zip(update.variables, gradients) if v is variable)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        assert np.abs(expected).max() > 0.01


def test_average_generator_makes_the_samples(tmp_path):
    gan = ModularGAN(
        toy.dataset(), _options(_linear), g_optimizer_fn=_sgd, g_lr=0.1, g_use_ema=True,
        ema_decay=0.5, ema_start_step=2,
    )  # fmt: skip
    assert gan.sampling_generator is gan.average_generator
    images, labels = np.zeros([2, 4, 2, 2, 1], np.uint8), np.zeros([2, 4], np.int32)
    train(gan, _batches(images, labels), tmp_path, LoopSettings(1))
    np.testing.assert_array_equal(gan.average_generator.a.numpy(), gan.generator.a.numpy())
    before = gan.average_generator.a.numpy()
    train(gan, _batches(images, labels), tmp_path, LoopSettings(2))
    np.testing.assert_allclose(
        gan.average_generator.a.numpy(), (before + gan.generator.a.numpy()) / 2, rtol=1e-6
    )


def test_labels_of_fakes_follow_the_data_if_asked():
    uniform = ModularGAN(toy.dataset(), _options(_linear), conditional=True)
    np.testing.assert_allclose(uniform.label_frequencies.numpy(), [1 / 3] * 3)
    fitted = ModularGAN(
        toy.dataset(), _options(_linear), conditional=True, fit_label_distribution=True
    )
    np.testing.assert_allclose(fitted.label_frequencies.numpy(), [1 / 6, 2 / 6, 3 / 6])


def test_conditional_needs_classes():
    with pytest.raises(ValueError, match="ModularGAN.conditional=True needs classes, but .* toy"):
        ModularGAN(toy.dataset(0), _options(_linear), conditional=True)


@pytest.mark.parametrize("learning_rate", [0, -1.0, "fast"])
def test_learning_rate_is_checked(learning_rate):
    with pytest.raises(ValueError, match="ModularGAN.g_lr"):
        ModularGAN(toy.dataset(), _options(_linear), g_lr=learning_rate)


def test_learning_rate_may_be_a_schedule(tmp_path):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.1, 0.0])
    gan = ModularGAN(toy.dataset(), _options(_linear), g_optimizer_fn=_sgd, g_lr=schedule)
    images, labels = np.zeros([2, 4, 2, 2, 1], np.uint8), np.zeros([2, 4], np.int32)
    train(gan, _batches(images, labels), tmp_path, LoopSettings(1))
    once = gan.generator.a.numpy()
    train(gan, _batches(images, labels), tmp_path, LoopSettings(3))
    np.testing.assert_array_equal(gan.generator.a.numpy(), once)
