# Copyright 2026 The Compare GAN Authors. Licensed under the Apache License, Version 2.0.
"""Encoders: against networks put together from Keras' own layers, and as parts of a run."""

import json

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan.architectures import (
    EncoderNetwork,
    ResNet50V2,
    SmallResNet,
    load_network,
    network_config,
)
from compare_gan.normalizers import collect_updates


@pytest.fixture(autouse=True)
def forget_variables():
    """Keras keeps a list of variables without values, and gives them some in a later test."""
    yield
    keras.utils.clear_session()


def images(rows, shape, seed=0):
    return np.random.default_rng(seed).uniform(size=(rows, *shape)).astype(np.float32)


def count(network_class, *arguments, **options):
    with keras.StatelessScope(initialize_variables=False):
        return network_class(*arguments, **options).trainable_parameter_count()


class KerasTwin:
    """The same network from Keras' layers.

    `units` are the blocks: lists of (filters, kernel size, stride).
    """

    def __init__(self, image_shape, stem, pool, units, decay):
        self.decay = decay
        self.convolutions, self.norms = [], []
        inputs = keras.Input(image_shape)
        x = self.convolution(inputs, *stem)
        if pool:
            x = keras.layers.MaxPooling2D(3, 2, padding="same")(x)
        for unit in units:
            x = self.unit(x, unit)
        x = self.norm_and_relu(x)
        self.model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))

    def unit(self, x, unit):
        seen_first = h = self.norm_and_relu(x)
        for number, convolution in enumerate(unit):
            h = self.convolution(h if number == 0 else self.norm_and_relu(h), *convolution)
        if h.shape == x.shape:
            return h + x
        return h + self.convolution(seen_first, h.shape[-1], 1, -(-x.shape[1] // h.shape[1]))

    def convolution(self, x, filters, size, stride):
        layer = keras.layers.Conv2D(filters, size, stride, padding="same", use_bias=False)
        self.convolutions.append(layer)
        return layer(x)

    def norm_and_relu(self, x):
        self.norms.append(keras.layers.BatchNormalization(momentum=self.decay, epsilon=1e-5))
        return keras.layers.ReLU()(self.norms[-1](x))


def small_units(width, stages, blocks):
    return [
        [(width * 2**stage, 3, 2 if stage and not block else 1), (width * 2**stage, 3, 1)]
        for stage in range(stages)
        for block in range(blocks)
    ]


def resnet50_units():
    return [
        [(filters, 1, 1), (filters, 3, stride if block == 0 else 1), (4 * filters, 1, 1)]
        for filters, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
        for block in range(blocks)
    ]


def layers_in_order(encoder):
    """Our convolutions and norms in the order in which the twin lists its own."""
    convolutions, norms = [encoder.stem], []
    for name in encoder.block_names:
        block = getattr(encoder, name)
        numbers = range(1, len(block.convolutions) + 1)
        convolutions += [getattr(block, f"conv{number}") for number in numbers]
        norms += [getattr(block, f"norm{number}") for number in numbers]
        if block.conv_shortcut is not None:
            convolutions.append(block.conv_shortcut)
    return convolutions, [*norms, encoder.final_norm]


TWINS = {
    "8 pixels": (
        lambda: SmallResNet((8, 8, 1), width=8),
        lambda: KerasTwin((8, 8, 1), (8, 3, 1), False, small_units(8, 3, 1), 0.9),
    ),
    "28 pixels, two blocks": (
        lambda: SmallResNet((28, 28, 1), width=4, blocks=2, batch_norm_decay=0.5),
        lambda: KerasTwin((28, 28, 1), (4, 3, 1), False, small_units(4, 4, 2), 0.5),
    ),
    "not square": (
        lambda: SmallResNet((12, 20, 3), width=4),
        lambda: KerasTwin((12, 20, 3), (4, 3, 1), False, small_units(4, 4, 1), 0.9),
    ),
    "ResNet-50": (
        lambda: ResNet50V2((64, 64, 3)),
        lambda: KerasTwin((64, 64, 3), (64, 7, 2), True, resnet50_units(), 0.99),
    ),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name == "ResNet-50" else ()) for name in TWINS],
)
def test_equals_keras_layers(name):
    encoder, twin = (make() for make in TWINS[name])
    convolutions, norms = layers_in_order(encoder)
    rng = np.random.default_rng(1)
    for ours, theirs in zip(norms, twin.norms, strict=True):
        for mine, other in ((ours.gamma, theirs.gamma), (ours.beta, theirs.beta)):
            mine.assign(rng.uniform(0.5, 1.0, mine.shape))
            other.assign(mine)
    for ours, theirs in zip(convolutions, twin.convolutions, strict=True):
        theirs.kernel.assign(ours.kernel)
    assert encoder.trainable_parameter_count() == sum(
        np.prod(variable.shape) for variable in twin.model.trainable_variables
    )

    x = images(16, encoder.image_shape)
    with collect_updates() as updates:
        features = encoder(x, training=True)
    assert features.shape == (16, encoder.feature_size)
    assert features.dtype == tf.float32
    scale = np.std(features)
    np.testing.assert_allclose(features, twin.model(x, training=True), atol=1e-3 * scale)

    # Keras has written its moving averages, ours were announced: two for each norm.
    assert len(updates) == 2 * len(norms) == len(encoder.non_trainable_variables)
    assert not np.any(norms[0].moving_mean.numpy())
    for variable, value in updates:
        variable.assign(value)
    for ours, theirs in zip(norms, twin.norms, strict=True):
        np.testing.assert_allclose(ours.moving_mean, theirs.moving_mean, rtol=1e-2, atol=1e-4)
        np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=1e-2)
    features = encoder(x)
    np.testing.assert_allclose(
        features, twin.model(x, training=False), atol=1e-2 * np.std(features)
    )


def test_parameters_of_resnet50():
    # Keras' has the same kernels and norms, and biases: of the first convolution, and of the last
    # 1x1 convolution and the shortcut's of its 3 + 4 + 6 + 3 blocks.
    with keras.StatelessScope(initialize_variables=False):
        keras_model = keras.applications.ResNet50V2(include_top=False, weights=None)
        theirs = sum(np.prod(variable.shape) for variable in keras_model.trainable_variables)
    biases = 64 + sum(4 * w * (n + 1) for w, n in ((64, 3), (128, 4), (256, 6), (512, 3)))
    assert theirs - biases == 23_500_352
    assert count(ResNet50V2, (224, 224, 3)) == 23_500_352


def test_parameters_of_wide_resnet50():
    # By hand, k = 4: the stem; of each block norms of its inputs and of two inner maps, and three
    # kernels; of a stage's first block the shortcut; the last norm.
    k = 4
    expected, inputs = 7 * 7 * 3 * 64 * k, 64 * k
    for width, blocks in ((64 * k, 3), (128 * k, 4), (256 * k, 6), (512 * k, 3)):
        expected += inputs * 4 * width
        for _ in range(blocks):
            expected += 2 * (inputs + width + width)
            expected += inputs * width + 9 * width * width + width * 4 * width
            inputs = 4 * width
    expected += 2 * inputs
    assert inputs == 8192
    assert count(ResNet50V2, (224, 224, 3), width_factor=4) == expected


@pytest.mark.parametrize(
    "size, width, blocks, stages", [(8, 32, 1, 3), (16, 8, 2, 3), (17, 8, 1, 4), (64, 8, 1, 5)]
)
def test_parameters_of_small_resnets(size, width, blocks, stages):
    expected, inputs = 9 * 3 * width, width
    for stage in range(stages):
        filters = width * 2**stage
        for block in range(blocks):
            expected += 2 * inputs + 9 * inputs * filters + 2 * filters + 9 * filters * filters
            expected += inputs * filters if stage and not block else 0
            inputs = filters
    expected += 2 * inputs
    assert count(SmallResNet, (size, size, 3), width=width, blocks=blocks) == expected


@pytest.mark.parametrize(
    "size, last_map, features", [(8, 2, 32), (16, 4, 32), (28, 4, 64), (32, 4, 64), (64, 4, 128)]
)
def test_last_map(size, last_map, features):
    encoder = SmallResNet((size, size, 1), width=8)
    x = tf.constant(images(2, (size, size, 1)))
    assert encoder.feature_map(x, training=False).shape == (2, last_map, last_map, features)
    assert encoder.feature_size == features


def test_where_resnet50_halves_its_maps():
    # ImageNet's sizes: 56 after the pool, then stages of 56, 28, 14 and 7, halved by the 3x3
    # convolution of each stage's first block.
    with keras.StatelessScope(initialize_variables=False):
        encoder = ResNet50V2((224, 224, 3))
    size, sizes = 56, []
    for name in encoder.block_names:
        first, middle, last = (stride for _, _, stride in getattr(encoder, name).convolutions)
        assert first == last == 1
        size //= middle
        sizes.append(size)
    assert sizes == [56] * 3 + [28] * 4 + [14] * 6 + [7] * 3


def test_everything_is_trained():
    encoder = SmallResNet((8, 8, 1), width=4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(encoder(images(8, (8, 8, 1)), training=True)))
    gradients = tape.gradient(loss, [variable.value for variable in encoder.trainable_variables])
    assert all(np.any(gradient.numpy()) for gradient in gradients)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SmallResNet((10, 8, 2), width=4, blocks=2, batch_norm_decay=0.7, name="mine"),
        lambda: ResNet50V2((8, 8, 1), batch_norm_decay=0.5),
    ],
)
def test_round_trip_through_json(make):
    encoder = make()
    copy = load_network(json.loads(json.dumps(network_config(encoder))))
    assert type(copy) is type(encoder)
    assert copy.name == encoder.name
    assert copy.get_config() == encoder.get_config()
    copy.set_weights(encoder.get_weights())
    x = images(2, encoder.image_shape)
    np.testing.assert_array_equal(copy(x), encoder(x))


def test_settings_of_the_gans_normalizers_do_not_reach_it():
    gin.parse_config(
        "standardize_batch.decay = 0.1\n"
        "standardize_batch.epsilon = 0.5\n"
        "standardize_batch.use_moving_averages = False"
    )
    encoder = SmallResNet((8, 8, 1), width=4)
    settings = encoder.final_norm.settings
    assert (settings.decay, settings.epsilon) == (0.9, 1e-5)
    assert settings.use_moving_averages


def test_from_gin():
    @gin.configurable("test_encoder_user")
    def user(encoder):
        return encoder(image_shape=(8, 8, 1), name="encoder")

    gin.parse_config("test_encoder_user.encoder = @small_resnet\nsmall_resnet.width = 5")
    encoder = user()
    assert type(encoder) is SmallResNet
    assert encoder.feature_size == 20
    gin.parse_config("test_encoder_user.encoder = @resnet50_v2\nresnet50_v2.batch_norm_decay = 0.5")
    assert isinstance(user(), ResNet50V2)
    assert user().final_norm.settings.decay == 0.5
    with pytest.raises(ValueError, match="image_shape"):
        gin.parse_config("small_resnet.image_shape = (8, 8, 1)")


def test_an_encoder_from_elsewhere():
    class Mean(EncoderNetwork):
        feature_size = 3

        def feature_map(self, x, training):
            return x

    x = images(2, (8, 8, 3))
    np.testing.assert_allclose(Mean((8, 8, 3), 0.9)(x), x.mean(axis=(1, 2)), rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="small_resnet.width must be .* received 0"):
        SmallResNet((8, 8, 1), width=0)
    with pytest.raises(ValueError, match="small_resnet.blocks must be .* received 1.5"):
        SmallResNet((8, 8, 1), blocks=1.5)
    with pytest.raises(ValueError, match="resnet50_v2.width_factor must be .* received '4'"):
        ResNet50V2((8, 8, 1), width_factor="4")
    with pytest.raises(ValueError, match="small_resnet.width must be .* received True"):
        SmallResNet((8, 8, 1), width=True)
    with pytest.raises(ValueError, match=r"batch_norm_decay must be .* \[0, 1\), received '0.9'"):
        SmallResNet((8, 8, 1), batch_norm_decay="0.9")
    with pytest.raises(ValueError, match=r"batch_norm_decay must be .*, received 1.0"):
        SmallResNet((8, 8, 1), batch_norm_decay=1.0)
    with pytest.raises(ValueError, match="must be \\(height, width, channels\\)"):
        SmallResNet((8, 8))
    with pytest.raises(ValueError, match=r"encoder needs images of shape \[batch, 8, 8, 1\], got"):
        SmallResNet((8, 8, 1), width=4)(images(2, (9, 9, 1)))
